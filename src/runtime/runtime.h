// runtime/runtime.h: one scheduler with its devices, arrays and kernels. The user's verbs.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backend/backend.h"
#include "base/options.h"
#include "kernel/binary_cache.h"
#include "runtime/adopted_memory.h"
#include "runtime/array.h"
#include "runtime/runtime_kernel.h"
#include "sched/scheduler.h"

namespace sennit {

// How and from where a kernel is launched, beside its arguments.
struct LaunchOptions {
  std::span<const NodeId> after;
  int device = Operation::kAnyDevice;  // in place of the placement policy's
  // The arrays, beside the arguments, that a kernel comes to through pointers in memory; nullopt:
  // if its code shows that it may follow such pointers, all arrays whose address is known.
  std::optional<std::span<const Array* const>> touches;
  SourceLocation where;
  IntegralFloats integral_floats = IntegralFloats::Refuse;
};

// All members may be called from any thread. Arrays and kernels keep their runtime alive.
class Runtime : public std::enable_shared_from_this<Runtime> {
 public:
  // Opens the backend that `options.device` names; "auto": GPUs if there are any, else the CPU.
  static std::shared_ptr<Runtime> create(Options options);
  // On devices that the caller made: for tests and tools.
  static std::shared_ptr<Runtime> create(Options options, std::unique_ptr<Backend> backend);
  ~Runtime();

  // Reads as zeros (or anything, if `undefined`); memory is allocated at the first use.
  Array create_array(Dtype dtype, std::span<const std::int64_t> shape, Order order = Order::C,
                     bool undefined = false);
  // An array over memory that somebody else owns: of the host, where the devices share the host's
  // memory, or of `device`. `memory` is destroyed when nothing uses it any more; or left alone, if
  // this raises or another array has the same memory already: then both share one storage.
  Array adopt_array(Layout layout, std::size_t storage_bytes, std::unique_ptr<Allocation>&& memory,
                    int device = Scheduler::kHost);
  // Scheduler::share: the address of the storage, which others may hand back to `adopt_array`.
  std::byte* share(const Array& array);

  std::shared_ptr<RuntimeKernel> build_kernel(const KernelRequest& request);
  // The variable `name` (`__device__` or `__constant__`) of the kernel's code as an array; `shape`
  // std::nullopt: one dimension, as many elements as fit. Raises InvalidArgument if there is none
  // or the sizes differ, Unsupported on several devices. Blocks until earlier launches are done.
  Array kernel_variable(const std::shared_ptr<RuntimeKernel>& kernel, const std::string& name,
                        Dtype dtype, std::optional<std::span<const std::int64_t>> shape);
  NodeId launch(RuntimeKernel& kernel, const LaunchConfig& config,
                std::span<const Argument> arguments, const LaunchOptions& options);

  Scheduler& scheduler() { return *scheduler_; }
  Backend& backend() { return *backend_; }
  BinaryCache& cache() { return cache_; }
  const Options& options() const { return options_; }

 private:
  Runtime(Options options, std::unique_ptr<Backend> backend);
  std::shared_ptr<Storage> track(std::unique_ptr<Storage> storage);
  // Adds what a launch touches beside its arguments. True if that is not all: see
  // Operation::touches_known.
  bool add_implicit_accesses(RuntimeKernel& kernel, std::span<const Argument> arguments,
                             const LaunchOptions& options, std::vector<Access>& accesses);
  // verify.cpp: the option `verify`. Raises KernelFailed where the launch wrote what it must not.
  NodeId submit_verified(const Operation& given, const Signature& signature,
                         std::span<const Argument> arguments);

  const Options options_;
  // In this order: the scheduler goes first, then what it has used.
  std::unique_ptr<Backend> backend_;
  BinaryCache cache_;
  AdoptedMemory adopted_;
  std::unique_ptr<Scheduler> scheduler_;
};

}  // namespace sennit
