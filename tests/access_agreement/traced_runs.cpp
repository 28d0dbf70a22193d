// access_agreement/traced_runs.cpp: corpus kernels really run, on random data, and watched.
#include "access_agreement/traced_runs.h"

#include <algorithm>
#include <cstring>
#include <random>

#include "access_agreement/compiled_corpus.h"
#include "access_agreement/traced_array.h"
#include "backend/cpu/access_trace.h"
#include "backend/cpu/block_runner.h"
#include "backend/cpu/compiler/host_target.h"
#include "base/error.h"
#include "base/text.h"

namespace sennit::access_corpus {
namespace {

constexpr std::pair<std::string_view, std::string_view> kNotRun[] = {
    {"volatile_flag", "spins until somebody else stores"},
    {"compared_and_swapped", "spins until another thread of the warp leaves the lock"},
    {"walking_to_a_parameter", "runs from one array into another"},
    {"printed", "prints"},
    {"printed_string", "prints"},
    {"printed_address", "prints"},
    {"text_printed_from_memory", "prints"},
};

// Kernels that assume a shape of their blocks, by the size of their shared arrays.
LaunchConfig config_of(const std::string& kernel, std::mt19937_64& random) {
  LaunchConfig config;
  config.shared_bytes = 16384;
  config.grid = {2, 1, 1};
  config.block = {random() % 2 ? 32u : 64u, 1, 1};
  if (kernel == "transposed" || kernel == "multiplied") {
    const std::uint32_t side = kernel == "transposed" ? 16 : 8;
    config.grid = {2, 2, 1};
    config.block = {side, side, 1};
  }
  return config;
}

// Their time grows exponentially.
int limited_size(const std::string& kernel, int size) {
  return kernel == "recursive_writer" ? std::min(size, 12) : size;
}

// The bytes of a parameter that is no pointer.
std::vector<std::byte> number(const cpu::Parameter& parameter, int size, std::mt19937_64& random) {
  std::vector<std::byte> bytes(std::max<std::size_t>(parameter.bytes, 8));
  if (parameter.name == "which") size = static_cast<int>(random() % 2);
  if (parameter.type == "float" || parameter.bytes > 8) {
    fill_with_floats(bytes, random);
  } else if (parameter.type == "double") {
    const double value = 0.5 + static_cast<double>(random() % 4);
    std::memcpy(bytes.data(), &value, sizeof value);
  } else {
    const long long value = size;
    std::memcpy(bytes.data(), &value, sizeof value);
  }
  return bytes;
}

// Where the accesses of a run are sorted into.
struct Watch {
  const std::string& kernel;
  const cpu::EntryPoint& entry;
  const std::vector<std::unique_ptr<TracedArray>>& arrays;  // by parameter; null for numbers
  std::span<const cpu::LoadedVariable> variables;
  Trace& trace;

  static void note(Touched& touched, cpu::TracedUse use) {
    touched.read |= use != cpu::TracedUse::Write;
    touched.written |= use != cpu::TracedUse::Read;
  }

  void see(const std::byte* address, std::uint64_t bytes, cpu::TracedUse use) {
    for (std::size_t i = 0; i < arrays.size(); ++i) {
      if (!arrays[i] || !arrays[i]->is_near(address)) continue;
      if (!arrays[i]->holds(address, bytes))
        trace.out_of_bounds = format("{} of {} is left by {} bytes", entry.parameters[i].name,
                                     kernel, arrays[i]->distance(address));
      return note(trace.parameters[i], use);
    }
    for (const cpu::LoadedVariable& variable : variables) {
      const auto* begin = static_cast<const std::byte*>(variable.variable.address);
      if (address >= begin && address < begin + variable.variable.bytes)
        return note(trace.variables[variable.lowered_name], use);
    }
    // A table of constants, or a local whose address went through memory.
  }
};

void run_grid(const cpu::KernelLaunch& launch) {
  cpu::BlockRunner runner;
  if (!launch.kernel->uses_grid_sync) return runner.run(launch, 0, launch.block_count());
  for (cpu::GridPhases grid(launch); !grid.finished(); grid.end_phase())
    runner.run_phase(launch, grid, 0, launch.block_count());
}

}  // namespace

TracedFile::TracedFile(const CorpusFile& file)
    : entry_points_(cpu::prototypes(request_for_cpu(file), cpu::host_target()).named),
      module_(cpu::load(compile_for_cpu(file, {.trace_accesses = true}))) {}

std::string TracedFile::reason_not_to_run(const CorpusKernel& kernel) const {
  if (kernel.touches_untracked) return "follows pointers that it finds in memory";
  for (const auto& [name, reason] : kNotRun)
    if (name == kernel.name) return std::string(reason);
  return "";
}

void TracedFile::run(std::size_t i, int size, std::uint64_t seed, Trace& trace) {
  const cpu::EntryPoint& entry = entry_points_[i];
  const cpu::CompiledKernel& kernel = module_->kernels()[i];
  size = limited_size(kernel.name, size);
  std::mt19937_64 random(seed);
  std::vector<std::unique_ptr<TracedArray>> arrays;
  std::vector<std::vector<std::byte>> values;
  for (const cpu::Parameter& parameter : entry.parameters) {
    arrays.push_back(parameter.is_pointer ? std::make_unique<TracedArray>(parameter, size, random)
                                          : nullptr);
    if (parameter.is_pointer) {
      std::byte* const address = arrays.back()->data();
      values.emplace_back(sizeof address);
      std::memcpy(values.back().data(), &address, sizeof address);
    } else {
      values.push_back(number(parameter, size, random));
    }
  }
  for (const cpu::LoadedVariable& variable : module_->variables())
    if (variable.variable.bytes == sizeof size)  // those of 8 bytes are pointers
      std::memcpy(variable.variable.address, &size, sizeof size);

  std::vector<const void*> arguments;
  for (const std::vector<std::byte>& value : values) arguments.push_back(value.data());
  cpu::KernelLaunch launch{&kernel, config_of(kernel.name, random), arguments.data()};
  launch.config.cooperative = kernel.uses_grid_sync;
  trace.parameters.resize(entry.parameters.size());
  Watch watch{kernel.name, entry, arrays, module_->variables(), trace};
  const cpu::ScopedAccessTracer tracer(
      [](void* user, const void* address, std::uint64_t bytes, cpu::TracedUse use) {
        static_cast<Watch*>(user)->see(static_cast<const std::byte*>(address), bytes, use);
      },
      &watch);
  cpu::check_launch(kernel, launch.config);
  try {
    run_grid(launch);
  } catch (const Error& error) {  // a trap of the kernel's own: it has told what came before
    if (error.code() != ErrorCode::KernelFailed) throw;
  }
  for (std::size_t j = 0; j < arrays.size(); ++j)
    if (arrays[j] && !arrays[j]->guards_are_whole())
      trace.out_of_bounds =
          format("{} overwrites what lies beside {}", kernel.name, entry.parameters[j].name);
}

}  // namespace sennit::access_corpus
