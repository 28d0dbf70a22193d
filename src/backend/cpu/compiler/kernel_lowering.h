// backend/cpu/compiler/kernel_lowering.h: from one thread's code to regions that run many.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "backend/cpu/compiler/tuning.h"
#include "backend/cpu/kernel_abi.h"

namespace llvm {
class Function;
class Module;
}  // namespace llvm

namespace sennit::cpu {

struct LoweredState {
  StateKind kind = StateKind::Start;
  bool whole_warp = true;
};

// What the block runner needs to know beside the code (see CompiledKernel).
struct LoweredKernel {
  std::string symbol;  // the region of state s is the function <symbol>_<s>
  std::vector<LoweredState> states;
  std::uint64_t frame_bytes = 0;
  std::uint64_t uniform_bytes = 0;
  std::uint64_t static_shared_bytes = 0;
  bool uses_warps = false;
  bool uses_grid_sync = false;
};

// Raises CompileFailed, with the function's name, if a thread's index, shared memory, a barrier or
// a failure is used in a function that could not be inlined into its kernel, Unsupported if a
// kernel has local arrays of a size that is known only as it runs.
void check_inlined(const llvm::Module& module);

// Replaces `kernel`, a `void()` into which all that it calls and that uses hooks has been inlined,
// by its regions. REQUIRES: simplified code without switches.
LoweredKernel lower_kernel(llvm::Function& kernel, const CompileTuning& tuning);

std::string region_symbol(const std::string& kernel_symbol, std::size_t state);

}  // namespace sennit::cpu
