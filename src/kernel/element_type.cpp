// kernel/element_type.cpp: one table of CUDA C++'s own types.

#include "kernel/element_type.h"

#include <array>
#include <charconv>
#include <unordered_map>

namespace sennit {
namespace {

struct ScalarRow {
  std::string_view name;
  Dtype dtype;
};

// Sizes are those of Linux on 64-bit machines, where `long` has 64 bits.
constexpr ScalarRow kScalars[] = {
    {"bool", Dtype::Bool},
    {"char", Dtype::Int8},
    {"signed char", Dtype::Int8},
    {"unsigned char", Dtype::UInt8},
    {"short", Dtype::Int16},
    {"unsigned short", Dtype::UInt16},
    {"int", Dtype::Int32},
    {"unsigned int", Dtype::UInt32},
    {"long", Dtype::Int64},
    {"unsigned long", Dtype::UInt64},
    {"long long", Dtype::Int64},
    {"unsigned long long", Dtype::UInt64},
    {"__int64", Dtype::Int64},
    {"float", Dtype::Float32},
    {"double", Dtype::Float64},
    {"wchar_t", Dtype::Int32},
    {"char8_t", Dtype::UInt8},
    {"char16_t", Dtype::UInt16},
    {"char32_t", Dtype::UInt32},
    {"int8_t", Dtype::Int8},
    {"int16_t", Dtype::Int16},
    {"int32_t", Dtype::Int32},
    {"int64_t", Dtype::Int64},
    {"uint8_t", Dtype::UInt8},
    {"uint16_t", Dtype::UInt16},
    {"uint32_t", Dtype::UInt32},
    {"uint64_t", Dtype::UInt64},
    {"intptr_t", Dtype::Int64},
    {"uintptr_t", Dtype::UInt64},
    {"ptrdiff_t", Dtype::Int64},
    {"ssize_t", Dtype::Int64},
    {"size_t", Dtype::UInt64},
    {"uchar", Dtype::UInt8},
    {"ushort", Dtype::UInt16},
    {"uint", Dtype::UInt32},
    {"ulong", Dtype::UInt64},
    {"cudaTextureObject_t", Dtype::UInt64},
    {"cudaSurfaceObject_t", Dtype::UInt64},
    {"clock_t", Dtype::Int64},
    {"half", Dtype::Float16},
    {"__half", Dtype::Float16},
    {"_Float16", Dtype::Float16},
    {"__nv_bfloat16", Dtype::BFloat16},
    {"nv_bfloat16", Dtype::BFloat16},
    {"__bf16", Dtype::BFloat16},
};

// "float4" is a row of this table and a count from 1 to 4.
struct VectorRow {
  std::string_view stem;
  Dtype dtype;
  std::uint32_t max_alignment;  // CUDA caps the alignment of large vectors
};

constexpr VectorRow kVectors[] = {
    {"char", Dtype::Int8, 4},         {"uchar", Dtype::UInt8, 4},    {"short", Dtype::Int16, 8},
    {"ushort", Dtype::UInt16, 8},     {"int", Dtype::Int32, 16},     {"uint", Dtype::UInt32, 16},
    {"long", Dtype::Int64, 16},       {"ulong", Dtype::UInt64, 16},  {"longlong", Dtype::Int64, 16},
    {"ulonglong", Dtype::UInt64, 16}, {"float", Dtype::Float32, 16}, {"double", Dtype::Float64, 16},
};

struct OtherRow {
  std::string_view name;
  std::optional<Dtype> dtype;  // of each component
  std::uint32_t components;
  std::uint32_t bytes;
  std::uint32_t alignment;
};

constexpr OtherRow kOthers[] = {
    {"half2", Dtype::Float16, 2, 4, 4},
    {"__half2", Dtype::Float16, 2, 4, 4},
    {"nv_bfloat162", Dtype::BFloat16, 2, 4, 4},
    {"__nv_bfloat162", Dtype::BFloat16, 2, 4, 4},
    {"cuComplex", Dtype::Float32, 2, 8, 8},
    {"cuFloatComplex", Dtype::Float32, 2, 8, 8},
    {"cuDoubleComplex", Dtype::Float64, 2, 16, 16},
    {"cuda::std::complex<float>", Dtype::Float32, 2, 8, 8},
    {"cuda::std::complex<double>", Dtype::Float64, 2, 16, 16},
    {"thrust::complex<float>", Dtype::Float32, 2, 8, 8},
    {"thrust::complex<double>", Dtype::Float64, 2, 16, 16},
    {"dim3", Dtype::UInt32, 3, 12, 4},
    {"__nv_fp8_e4m3", std::nullopt, 1, 1, 1},
    {"__nv_fp8_e5m2", std::nullopt, 1, 1, 1},
    {"__int128", std::nullopt, 1, 16, 16},
    {"unsigned __int128", std::nullopt, 1, 16, 16},
    {"std::byte", Dtype::UInt8, 1, 1, 1},
};

// Beside its own dtype, a pointer takes arrays whose elements have the same bytes and are only
// named differently: C++ leaves open whether `char` is text or a number, a `bool` is a byte that
// is 0 or 1, and a complex number is a pair.
DtypeSet arrays_for(Dtype dtype, std::uint32_t components, std::string_view name) {
  if (name == "char") return {Dtype::Int8, Dtype::UInt8};
  if (dtype == Dtype::Bool || dtype == Dtype::UInt8) return {Dtype::Bool, Dtype::UInt8};
  if (components == 2 && dtype == Dtype::Float32) return {Dtype::Float32, Dtype::Complex64};
  if (components == 2 && dtype == Dtype::Float64) return {Dtype::Float64, Dtype::Complex128};
  return {dtype};
}

ElementType make(std::string_view name, Dtype dtype, std::uint32_t components, std::uint32_t bytes,
                 std::uint32_t alignment) {
  ElementType type;
  // A plain number is called by its dtype: that is the name that the caller's arrays show.
  type.name = components == 1 ? name_of(dtype) : name;
  type.dtype = dtype;
  type.components = components;
  type.bytes = bytes;
  type.alignment = alignment;
  type.arrays = arrays_for(dtype, components, name);
  return type;
}

std::uint32_t vector_alignment(const VectorRow& row, std::uint32_t element, std::uint32_t count) {
  if (count == 3) return element;
  const std::uint32_t whole = element * count;
  return whole < row.max_alignment ? whole : row.max_alignment;
}

using Table = std::unordered_map<std::string_view, ElementType>;

// The keys of vectors ("float4") are made here and live as long as the table.
const Table& table() {
  static const Table* const kTable = [] {
    static std::array<std::array<std::string, 4>, std::size(kVectors)> vector_names;
    auto* rows = new Table;
    for (const ScalarRow& row : kScalars) {
      const auto bytes = static_cast<std::uint32_t>(bytes_of(row.dtype));
      rows->emplace(row.name, make(row.name, row.dtype, 1, bytes, bytes));
    }
    for (std::size_t i = 0; i < std::size(kVectors); ++i) {
      for (std::uint32_t count = 1; count <= 4; ++count) {
        const VectorRow& row = kVectors[i];
        std::string& name = vector_names[i][count - 1];
        name = std::string(row.stem) + static_cast<char>('0' + count);
        const auto element = static_cast<std::uint32_t>(bytes_of(row.dtype));
        rows->emplace(name, make(name, row.dtype, count, element * count,
                                 vector_alignment(row, element, count)));
      }
    }
    for (const OtherRow& row : kOthers) {
      rows->emplace(row.name,
                    row.dtype ? make(row.name, *row.dtype, row.components, row.bytes, row.alignment)
                              : opaque_type(std::string(row.name), row.bytes, row.alignment));
    }
    rows->emplace("void", opaque_type("void", 0, 1));
    return rows;
  }();
  return *kTable;
}

}  // namespace

ElementType element_type(Dtype dtype) {
  const DtypeInfo& row = info(dtype);
  const auto bytes = static_cast<std::uint32_t>(row.bytes);
  switch (dtype) {
    // What the source calls float2 takes arrays of pairs and of complex numbers; what a signature
    // calls complex64 is meant as such.
    case Dtype::Complex64:
    case Dtype::Complex128: {
      ElementType type = make(row.name, dtype, 1, bytes, bytes);
      type.arrays = {dtype};
      return type;
    }
    default:
      return make(row.name, dtype, 1, bytes, bytes);
  }
}

ElementType opaque_type(std::string name, std::uint32_t bytes, std::uint32_t alignment) {
  ElementType type;
  type.name = std::move(name);
  type.bytes = bytes;
  type.alignment = alignment;
  type.arrays = DtypeSet::all();
  return type;
}

std::optional<ElementType> find_cuda_type(std::string_view name) {
  for (const std::string_view prefix : {"", "::", "std::", "::std::", "cuda::std::"}) {
    if (!name.starts_with(prefix)) continue;
    const auto found = table().find(name.substr(prefix.size()));
    if (found != table().end()) return found->second;
  }
  return std::nullopt;
}

}  // namespace sennit
