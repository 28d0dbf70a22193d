// sennit/std_traits.h: <type_traits> and <utility>, as far as kernels use them.
#pragma once

#include "sennit/keywords.h"

namespace cuda {
namespace std {

template <typename T, T v>
struct integral_constant {
  static constexpr T value = v;
  typedef T value_type;
  typedef integral_constant type;
  constexpr operator T() const { return v; }
  constexpr T operator()() const { return v; }
};
template <bool v>
using bool_constant = integral_constant<bool, v>;
using true_type = bool_constant<true>;
using false_type = bool_constant<false>;

// A question that Clang answers, as a type and as a value.
#define _SNT_TRAIT(name, builtin)             \
  template <typename T>                       \
  struct name : bool_constant<builtin(T)> {}; \
  template <typename T>                       \
  inline constexpr bool name##_v = builtin(T);
_SNT_TRAIT(is_void, __is_void)
_SNT_TRAIT(is_integral, __is_integral)
_SNT_TRAIT(is_floating_point, __is_floating_point)
_SNT_TRAIT(is_arithmetic, __is_arithmetic)
_SNT_TRAIT(is_fundamental, __is_fundamental)
_SNT_TRAIT(is_scalar, __is_scalar)
_SNT_TRAIT(is_object, __is_object)
_SNT_TRAIT(is_pointer, __is_pointer)
_SNT_TRAIT(is_array, __is_array)
_SNT_TRAIT(is_reference, __is_reference)
_SNT_TRAIT(is_lvalue_reference, __is_lvalue_reference)
_SNT_TRAIT(is_rvalue_reference, __is_rvalue_reference)
_SNT_TRAIT(is_function, __is_function)
_SNT_TRAIT(is_const, __is_const)
_SNT_TRAIT(is_volatile, __is_volatile)
_SNT_TRAIT(is_enum, __is_enum)
_SNT_TRAIT(is_class, __is_class)
_SNT_TRAIT(is_union, __is_union)
_SNT_TRAIT(is_empty, __is_empty)
_SNT_TRAIT(is_final, __is_final)
_SNT_TRAIT(is_trivial, __is_trivial)
_SNT_TRAIT(is_trivially_copyable, __is_trivially_copyable)
_SNT_TRAIT(is_standard_layout, __is_standard_layout)
_SNT_TRAIT(is_signed, __is_signed)
_SNT_TRAIT(is_unsigned, __is_unsigned)
_SNT_TRAIT(is_default_constructible, __is_constructible)
#undef _SNT_TRAIT
#define _SNT_TRAIT_2(name, builtin)              \
  template <typename A, typename B>              \
  struct name : bool_constant<builtin(A, B)> {}; \
  template <typename A, typename B>              \
  inline constexpr bool name##_v = builtin(A, B);
_SNT_TRAIT_2(is_same, __is_same)
_SNT_TRAIT_2(is_base_of, __is_base_of)
_SNT_TRAIT_2(is_convertible, __is_convertible)
_SNT_TRAIT_2(is_assignable, __is_assignable)
#undef _SNT_TRAIT_2
template <typename T, typename... Arguments>
inline constexpr bool is_constructible_v = __is_constructible(T, Arguments...);
template <typename T, typename... Arguments>
struct is_constructible : bool_constant<__is_constructible(T, Arguments...)> {};

// A type made of a type.
#define _SNT_TRANSFORM(name, builtin) \
  template <typename T>               \
  struct name {                       \
    typedef builtin(T) type;          \
  };                                  \
  template <typename T>               \
  using name##_t = builtin(T);
_SNT_TRANSFORM(remove_const, __remove_const)
_SNT_TRANSFORM(remove_volatile, __remove_volatile)
_SNT_TRANSFORM(remove_cv, __remove_cv)
_SNT_TRANSFORM(remove_reference, __remove_reference_t)
_SNT_TRANSFORM(remove_cvref, __remove_cvref)
_SNT_TRANSFORM(remove_pointer, __remove_pointer)
_SNT_TRANSFORM(remove_extent, __remove_extent)
_SNT_TRANSFORM(add_pointer, __add_pointer)
_SNT_TRANSFORM(add_lvalue_reference, __add_lvalue_reference)
_SNT_TRANSFORM(add_rvalue_reference, __add_rvalue_reference)
_SNT_TRANSFORM(decay, __decay)
_SNT_TRANSFORM(make_signed, __make_signed)
_SNT_TRANSFORM(make_unsigned, __make_unsigned)
_SNT_TRANSFORM(underlying_type, __underlying_type)
#undef _SNT_TRANSFORM
template <typename T>
struct add_const {
  typedef const T type;
};
template <typename T>
using add_const_t = const T;

template <bool condition, typename Then, typename Else>
struct conditional {
  typedef Then type;
};
template <typename Then, typename Else>
struct conditional<false, Then, Else> {
  typedef Else type;
};
template <bool condition, typename Then, typename Else>
using conditional_t = typename conditional<condition, Then, Else>::type;
template <bool condition, typename T = void>
struct enable_if {};
template <typename T>
struct enable_if<true, T> {
  typedef T type;
};
template <bool condition, typename T = void>
using enable_if_t = typename enable_if<condition, T>::type;
template <typename...>
using void_t = void;
template <typename T>
struct type_identity {
  typedef T type;
};

template <typename... Traits>
inline constexpr bool conjunction_v = (true && ... && Traits::value);
template <typename... Traits>
struct conjunction : bool_constant<conjunction_v<Traits...>> {};
template <typename... Traits>
inline constexpr bool disjunction_v = (false || ... || Traits::value);
template <typename... Traits>
struct disjunction : bool_constant<disjunction_v<Traits...>> {};
template <typename Trait>
inline constexpr bool negation_v = !Trait::value;
template <typename Trait>
struct negation : bool_constant<!Trait::value> {};
template <typename T>
__add_rvalue_reference(T) declval() noexcept;

template <typename Function, typename... Arguments>
struct invoke_result {
  typedef decltype(declval<Function>()(declval<Arguments>()...)) type;
};
template <typename Function, typename... Arguments>
using invoke_result_t = typename invoke_result<Function, Arguments...>::type;

template <typename... T>
struct common_type;
template <typename T>
struct common_type<T> {
  typedef __decay(T) type;
};
template <typename A, typename B>
struct common_type<A, B> {
  typedef __decay(decltype(true ? declval<A>() : declval<B>())) type;
};
template <typename A, typename B, typename... Rest>
struct common_type<A, B, Rest...> : common_type<typename common_type<A, B>::type, Rest...> {};
template <typename... T>
using common_type_t = typename common_type<T...>::type;

// ---- <utility> ---------------------------------------------------------------------------------

template <typename T>
constexpr __remove_reference_t(T)&& move(T&& value) noexcept {
  return static_cast<__remove_reference_t(T)&&>(value);
}
template <typename T>
constexpr T&& forward(__remove_reference_t(T)& value) noexcept {
  return static_cast<T&&>(value);
}
template <typename T>
constexpr T&& forward(__remove_reference_t(T)&& value) noexcept {
  return static_cast<T&&>(value);
}
template <typename T>
constexpr void swap(T& a, T& b) {
  T kept = move(a);
  a = move(b);
  b = move(kept);
}
template <typename T, typename U = T>
constexpr T exchange(T& object, U&& value) {
  T old = move(object);
  object = forward<U>(value);
  return old;
}

template <typename T, T... values>
struct integer_sequence {
  typedef T value_type;
  static constexpr size_t size() { return sizeof...(values); }
};
template <size_t... values>
using index_sequence = integer_sequence<size_t, values...>;
template <typename T, T count>
using make_integer_sequence = __make_integer_seq<integer_sequence, T, count>;
template <size_t count>
using make_index_sequence = make_integer_sequence<size_t, count>;

template <typename A, typename B>
struct pair {
  A first;
  B second;
};
template <typename A, typename B>
pair(A, B) -> pair<A, B>;
template <typename A, typename B>
constexpr pair<__decay(A), __decay(B)> make_pair(A&& a, B&& b) {
  return {forward<A>(a), forward<B>(b)};
}

template <typename T>
constexpr const T& min(const T& a, const T& b) {
  return b < a ? b : a;
}
template <typename T>
constexpr const T& max(const T& a, const T& b) {
  return a < b ? b : a;
}
template <typename T>
constexpr const T& clamp(const T& x, const T& low, const T& high) {
  return x < low ? low : high < x ? high : x;
}

template <typename T, size_t count>
struct array {
  T elements[count];
  constexpr T& operator[](size_t i) { return elements[i]; }
  constexpr const T& operator[](size_t i) const { return elements[i]; }
  constexpr T* begin() { return elements; }
  constexpr T* end() { return elements + count; }
  constexpr const T* begin() const { return elements; }
  constexpr const T* end() const { return elements + count; }
  constexpr T* data() { return elements; }
  constexpr const T* data() const { return elements; }
  static constexpr size_t size() { return count; }
};

using ::int16_t;
using ::int32_t;
using ::int64_t;
using ::int8_t;
using ::intptr_t;
using ::nullptr_t;
using ::ptrdiff_t;
using ::size_t;
using ::uint16_t;
using ::uint32_t;
using ::uint64_t;
using ::uint8_t;
using ::uintptr_t;

}  // namespace std
}  // namespace cuda

// One implementation under both names.
namespace std {
using namespace ::cuda::std;
}
