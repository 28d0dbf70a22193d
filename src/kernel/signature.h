// kernel/signature.h: what a kernel takes, and where each parameter stands in the packed block.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/access.h"
#include "kernel/element_type.h"

namespace sennit {

enum class ParameterKind : std::uint8_t {
  Pointer,  // an array, a raw device pointer, or null
  Scalar,   // a number of `type.dtype`
  Struct,   // `type.bytes` raw bytes
};

struct Parameter {
  std::string name;  // empty if the source or signature gives none
  ParameterKind kind = ParameterKind::Scalar;
  ElementType type;  // of the value, or of what is pointed to
  // What the kernel does to an array given here: as far as `const` or the signature promises, or,
  // after `narrowed_signature`, as far as its code shows.
  AccessMode access = AccessMode::ReadWrite;

  std::uint32_t bytes() const {
    return kind == ParameterKind::Pointer ? sizeof(void*) : type.bytes;
  }
  std::uint32_t alignment() const {
    return kind == ParameterKind::Pointer ? alignof(void*) : type.alignment;
  }
};

Parameter pointer_parameter(std::string name, ElementType to, AccessMode access);
// A Scalar if arithmetic can make the value (a number, or float2 as a complex one), else a Struct.
// REQUIRES: type.bytes > 0
Parameter value_parameter(std::string name, ElementType type);

// Constant after construction.
class Signature {
 public:
  Signature() = default;
  Signature(std::string kernel, std::vector<Parameter> parameters);

  const std::string& kernel() const { return kernel_; }  // the name that messages show
  std::span<const Parameter> parameters() const { return parameters_; }

  // The packed block, as CUDA's ABI lays parameters out: in order, each at its natural alignment.
  std::span<const std::uint32_t> offsets() const { return offsets_; }
  std::size_t packed_bytes() const { return packed_bytes_; }

  // As a signature that `parse_signature` understands, but for the names of structs:
  // "saxpy(a: float32, x: in pointer float32, y: inout pointer float32)".
  std::string to_string() const;

  // What binding an argument needs to know of its parameter, without the strings.
  struct Slot {
    // How a value is stored. The integers and floats keep the order of Dtype.
    enum class Store : std::uint8_t {
      Pointer,
      Bool,
      Int8,
      Int16,
      Int32,
      Int64,
      UInt8,
      UInt16,
      UInt32,
      UInt64,
      Float16,
      BFloat16,
      Float32,
      Float64,
      Complex64,
      Complex128,
      Bytes,
    };
    Store store;
    AccessMode access;
    std::uint16_t alignment_mask;  // of the address that a pointer needs: alignment - 1
    std::uint32_t offset;          // in the packed block
    std::uint32_t bytes;
    DtypeSet arrays;
  };
  std::span<const Slot> slots() const { return slots_; }

 private:
  std::string kernel_;
  std::vector<Parameter> parameters_;
  std::vector<std::uint32_t> offsets_;
  std::vector<Slot> slots_;
  std::size_t packed_bytes_ = 0;
};

}  // namespace sennit
