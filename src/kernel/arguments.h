// kernel/arguments.h: binds the arguments of a launch to the kernel's parameters.
//
// Runs at every launch, so it makes no heap allocation once its outputs have grown, and it looks
// at strings only to report a mistake.
#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/access.h"
#include "base/dtype.h"
#include "kernel/signature.h"

namespace sennit {

// An array, or a view of one, as a kernel sees it.
struct ArrayView {
  ArrayId array = 0;
  Dtype dtype = Dtype::Float32;
  bool dense = true;           // every byte of `hull` belongs to the view
  std::size_t first_byte = 0;  // of its first element, within the array: where the pointer points
  ByteRange hull;              // bytes of the array from the view's lowest to its highest
  std::span<const std::size_t> shape;  // for messages; borrowed
};

// One argument as a language hands it over. What it points to is read during the bind only.
struct Argument {
  enum class Kind : std::uint8_t {
    Array,
    Bool,
    Int,
    UInt,
    Float,
    Complex,
    Bytes,          // a struct, or a scalar that the caller has laid out itself
    DevicePointer,  // memory that sennit does not track
    Null,
  };
  Kind kind = Kind::Null;
  bool untracked = false;   // of Array: this launch takes no part in the array's dependencies
  std::uint32_t bytes = 0;  // of Bytes
  union {
    const ArrayView* array;
    bool boolean;
    std::int64_t integer;
    std::uint64_t natural;  // of UInt; and the address of DevicePointer
    double real;
    const std::complex<double>* complex;
    const void* data;
  };

  constexpr Argument() : natural(0) {}
  static Argument of(const ArrayView& value, bool untracked = false) {
    Argument argument(Kind::Array);
    argument.array = &value;
    argument.untracked = untracked;
    return argument;
  }
  static Argument of(bool value) {
    Argument argument(Kind::Bool);
    argument.boolean = value;
    return argument;
  }
  static Argument of(int value) { return of(std::int64_t{value}); }
  static Argument of(std::int64_t value) {
    Argument argument(Kind::Int);
    argument.integer = value;
    return argument;
  }
  static Argument of(std::uint64_t value) {
    Argument argument(Kind::UInt);
    argument.natural = value;
    return argument;
  }
  static Argument of(double value) {
    Argument argument(Kind::Float);
    argument.real = value;
    return argument;
  }
  static Argument of(const std::complex<double>& value) {
    Argument argument(Kind::Complex);
    argument.complex = &value;
    return argument;
  }
  static Argument of_bytes(const void* data, std::uint32_t bytes) {
    Argument argument(Kind::Bytes);
    argument.data = data;
    argument.bytes = bytes;
    return argument;
  }
  static Argument of_device_pointer(std::uint64_t address) {
    Argument argument(Kind::DevicePointer);
    argument.natural = address;
    return argument;
  }
  static Argument null() { return {}; }

 private:
  constexpr explicit Argument(Kind k) : kind(k), natural(0) {}
};
static_assert(sizeof(Argument) == 16);

// The result of a bind. Reuse one object: its vectors keep their capacity.
struct BoundArguments {
  std::vector<std::byte> parameters;  // packed as Signature::offsets says; patched pointers are 0
  std::vector<PointerPatch> patches;  // one for each array argument, in order
  // What the launch does to its arrays. Ranges of one array that overlap are one access; disjoint
  // slices stay apart, so that they depend on different operations.
  std::vector<Access> accesses;
  // The arrays that are passed untracked, with the mode that is not tracked; and those whose
  // address is all that the kernel takes.
  std::vector<Access> untracked;
};

// Whether a float is taken for an integer parameter if its value is one. For languages that have
// no integers; others mean something else when they pass 4.0.
enum class IntegralFloats : bool { Refuse, Accept };

// Checks `arguments` and packs them into `bound`, which holds nothing useful after a throw.
// Raises InvalidArgument that names the kernel, the argument, what it is, and what is taken.
void bind_arguments(const Signature& signature, std::span<const Argument> arguments,
                    IntegralFloats integral_floats, BoundArguments& bound);

}  // namespace sennit
