// sched/operation.h: what can be submitted.
//
// The scheduler knows no kernels: an operation is accesses plus work that a backend can do, so a
// launch, a library call, a copy and a fill take one path.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <variant>

#include "backend/backend.h"
#include "base/access.h"
#include "base/error.h"
#include "graph/node_table.h"

namespace sennit {

enum class OperationKind : std::uint8_t {
  Launch,
  Copy,       // between arrays, asked for by the user
  Fill,       // asked for by the user
  HostCall,   // a host function in the DAG
  Transfer,   // between replicas of one array, added by the scheduler
  HostRead,   // by the calling thread: never a node, observers see it
  HostWrite,  // likewise
};
std::string_view name_of(OperationKind kind);

// A kernel on whichever device it is placed.
class FunctionSource {
 public:
  virtual ~FunctionSource() = default;
  // The kernel on `device` (the runtime's ordinal); nullptr while it is not loaded there.
  virtual Function* find(int device) const = 0;
  // Loads it there. Takes milliseconds: called without the scheduler's lock.
  virtual void load(int device) = 0;
};

struct LaunchWork {
  FunctionSource* source = nullptr;
  LaunchConfig config;
  std::span<std::byte> parameters;  // packed; pointers are filled in by the scheduler
  std::span<const std::uint32_t> offsets;
  std::span<const PointerPatch> patches;
};

struct CopyWork {
  ArrayPlace to, from;
  std::size_t bytes = 0;
};

struct FillWork {
  ArrayPlace to;
  std::size_t bytes = 0;
  std::array<std::byte, 16> pattern{};
  std::uint32_t pattern_bytes = 1;
};

// Runs on a thread of the backend, with the arrays' host replicas. `addresses` has one entry for
// each access of the operation: its storage's first byte on the host.
struct HostCallWork {
  // Kept until the operation is done. `run` must not call sennit.
  class Call {
   public:
    virtual ~Call() = default;
    virtual void run(std::span<std::byte* const> addresses) = 0;
  };
  std::shared_ptr<Call> call;
};

using Work = std::variant<LaunchWork, CopyWork, FillWork, HostCallWork>;

// Read during `submit` only.
struct Operation {
  static constexpr int kAnyDevice = -1;

  OperationKind kind = OperationKind::Launch;
  const char* label = "";  // interned: outlives the node
  SourceLocation where;    // the user's submitting call
  std::span<const Access> accesses;
  // Arrays of the work that take no part in dependencies: their bytes are brought to the device
  // if they were never there, and that is all. With mode None they only have memory there.
  std::span<const Access> untracked;
  Work work;
  // It may touch every storage whose address somebody knows, beside `accesses`.
  bool touches_known = false;
  int device = kAnyDevice;        // one that the caller asks for; shared memory is used where it is
  std::span<const NodeId> after;  // further nodes that must be done first

  std::size_t touched_bytes() const {
    std::size_t bytes = 0;
    for (const Access& access : accesses) bytes += access.range.size();
    return bytes;
  }
};

}  // namespace sennit
