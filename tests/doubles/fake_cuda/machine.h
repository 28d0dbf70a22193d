// fake_cuda/machine.h: all that the driver knows, under one lock.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "backend/cuda/driver_symbols.h"
#include "fake_cuda/control.h"
#include "fake_cuda/memory.h"
#include "fake_cuda/objects.h"

namespace fake_cuda {

// Every function of the driver.
enum class Api : std::size_t {
#define FAKE_CUDA_NAME(name, version, parameters) name,
  SENNIT_CUDA_REQUIRED(FAKE_CUDA_NAME) SENNIT_CUDA_OPTIONAL(FAKE_CUDA_NAME)
#undef FAKE_CUDA_NAME
      Count
};

// Objects by handle. No value is used twice, so the handle of a destroyed object is known as such,
// and so is that of another kind of object. The real driver reads freed memory there, and often
// crashes: it is a misuse, besides being refused.
template <typename T>
class Handles {
 public:
  Handles(const char* kind, CUresult refusal, const Memory::Report& report)
      : kind_(kind), refusal_(refusal), report_(report) {}
  std::uintptr_t add(std::shared_ptr<T> object) {
    static_assert(sizeof(std::uintptr_t) == 8);
    next() += 16;
    objects_.emplace(next(), std::move(object));
    return next();
  }
  // Refuses what is no handle of a live object.
  const std::shared_ptr<T>& get(const void* handle) const {
    const auto found = objects_.find(reinterpret_cast<std::uintptr_t>(handle));
    if (found == objects_.end()) {
      report_(std::string("a handle of no living ") + kind_ + " is used");
      refuse(refusal_);
    }
    return found->second;
  }
  std::shared_ptr<T> take(const void* handle) {
    std::shared_ptr<T> object = get(handle);
    objects_.erase(reinterpret_cast<std::uintptr_t>(handle));
    return object;
  }
  std::size_t size() const { return objects_.size(); }
  template <typename Visit>
  void for_each(Visit visit) const {
    for (const auto& [handle, object] : objects_) visit(*object);
  }
  bool has(const void* handle) const {
    return objects_.count(reinterpret_cast<std::uintptr_t>(handle)) != 0;
  }
  void clear() { objects_.clear(); }
  template <typename Predicate>
  void erase_if(Predicate predicate) {
    std::erase_if(objects_, [&](const auto& entry) { return predicate(*entry.second); });
  }

 private:
  static std::uintptr_t& next() {
    static std::uintptr_t value = 0x10000;
    return value;
  }
  const char* const kind_;
  const CUresult refusal_;
  const Memory::Report& report_;
  std::map<std::uintptr_t, std::shared_ptr<T>> objects_;
};

template <typename Handle>
Handle handle_of(std::uintptr_t value) {
  return reinterpret_cast<Handle>(value);
}

class Machine {
 public:
  Machine();

  // All else is called, and all members used, with it held.
  std::mutex mutex;

  // ---- Set-up and observation (control.h) ----
  void reset(const fake_cuda_config& config);
  // Keeps the first ones.
  const Memory::Report report = [this](std::string misuse) {
    if (misuses.size() < 100) misuses.push_back(std::move(misuse));
  };
  fake_cuda_config config;
  std::string absent;  // of config
  fake_cuda_kernels kernels{};
  std::array<std::uint64_t, static_cast<std::size_t>(Api::Count)> calls{};
  // What the next call of a function is refused with; success: it is not.
  std::array<CUresult, static_cast<std::size_t>(Api::Count)> refusals{};
  std::uint64_t blocked = 0;
  std::deque<std::string> misuses;
  bool initialised = false;

  // ---- Contexts (machine.cpp) ----
  CUdevice device(int ordinal) const;  // refuses what is none
  ContextPtr primary(int device);      // alive or made
  // The calling thread's; refuses if there is none, or if it was lost to a fault.
  ContextPtr current();
  ContextPtr current_or_null();
  void make_current(std::uintptr_t context);
  std::uintptr_t current_handle() const;
  void release_primary(int device);
  StreamPtr new_stream(const ContextPtr& context, bool blocking);
  // `handle` may be a default stream, which is one of the current context.
  StreamPtr stream(CUstream handle);
  void check_fault(const Context& context) const {
    if (context.fault != CUDA_SUCCESS) refuse(context.fault);
  }

  // ---- Queueing and running (queue.cpp) ----
  // Queues behind the stream, or adds it to the capture that is open there.
  void submit(const StreamPtr& stream, Work work, GraphNode::Kind kind = GraphNode::Kind::Empty);
  // A kernel that need not be held back until the one in front has ended.
  void submit_early(const StreamPtr& stream, Work work);
  OperationPtr enqueue(const StreamPtr& stream, ContextPtr context, Work work,
                       std::vector<OperationPtr> before);
  // What an operation comes behind that is queued in the stream now.
  std::vector<OperationPtr> frontier(const StreamPtr& stream);
  void set_frontier(const StreamPtr& stream, std::vector<OperationPtr> frontier);
  bool run_one();  // false: nothing is ready
  void run_until(const std::function<bool()>& holds);
  void run_all();
  void run_a_little();
  // Waits, and notes that the host knows.
  void wait_for(const std::vector<OperationPtr>& operations);
  // The host knows that these, and all before them, are done.
  void observe(const std::vector<OperationPtr>& operations);
  void wait_for_context(const Context& context);
  void seed(std::uint64_t value) { random.seed(value); }

  // ---- Captures (capture.cpp) ----
  // For calls that are not safe while a capture is open.
  void refuse_if_capturing();
  void capture(const StreamPtr& stream, Work work, GraphNode::Kind kind);

  // ---- State ----
  Memory memory{report};
  std::vector<ContextPtr> primaries;  // by device; nullptr: not made
  Handles<Context> contexts{"context", CUDA_ERROR_INVALID_CONTEXT, report};
  Handles<Stream> streams{"stream", CUDA_ERROR_INVALID_HANDLE, report};
  Handles<Event> events{"event", CUDA_ERROR_INVALID_HANDLE, report};
  Handles<Pool> pools{"pool", CUDA_ERROR_INVALID_VALUE, report};
  Handles<Module> modules{"module", CUDA_ERROR_INVALID_HANDLE, report};
  Handles<Link> links{"link", CUDA_ERROR_INVALID_HANDLE, report};
  Handles<Function> functions{"function", CUDA_ERROR_INVALID_HANDLE, report};
  Handles<Graph> graphs{"graph", CUDA_ERROR_INVALID_VALUE, report};
  Handles<Executable> executables{"executable graph", CUDA_ERROR_INVALID_VALUE, report};
  std::vector<std::shared_ptr<Capture>> captures;  // open ones
  std::mt19937_64 random{1};

 private:
  void finish(const OperationPtr& operation, CUresult result);
  void order(const OperationPtr& operation);
  void mark_before(const OperationPtr& operation);
  void run_driver_thread();

  std::set<std::pair<std::uint64_t, OperationPtr>> ready_;
  std::size_t running_ = 0;
  std::condition_variable_any changed_;  // an operation is done
  std::deque<OperationPtr> unobserved_;  // in order of queueing, and some that are observed
  double clock_us_ = 0;
  std::uint64_t streams_made_ = 0;
  std::uint64_t visits_ = 0;
  bool driver_thread_started_ = false;
  std::deque<OperationPtr> for_driver_thread_;
  std::condition_variable_any driver_thread_wanted_;
};

// The one of this process. Never destroyed: threads may outlive static objects.
Machine& machine();

// True on the thread that runs host functions, which may not call the driver.
bool on_driver_thread();

}  // namespace fake_cuda
