// backend/cuda/builtin_kernels.cpp: kernels of our own, as PTX.
#include "backend/cuda/builtin_kernels.h"

#include <algorithm>
#include <cstring>

namespace sennit::cuda {
namespace {

// void sennit_fill_words(uint64_t* to, uint64_t count, uint64_t even, uint64_t odd):
// to[i] = i % 2 ? odd : even, in a loop over the grid.
constexpr char kPtx[] = R"ptx(
.version 6.4
.target sm_50
.address_size 64

.visible .entry sennit_fill_words(
    .param .u64 to, .param .u64 count, .param .u64 even, .param .u64 odd)
{
    .reg .pred %past, %is_odd;
    .reg .b32 %threads, %block, %thread, %blocks;
    .reg .b64 %to, %count, %even, %odd, %i, %step, %at, %value, %low;

    ld.param.u64 %to, [to];
    ld.param.u64 %count, [count];
    ld.param.u64 %even, [even];
    ld.param.u64 %odd, [odd];
    cvta.to.global.u64 %to, %to;
    mov.u32 %threads, %ntid.x;
    mov.u32 %block, %ctaid.x;
    mov.u32 %thread, %tid.x;
    mov.u32 %blocks, %nctaid.x;
    mul.wide.u32 %i, %block, %threads;
    cvt.u64.u32 %low, %thread;
    add.s64 %i, %i, %low;
    mul.wide.u32 %step, %blocks, %threads;
NEXT:
    setp.ge.u64 %past, %i, %count;
    @%past bra DONE;
    and.b64 %low, %i, 1;
    setp.ne.u64 %is_odd, %low, 0;
    selp.b64 %value, %odd, %even, %is_odd;
    shl.b64 %at, %i, 3;
    add.s64 %at, %to, %at;
    st.global.u64 [%at], %value;
    add.s64 %i, %i, %step;
    bra NEXT;
DONE:
    ret;
}
)ptx";

}  // namespace

BuiltinKernels::~BuiltinKernels() {
  if (module_ != nullptr && !context_.is_lost()) context_.driver().cuModuleUnload(module_);
}

void BuiltinKernels::load() {
  if (fill_words_.load(std::memory_order_acquire) != nullptr) return;
  const Lock lock(mutex_);
  if (module_ != nullptr) return;
  const Current current(context_);
  const Relaxed relaxed(context_);
  const Driver& driver = context_.driver();
  context_.check(driver.cuModuleLoadData(&module_, kPtx), "loading sennit's own kernels");
  CUfunction function = nullptr;
  context_.check(driver.cuModuleGetFunction(&function, module_, "sennit_fill_words"),
                 "loading sennit's own kernels");
  if (driver.cuFuncLoad != nullptr) {
    context_.check(driver.cuFuncLoad(function), "loading sennit's own kernels");
  }
  fill_words_.store(function, std::memory_order_release);
}

BuiltinLaunch BuiltinKernels::fill(const FillCommand& command) {
  load();
  constexpr std::uint64_t kThreads = 256;
  constexpr std::uint64_t kMostBlocks = 2048;
  BuiltinLaunch launch;
  launch.function = fill_words_.load(std::memory_order_acquire);
  const std::uint64_t words = command.bytes / sizeof(std::uint64_t);
  launch.blocks = static_cast<unsigned>(
      std::clamp<std::uint64_t>((words + kThreads - 1) / kThreads, 1, kMostBlocks));
  launch.threads = kThreads;
  launch.values[0] = reinterpret_cast<std::uint64_t>(command.to);
  launch.values[1] = words;
  const std::size_t second = command.pattern_bytes == 16 ? 8 : 0;
  std::memcpy(&launch.values[2], command.pattern.data(), sizeof(std::uint64_t));
  std::memcpy(&launch.values[3], command.pattern.data() + second, sizeof(std::uint64_t));
  return launch;
}

double BuiltinKernels::measure_floor_us() {
  load();
  const Driver& driver = context_.driver();
  const Current current(context_);
  const Relaxed relaxed(context_);
  CUstream stream = nullptr;
  CUevent start = nullptr;
  CUevent stop = nullptr;
  context_.check(driver.cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING), "creating a stream");
  context_.check(driver.cuEventCreate(&start, CU_EVENT_DEFAULT), "creating an event");
  context_.check(driver.cuEventCreate(&stop, CU_EVENT_DEFAULT), "creating an event");
  BuiltinLaunch nothing;
  nothing.function = fill_words_.load(std::memory_order_acquire);
  auto parameters = nothing.pointers();
  double least_us = 1e9;
  for (int i = 0; i < 8; ++i) {
    float milliseconds = 0;
    context_.check(driver.cuEventRecord(start, stream), "recording an event");
    context_.check(driver.cuLaunchKernel(nothing.function, 1, 1, 1, 1, 1, 1, 0, stream,
                                         parameters.data(), nullptr),
                   "launching sennit's own kernel");
    context_.check(driver.cuEventRecord(stop, stream), "recording an event");
    context_.check(driver.cuEventSynchronize(stop), "waiting for an event");
    context_.check(driver.cuEventElapsedTime(&milliseconds, start, stop), "reading an event");
    least_us = std::min(least_us, static_cast<double>(milliseconds) * 1000);
  }
  driver.cuEventDestroy(start);
  driver.cuEventDestroy(stop);
  driver.cuStreamDestroy(stream);
  return least_us;
}

}  // namespace sennit::cuda
