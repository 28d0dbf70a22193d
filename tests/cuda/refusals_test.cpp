// tests/cuda/refusals_test.cpp: the fake driver refuses what the real one refuses.
#include <thread>
#include <utility>

#include "cuda/fake_driver.h"

namespace sennit::cuda {
namespace {

fake_cuda_config two_small_gpus() {
  fake_cuda_config config;
  config.devices = 2;
  config.memory_bytes = 1 << 20;
  return config;
}

class FakeDriverRefusals : public FakeDriver {
 protected:
  FakeDriverRefusals() : FakeDriver(two_small_gpus()) {}
};

TEST_F(FakeDriverRefusals, HandlesOfDestroyedObjects) {
  const CUstream stream = make_stream();
  const CUevent event = make_event();
  ok(driver.cuStreamDestroy(stream));
  ok(driver.cuEventDestroy(event));
  EXPECT_EQ(driver.cuStreamDestroy(stream), CUDA_ERROR_INVALID_HANDLE);
  expect_misuse("a handle of no living stream");
  EXPECT_EQ(driver.cuStreamSynchronize(stream), CUDA_ERROR_INVALID_HANDLE);
  expect_misuse("a handle of no living stream");
  EXPECT_EQ(driver.cuEventRecord(make_event(), stream), CUDA_ERROR_INVALID_HANDLE);
  expect_misuse("a handle of no living stream");
  EXPECT_EQ(driver.cuEventQuery(event), CUDA_ERROR_INVALID_HANDLE);
  expect_misuse("a handle of no living event");
  EXPECT_EQ(driver.cuEventRecord(event, make_stream()), CUDA_ERROR_INVALID_HANDLE);
  expect_misuse("a handle of no living event");
  const CUfunction kernel = function("note");
  ok(driver.cuModuleUnload(module));
  EXPECT_EQ(try_launch(kernel, make_stream(), 0), CUDA_ERROR_INVALID_HANDLE);
  expect_misuse("a handle of no living function");
}

// A thread needs a current context to make something; what there is knows its own.
TEST_F(FakeDriverRefusals, MakingThingsWithoutAContext) {
  const CUstream known = make_stream();
  const CUdeviceptr log = make_memory();
  std::thread([&] {
    CUstream stream = nullptr;
    CUevent event = nullptr;
    void* host = nullptr;
    EXPECT_EQ(driver.cuStreamCreate(&stream, 0), CUDA_ERROR_INVALID_CONTEXT);
    EXPECT_EQ(driver.cuEventCreate(&event, 0), CUDA_ERROR_INVALID_CONTEXT);
    EXPECT_EQ(driver.cuMemHostAlloc(&host, 100, 0), CUDA_ERROR_INVALID_CONTEXT);
    EXPECT_EQ(driver.cuCtxSynchronize(), CUDA_ERROR_INVALID_CONTEXT);
    note(known, log, 1);
    ok(driver.cuMemFreeAsync(log, known));
    ok(driver.cuStreamSynchronize(known));
  }).join();
}

TEST_F(FakeDriverRefusals, LaunchesAndEventsAcrossContexts) {
  const CUdeviceptr log = make_memory();
  const CUstream first = make_stream();
  const CUevent event = make_event();
  use(1);
  const CUstream second = make_stream();
  EXPECT_EQ(try_launch(function("note"), second, log), CUDA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(driver.cuEventRecord(event, second), CUDA_ERROR_INVALID_HANDLE);
  // These may, whatever is current.
  note(first, log, 1);
  ok(driver.cuEventRecord(event, first));
  ok(driver.cuStreamWaitEvent(second, event, 0));
  ok(driver.cuStreamSynchronize(second));
  ok(driver.cuMemsetD8Async(log, 0, 4, first));
  EXPECT_EQ(driver.cuMemsetD8Async(log, 0, 4, second), CUDA_ERROR_INVALID_VALUE);
}

TEST_F(FakeDriverRefusals, AnotherDevicesMemoryWithoutAccess) {
  const CUdeviceptr of_first = make_memory();
  const CUmemoryPool open_pool = std::exchange(pool, make_pool(0));
  const CUdeviceptr closed = make_memory();
  use(1);
  CUmodule here = load();
  const CUstream stream = make_stream();
  const CUmemAccessDesc access{{CU_MEM_LOCATION_TYPE_DEVICE, 1},
                               CU_MEM_ACCESS_FLAGS_PROT_READWRITE};
  ok(driver.cuMemPoolSetAccess(open_pool, &access, 1));
  ok(try_launch(function("note", here), stream, of_first, 7));
  ok(driver.cuStreamSynchronize(stream));
  EXPECT_EQ(noted(of_first), std::vector<int>{7});
  EXPECT_EQ(driver.cuMemsetD8Async(closed, 0, 4, stream), CUDA_ERROR_INVALID_VALUE);
  ok(try_launch(function("note", here), stream, closed, 8));
  expect_misuse("which device 1 does not reach");
  EXPECT_EQ(driver.cuStreamSynchronize(stream), CUDA_ERROR_ILLEGAL_ADDRESS);
}

TEST_F(FakeDriverRefusals, ShapesBeyondTheLimits) {
  const CUfunction kernel = function("look");
  CUdeviceptr log = make_memory();
  void* parameters[] = {&log};
  const auto launch = [&](unsigned gx, unsigned gy, unsigned bx, unsigned by, unsigned bz) {
    return driver.cuLaunchKernel(kernel, gx, gy, 1, bx, by, bz, 0, nullptr, parameters, nullptr);
  };
  ok(launch(2147483647u, 65535, 1024, 1, 1));
  ok(launch(1, 1, 4, 4, 64));
  EXPECT_EQ(launch(0, 1, 1, 1, 1), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(launch(1, 65536, 1, 1, 1), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(launch(1, 1, 1025, 1, 1), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(launch(1, 1, 32, 33, 1), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(launch(1, 1, 1, 1, 65), CUDA_ERROR_INVALID_VALUE);
}

TEST_F(FakeDriverRefusals, SharedMemoryThatWasNotAskedFor) {
  const CUfunction kernel = function("note");
  const CUdeviceptr log = make_memory();
  const auto attribute = CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES;
  ok(try_launch(kernel, nullptr, log, 1, 48 * 1024));
  EXPECT_EQ(try_launch(kernel, nullptr, log, 1, 48 * 1024 + 1), CUDA_ERROR_INVALID_VALUE);
  ok(driver.cuFuncSetAttribute(kernel, attribute, 227 * 1024));
  ok(try_launch(kernel, nullptr, log, 1, 227 * 1024));
  EXPECT_EQ(driver.cuFuncSetAttribute(kernel, attribute, 227 * 1024 + 1), CUDA_ERROR_INVALID_VALUE);
}

TEST_F(FakeDriverRefusals, CooperativeLaunchesThatDoNotFit) {
  CUdeviceptr log = make_memory();
  void* parameters[] = {&log};
  CUlaunchAttribute attribute{};
  attribute.id = CU_LAUNCH_ATTRIBUTE_COOPERATIVE;
  attribute.value.cooperative = 1;
  const auto launch = [&](unsigned blocks) {
    const CUlaunchConfig config{blocks, 1, 1, 1024, 1, 1, 0, nullptr, &attribute, 1};
    return driver.cuLaunchKernelEx(&config, function("look"), parameters, nullptr);
  };
  ok(launch(2 * 16));
  EXPECT_EQ(launch(2 * 16 + 1), CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE);
}

TEST_F(FakeDriverRefusals, MoreMemoryThanThereIs) {
  CUdeviceptr half = 0, other = 0;
  const CUstream stream = make_stream();
  std::size_t free_at_first = 0, free = 0, total = 0;
  ok(driver.cuMemGetInfo(&free_at_first, &total));
  EXPECT_EQ(total, std::size_t{1} << 20);
  ok(driver.cuMemAllocFromPoolAsync(&half, 600 << 10, pool, stream));
  EXPECT_EQ(driver.cuMemAllocFromPoolAsync(&other, 600 << 10, pool, stream),
            CUDA_ERROR_OUT_OF_MEMORY);
  // The driver waits for what is being freed.
  ok(driver.cuMemFreeAsync(half, stream));
  ok(driver.cuMemAllocFromPoolAsync(&other, 600 << 10, pool, stream));
  ok(driver.cuMemFreeAsync(other, stream));
  ok(driver.cuStreamSynchronize(stream));
  ok(driver.cuMemGetInfo(&free, &total));
  EXPECT_EQ(free, free_at_first);
}

TEST_F(FakeDriverRefusals, FreedMemory) {
  const CUdeviceptr memory = make_memory();
  const CUstream stream = make_stream();
  ok(driver.cuMemFreeAsync(memory, stream));
  EXPECT_EQ(driver.cuMemFreeAsync(memory, stream), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(driver.cuMemsetD8Async(memory, 0, 4, stream), CUDA_ERROR_INVALID_VALUE);
  expect_misuse("after it was freed");
  int value = 0;
  EXPECT_EQ(driver.cuMemcpyAsync(reinterpret_cast<CUdeviceptr>(&value), memory, 4, stream),
            CUDA_ERROR_INVALID_VALUE);
  expect_misuse("after it was freed");
  ok(try_launch(function("look"), stream, memory));
  expect_misuse("after it was freed");
  EXPECT_EQ(driver.cuStreamSynchronize(stream), CUDA_ERROR_ILLEGAL_ADDRESS);
}

TEST_F(FakeDriverRefusals, FreeingWhatAnotherStreamStillUsesIsSeen) {
  const CUdeviceptr memory = make_memory();
  ok(try_launch(function("look"), make_stream(), memory));
  ok(driver.cuMemFreeAsync(memory, make_stream()));
  expect_misuse("kernel 'look' and the freeing of memory of device 0");
  // Also where the kernel may touch none of it: an empty slice at the end.
  const CUdeviceptr other = make_memory(400);
  ok(try_launch(function("look"), make_stream(), other + 400));
  ok(driver.cuMemFreeAsync(other, make_stream()));
  expect_misuse("kernel 'look' and the freeing of memory of device 0");
}

TEST_F(FakeDriverRefusals, UsingWhatAnotherStreamHasYetToAllocateIsSeen) {
  CUdeviceptr memory = 0;
  ok(driver.cuMemAllocFromPoolAsync(&memory, 100, pool, make_stream()));
  ok(driver.cuMemsetD8Async(memory, 0, 4, make_stream()));
  expect_misuse("the allocation of 100 bytes and a fill of 4 bytes");
}

TEST_F(FakeDriverRefusals, FreeingPinnedMemoryUnderACopyIsSeen) {
  void* host = nullptr;
  ok(driver.cuMemHostAlloc(&host, 100, 0));
  ok(driver.cuMemcpyAsync(make_memory(), reinterpret_cast<CUdeviceptr>(host), 100, make_stream()));
  ok(driver.cuMemFreeHost(host));
  expect_misuse("may be pending");
  EXPECT_EQ(driver.cuMemFreeHost(host), CUDA_ERROR_INVALID_VALUE);
}

TEST_F(FakeDriverRefusals, CopiesPastTheEnd) {
  const CUdeviceptr memory = make_memory(100);
  std::vector<char> host(200);
  const auto from = reinterpret_cast<CUdeviceptr>(host.data());
  ok(driver.cuMemcpyAsync(memory + 50, from, 50, nullptr));
  EXPECT_EQ(driver.cuMemcpyAsync(memory + 50, from, 51, nullptr), CUDA_ERROR_INVALID_VALUE);
  ok(driver.cuCtxSynchronize());
}

TEST_F(FakeDriverRefusals, PointersToTheHostInAKernel) {
  int value = 0;
  const CUstream stream = make_stream();
  ok(try_launch(function("look"), stream, reinterpret_cast<CUdeviceptr>(&value)));
  expect_misuse("a pointer to memory of the host");
  EXPECT_EQ(driver.cuStreamSynchronize(stream), CUDA_ERROR_ILLEGAL_ADDRESS);
}

TEST_F(FakeDriverRefusals, EverythingAfterAFault) {
  const CUdeviceptr log = make_memory();
  const CUstream stream = make_stream();
  const CUevent event = make_event();
  ok(try_launch(function("fault"), stream, log));
  note(stream, log, 1);
  EXPECT_EQ(driver.cuStreamSynchronize(stream), CUDA_ERROR_LAUNCH_FAILED);
  EXPECT_TRUE(noted(log).empty());
  CUstream other = nullptr;
  CUdeviceptr memory = 0;
  EXPECT_EQ(driver.cuStreamCreate(&other, 0), CUDA_ERROR_LAUNCH_FAILED);
  EXPECT_EQ(driver.cuEventQuery(event), CUDA_ERROR_LAUNCH_FAILED);
  EXPECT_EQ(driver.cuMemAllocFromPoolAsync(&memory, 4, pool, stream), CUDA_ERROR_LAUNCH_FAILED);
  EXPECT_EQ(driver.cuModuleUnload(module), CUDA_ERROR_LAUNCH_FAILED);
  // Not so on the other device.
  use(1);
  EXPECT_EQ(driver.cuMemsetD8Async(log, 0, 4, stream), CUDA_ERROR_LAUNCH_FAILED);
  ok(driver.cuStreamSynchronize(make_stream()));
  EXPECT_EQ(driver.cuStreamSynchronize(stream), CUDA_ERROR_LAUNCH_FAILED);
}

TEST_F(FakeDriverRefusals, CallsFromHostFunctions) {
  struct Tried {
    const Driver* driver;
    CUresult result = CUDA_SUCCESS;
  } tried{&driver};
  const CUstream stream = make_stream();
  ok(driver.cuLaunchHostFunc(
      stream,
      [](void* user) {
        auto& own = *static_cast<Tried*>(user);
        own.result = own.driver->cuCtxSynchronize();
      },
      &tried));
  ok(driver.cuStreamSynchronize(stream));
  EXPECT_EQ(static_cast<int>(tried.result), 800);
}

TEST_F(FakeDriverRefusals, ImagesThatAreNone) {
  CUmodule made = nullptr;
  EXPECT_EQ(driver.cuModuleLoadData(&made, "fake image 2\n"), CUDA_ERROR_INVALID_IMAGE);
  EXPECT_EQ(driver.cuModuleLoadData(&made, "fake image 1\nbroken\n"), CUDA_ERROR_INVALID_IMAGE);
  EXPECT_EQ(driver.cuModuleLoadData(&made, "\177ELF"), CUDA_ERROR_NO_BINARY_FOR_GPU);
}

TEST_F(FakeDriverRefusals, PtxWithoutHostFunctionsBehindItsNames) {
  constexpr const char* kPtx = R"(
.version 8.0
.target sm_90
.visible .entry note(.param .u64 .ptr .align 4 note_param_0, .param .u32 note_param_1) { ret; }
.visible .entry _Z4lookPKi(
  .param .u64 _Z4lookPKi_param_0
)
{ ret; }
)";
  CUmodule made = nullptr;
  CUfunction kernel = nullptr;
  ok(driver.cuModuleLoadData(&made, kPtx));
  const CUdeviceptr log = make_memory();
  const CUstream stream = make_stream(), other = make_stream();
  ok(driver.cuModuleGetFunction(&kernel, made, "note"));
  ok(try_launch(kernel, stream, log, 5));
  ok(driver.cuStreamSynchronize(stream));
  EXPECT_EQ(noted(log), std::vector<int>{5});
  // Its mangled name tells that it reads only.
  ok(driver.cuModuleGetFunction(&kernel, made, "_Z4lookPKi"));
  ok(try_launch(kernel, stream, log));
  ok(try_launch(kernel, other, log));
  ok(driver.cuMemsetD8Async(log, 0, 4, make_stream()));
  expect_misuse("kernel 'look' and a fill of 4 bytes");
  EXPECT_EQ(driver.cuModuleLoadData(&made, ".version 8.0\n.entry unknown() {}"),
            CUDA_ERROR_INVALID_IMAGE);
}

TEST_F(FakeDriverRefusals, TimesOfEventsWithoutTiming) {
  const CUevent plain = make_event(), timed = make_event(CU_EVENT_DEFAULT);
  const CUstream stream = make_stream();
  float milliseconds = 0;
  EXPECT_EQ(driver.cuEventElapsedTime(&milliseconds, timed, timed), CUDA_ERROR_INVALID_HANDLE);
  ok(driver.cuEventRecord(plain, stream));
  ok(driver.cuEventRecord(timed, stream));
  EXPECT_EQ(driver.cuEventElapsedTime(&milliseconds, timed, timed), CUDA_ERROR_NOT_READY);
  ok(driver.cuStreamSynchronize(stream));
  EXPECT_EQ(driver.cuEventElapsedTime(&milliseconds, plain, timed), CUDA_ERROR_INVALID_HANDLE);
  ok(driver.cuEventElapsedTime(&milliseconds, timed, timed));
}

}  // namespace
}  // namespace sennit::cuda
