// kernel/arguments_test.cpp: what arguments become, and what is said of wrong ones.

#include "kernel/arguments.h"

#include <gtest/gtest.h>

#include <cstring>

#include "base/error.h"
#include "base/half.h"
#include "kernel/signature_parser.h"

namespace sennit {
namespace {

Signature signature(std::string_view text) {
  return parse_nidl_signature(text, SignatureDialect::Sennit);
}

constexpr std::size_t kShape[] = {1024};

ArrayView view(ArrayId array, std::size_t begin, std::size_t end, Dtype dtype = Dtype::Float32) {
  return {array, dtype, true, begin, {begin, end}, kShape};
}

BoundArguments bind(const Signature& signature, std::vector<Argument> arguments,
                    IntegralFloats integral_floats = IntegralFloats::Refuse) {
  BoundArguments bound;
  bind_arguments(signature, arguments, integral_floats, bound);
  return bound;
}

std::string message(const Signature& signature, std::vector<Argument> arguments,
                    IntegralFloats integral_floats = IntegralFloats::Refuse) {
  try {
    bind(signature, std::move(arguments), integral_floats);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InvalidArgument);
    return error.message();
  }
  ADD_FAILURE() << "accepted";
  return "";
}

template <typename T>
T scalar(const char* type, Argument argument,
         IntegralFloats integral_floats = IntegralFloats::Refuse) {
  const BoundArguments bound =
      bind(signature(std::string("k(v: ") + type + ")"), {argument}, integral_floats);
  T value;
  EXPECT_EQ(bound.parameters.size(), sizeof(value));
  std::memcpy(&value, bound.parameters.data(), sizeof(value));
  return value;
}

std::string accesses(const BoundArguments& bound) {
  std::string text;
  for (const Access& access : bound.accesses) {
    text += std::to_string(access.array) + "[" + std::to_string(access.range.begin) + "," +
            std::to_string(access.range.end) + ")" + "?rwm"[static_cast<int>(access.mode)] + " ";
  }
  return text;
}

TEST(Arguments, PacksScalarsAndListsWhereAddressesBelong) {
  const auto k = signature("saxpy(a: float, x: in pointer float, y: pointer float, n: sint32)");
  const ArrayView x = view(7, 0, 4096);
  const ArrayView y = view(9, 256, 512);
  const BoundArguments bound =
      bind(k, {Argument::of(2.5), Argument::of(x), Argument::of(y), Argument::of(64)});

  ASSERT_EQ(bound.parameters.size(), 28u);
  float a;
  std::int32_t n;
  std::memcpy(&a, bound.parameters.data(), 4);
  std::memcpy(&n, bound.parameters.data() + 24, 4);
  EXPECT_EQ(a, 2.5f);
  EXPECT_EQ(n, 64);

  ASSERT_EQ(bound.patches.size(), 2u);
  EXPECT_EQ(bound.patches[0].parameter_offset, 8u);
  EXPECT_EQ(bound.patches[0].place.array, 7u);
  EXPECT_EQ(bound.patches[0].place.offset_bytes, 0u);
  EXPECT_EQ(bound.patches[1].parameter_offset, 16u);
  EXPECT_EQ(bound.patches[1].place.offset_bytes, 256u);
  EXPECT_EQ(accesses(bound), "7[0,4096)r 9[256,512)m ");
}

TEST(Arguments, PaddingIsZeroEvenInReusedStorage) {
  BoundArguments bound;
  bind_arguments(signature("k(a: uint64, b: uint64)"),
                 std::vector{Argument::of(~std::uint64_t{0}), Argument::of(~std::uint64_t{0})},
                 IntegralFloats::Refuse, bound);
  bind_arguments(signature("k(a: uint8, b: uint64)"), std::vector{Argument::of(1), Argument::of(1)},
                 IntegralFloats::Refuse, bound);
  for (std::size_t i = 1; i < 8; ++i) EXPECT_EQ(bound.parameters[i], std::byte{0});
}

TEST(Arguments, ReusedStorageIsNotAllocatedAgain) {
  const auto k = signature("k(x: pointer float, y: pointer float, n: sint32)");
  const ArrayView x = view(1, 0, 64);
  const ArrayView y = view(2, 0, 64);
  const std::vector arguments{Argument::of(x), Argument::of(y), Argument::of(3)};
  BoundArguments bound;
  bind_arguments(k, arguments, IntegralFloats::Refuse, bound);
  const void* before[] = {bound.parameters.data(), bound.patches.data(), bound.accesses.data()};
  for (int i = 0; i < 3; ++i) bind_arguments(k, arguments, IntegralFloats::Refuse, bound);
  const void* after[] = {bound.parameters.data(), bound.patches.data(), bound.accesses.data()};
  EXPECT_TRUE(std::equal(before, before + 3, after));
}

// ---- Accesses --------------------------------------------------------------------------------

TEST(Arguments, AnArrayGivenTwiceIsOneAccessOfBothModes) {
  const auto k = signature("k(x: in pointer float, y: out pointer float)");
  const ArrayView x = view(3, 0, 64);
  const BoundArguments bound = bind(k, {Argument::of(x), Argument::of(x)});
  EXPECT_EQ(accesses(bound), "3[0,64)m ");
}

TEST(Arguments, DisjointSlicesOfOneArrayStayApart) {
  const auto k = signature("k(x: in pointer float, y: pointer float)");
  const ArrayView low = view(3, 0, 64);
  const ArrayView high = view(3, 128, 256);
  EXPECT_EQ(accesses(bind(k, {Argument::of(low), Argument::of(high)})), "3[0,64)r 3[128,256)m ");
}

TEST(Arguments, TouchingSlicesBecomeOneAccessIfTheirModesAgree) {
  const ArrayView low = view(3, 0, 64);
  const ArrayView high = view(3, 64, 256);
  const auto same = signature("k(x: in pointer float, y: in pointer float)");
  const auto different = signature("k(x: in pointer float, y: pointer float)");
  EXPECT_EQ(accesses(bind(same, {Argument::of(high), Argument::of(low)})), "3[0,256)r ");
  EXPECT_EQ(accesses(bind(different, {Argument::of(low), Argument::of(high)})),
            "3[0,64)r 3[64,256)m ");
}

// A bridge joins two slices that were apart; accesses behind the erased one move up.
TEST(Arguments, AnAccessThatGrowsTakesInTheOthersItReaches) {
  const auto k = signature(
      "k(a: in pointer float, b: in pointer float, c: in pointer float, d: in pointer float)");
  const ArrayView left = view(3, 0, 64);
  const ArrayView right = view(3, 128, 256);
  const ArrayView other = view(5, 0, 64);
  const ArrayView bridge = view(3, 32, 160);
  const BoundArguments bound =
      bind(k, {Argument::of(left), Argument::of(right), Argument::of(other), Argument::of(bridge)});
  EXPECT_EQ(accesses(bound), "3[0,256)r 5[0,64)r ");
}

// The second access becomes a write and then joins the first, which only touches it.
TEST(Arguments, AnAccessThatGrowsMayVanishIntoAnEarlierOne) {
  const auto k = signature("k(a: pointer float, b: in pointer float, c: pointer float)");
  const ArrayView written = view(3, 0, 64);
  const ArrayView read = view(3, 64, 128);
  const ArrayView both = view(3, 100, 200);
  EXPECT_EQ(accesses(bind(k, {Argument::of(written), Argument::of(read), Argument::of(both)})),
            "3[0,200)m ");
}

TEST(Arguments, AnOverwrittenStridedViewKeepsItsGaps) {
  const auto k = signature("k(x: out pointer float)");
  ArrayView strided = view(3, 0, 64);
  EXPECT_EQ(accesses(bind(k, {Argument::of(strided)})), "3[0,64)w ");
  strided.dense = false;
  EXPECT_EQ(accesses(bind(k, {Argument::of(strided)})), "3[0,64)m ");
}

TEST(Arguments, AReversedViewPointsAtItsFirstElementAndAccessesItsHull) {
  const auto k = signature("k(x: in pointer float)");
  const ArrayView reversed{3, Dtype::Float32, true, 60, {0, 64}, kShape};
  const BoundArguments bound = bind(k, {Argument::of(reversed)});
  EXPECT_EQ(bound.patches[0].place.offset_bytes, 60u);
  EXPECT_EQ(accesses(bound), "3[0,64)r ");
}

TEST(Arguments, AnUntrackedArrayIsPassedButNotAccessed) {
  const auto k = signature("k(x: pointer float)");
  const ArrayView x = view(3, 0, 64);
  const BoundArguments bound = bind(k, {Argument::of(x, /*untracked=*/true)});
  EXPECT_EQ(accesses(bound), "");
  ASSERT_EQ(bound.patches.size(), 1u);
  EXPECT_EQ(bound.patches[0].place.array, 3u);
  ASSERT_EQ(bound.untracked.size(), 1u);
  EXPECT_EQ(bound.untracked[0].range, (ByteRange{0, 64}));
}

TEST(Arguments, AnEmptyArrayIsANullPointerWithoutAccess) {
  const auto k = signature("k(x: pointer float)");
  const BoundArguments bound = bind(k, {Argument::of(view(3, 64, 64))});
  EXPECT_TRUE(bound.accesses.empty());
  EXPECT_TRUE(bound.patches.empty());
}

TEST(Arguments, TakesRawDevicePointersAndNull) {
  EXPECT_EQ(scalar<std::uint64_t>("pointer float", Argument::of_device_pointer(0x7f00)), 0x7f00u);
  EXPECT_EQ(scalar<std::uint64_t>("pointer float", Argument::null()), 0u);
}

// ---- Conversions -----------------------------------------------------------------------------

TEST(Arguments, IntegersFitOrAreRefused) {
  EXPECT_EQ(scalar<std::int8_t>("sint8", Argument::of(-128)), -128);
  EXPECT_EQ(scalar<std::uint8_t>("uint8", Argument::of(255)), 255);
  EXPECT_EQ(scalar<std::uint64_t>("uint64", Argument::of(~std::uint64_t{0})), ~std::uint64_t{0});
  EXPECT_EQ(scalar<std::int32_t>("sint32", Argument::of(true)), 1);
  EXPECT_EQ(message(signature("k(n: sint32)"), {Argument::of(std::int64_t{3000000000})}),
            "launch 'k': argument 1 ('n') is the integer 3000000000; the kernel takes int32, "
            "-2147483648 to 2147483647");
  EXPECT_EQ(message(signature("k(n: uint8)"), {Argument::of(-1)}),
            "launch 'k': argument 1 ('n') is the integer -1; the kernel takes uint8, 0 to 255");
  EXPECT_EQ(message(signature("k(n: sint64)"), {Argument::of(~std::uint64_t{0})}),
            "launch 'k': argument 1 ('n') is the integer 18446744073709551615; the kernel takes "
            "int64, -9223372036854775808 to 9223372036854775807");
}

TEST(Arguments, FloatsAreIntegersOnlyInLanguagesWithoutIntegers) {
  EXPECT_EQ(scalar<std::int32_t>("sint32", Argument::of(4.0), IntegralFloats::Accept), 4);
  EXPECT_EQ(
      scalar<std::int64_t>("sint64", Argument::of(-9223372036854775808.0), IntegralFloats::Accept),
      INT64_MIN);
  const auto k = signature("k(n: sint32)");
  EXPECT_EQ(message(k, {Argument::of(4.0)}),
            "launch 'k': argument 1 ('n') is the float 4; the kernel takes int32, -2147483648 to "
            "2147483647; pass an integer");
  for (const double value : {4.5, 2147483648.0, -2147483649.0, 1e300, HUGE_VAL, std::nan("")}) {
    EXPECT_NE(message(k, {Argument::of(value)}, IntegralFloats::Accept), "") << value;
  }
  EXPECT_NE(message(signature("k(n: uint64)"), {Argument::of(18446744073709551616.0)},
                    IntegralFloats::Accept),
            "");
}

TEST(Arguments, FloatsAreNarrowedAndIntegersBecomeFloats) {
  EXPECT_EQ(scalar<float>("float", Argument::of(0.1)), 0.1f);
  EXPECT_EQ(scalar<float>("float", Argument::of(3)), 3.0f);
  EXPECT_EQ(scalar<double>("double", Argument::of(~std::uint64_t{0})), 18446744073709551616.0);
  EXPECT_EQ(scalar<std::uint16_t>("float16", Argument::of(1.5)), float16_bits(1.5));
  EXPECT_EQ(scalar<std::uint16_t>("bfloat16", Argument::of(1.5)), bfloat16_bits(1.5));
}

TEST(Arguments, ComplexParametersTakeComplexAndRealNumbers) {
  using Pair = std::array<float, 2>;
  const std::complex<double> z{1.5, -2};
  EXPECT_EQ(scalar<Pair>("complex64", Argument::of(z)), (Pair{1.5f, -2}));
  EXPECT_EQ(scalar<Pair>("complex64", Argument::of(3)), (Pair{3, 0}));
  EXPECT_EQ(message(signature("k(v: float)"), {Argument::of(z)}),
            "launch 'k': argument 1 ('v') is the complex number 1.5-2i; the kernel takes one "
            "float32");
}

TEST(Arguments, BoolsAreBoolsOrZeroOrOne) {
  EXPECT_TRUE(scalar<bool>("bool", Argument::of(true)));
  EXPECT_FALSE(scalar<bool>("bool", Argument::of(0)));
  EXPECT_EQ(message(signature("k(v: bool)"), {Argument::of(2)}),
            "launch 'k': argument 1 ('v') is the integer 2; the kernel takes bool, 0 or 1");
  EXPECT_NE(message(signature("k(v: bool)"), {Argument::of(-1)}), "");
}

TEST(Arguments, StructsAreRawBytesOfTheRightSize) {
  const auto k = signature("k(c: uint8, box: struct 12)");
  const std::int32_t box[3] = {1, 2, 3};
  const BoundArguments bound = bind(k, {Argument::of(1), Argument::of_bytes(box, sizeof(box))});
  EXPECT_EQ(std::memcmp(bound.parameters.data() + 4, box, sizeof(box)), 0);
  EXPECT_EQ(message(k, {Argument::of(1), Argument::of_bytes(box, 8)}),
            "launch 'k': argument 2 ('box') is 8 raw bytes; the kernel takes struct by value, 12 "
            "raw bytes");
}

TEST(Arguments, ScalarsMayComeAsRawBytes) {
  const std::uint16_t half = 0x3c00;
  EXPECT_EQ(scalar<std::uint16_t>("float16", Argument::of_bytes(&half, 2)), half);
  EXPECT_EQ(message(signature("k(v: double)"), {Argument::of_bytes(&half, 2)}),
            "launch 'k': argument 1 ('v') is 2 raw bytes; the kernel takes float64, 8 bytes");
}

// ---- Mistakes --------------------------------------------------------------------------------

TEST(Arguments, SaysWhichArgumentIsWhatAndWhatTheKernelTakes) {
  const auto k = signature("saxpy(a: float, x: in pointer float, n: sint32)");
  const ArrayView x = view(1, 0, 8192, Dtype::Float64);
  const std::size_t shape[] = {20, 30};
  const ArrayView matrix{1, Dtype::Float32, true, 0, {0, 2400}, shape};
  EXPECT_EQ(message(k, {Argument::of(1.0), Argument::of(x), Argument::of(3)}),
            "launch 'saxpy': argument 2 ('x') is float64[1024]; the kernel takes a pointer to "
            "float32");
  EXPECT_EQ(message(k, {Argument::of(matrix), Argument::of(matrix), Argument::of(3)}),
            "launch 'saxpy': argument 1 ('a') is float32[20,30]; the kernel takes one float32");
  EXPECT_EQ(message(k, {Argument::of(1.0), Argument::of(5), Argument::of(3)}),
            "launch 'saxpy': argument 2 ('x') is the integer 5; the kernel takes a pointer to "
            "float32");
  EXPECT_EQ(message(k, {Argument::of(1.0), Argument::null(), Argument::null()}),
            "launch 'saxpy': argument 3 ('n') is null; the kernel takes one int32");
  EXPECT_EQ(message(parse_legacy_signature("k", "pointer float", SignatureDialect::Sennit),
                    {Argument::of(x)}),
            "launch 'k': argument 1 is float64[1024]; the kernel takes a pointer to float32");
}

TEST(Arguments, SaysHowManyArgumentsTheKernelTakes) {
  EXPECT_EQ(message(signature("k(a: float, n: sint32)"), {Argument::of(1.0)}),
            "launch 'k': 1 argument given; the kernel takes 2: k(a: float32, n: int32)");
  EXPECT_EQ(message(signature("k()"), {Argument::of(1.0), Argument::of(1)}),
            "launch 'k': 2 arguments given; the kernel takes 0: k()");
}

TEST(Arguments, PointersToVectorsNeedAlignedViewsOfTheirElements) {
  const auto k = signature("k(x: pointer float4)");
  EXPECT_EQ(accesses(bind(k, {Argument::of(view(1, 32, 64))})), "1[32,64)m ");
  EXPECT_EQ(message(k, {Argument::of(view(1, 4, 64))}),
            "launch 'k': argument 1 ('x') is float32[1024] that starts at byte 4 of its array; the "
            "kernel takes a pointer to float4, an array of float32, which starts at a multiple of "
            "16");
  EXPECT_EQ(message(k, {Argument::of(view(1, 0, 64, Dtype::Int32))}),
            "launch 'k': argument 1 ('x') is int32[1024]; the kernel takes a pointer to float4, an "
            "array of float32");
  EXPECT_NE(message(k, {Argument::of_device_pointer(8)}), "");
}

TEST(Arguments, UntypedPointersTakeAnyArray) {
  const auto k = signature("k(x: pointer void)");
  for (const DtypeInfo& row : dtypes()) {
    EXPECT_EQ(accesses(bind(k, {Argument::of(view(1, 0, 64, row.dtype))})), "1[0,64)m ");
  }
}

}  // namespace
}  // namespace sennit
