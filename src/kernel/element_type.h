// kernel/element_type.h: the types that CUDA C++ gives to kernel parameters and to what they point
// to.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/dtype.h"

namespace sennit {

// A set of dtypes, small enough to be tested in one instruction at every launch.
class DtypeSet {
 public:
  constexpr DtypeSet() = default;
  constexpr DtypeSet(std::initializer_list<Dtype> dtypes) {
    for (const Dtype dtype : dtypes) bits_ |= bit(dtype);
  }
  static constexpr DtypeSet all() {
    DtypeSet set;
    set.bits_ = ~std::uint32_t{0};
    return set;
  }
  constexpr bool contains(Dtype dtype) const { return (bits_ & bit(dtype)) != 0; }
  constexpr bool operator==(const DtypeSet&) const = default;

 private:
  static constexpr std::uint32_t bit(Dtype dtype) {
    return std::uint32_t{1} << static_cast<std::uint32_t>(dtype);
  }
  std::uint32_t bits_ = 0;
};

// The type of a parameter's value, or of what a pointer parameter points to.
struct ElementType {
  std::string name;              // as messages show it: "float32", "float4", "Particle", "void"
  std::optional<Dtype> dtype;    // of each component; nullopt: void, a struct, a pointer
  std::uint32_t components = 1;  // 4 for float4
  std::uint32_t bytes = 0;       // 0: void, or a struct whose layout is not known
  std::uint32_t alignment = 1;
  DtypeSet arrays;  // what an array may hold that is given for a pointer to this type
};

ElementType element_type(Dtype dtype);

// A type that only its size and alignment are known of (`bytes` 0: not even those): pointers to
// it take any array, and it is passed by value as raw bytes.
ElementType opaque_type(std::string name, std::uint32_t bytes, std::uint32_t alignment);

// A type that CUDA C++ knows without a definition in the source: "unsigned int", "size_t",
// "std::uint8_t", "float4", "__half2", "void". Words stand in the order and spelling in which
// C++ prints them. nullopt if unknown.
std::optional<ElementType> find_cuda_type(std::string_view name);

}  // namespace sennit
