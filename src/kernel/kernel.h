// kernel/kernel.h: one kernel of a program: its signature, and its function on each device.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "backend/backend.h"
#include "base/mutex.h"
#include "kernel/access_narrowing.h"
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

// The signature that ready code itself tells: pointers to anything, numbers by their size, structs
// as bytes. Raises InvalidArgument where it does not tell, as machine code, of which at most the
// parameters' bytes are known, and what loading it raises.
Signature code_signature(Program& program, std::string_view name);

// What is known of a kernel when it is launched.
struct KernelFacts {
  Signature signature;
  std::string signature_text;
  // Launches may touch arrays that are no arguments, but whose address somebody has.
  bool touches_untracked = false;
  // Launches depend on earlier ones through variables of the code that they write.
  bool writes_variables = false;
  std::vector<std::uint32_t> escaping;  // parameters whose address outlives a launch, from 0

  // A launch touches more than its arguments say, or lets others do so.
  bool has_implicit_accesses() const {
    return touches_untracked || writes_variables || !escaping.empty();
  }
};

// Constant after construction but for what is learned from the code, and for the functions, which
// appear as devices load them.
class Kernel {
 public:
  // `name` is among the names of the program's request.
  Kernel(std::shared_ptr<Program> program, std::string name, Signature declared,
         DeclaredBy declared_by);

  const std::string& name() const { return name_; }
  Program& program() const { return *program_; }
  const std::shared_ptr<Program>& shared_program() const { return program_; }

  // What the declaration says, before `resolve`, and then what the code shows. Any thread.
  const KernelFacts& facts() const { return *facts_.load(std::memory_order_acquire); }
  // The facts, with what the code does to its arguments, which compiles it. One acquiring load once
  // that is known; else waits while another thread finds out.
  // Raises what compiling raises, and InvalidArgument where the declaration says otherwise.
  const KernelFacts& resolve() {
    const KernelFacts* known = facts_.load(std::memory_order_acquire);
    return known == &declared_ ? find_out() : *known;
  }

  // The kernel on a device; nullptr before `load`. One acquiring load: called at every launch.
  Function* find(int device) const {
    return functions_[static_cast<std::size_t>(device)].load(std::memory_order_acquire);
  }
  // `find`, compiled and loaded if need be. Any thread; waits while another thread does it.
  // Raises InvalidArgument where the machine code has other parameters than were declared.
  Function& load(int device);

 private:
  const KernelFacts& find_out();

  const std::shared_ptr<Program> program_;
  const std::string name_;
  const DeclaredBy declared_by_;
  const KernelFacts declared_;
  std::atomic<const KernelFacts*> facts_;
  std::vector<std::atomic<Function*>> functions_;  // one for each device

  Mutex mutex_;
  std::unique_ptr<const KernelFacts> found_ SENNIT_GUARDED_BY(mutex_);
};

}  // namespace sennit
