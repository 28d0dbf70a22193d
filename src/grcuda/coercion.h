// grcuda/coercion.h: numbers, texts and objects of dynamic languages as what a function wants.
//
// As in GrCUDA a number is taken wherever its value fits: 8.0 for an integer, 8 for a float. What
// does not fit is refused; truth values are no numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "grcuda/value.h"

namespace sennit::grcuda {

// nullopt if `any` is no number, or has a fraction or is outside of 64 bits.
std::optional<std::int64_t> find_integer(const Any& any);
std::optional<double> find_number(const Any& any);

// These raise InvalidArgument, with `what` for the role: "integer expected for gridSize.x, ...".
std::int64_t integer_from(const Any& any, std::string_view what);
const std::string& string_from(const Any& any, std::string_view what);
ValueRef object_from(const Any& any, std::string_view what);
// An integer, or the address of an object that has one.
std::uint64_t address_from(const Any& any, std::string_view what);

// ---- Elements of arrays ----

// GrCUDA's name of an element type: "float", "int"; NumPy's for those that it has none for.
std::string_view element_type_name(Dtype dtype);
// char, short, int, long, float, double, boolean, and the names that NumPy has.
std::optional<Dtype> find_element_type(std::string_view name);
// Raises "invalid type 'X'" and lists the known ones.
Dtype element_type_from(std::string_view name);

// An element as a number.
Any load_element(Dtype dtype, const void* element);
// Stores `any` as an element; false if it is no number or does not fit. Floats are rounded.
bool store_element(Dtype dtype, const Any& any, void* element);
// `store_element`, or raises "value cannot be coerced to int: ...".
void store_element_or_raise(Dtype dtype, const Any& any, void* element);
// Whether `any` is one number, and no array.
bool is_number(const Any& any);

}  // namespace sennit::grcuda
