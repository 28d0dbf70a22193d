// cuda/runtime_fixture.h: a runtime on fake GPUs, with kernels that fail or add, for tests.
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backend/cuda/driver.h"
#include "backend/virtual/functions.h"
#include "doubles/fake_cuda_machine.h"
#include "runtime/array.h"
#include "runtime/runtime.h"

namespace sennit::cuda {

class FakeGpuRuntime : public ::testing::Test {
 protected:
  void SetUp() override {
    register_function("increment", [](const LaunchConfig&, void** parameters) {
      ++*parameter<int*>(parameters, 0);
    });
    register_function("add", [](const LaunchConfig&, void** parameters) {
      *parameter<int*>(parameters, 0) += *parameter<const int*>(parameters, 1);
    });
    register_function(
        "trap", [](const LaunchConfig&, void**) { raise(ErrorCode::KernelFailed, "a trap"); });
    start({});
  }

  // Starts over on other GPUs. `options` and `backend` as they are when this is called.
  void start(const fake_cuda_config& config) {
    runtime.reset();
    gpus.emplace(config);
    options.cache_dir = "";
    runtime = Runtime::create(options, find_backend("cuda").open(backend));
  }
  void start(const fake_cuda_config& config, std::size_t pinned_bytes) {
    backend.pinned_bytes = pinned_bytes;
    start(config);
  }

  void TearDown() override {
    EXPECT_FALSE(runtime->scheduler().device(0).take_failure()) << "a failure was left untaken";
    runtime.reset();
    EXPECT_EQ(gpus->take_misuses(), std::vector<std::string>());
    if (!device_is_lost) {
      EXPECT_EQ(gpus->leaks(), "");
    }
  }

  std::shared_ptr<RuntimeKernel> build(const char* name) {
    KernelRequest request;
    request.source = R"(
extern "C" __global__ void increment(int* x) { x[0] += 1; }
extern "C" __global__ void add(int* x, const int* y) { x[0] += y[0]; }
extern "C" __global__ void trap(int* x) { __trap(); }
)";
    request.name = name;
    return runtime->build_kernel(request);
  }
  Array make(std::int64_t elements = 1) {
    const std::int64_t shape[] = {elements};
    return runtime->create_array(Dtype::Int32, shape);
  }
  void launch(RuntimeKernel& kernel, std::initializer_list<const Array*> arrays) {
    std::vector<Argument> arguments;
    for (const Array* array : arrays) arguments.push_back(Argument::of(array->view()));
    runtime->launch(kernel, {}, arguments, {});
  }

  Options options;
  BackendOptions backend = FakeCudaMachine::backend_options();
  std::optional<FakeCudaMachine> gpus;
  bool device_is_lost = false;  // then the driver lets nobody destroy anything
  std::shared_ptr<Runtime> runtime;
};

// A capture that other code of this thread has open, as long as it lives.
class OpenCapture {
 public:
  OpenCapture() {
    EXPECT_EQ(driver_.cuDevicePrimaryCtxRetain(&context_, 0), CUDA_SUCCESS);
    EXPECT_EQ(driver_.cuCtxSetCurrent(context_), CUDA_SUCCESS);
    EXPECT_EQ(driver_.cuStreamCreate(&stream_, CU_STREAM_NON_BLOCKING), CUDA_SUCCESS);
    EXPECT_EQ(driver_.cuStreamBeginCapture(stream_, CU_STREAM_CAPTURE_MODE_GLOBAL), CUDA_SUCCESS);
  }
  // Nothing has spoilt it.
  ~OpenCapture() {
    CUgraph graph = nullptr;
    EXPECT_EQ(driver_.cuStreamEndCapture(stream_, &graph), CUDA_SUCCESS);
    driver_.cuGraphDestroy(graph);
    driver_.cuStreamDestroy(stream_);
    driver_.cuDevicePrimaryCtxRelease(0);
  }
  OpenCapture(const OpenCapture&) = delete;
  OpenCapture& operator=(const OpenCapture&) = delete;

 private:
  const Driver& driver_ = Driver::open(FakeCudaMachine::driver_path());
  CUcontext context_ = nullptr;
  CUstream stream_ = nullptr;
};

}  // namespace sennit::cuda
