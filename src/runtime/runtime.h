// runtime/runtime.h: one scheduler with its devices, arrays and kernels. The user's verbs.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backend/backend.h"
#include "base/options.h"
#include "kernel/binary_cache.h"
#include "runtime/array.h"
#include "runtime/runtime_kernel.h"
#include "sched/scheduler.h"

namespace sennit {

// How and from where a kernel is launched, beside its arguments.
struct LaunchOptions {
  std::span<const NodeId> after;
  SourceLocation where;
};

// All members may be called from any thread. Arrays and kernels keep their runtime alive.
class Runtime : public std::enable_shared_from_this<Runtime> {
 public:
  // Opens the backend that `options.device` names; "auto": GPUs if there are any, else the CPU.
  static std::shared_ptr<Runtime> create(Options options);
  // On devices that the caller made: for tests and tools.
  static std::shared_ptr<Runtime> create(Options options, std::unique_ptr<Backend> backend);
  // The process's own, made at the first call with the options of the environment.
  static std::shared_ptr<Runtime> process_default();
  ~Runtime();

  // Reads as zeros (or anything, if `undefined`); memory is allocated at the first use.
  Array create_array(Dtype dtype, std::span<const std::int64_t> shape, Order order = Order::C,
                     bool undefined = false);
  // An array over memory that somebody else owns, shared where the devices share the host's
  // memory. `memory` is destroyed when nothing uses it any more.
  Array adopt_array(Layout layout, std::size_t storage_bytes, std::unique_ptr<Allocation> memory);

  std::shared_ptr<RuntimeKernel> build_kernel(const KernelRequest& request);
  NodeId launch(RuntimeKernel& kernel, const LaunchConfig& config,
                std::span<const Argument> arguments, const LaunchOptions& options);

  Scheduler& scheduler() { return *scheduler_; }
  Backend& backend() { return *backend_; }
  BinaryCache& cache() { return cache_; }
  const Options& options() const { return options_; }

 private:
  Runtime(Options options, std::unique_ptr<Backend> backend);
  std::shared_ptr<Storage> track(std::unique_ptr<Storage> storage);

  const Options options_;
  // In this order: the scheduler goes first, then what it has used.
  std::unique_ptr<Backend> backend_;
  BinaryCache cache_;
  std::unique_ptr<Scheduler> scheduler_;
};

}  // namespace sennit
