// tests/cuda/fake_driver.h: calls of the fake driver itself, without a backend above it.
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <vector>

#include "backend/cuda/driver.h"
#include "backend/cuda/nvrtc.h"
#include "backend/virtual/functions.h"
#include "doubles/fake_cuda_machine.h"

namespace sennit::cuda {

// Kernels that note in which order they run: `note(log, id)` appends id, `read` only reads.
inline constexpr const char* kNotingSource = R"(
extern "C" __global__ void note(int* log, int id) { log[++log[0]] = id; }
extern "C" __global__ void look(const int* log) {}
extern "C" __global__ void fault(int* log) { __trap(); }
)";

// One fake GPU or several, a context of each, the first one's current.
class FakeDriver : public ::testing::Test {
 protected:
  explicit FakeDriver(const fake_cuda_config& config = {}) : gpus(config) {
    register_function("note", [](const LaunchConfig&, void** parameters) {
      int* const log = parameter<int*>(parameters, 0);
      log[++log[0]] = parameter<int>(parameters, 1);
    });
    register_function("look", [](const LaunchConfig&, void**) {});
    register_function("fault", [](const LaunchConfig&, void**) {
      raise(ErrorCode::KernelFailed, "a fault on purpose");
    });
    contexts.resize(static_cast<std::size_t>(config.devices));
    for (int device = 0; device < config.devices; ++device) {
      ok(driver.cuDevicePrimaryCtxRetain(&contexts[static_cast<std::size_t>(device)], device));
    }
    use(0);
    const Nvrtc& nvrtc = Nvrtc::open({FakeCudaMachine::nvrtc_path(), ""}, driver.version);
    code_ = nvrtc.compile(kNotingSource, "noting.cu", {"note", "look", "fault"}, {}, 90);
    module = load();
    pool = make_pool(0);
  }

  void TearDown() override { EXPECT_EQ(gpus.take_misuses(), std::vector<std::string>()); }

  static void ok(CUresult result) { EXPECT_EQ(result, CUDA_SUCCESS); }
  void use(std::size_t device) { ok(driver.cuCtxSetCurrent(contexts[device])); }

  CUstream make_stream(unsigned flags = CU_STREAM_NON_BLOCKING) {
    CUstream stream = nullptr;
    ok(driver.cuStreamCreate(&stream, flags));
    return stream;
  }
  CUevent make_event(unsigned flags = CU_EVENT_DISABLE_TIMING) {
    CUevent event = nullptr;
    ok(driver.cuEventCreate(&event, flags));
    return event;
  }
  CUmemoryPool make_pool(int device) {
    CUmemPoolProps properties{};
    properties.allocType = CU_MEM_ALLOCATION_TYPE_PINNED;
    properties.location = {CU_MEM_LOCATION_TYPE_DEVICE, device};
    CUmemoryPool made = nullptr;
    ok(driver.cuMemPoolCreate(&made, &properties));
    return made;
  }
  CUmodule load() {
    CUmodule made = nullptr;
    ok(driver.cuModuleLoadData(&made, code_.cubin.data()));
    return made;
  }
  CUfunction function(const char* name, CUmodule of = nullptr) {
    CUfunction found = nullptr;
    for (const auto& [expression, lowered] : code_.names) {
      if (expression != name) continue;
      ok(driver.cuModuleGetFunction(&found, of == nullptr ? module : of, lowered.c_str()));
    }
    return found;
  }

  // Memory that is there for every stream from now on, all zero.
  CUdeviceptr make_memory(std::size_t bytes = 400) {
    CUdeviceptr address = 0;
    const CUstream stream = make_stream();
    ok(driver.cuMemAllocFromPoolAsync(&address, bytes, pool, stream));
    ok(driver.cuMemsetD8Async(address, 0, bytes, stream));
    ok(driver.cuStreamSynchronize(stream));
    ok(driver.cuStreamDestroy(stream));
    return address;
  }

  CUresult try_launch(CUfunction kernel, CUstream stream, CUdeviceptr log, int id = 0,
                      unsigned shared_bytes = 0) {
    void* parameters[] = {&log, &id};
    return driver.cuLaunchKernel(kernel, 1, 1, 1, 1, 1, 1, shared_bytes, stream, parameters,
                                 nullptr);
  }
  void note(CUstream stream, CUdeviceptr log, int id) {
    ok(try_launch(function("note"), stream, log, id));
  }
  // What was noted. Waits for nothing: a test says first what it waits for.
  static std::vector<int> noted(CUdeviceptr log) {
    const int* const first = reinterpret_cast<const int*>(static_cast<std::uintptr_t>(log));
    return {first + 1, first + 1 + first[0]};
  }
  void expect_misuse(const std::string& part) {
    const std::vector<std::string> misuses = gpus.take_misuses();
    ASSERT_EQ(misuses.size(), 1u) << part;
    EXPECT_NE(misuses[0].find(part), std::string::npos) << misuses[0];
  }

  FakeCudaMachine gpus;
  const Driver& driver = Driver::open(FakeCudaMachine::driver_path());
  std::vector<CUcontext> contexts;
  CUmodule module = nullptr;
  CUmemoryPool pool = nullptr;

 private:
  NvrtcResult code_;
};

}  // namespace sennit::cuda
