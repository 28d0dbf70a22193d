// backend/backend.h: what a machine must offer. One class per noun.
//
//   Backend   finds devices and compiles kernels      (cuda, cpu, virtual)
//   Device    makes streams, events, allocations, modules and graphs
//   Stream    an in-order queue of commands           Event    a point in a stream
//   Module    loaded machine code                     Function one kernel of it
//   Graph     commands with dependencies, launched as one
//
// The scheduler is the only caller of Stream and Graph, and calls them under its lock: nothing
// here but `Event::sync` and the functions that say so may wait for a device.
//
// To add a backend: a folder beside `cpu/`, and one line in backend_table.cpp. The conformance
// suite (tests/conformance) then runs on it.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "backend/kernel_access.h"
#include "base/error.h"

namespace sennit {

struct Dim3 {
  std::uint32_t x = 1, y = 1, z = 1;
  constexpr std::uint64_t count() const { return std::uint64_t{x} * y * z; }
  constexpr bool operator==(const Dim3&) const = default;
};

struct LaunchConfig {
  Dim3 grid;                       // blocks, each >= 1
  Dim3 block;                      // threads, each >= 1
  std::uint32_t shared_bytes = 0;  // dynamic shared memory of a block
  bool cooperative = false;        // all blocks resident at once; grid.sync() is allowed
  Dim3 cluster{1, 1, 1};           // blocks that share distributed shared memory; divides grid
  constexpr bool operator==(const LaunchConfig&) const = default;
};

class Event;
class Function;
class Stream;

// ---- Commands: everything that a stream can be asked to do -----------------------------------

// Runs a kernel. The spans are read during `enqueue` only.
struct LaunchCommand {
  Function* function = nullptr;
  LaunchConfig config;
  // The kernel's parameters as its ABI lays them out, device pointers filled in.
  std::span<const std::byte> parameters;
  // Where each parameter starts in `parameters`; one for each, ascending.
  std::span<const std::uint32_t> offsets;
  // Of the arrays that it may touch: together with the configuration it tells launches that take
  // different times apart. 0: not known.
  std::size_t touched_bytes = 0;
};

// Copies bytes that do not overlap. At most one side is on another device than the stream's.
struct CopyCommand {
  static constexpr int kHost = -1;
  void* to = nullptr;
  const void* from = nullptr;
  std::size_t bytes = 0;
  int to_device = kHost;    // ordinal within the runtime
  int from_device = kHost;  // ordinal within the runtime
};

// Repeats a pattern of 1, 2, 4, 8 or 16 bytes; `bytes` is a multiple of `pattern_bytes`.
struct FillCommand {
  void* to = nullptr;
  std::size_t bytes = 0;
  std::array<std::byte, 16> pattern{};
  std::uint32_t pattern_bytes = 1;
};

// Calls a host function in stream order, on a thread of the backend. It must not call sennit.
struct HostCallCommand {
  void (*function)(void* user) = nullptr;
  void* user = nullptr;
};

using Command = std::variant<LaunchCommand, CopyCommand, FillCommand, HostCallCommand>;

// Names the operation that a command belongs to, for `Failure`. Opaque to backends.
using CommandTag = std::uint64_t;

// A command that failed while it ran. Later commands of the stream run all the same unless the
// device is lost: the scheduler knows which results are tainted.
struct Failure {
  CommandTag tag = 0;  // 0: the backend cannot tell which (a CUDA device after a fault)
  Error error;
};

// ---- Queues ----------------------------------------------------------------------------------

// A point in a stream's work. May be recorded again; it then means the newer point.
// `is_done` and `sync` may be called from any thread; `Stream::record` and `wait` only by the
// thread that holds the scheduler's lock.
class Event {
 public:
  virtual ~Event() = default;
  // True once all that stood before the point is done (or failed: see Device::take_failure).
  // An event never recorded is done. Never blocks.
  virtual bool is_done() const = 0;
  // Blocks until `is_done`.
  virtual void sync() const = 0;
};

class Stream {
 public:
  virtual ~Stream() = default;  // waits for nothing; queued work still runs
  // Queues `command` behind the stream's earlier work and returns. Raises without queueing.
  virtual void enqueue(const Command& command, CommandTag tag) = 0;
  // Work enqueued later waits for the point where `event` was last recorded, on any stream of
  // any device of this backend. The host does not wait.
  virtual void wait(const Event& event) = 0;
  // Moves `event` to the end of the work enqueued so far.
  virtual void record(Event& event) = 0;
};

// ---- Code ------------------------------------------------------------------------------------

struct FunctionInfo {
  std::string name;  // as the user gave it, e.g. "scale<float, 4>"
  std::uint32_t max_threads_per_block = 1024;
  std::size_t static_shared_bytes = 0;  // of a block
  std::uint32_t registers = 0;          // a thread; 0: not known
};

// One kernel, loaded on one device. Lives as long as its module.
class Function {
 public:
  virtual ~Function() = default;
  virtual const FunctionInfo& info() const = 0;
  // How long a launch of this size takes, from earlier runs (see LaunchCommand::touched_bytes);
  // nullopt if the backend does not know. Never blocks. Any thread.
  virtual std::optional<double> typical_us(const LaunchConfig& config,
                                           std::size_t touched_bytes) const = 0;
  // Never that of another function of the process, not even of one that is gone.
  std::uint64_t serial() const { return serial_; }

 private:
  static std::uint64_t next_serial() {
    static std::atomic<std::uint64_t> last{0};
    return last.fetch_add(1, std::memory_order_relaxed) + 1;
  }
  const std::uint64_t serial_ = next_serial();
};

// A `__device__` or `__constant__` variable of a module.
struct ModuleVariable {
  void* address = nullptr;  // on the device
  std::size_t bytes = 0;
};

class Module {
 public:
  virtual ~Module() = default;
  // `name` is a name expression that was compiled into the image ("scale<float, 4>"), or a
  // lowered name. Raises InvalidArgument, listing the kernels that the module has.
  virtual Function& function(std::string_view name) = 0;
  // nullopt if there is none.
  virtual std::optional<ModuleVariable> variable(std::string_view name) = 0;
};

struct CompileRequest {
  std::string source;                     // CUDA C++
  std::string source_name = "kernel.cu";  // shown in the compiler's messages
  std::vector<std::string> names;         // name expressions of the kernels wanted
  std::vector<std::string> options;       // NVRTC's: -D, -U, -I, --std=, --use_fast_math, -G ...
};

// What a compiler made: machine code and what belongs to it, as bytes that can be cached on disk
// and loaded by `Device::load` of the same backend, in this process or a later one.
struct Image {
  std::vector<std::byte> bytes;
  std::string log;  // warnings; empty if there are none
  // What its kernels do to memory, as far as the backend can tell; a kernel that is missing here
  // may do anything to whatever it is given.
  std::vector<KernelAccess> access;
};

// ---- Memory ----------------------------------------------------------------------------------

// Memory of one device, or of the host as that device likes it best (pinned for CUDA).
// Freed by the destructor, which the owner calls only after all work that uses it is done.
// At least 256-byte aligned; contents undefined.
class Allocation {
 public:
  virtual ~Allocation() = default;
  void* address() const { return address_; }
  std::size_t bytes() const { return bytes_; }

 protected:
  Allocation(void* address, std::size_t bytes) : address_(address), bytes_(bytes) {}
  Allocation(const Allocation&) = delete;
  Allocation& operator=(const Allocation&) = delete;

 private:
  void* address_;
  std::size_t bytes_;
};

// ---- Graphs ----------------------------------------------------------------------------------

// Commands with dependencies, run as one. Built once, launched often.
class Graph {
 public:
  using Node = std::uint32_t;  // index in the order of `add`
  virtual ~Graph() = default;
  // REQUIRES: every dependency was returned by an earlier `add`. Command spans are copied.
  virtual Node add(const Command& command, std::span<const Node> dependencies, CommandTag tag) = 0;
  // Changes the addresses, parameters, configuration or sizes of a node; its kind stays.
  virtual void update(Node node, const Command& command, CommandTag tag) = 0;
  // Does now what the first launch would else do.
  virtual void prepare() {}
  // Queues the whole graph behind `stream`'s earlier work; later work waits for all of it.
  // A graph does not overlap itself: a second launch waits for the first. `tags`, one for each
  // node, take the place of those that the nodes have; without any these stay.
  virtual void launch(Stream& stream, std::span<const CommandTag> tags = {}) = 0;
};

// ---- Devices ---------------------------------------------------------------------------------

struct DeviceInfo {
  std::string name;              // "NVIDIA H100 PCIe", "CPU (2 cores)"
  std::string kind;              // "cuda", "cpu", "virtual"
  std::string architecture;      // "sm_90", "x86-64 znver4": part of the cache key
  std::size_t memory_bytes = 0;  // 0: not limited
  std::uint32_t max_threads_per_block = 1024;
  Dim3 max_block{1024, 1024, 64};
  Dim3 max_grid{2147483647u, 65535, 65535};
  std::size_t max_shared_bytes = 48 * 1024;  // of a block, with opting in
  std::uint32_t multiprocessors = 1;
  Dim3 max_cluster{1, 1, 1};        // blocks of a cluster, at most; its product too is <= x
  bool shares_host_memory = false;  // its memory is the host's: nothing is ever copied
  // As DLPack names the device: its type, and its number in the process. Of the host for devices
  // whose memory no other library can use.
  std::int32_t dlpack_type = 1;
  std::int32_t dlpack_id = 0;

  std::size_t max_in_flight = 4096;  // operations before queueing one more would block

  // What the scheduler's decisions cost here; measured once, see docs/design/streams.md.
  double crossing_us = 0.64;       // event record + wait: leaving a stream must gain more
  double launch_us = 0;              // of the host, to queue a command that a graph would save
  double bytes_per_second = 2e12;  // memory bandwidth, for estimates of unknown kernels
  double link_bytes_per_second = 50e9;
};

// A stream of other code in the process, as that code names it: for CUDA a CUstream, where 0 and 1
// are the legacy default stream and 2 is the calling thread's own default stream.
using NativeStream = std::uint64_t;

// When a command ran, on the clock of `Device::now_us`.
struct Timing {
  CommandTag tag = 0;
  double start_us = 0;
  double end_us = 0;
};

class Device {
 public:
  virtual ~Device() = default;  // waits until the device is idle
  virtual const DeviceInfo& info() const = 0;
  virtual std::unique_ptr<Stream> create_stream() = 0;
  virtual std::unique_ptr<Event> create_event() = 0;
  virtual std::unique_ptr<Graph> create_graph() = 0;
  // Raises OutOfMemory. `bytes` >= 1.
  virtual std::unique_ptr<Allocation> allocate(std::size_t bytes) = 0;
  // Host memory for copies to and from this device.
  virtual std::unique_ptr<Allocation> allocate_host(std::size_t bytes) = 0;
  // May take milliseconds: never called under the scheduler's lock.
  virtual std::unique_ptr<Module> load(const Image& image) = 0;
  // The oldest failure not yet taken. A failed command's failure can be taken from here before
  // any event behind it reads as done. Never blocks; a relaxed load when there is none.
  virtual std::optional<Failure> take_failure() = 0;

  // An attribute by CUDA's number for it (CUdevice_attribute); nullopt: the device has none such.
  virtual std::optional<int> cuda_attribute(int /*number*/) const { return std::nullopt; }
  // Memory that is not in use now, by anybody; nullopt: not known.
  virtual std::optional<std::size_t> free_memory_bytes() const { return std::nullopt; }

  // A clock that only moves forward, one for all devices of the process: of the host, or of the
  // machine that a virtual device belongs to. Any thread.
  virtual double now_us() const {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration<double, std::micro>(now).count();
  }
  // From now on, notes when each command enqueued with a tag other than 0 runs, or stops doing
  // so. Off at first, and a backend that cannot tell notes nothing.
  virtual void record_timings(bool /*on*/) {}
  // Appends what was noted of commands that are done, and forgets it. Never blocks. Any thread.
  virtual void take_timings(std::vector<Timing>& /*out*/) {}

  // ---- Beside other users of the device in this process ----
  // Moves `event` to the end of the work that other code has queued on `stream` so far. Raises
  // Unsupported where no other code can have streams, Busy while a capture is open on the stream.
  virtual void record_outside(NativeStream /*stream*/, Event& /*event*/) { refuse_outside(); }
  // What other code queues later on `stream` waits for the point where `event` was last recorded.
  // Raises as `record_outside`.
  virtual void wait_outside(NativeStream /*stream*/, const Event& /*event*/) { refuse_outside(); }
  // A stream of ours to lend to other code, which makes it wait for its work, or waits for it.
  // It lives as long as the device. Raises as `record_outside`.
  virtual NativeStream lent_stream() { refuse_outside(); }
  // Whether `address` is memory that commands of this device can use, whoever allocated it.
  virtual bool can_use(const void* /*address*/) const { return info().shares_host_memory; }
  // Gives memory that it keeps for later back to the system. Never called under the scheduler's
  // lock: it may wait.
  virtual void trim() {}

 private:
  [[noreturn]] void refuse_outside() const {
    raise(ErrorCode::Unsupported,
          info().name + " is a device of kind '" + info().kind +
              "', where no other code has streams; use a runtime on device \"cuda\"");
  }
};

class Backend {
 public:
  virtual ~Backend() = default;
  virtual std::string_view name() const = 0;
  // Stays valid while the backend lives. At least one.
  virtual std::span<Device* const> devices() = 0;
  // Compiles for `device`. Any thread, takes 40 ms and more, never called under a lock.
  // Raises CompileFailed with the compiler's log, Unsupported with the source line.
  virtual Image compile(const CompileRequest& request, const Device& device) = 0;
  // Code that another compiler made (PTX, a cubin, a fatbin) as an image to load. Raises
  // InvalidArgument if it is none of these, Unsupported where only sources are taken.
  virtual Image adopt_code(std::span<const std::byte> /*code*/) const {
    raise(ErrorCode::Unsupported,
          "the backend '" + std::string(name()) +
              "' compiles kernels from CUDA C++ source; compiled ones (PTX, a cubin, a fatbin) run "
              "on device \"cuda\"");
  }
  // The assembly text in `image`: PTX for CUDA; empty if there is none.
  virtual std::string assembly(const Image& /*image*/) const { return {}; }
  // All that changes what `compile` makes, beside the request and the device's architecture:
  // versions of the compiler and of the headers. Part of the key of the disk cache; empty if what
  // `compile` makes is not worth keeping.
  virtual std::string compiler_key() const = 0;
};

}  // namespace sennit
