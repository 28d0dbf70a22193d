// backend/cpu/prepared_command.h: a command with all that it needs to run.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <variant>

#include "backend/backend.h"
#include "backend/cpu/block_runner.h"
#include "backend/cpu/cpu_function.h"
#include "backend/cpu/failure_log.h"

namespace sennit::cpu {

// A copy of a launch's parameters, and the address of each. Keeps its memory for the next launch.
class ParameterStore {
 public:
  ParameterStore() = default;
  ParameterStore(const ParameterStore&) = delete;
  ParameterStore& operator=(const ParameterStore&) = delete;

  void assign(std::span<const std::byte> parameters, std::span<const std::uint32_t> offsets);
  void assign(const ParameterStore& other);
  const void* const* addresses() const { return reinterpret_cast<const void* const*>(data()); }

 private:
  // The largest alignment that a kernel's parameter can have.
  static constexpr std::size_t kAlignment = 128;
  // Enough for some twenty pointers and numbers; the rest of a command is about as large.
  static constexpr std::size_t kInlineBytes = 512;
  struct Free {
    void operator()(std::byte* bytes) const {
      ::operator delete(bytes, std::align_val_t{kAlignment});
    }
  };

  std::byte* reserve(std::size_t bytes);
  std::byte* data() { return large_ ? large_.get() : inline_; }
  const std::byte* data() const { return large_ ? large_.get() : inline_; }
  static std::size_t table_bytes(std::size_t count) {
    return (count * sizeof(void*) + kAlignment - 1) / kAlignment * kAlignment;
  }

  alignas(kAlignment) std::byte inline_[kInlineBytes];
  std::unique_ptr<std::byte, Free> large_;  // used instead once a launch needs more
  std::size_t large_bytes_ = 0;
  std::size_t count_ = 0;
  std::size_t parameter_bytes_ = 0;
};

// What a launch is without its parameters.
struct Launch {
  CpuFunction* function = nullptr;
  LaunchConfig config;
};

class PreparedCommand {
 public:
  // How workers share a command: see Task.
  struct Split {
    std::uint64_t units = 1;
    std::uint64_t chunk = 1;
  };

  PreparedCommand() = default;
  PreparedCommand(const PreparedCommand&) = delete;
  PreparedCommand& operator=(const PreparedCommand&) = delete;

  // Copies what the spans show. Raises InvalidArgument or Unsupported for a command that cannot
  // run, and keeps the old one then.
  void assign(const Command& command, CommandTag tag);
  void assign(const PreparedCommand& other);
  void rename(CommandTag tag) { tag_ = tag; }
  // Whether it is the same kind of command.
  bool matches(const Command& command) const { return work_.index() == command.index(); }

  // Makes ready to run on up to `workers` workers. Called once before each run.
  Split start(unsigned workers, FailureLog& failures) noexcept;
  // Runs units [begin, end); what goes wrong is written to `failures`, once, and the units that
  // remain are then skipped. Called by several workers at once.
  void run(std::uint64_t begin, std::uint64_t end, FailureLog& failures) noexcept;
  // All units have run. False if all must run once more, which a cooperative launch asks for at
  // each grid.sync().
  bool finish(FailureLog& failures) noexcept;

 private:
  using Work = std::variant<Launch, CopyCommand, FillCommand, HostCallCommand>;

  KernelLaunch kernel_launch(const Launch& launch) const {
    return {launch.function->compiled(), launch.config, parameters_.addresses()};
  }
  bool runs_in_phases(const Launch& launch) const {
    const CompiledKernel* kernel = launch.function->compiled();
    return kernel != nullptr && kernel->uses_grid_sync && launch.config.cooperative;
  }
  Split split_launch(const Launch& launch, unsigned workers) const;
  void run_launch(const Launch& launch, std::uint64_t begin, std::uint64_t end);
  bool finish_work(FailureLog& failures) noexcept;
  void fail_with_current_exception(FailureLog& failures) noexcept;

  CommandTag tag_ = 0;
  Work work_;
  ParameterStore parameters_;
  // Of the current run.
  std::optional<GridPhases> phases_;
  std::atomic<std::uint64_t> busy_ns_{0};  // of all workers together
  std::atomic<bool> failed_{false};
  std::atomic<double> started_us_{0};  // by the first worker; 0: not yet, or nobody asks
};

}  // namespace sennit::cpu
