#include "base/dtype.h"

#include "base/error.h"
#include "base/text.h"

namespace sennit {
namespace {

constexpr DtypeInfo kDtypes[] = {
    {Dtype::Bool, "bool", 1, DtypeKind::Bool, "bool"},
    {Dtype::Int8, "int8", 1, DtypeKind::Signed, "signed char"},
    {Dtype::Int16, "int16", 2, DtypeKind::Signed, "short"},
    {Dtype::Int32, "int32", 4, DtypeKind::Signed, "int"},
    {Dtype::Int64, "int64", 8, DtypeKind::Signed, "long long"},
    {Dtype::UInt8, "uint8", 1, DtypeKind::Unsigned, "unsigned char"},
    {Dtype::UInt16, "uint16", 2, DtypeKind::Unsigned, "unsigned short"},
    {Dtype::UInt32, "uint32", 4, DtypeKind::Unsigned, "unsigned int"},
    {Dtype::UInt64, "uint64", 8, DtypeKind::Unsigned, "unsigned long long"},
    {Dtype::Float16, "float16", 2, DtypeKind::Float, "__half"},
    {Dtype::BFloat16, "bfloat16", 2, DtypeKind::Float, "__nv_bfloat16"},
    {Dtype::Float32, "float32", 4, DtypeKind::Float, "float"},
    {Dtype::Float64, "float64", 8, DtypeKind::Float, "double"},
    {Dtype::Complex64, "complex64", 8, DtypeKind::Complex, "float2"},
    {Dtype::Complex128, "complex128", 16, DtypeKind::Complex, "double2"},
};

}  // namespace

std::span<const DtypeInfo> dtypes() { return kDtypes; }

const DtypeInfo& info(Dtype dtype) {
  const auto index = static_cast<std::size_t>(dtype) - 1;
  if (index >= std::size(kDtypes))
    fail(format("no dtype has the value {}", static_cast<int>(dtype)));
  return kDtypes[index];
}

std::optional<Dtype> find_dtype(std::string_view name) {
  for (const DtypeInfo& row : kDtypes) {
    if (row.name == name || row.c_name == name) return row.dtype;
  }
  return std::nullopt;
}

Dtype parse_dtype(std::string_view name) {
  if (const auto found = find_dtype(name)) return *found;
  std::string known;
  for (const DtypeInfo& row : kDtypes) {
    known += known.empty() ? "" : ", ";
    known += row.name;
  }
  raise(ErrorCode::InvalidArgument,
        format("no element type is called '{}'; known: {}", name, known));
}

}  // namespace sennit
