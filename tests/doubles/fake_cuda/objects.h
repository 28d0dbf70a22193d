// fake_cuda/objects.h: what the driver's handles stand for.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "backend/cuda/driver_types.h"

namespace fake_cuda {

using namespace sennit::cuda;  // the driver's types

// Results of the driver that sennit itself has no name for.
inline constexpr CUresult kContextAlreadyInUse = static_cast<CUresult>(216);
inline constexpr CUresult kIllegalState = static_cast<CUresult>(401);
inline constexpr CUresult kPeerAccessUnsupported = static_cast<CUresult>(217);
inline constexpr CUresult kNotPermitted = static_cast<CUresult>(800);
inline constexpr CUresult kCaptureUnmatched = static_cast<CUresult>(903);
inline constexpr CUresult kCaptureUnjoined = static_cast<CUresult>(904);
inline constexpr CUresult kCaptureMerge = static_cast<CUresult>(902);

// What a function of the driver throws to return a result other than success.
struct Refused {
  CUresult result;
};
[[noreturn]] inline void refuse(CUresult result) { throw Refused{result}; }
inline void require(bool holds, CUresult otherwise = CUDA_ERROR_INVALID_VALUE) {
  if (!holds) refuse(otherwise);
}

struct Block;
struct Context;
struct Operation;
struct Pool;
struct Stream;
using BlockPtr = std::shared_ptr<Block>;
using ContextPtr = std::shared_ptr<Context>;
using OperationPtr = std::shared_ptr<Operation>;
using PoolPtr = std::shared_ptr<Pool>;
using StreamPtr = std::shared_ptr<Stream>;

// ---- Work --------------------------------------------------------------------------------------

// What an operation does to memory: `Keep` only needs it to be there.
enum class Mode : std::uint8_t { Keep, Read, Write, Release };

struct Use {
  BlockPtr block;
  std::size_t begin = 0, end = 0;  // bytes of the block
  Mode mode = Mode::Keep;
};

// Something that can be queued, once or, in a graph, many times.
struct Work {
  std::string what;               // for messages: "kernel 'scale'"
  std::function<CUresult()> run;  // without the machine's lock; empty: only a point
  std::vector<Use> uses;
  CUresult fault = CUDA_SUCCESS;    // what running it comes to, whatever `run` says
  double duration_us = 0;           // on the machine's clock
  bool waits_first = false;         // a kernel that waits for the grids in front of it
  bool on_driver_thread = false;    // a host function
  std::function<void()> when_done;  // with the machine's lock
};

// Work in the queues.
struct Operation {
  Work work;
  ContextPtr context;
  StreamPtr stream;                  // until done; nullptr within a graph
  std::uint64_t stream_id = 0;       // 0: within a graph
  std::vector<OperationPtr> before;  // until observed
  std::vector<OperationPtr> next;    // until done
  std::size_t missing = 0;           // of `before`, not done
  std::uint64_t rank = 0;            // the smallest ready one runs first
  double end_us = 0;
  std::uint64_t visit = 0;
  bool in_order = false;  // behind all that was queued in its stream
  bool done = false;
  bool observed = false;  // the host knows that it is done
};

// ---- Memory ------------------------------------------------------------------------------------

inline constexpr int kHostMemory = -1;

struct Pool {
  int device = 0;
  std::size_t used_bytes = 0, reserved_bytes = 0;
  std::uint64_t release_threshold_bytes = 0;
  std::set<int> readable_by;  // devices, besides its own
};

struct Access {
  OperationPtr operation;
  std::size_t begin = 0, end = 0;
  Mode mode = Mode::Keep;
};

// One allocation, live or freed.
struct Block {
  std::byte* address = nullptr;
  std::size_t bytes = 0;
  int device = kHostMemory;
  PoolPtr pool;        // nullptr: pinned memory, variables of modules
  bool freed = false;  // or about to be, in the order of its stream
  bool misused = false;
  std::vector<Access> accesses;  // that the host does not know to be done
};

// ---- Queues ------------------------------------------------------------------------------------

struct GraphNode {
  enum class Kind : std::uint8_t { Kernel, Copy, Fill, HostCall, Empty };
  Kind kind = Kind::Empty;
  Work work;
  std::vector<std::size_t> dependencies;
  std::set<std::size_t> programmatic;  // of these
  bool cooperative = false;
};

struct Graph {
  std::uintptr_t handle = 0;
  ContextPtr context;  // of its nodes
  std::vector<GraphNode> nodes;
  std::vector<std::uintptr_t> node_handles;
};

struct Executable {
  std::shared_ptr<Graph> from;  // for the handles of nodes
  std::vector<GraphNode> nodes;
  std::vector<OperationPtr> last;  // launches of one executable do not overlap
};

struct Capture {
  std::shared_ptr<Graph> graph;
  CUstreamCaptureMode mode = CU_STREAM_CAPTURE_MODE_GLOBAL;
  std::thread::id thread;
  StreamPtr origin;
  std::vector<StreamPtr> joined;
  bool invalidated = false;
};

// Linking PTX.
struct Link {
  std::string ptx;
  std::vector<std::byte> cubin;
};

struct Stream {
  ContextPtr context;
  std::uint64_t id = 0;                // from 1
  bool blocking = false;               // orders itself with the legacy default stream
  std::vector<OperationPtr> frontier;  // what the next operation comes behind
  OperationPtr last_kernel;            // nullptr: something else came behind it, events apart
  bool out_of_order = false;           // a kernel was launched early in it that does not wait
  std::size_t pending = 0;
  std::shared_ptr<Capture> capture;
  std::vector<std::size_t> captured;  // nodes that the next one comes behind
};

struct Event {
  ContextPtr context;
  bool timed = false;
  OperationPtr at;  // nullptr: never recorded
  std::shared_ptr<Capture> capture;
  std::vector<std::size_t> captured;
};

// ---- Code --------------------------------------------------------------------------------------

struct KernelParameter {
  enum class Kind : std::uint8_t { Value, In, InOut };
  Kind kind = Kind::Value;  // In and InOut are pointers
  std::size_t bytes = 0;
  std::size_t offset = 0;  // in the block of all parameters
};

struct Module {
  ContextPtr context;
  std::map<std::string, BlockPtr, std::less<>> variables;
  std::map<std::string, std::uintptr_t, std::less<>> functions;  // by lowered name
};

struct Function {
  std::shared_ptr<Module> module;
  std::string lowered, expression;
  std::vector<KernelParameter> parameters;
  int max_dynamic_shared_bytes = 48 * 1024;
  bool waits_first = false;
};

// ---- Machine -----------------------------------------------------------------------------------

struct Context {
  int device = 0;
  int retained = 0;
  std::uintptr_t handle = 0;
  CUresult fault = CUDA_SUCCESS;  // sticky
  bool destroyed = false;
  StreamPtr legacy;
  std::map<std::thread::id, StreamPtr> per_thread;
  std::set<int> peers;  // devices whose memory it reaches
};

}  // namespace fake_cuda
