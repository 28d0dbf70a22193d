// runtime/host_call.h: a function of the host as an operation: it runs when its arrays are ready.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "base/access.h"
#include "graph/node_table.h"
#include "runtime/array.h"

namespace sennit {

struct HostCallArray {
  const Array* array = nullptr;
  AccessMode mode = AccessMode::ReadWrite;  // Read or ReadWrite
};

// What is to be run, on a thread of the backend. It must not call sennit, nor the CUDA driver.
class HostFunction {
 public:
  virtual ~HostFunction() = default;
  // `arrays`: of each array that was given, its first element in the host's memory.
  virtual void run(std::span<std::byte* const> arrays) = 0;
};

// Submits `function` and returns at once. The arrays, of one runtime, are brought to the host; an
// array may be given twice. It runs after `after`, too. An exception of `function` is the
// operation's failure. `label` is shown in traces and messages.
NodeId call_on_host(Runtime& runtime, const std::string& label,
                    std::span<const HostCallArray> arrays, std::shared_ptr<HostFunction> function,
                    std::span<const NodeId> after = {});

}  // namespace sennit
