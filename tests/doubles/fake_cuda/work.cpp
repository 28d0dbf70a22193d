// fake_cuda/work.cpp: launches, copies and fills: what is refused, what they touch, what they do.
#include <cstring>
#include <random>

#include "base/text.h"
#include "fake_cuda/api.h"

namespace fake_cuda {
namespace {

using sennit::format;

// As of compute capability 9.0.
constexpr unsigned kMaxBlock[3] = {1024, 1024, 64};
constexpr unsigned kMaxGrid[3] = {2147483647u, 65535, 65535};
constexpr unsigned kMaxThreads = 1024;

constexpr double kKernel_us = 20;
constexpr double kCopy_bytes_per_us = 50e3;

bool reaches(const Context& context, const Block& block) {
  if (block.device == kHostMemory || block.device == context.device) return true;
  if (block.pool != nullptr) return block.pool->readable_by.count(context.device) != 0;
  return context.peers.count(block.device) != 0;
}

Use use_of(const BlockPtr& block, CUdeviceptr address, std::size_t bytes, Mode mode) {
  const std::size_t begin = address - reinterpret_cast<CUdeviceptr>(block->address);
  return {block, begin, begin + bytes, mode};
}

void check_shape(const Launch& launch) {
  for (int i = 0; i < 3; ++i) {
    require(launch.grid[i] >= 1 && launch.grid[i] <= kMaxGrid[i]);
    require(launch.block[i] >= 1 && launch.block[i] <= kMaxBlock[i]);
  }
  require(std::uint64_t{launch.block[0]} * launch.block[1] * launch.block[2] <= kMaxThreads);
}

void check_residency(const Launch& launch) {
  if (!launch.cooperative) return;
  int blocks = 0;
  api::cuOccupancyMaxActiveBlocksPerMultiprocessor(
      &blocks, launch.function,
      static_cast<int>(launch.block[0] * launch.block[1] * launch.block[2]), launch.shared_bytes);
  int multiprocessors = 0;
  api::cuDeviceGetAttribute(&multiprocessors, CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT, 0);
  const std::uint64_t most =
      static_cast<std::uint64_t>(blocks) * static_cast<std::uint64_t>(multiprocessors);
  require(std::uint64_t{launch.grid[0]} * launch.grid[1] * launch.grid[2] <= most,
          CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE);
}

// The values of a launch's parameters, taken when it is queued.
std::vector<std::vector<std::uint64_t>> read_parameters(const Function& function, void** parameters,
                                                        void** extra) {
  require(extra == nullptr, CUDA_ERROR_NOT_SUPPORTED);
  require(parameters != nullptr || function.parameters.empty());
  std::vector<std::vector<std::uint64_t>> values;
  for (std::size_t i = 0; i < function.parameters.size(); ++i) {
    const std::size_t bytes = function.parameters[i].bytes;
    values.emplace_back((bytes + 7) / 8);
    require(parameters[i] != nullptr);
    std::memcpy(values.back().data(), parameters[i], bytes);
  }
  return values;
}

// Adds what a kernel touches, as far as its parameters tell. Every word of a structure may be a
// pointer, so one that points nowhere is no fault there.
void add_uses(Machine& m, const Context& context, const Function& function,
              const std::vector<std::vector<std::uint64_t>>& values, Work& work) {
  const auto fault = [&](std::size_t i, const std::string& why) {
    m.report(format("parameter {} of {} is {}", i, work.what, why));
    work.fault = CUDA_ERROR_ILLEGAL_ADDRESS;
  };
  for (std::size_t i = 0; i < values.size(); ++i) {
    const KernelParameter& parameter = function.parameters[i];
    const bool is_pointer = parameter.kind != KernelParameter::Kind::Value;
    for (const std::uint64_t word : values[i]) {
      const BlockPtr block = m.memory.find(word);
      if (block == nullptr) {
        if (is_pointer && word != 0) fault(i, "a pointer to memory of the host");
        continue;
      }
      if (!reaches(context, *block)) {
        fault(i, format("a pointer to {}, which device {} does not reach", describe(*block),
                        context.device));
        continue;
      }
      work.uses.push_back(use_of(block, word, 0, Mode::Keep));
      const Use first = use_of(
          block, word, 1, parameter.kind == KernelParameter::Kind::In ? Mode::Read : Mode::Write);
      if (is_pointer && first.end <= block->bytes) work.uses.push_back(first);
    }
  }
}

}  // namespace

Work launch_work(Machine& m, const Context& context, const Launch& launch) {
  const std::shared_ptr<Function> function = m.functions.get(launch.function);
  require(function->module->context.get() == &context, CUDA_ERROR_INVALID_HANDLE);
  check_shape(launch);
  require(launch.shared_bytes <= static_cast<unsigned>(function->max_dynamic_shared_bytes));
  check_residency(launch);
  Work work;
  work.what = format("kernel '{}'", function->expression);
  const auto values = read_parameters(*function, launch.parameters, launch.extra);
  add_uses(m, context, *function, values, work);
  work.duration_us = kKernel_us;
  work.waits_first = function->waits_first;
  work.run = [function, values, launch, kernels = m.kernels] {
    // The body may change its parameters, and a graph runs them again.
    auto copies = values;
    std::vector<void*> pointers;
    for (auto& value : copies) pointers.push_back(value.data());
    return static_cast<CUresult>(kernels.run(function->expression.c_str(), launch.grid,
                                             launch.block, launch.shared_bytes, launch.cooperative,
                                             pointers.data(), function->module.get()));
  };
  return work;
}

Work copy_work(Machine& m, CUdeviceptr to, CUdeviceptr from, std::size_t bytes) {
  Work work;
  work.what = format("a copy of {} bytes", bytes);
  if (bytes == 0) return work;
  require(to != 0 && from != 0);
  const BlockPtr source = m.memory.find_range(from, bytes);
  const BlockPtr target = m.memory.find_range(to, bytes);
  if (source != nullptr) work.uses.push_back(use_of(source, from, bytes, Mode::Read));
  if (target != nullptr) work.uses.push_back(use_of(target, to, bytes, Mode::Write));
  work.duration_us = static_cast<double>(bytes) / kCopy_bytes_per_us;
  auto* const to_host = reinterpret_cast<std::byte*>(static_cast<std::uintptr_t>(to));
  const auto* const from_host =
      reinterpret_cast<const std::byte*>(static_cast<std::uintptr_t>(from));
  if (to_host < from_host + bytes && from_host < to_host + bytes) {
    m.report(format("{} from {} to {} overlaps itself", work.what,
                    static_cast<const void*>(from_host), static_cast<const void*>(to_host)));
  }
  work.run = [=] {
    std::memmove(to_host, from_host, bytes);
    return CUDA_SUCCESS;
  };
  return work;
}

Work fill_work(Machine& m, const Context& context, const Fill& fill) {
  Work work;
  const std::size_t row_bytes = fill.width * fill.element_bytes;
  work.what = format("a fill of {} bytes", row_bytes * fill.height);
  if (row_bytes == 0 || fill.height == 0) return work;
  require(fill.height == 1 || fill.pitch >= row_bytes);
  require(fill.to % fill.element_bytes == 0);
  const std::size_t bytes = fill.pitch * (fill.height - 1) + row_bytes;
  const BlockPtr target = m.memory.find_range(fill.to, bytes);
  require(target != nullptr && reaches(context, *target));
  work.uses.push_back(use_of(target, fill.to, bytes, Mode::Write));
  work.run = [fill] {
    auto* row = reinterpret_cast<std::byte*>(static_cast<std::uintptr_t>(fill.to));
    for (std::size_t y = 0; y < fill.height; ++y, row += fill.pitch) {
      for (std::size_t x = 0; x < fill.width; ++x) {
        std::memcpy(row + x * fill.element_bytes, &fill.value, fill.element_bytes);
      }
    }
    return CUDA_SUCCESS;
  };
  return work;
}

Work host_work(CUhostFn function, void* user) {
  require(function != nullptr);
  Work work;
  work.what = "a host function";
  work.on_driver_thread = true;
  work.run = [=] {
    function(user);
    return CUDA_SUCCESS;
  };
  return work;
}

}  // namespace fake_cuda
