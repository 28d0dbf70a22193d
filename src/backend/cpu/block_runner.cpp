// backend/cpu/block_runner.cpp: runs blocks of a launch on the calling thread.
#include "backend/cpu/block_runner.h"

#include <atomic>
#include <vector>

#include "backend/cpu/block_driver.h"
#include "backend/cpu/block_memory.h"
#include "base/error.h"
#include "base/text.h"

namespace sennit::cpu {

namespace {

BlockContext context_of(const KernelLaunch& launch, KernelFault* fault) {
  BlockContext context{};
  const Dim3 &grid = launch.config.grid, &block = launch.config.block;
  context.block_dim[0] = block.x;
  context.block_dim[1] = block.y;
  context.block_dim[2] = block.z;
  context.grid_dim[0] = grid.x;
  context.grid_dim[1] = grid.y;
  context.grid_dim[2] = grid.z;
  context.arguments = launch.arguments;
  context.fault = fault;
  return context;
}

// Blocks are numbered with x fastest.
void set_block(BlockContext& context, std::uint64_t block) {
  const std::uint64_t width = context.grid_dim[0], height = context.grid_dim[1];
  context.block_index[0] = static_cast<std::uint32_t>(block % width);
  context.block_index[1] = static_cast<std::uint32_t>(block / width % height);
  context.block_index[2] = static_cast<std::uint32_t>(block / width / height);
}

void next_block(BlockContext& context) {
  if (++context.block_index[0] < context.grid_dim[0]) return;
  context.block_index[0] = 0;
  if (++context.block_index[1] < context.grid_dim[1]) return;
  context.block_index[1] = 0;
  ++context.block_index[2];
}

std::uint32_t threads_of(const KernelLaunch& launch) {
  return static_cast<std::uint32_t>(launch.config.block.count());
}

}  // namespace

void check_launch(const CompiledKernel& kernel, const LaunchConfig& config) {
  const std::uint64_t threads = config.block.count();
  if (threads == 0 || config.grid.count() == 0)
    raise(ErrorCode::InvalidArgument,
          format("kernel '{}' was given an empty grid or block; each dimension is at least 1",
                 kernel.name));
  if (threads > kernel.max_threads)
    raise(ErrorCode::InvalidArgument,
          format("kernel '{}' was given blocks of {} threads; it takes at most {}", kernel.name,
                 threads, kernel.max_threads));
  if (kernel.uses_grid_sync && !config.cooperative)
    raise(ErrorCode::InvalidArgument,
          format("kernel '{}' uses grid.sync(); launch it as a cooperative grid", kernel.name));
}

BlockRunner::BlockRunner(Mode mode) : mode_(mode), memory_(std::make_unique<BlockMemory>()) {}
BlockRunner::~BlockRunner() = default;

void BlockRunner::run(const KernelLaunch& launch, std::uint64_t begin, std::uint64_t end) {
  const CompiledKernel& kernel = *launch.kernel;
  if (kernel.uses_grid_sync) fail("a kernel with grid.sync() must be run in phases");
  KernelFault fault;
  BlockContext context = context_of(launch, &fault);
  memory_->prepare(kernel, threads_of(launch), launch.config.shared_bytes);
  memory_->attach(context, kernel);
  BlockDriver driver(kernel, *memory_, context, mode_ == Mode::LaneByLane);
  set_block(context, begin);
  const bool is_unbroken = kernel.states.size() == 1 && mode_ == Mode::Fastest;
  for (std::uint64_t block = begin; block < end; ++block, next_block(context)) {
    if (is_unbroken) {
      driver.run_unbroken();
    } else {
      driver.start();
      driver.run();
    }
  }
}

struct GridPhases::State {
  explicit State(const KernelLaunch& launch_)
      : launch(launch_), blocks(launch_.block_count()), finished(launch_.block_count()) {}

  const KernelLaunch launch;
  // One entry for each block, touched by the thread that runs it.
  std::vector<std::unique_ptr<BlockMemory>> blocks;  // nullptr: not begun, or finished
  std::vector<std::uint8_t> finished;
  std::atomic<std::uint64_t> finished_count{0};
};

GridPhases::GridPhases(const KernelLaunch& launch) : state_(std::make_unique<State>(launch)) {}
GridPhases::~GridPhases() = default;

bool GridPhases::finished() const {
  return state_->finished_count.load(std::memory_order_acquire) == state_->blocks.size();
}

void GridPhases::end_phase() {
  const std::uint64_t count = state_->finished_count.load(std::memory_order_acquire);
  if (count == 0 || finished()) return;
  raise(ErrorCode::KernelFailed,
        format("kernel '{}': {} of {} blocks have ended while the others wait at grid.sync(); all "
               "blocks must reach it",
               state_->launch.kernel->name, count, state_->blocks.size()));
}

void BlockRunner::run_phase(const KernelLaunch& launch, GridPhases& grid, std::uint64_t begin,
                            std::uint64_t end) {
  const CompiledKernel& kernel = *launch.kernel;
  GridPhases::State& state = *grid.state_;
  KernelFault fault;
  BlockContext context = context_of(launch, &fault);
  set_block(context, begin);
  for (std::uint64_t block = begin; block < end; ++block, next_block(context)) {
    if (state.finished[block]) continue;
    std::unique_ptr<BlockMemory>& memory = state.blocks[block];
    const bool begins = memory == nullptr;
    if (begins) {
      memory = std::make_unique<BlockMemory>();
      memory->prepare(kernel, threads_of(launch), launch.config.shared_bytes);
    }
    memory->attach(context, kernel);
    BlockDriver driver(kernel, *memory, context, mode_ == Mode::LaneByLane);
    if (begins) driver.start();
    if (driver.run() == BlockDriver::Outcome::AtGridSync) continue;
    memory.reset();
    state.finished[block] = true;
    state.finished_count.fetch_add(1, std::memory_order_acq_rel);
  }
}

}  // namespace sennit::cpu
