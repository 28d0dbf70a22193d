// kernel/kernel.h: one kernel of a program: its signature, and its function on each device.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "backend/backend.h"
#include "kernel/program.h"
#include "kernel/signature.h"
#include "kernel/signature_parser.h"

namespace sennit {

// The signature of the kernel that `name` means in the source of `request`: from `text` in either
// syntax, or, where that is empty, from the source itself. A text that disagrees with the source
// about the number of parameters or their bytes is refused.
// Raises InvalidArgument.
Signature kernel_signature(const CompileRequest& request, std::string_view name,
                           std::string_view text, SignatureDialect dialect);

// Constant after construction but for the functions, which appear as devices load them.
class Kernel {
 public:
  // `name` is among the names of the program's request.
  Kernel(std::shared_ptr<Program> program, std::string name, Signature signature);

  const std::string& name() const { return name_; }
  const Signature& signature() const { return signature_; }
  Program& program() const { return *program_; }
  const std::shared_ptr<Program>& shared_program() const { return program_; }

  // The kernel on a device; nullptr before `load`. One acquiring load: called at every launch.
  Function* find(int device) const {
    return functions_[static_cast<std::size_t>(device)].load(std::memory_order_acquire);
  }
  // `find`, compiled and loaded if need be. Any thread; waits while another thread does it.
  Function& load(int device);

 private:
  const std::shared_ptr<Program> program_;
  const std::string name_;
  const Signature signature_;
  std::vector<std::atomic<Function*>> functions_;  // one for each device
};

}  // namespace sennit
