// base/dtype.h: the element types of arrays and the scalar types of kernel parameters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace sennit {

// Values are part of the C ABI (snt_dtype in sennit.h): append, never renumber.
enum class Dtype : std::int32_t {
  Bool = 1,
  Int8 = 2,
  Int16 = 3,
  Int32 = 4,
  Int64 = 5,
  UInt8 = 6,
  UInt16 = 7,
  UInt32 = 8,
  UInt64 = 9,
  Float16 = 10,
  BFloat16 = 11,
  Float32 = 12,
  Float64 = 13,
  Complex64 = 14,   // two float32
  Complex128 = 15,  // two float64
};

enum class DtypeKind : std::uint8_t { Bool, Signed, Unsigned, Float, Complex };

struct DtypeInfo {
  Dtype dtype;
  std::string_view name;  // NumPy's: "float32"
  std::size_t bytes;      // of one element; also its alignment, but for complex: half of it
  DtypeKind kind;
  std::string_view c_name;  // as a kernel spells it: "float", "unsigned char", "float2"
};

// One row a type, in the order of the enumerators.
std::span<const DtypeInfo> dtypes();

// Raises Internal for a value that is no enumerator.
const DtypeInfo& info(Dtype dtype);

// Accepts NumPy's names and the C names; nullopt if unknown.
std::optional<Dtype> find_dtype(std::string_view name);

// `find_dtype`, or InvalidArgument that lists the known names.
Dtype parse_dtype(std::string_view name);

inline std::size_t bytes_of(Dtype dtype) { return info(dtype).bytes; }
inline std::string_view name_of(Dtype dtype) { return info(dtype).name; }

}  // namespace sennit
