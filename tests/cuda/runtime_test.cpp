// tests/cuda/runtime_test.cpp: the runtime on fake GPUs: how many calls of the driver it needs,
// what it does without memory, and after a fault.
#include <array>
#include <memory>
#include <numeric>

#include "backend/cuda/driver.h"
#include "base/text.h"
#include "cuda/runtime_fixture.h"

namespace sennit::cuda {
namespace {

class CudaRuntime : public FakeGpuRuntime {
 protected:
  static int first(const Array& array) {
    int value = -1;
    array.read_element(0, &value);
    return value;
  }
};

TEST_F(CudaRuntime, AChainOfLaunchesCostsOneCallEachAndAMarkerPer64) {
  backend.submit_thread = "never";  // counts what was called so far
  start({});
  const auto kernel = build("increment");
  const Array x = make();
  // Past the launches that are timed to learn how long the kernel takes.
  for (int i = 0; i < 100; ++i) launch(*kernel, {&x});
  EXPECT_EQ(first(x), 100);
  gpus->reset_calls();
  for (int i = 0; i < 900; ++i) launch(*kernel, {&x});
  const std::uint64_t queueing = gpus->queueing_calls();
  EXPECT_EQ(gpus->calls("cuLaunchKernel") + gpus->calls("cuLaunchKernelEx"), 900u);
  EXPECT_LE(static_cast<double>(queueing), 1.02 * 900)
      << "events: " << gpus->calls("cuEventRecord")
      << ", waits: " << gpus->calls("cuStreamWaitEvent");
  EXPECT_EQ(gpus->blocked(), 0u);
  EXPECT_EQ(first(x), 1000);
}

TEST_F(CudaRuntime, LaunchesNeverBlockInTheDriver) {
  const auto kernel = build("increment");
  const Array x = make();
  for (int i = 0; i < 5000; ++i) launch(*kernel, {&x});
  EXPECT_EQ(gpus->blocked(), 0u);
  EXPECT_EQ(first(x), 5000);
}

TEST_F(CudaRuntime, NothingIsAllocatedOrLoadedOnceItRuns) {
  const auto kernel = build("add");
  const Array x = make(), y = make();
  const auto round = [&] {
    for (int i = 0; i < 200; ++i) launch(*kernel, {&x, &y});
    first(x);
  };
  round();
  gpus->reset_calls();
  round();
  for (const char* function : {"cuMemAllocFromPoolAsync", "cuMemHostAlloc", "cuModuleLoadData",
                               "cuStreamCreate", "cuEventCreate", "cuFuncSetAttribute"}) {
    EXPECT_EQ(gpus->calls(function), 0u) << function;
  }
}

TEST_F(CudaRuntime, MoreMemoryThanTheDeviceHasIsRefusedAndWorkGoesOn) {
  fake_cuda_config config;
  config.memory_bytes = 1 << 20;
  start(config);
  const auto kernel = build("increment");
  const Array large = make(1 << 20), small = make();
  try {
    launch(*kernel, {&large});
    FAIL() << "4 MiB were found in 1 MiB";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::OutOfMemory);
    EXPECT_NE(error.message().find("4 MiB"), std::string::npos) << error.message();
  }
  launch(*kernel, {&small});
  EXPECT_EQ(first(small), 1);
}

// The strided fill runs as a host function; the copy behind it must see what it wrote.
TEST_F(CudaRuntime, BeyondTheBudgetOfPageLockedMemoryTheAnswerIsTheSame) {
  start({}, /*pinned_bytes=*/1);
  const auto add = build("add");
  for (int value = 1; value <= 20; ++value) {
    const Array x = make();
    const Array y = make(8);
    const std::int64_t shape[] = {4};
    const std::int64_t strides[] = {2 * sizeof(int)};
    y.view_of(Dtype::Int32, shape, strides, 0).fill(&value);
    launch(*add, {&x, &y});
    EXPECT_EQ(first(x), value);
  }
}

TEST_F(CudaRuntime, MemoryOfReleasedArraysIsUsedAgain) {
  fake_cuda_config config;
  config.memory_bytes = 1 << 20;
  start(config);
  const auto kernel = build("increment");
  for (int i = 0; i < 20; ++i) {
    const Array array = make(100000);
    launch(*kernel, {&array});
    EXPECT_EQ(first(array), 1);
  }
}

// ---- Faults ------------------------------------------------------------------------------------

TEST_F(CudaRuntime, AFaultLosesTheDeviceAndIsToldAtTheNextRead) {
  const auto kernel = build("trap"), increment = build("increment");
  const Array x = make(), kept = make();
  device_is_lost = true;
  launch(*increment, {&kept});
  EXPECT_EQ(first(kept), 1);
  launch(*kernel, {&x});
  try {
    first(x);
    FAIL() << "read";
  } catch (const Error& error) {
    EXPECT_NE(error.message().find("trap"), std::string::npos) << error.message();
  }
  // What the host has stays; the device is gone.
  EXPECT_EQ(first(kept), 1);
  try {
    launch(*increment, {&kept});
    FAIL() << "launched";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::DeviceLost) << error.message();
    EXPECT_NE(error.message().find("CUDA_ERROR_LAUNCH_FAILED"), std::string::npos)
        << error.message();
  }
}

// ---- Captures ----------------------------------------------------------------------------------

TEST_F(CudaRuntime, WorkGoesOnBesideAnOpenCaptureOfTheUserAndLeavesItAlone) {
  const auto kernel = build("increment");
  const Array x = make(), later = make(1000);
  launch(*kernel, {&x});
  EXPECT_EQ(first(x), 1);
  const OpenCapture capture;
  launch(*kernel, {&x});
  launch(*kernel, {&later});  // allocates
  EXPECT_EQ(first(x), 2);
  EXPECT_EQ(first(later), 1);
}

}  // namespace
}  // namespace sennit::cuda
