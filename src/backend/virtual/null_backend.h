// backend/virtual/null_backend.h: a machine that counts commands and runs none, for measuring what
// the runtime itself costs.
//
// Events are done when asked, unless the machine is told to be slow. Device memory is an address
// and nothing more: nobody may look at it. Host memory is real. A call costs a few ns: no lock, no
// heap allocation.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backend/backend.h"
#include "backend/virtual/call_counts.h"

namespace sennit {

struct NullOptions {
  int devices = 1;
  bool shares_host_memory = false;
  std::optional<double> typical_us;  // of every kernel
  bool slow = false;                 // nothing is done before somebody waits for it
};

struct NullCounters;

class NullBackend final : public Backend {
 public:
  explicit NullBackend(const NullOptions& options = {});
  ~NullBackend() override;

  std::string_view name() const override { return "null"; }
  std::span<Device* const> devices() override;
  // Every name exists.
  Image compile(const CompileRequest& request, const Device& device) override;
  std::string compiler_key() const override { return {}; }  // compiles nothing

  // Exact as long as one thread calls.
  CallCounts counts() const;

 private:
  std::unique_ptr<NullCounters> counters_;
  std::vector<std::unique_ptr<Device>> devices_;
  std::vector<Device*> device_pointers_;
};

}  // namespace sennit
