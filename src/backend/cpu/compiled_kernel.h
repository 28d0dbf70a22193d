// backend/cpu/compiled_kernel.h: a kernel as loaded code, with all that running it needs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "backend/cpu/kernel_abi.h"

namespace sennit::cpu {

struct KernelState {
  StateKind kind = StateKind::Start;
  bool whole_warp = true;           // of a Warp state: the mask is known to name all 32 lanes
  RegionFunction region = nullptr;  // the code from this state to the next ones
};

// Points into the code of the LoadedModule that made it, and lives as long.
struct CompiledKernel {
  std::string name;                            // as the user gave it, e.g. "scale<float, 4>"
  std::string lowered_name;                    // mangled: "_Z5scaleIfLi4EEvPfi"
  std::vector<KernelState> states;             // states[0] is the kernel's start
  std::size_t frame_bytes = 0;                 // of one thread
  std::size_t uniform_bytes = 0;               // of one set of uniform values; a multiple of 16
  std::size_t static_shared_bytes = 0;         // of one block; a multiple of 64
  std::vector<std::uint32_t> parameter_bytes;  // one for each kernel parameter
  std::uint32_t max_threads = kMaxThreadsPerBlock;  // of a block; __launch_bounds__ lowers it
  bool uses_warps = false;                          // it has shuffles, votes or __syncwarp
  bool uses_grid_sync = false;                      // must be launched as a cooperative grid
};

}  // namespace sennit::cpu
