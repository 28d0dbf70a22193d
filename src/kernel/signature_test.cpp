// kernel/signature_test.cpp: the layout of packed parameters.

#include "kernel/signature.h"

#include <gtest/gtest.h>

namespace sennit {
namespace {

Parameter value(const char* type) { return value_parameter("p", find_cuda_type(type).value()); }
Parameter pointer(const char* type) {
  return pointer_parameter("p", find_cuda_type(type).value(), AccessMode::ReadWrite);
}
std::vector<std::uint32_t> offsets(std::vector<Parameter> parameters) {
  const Signature signature("k", std::move(parameters));
  return {signature.offsets().begin(), signature.offsets().end()};
}

// What a compiler makes of the same parameters as members of a struct.
struct Mixed {
  char a;
  double b;
  short c;
  float* d;
  int e;
  alignas(16) float f[4];
  bool g;
  float h[3];
};

TEST(Signature, LaysParametersOutLikeTheMembersOfAStruct) {
  const auto at = offsets({value("char"), value("double"), value("short"), pointer("float"),
                           value("int"), value("float4"), value("bool"), value("float3")});
  EXPECT_EQ(at,
            (std::vector<std::uint32_t>{offsetof(Mixed, a), offsetof(Mixed, b), offsetof(Mixed, c),
                                        offsetof(Mixed, d), offsetof(Mixed, e), offsetof(Mixed, f),
                                        offsetof(Mixed, g), offsetof(Mixed, h)}));
}

TEST(Signature, EndsWithTheLastByteOfTheLastParameter) {
  EXPECT_EQ(Signature("k", {pointer("float"), value("char")}).packed_bytes(), 9u);
  EXPECT_EQ(Signature("k", {}).packed_bytes(), 0u);
}

TEST(Signature, PassesPairsOfFloatsAsComplexNumbersAndOtherVectorsAsBytes) {
  EXPECT_EQ(value("float2").kind, ParameterKind::Scalar);
  EXPECT_EQ(value("float2").type.dtype, Dtype::Complex64);
  EXPECT_EQ(value("double2").type.dtype, Dtype::Complex128);
  EXPECT_EQ(value("int2").kind, ParameterKind::Struct);
  EXPECT_EQ(value("float4").kind, ParameterKind::Struct);
}

TEST(Signature, PrintsItselfAsASignature) {
  const Signature signature(
      "axpy", {value_parameter("a", element_type(Dtype::Float64)),
               pointer_parameter("x", element_type(Dtype::Float32), AccessMode::Read),
               pointer_parameter("", opaque_type("void", 0, 1), AccessMode::Overwrite),
               value_parameter("box", opaque_type("Box", 24, 8))});
  EXPECT_EQ(signature.to_string(),
            "axpy(a: float64, x: in pointer float32, out pointer void, box: struct 24 align 8)");
}

TEST(ElementType, KnowsTheSizesAndAlignmentsOfVectors) {
  struct Case {
    const char* name;
    std::uint32_t bytes, alignment;
  };
  for (const Case& c :
       {Case{"char1", 1, 1}, Case{"uchar3", 3, 1}, Case{"uchar4", 4, 4}, Case{"short2", 4, 4},
        Case{"ushort4", 8, 8}, Case{"int3", 12, 4}, Case{"int4", 16, 16}, Case{"float2", 8, 8},
        Case{"double2", 16, 16}, Case{"double3", 24, 8}, Case{"double4", 32, 16},
        Case{"longlong2", 16, 16}, Case{"__half2", 4, 4}, Case{"dim3", 12, 4}}) {
    const auto type = find_cuda_type(c.name);
    ASSERT_TRUE(type) << c.name;
    EXPECT_EQ(type->bytes, c.bytes) << c.name;
    EXPECT_EQ(type->alignment, c.alignment) << c.name;
  }
}

TEST(ElementType, TakesArraysWhoseElementsAreTheSameBytesByAnotherName) {
  EXPECT_EQ(find_cuda_type("char")->arrays, (DtypeSet{Dtype::Int8, Dtype::UInt8}));
  EXPECT_EQ(find_cuda_type("bool")->arrays, (DtypeSet{Dtype::Bool, Dtype::UInt8}));
  EXPECT_EQ(find_cuda_type("float2")->arrays, (DtypeSet{Dtype::Float32, Dtype::Complex64}));
  EXPECT_EQ(find_cuda_type("float")->arrays, (DtypeSet{Dtype::Float32}));
  EXPECT_EQ(find_cuda_type("void")->arrays, DtypeSet::all());
  EXPECT_FALSE(find_cuda_type("float")->arrays.contains(Dtype::Float64));
}

TEST(ElementType, FindsNamesOfTheStandardNamespaceAndNoOthers) {
  EXPECT_EQ(find_cuda_type("std::uint32_t")->dtype, Dtype::UInt32);
  EXPECT_EQ(find_cuda_type("::size_t")->dtype, Dtype::UInt64);
  EXPECT_EQ(find_cuda_type("cuda::std::int8_t")->dtype, Dtype::Int8);
  EXPECT_FALSE(find_cuda_type("my::uint32_t"));
  EXPECT_FALSE(find_cuda_type("float5"));
}

}  // namespace
}  // namespace sennit
