// tests/cuda/large_copies_test.cpp: large copies between fake GPUs and memory that the driver has
// not locked, in chunks of 1 MiB.
#include <algorithm>
#include <numeric>
#include <vector>

#include "cuda/runtime_fixture.h"

namespace sennit::cuda {
namespace {

constexpr std::int64_t kElements = std::int64_t{5} << 19;  // 10 MiB

using Values = std::vector<int>;

Values numbered(int first) {
  Values values(kElements);
  std::iota(values.begin(), values.end(), first);
  return values;
}

class CudaLargeCopies : public FakeGpuRuntime {
 protected:
  CudaLargeCopies() {
    options.copy_threads = 3;
    options.copy_chunk_bytes = 1 << 20;
  }
  Array make(std::int64_t elements = kElements) { return FakeGpuRuntime::make(elements); }
  static Values read(const Array& array) {
    Values values(static_cast<std::size_t>(array.layout().size()));
    array.read(values.data());
    return values;
  }
};

TEST_F(CudaLargeCopies, AreRightInWhateverOrderTheDriverRunsThem) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    gpus->seed(seed);
    const auto increment = build("increment"), add = build("add");
    const Array x = make(), sum = make(1);
    Values values = numbered(static_cast<int>(seed));
    for (int round = 0; round < 3; ++round) {
      values[0] = round * 100;
      x.write(values.data());
      values[0] = -1;  // it has been read
      launch(*increment, {&x});
      launch(*add, {&sum, &x});
    }
    values[0] = 201;
    EXPECT_EQ(read(x), values) << "seed " << seed;
    EXPECT_EQ(read(sum), Values{1 + 101 + 201}) << "seed " << seed;
  }
}

TEST_F(CudaLargeCopies, LockMemoryForTheirChunksOnce) {
  const Array x = make();
  const Values values = numbered(1);
  x.write(values.data());
  EXPECT_EQ(read(x), values);
  gpus->reset_calls();
  const Array y = make();
  for (const Array* array : {&x, &y}) {
    array->write(values.data());
    EXPECT_EQ(read(*array), values);
  }
  EXPECT_EQ(gpus->calls("cuMemHostAlloc"), 0u);
  EXPECT_EQ(gpus->calls("cuMemcpyAsync"), 2u * 2 * 10);
}

TEST_F(CudaLargeCopies, BeyondTheBudgetOfPageLockedMemoryTheAnswerIsTheSame) {
  start({}, /*pinned_bytes=*/1);
  const auto increment = build("increment");
  const Array x = make();
  Values values = numbered(5);
  x.write(values.data());
  launch(*increment, {&x});
  values[0] = 6;
  EXPECT_EQ(read(x), values);
}

TEST_F(CudaLargeCopies, AFaultIsToldByTheReadAndTheWriteAndHoldsNobodyUp) {
  const auto trap = build("trap");
  const Array x = make();
  const Values values = numbered(1);
  x.write(values.data());
  launch(*trap, {&x});
  device_is_lost = true;
  EXPECT_THROW(read(x), Error);
  for (int again = 0; again < 2; ++again) {
    try {
      x.write(values.data());
      FAIL() << "written";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::DeviceLost) << error.message();
    }
  }
}

TEST_F(CudaLargeCopies, GoOnBesideAnOpenCaptureOfTheUserAndLeaveItAlone) {
  const Array x = make();
  const Values values = numbered(1);
  const OpenCapture capture;
  x.write(values.data());
  EXPECT_EQ(read(x), values);
}

}  // namespace
}  // namespace sennit::cuda
