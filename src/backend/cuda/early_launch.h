// backend/cuda/early_launch.h: kernels that may be launched before those in front of them have
// ended, because they wait for that themselves.
//
// A launch takes the device about a microsecond that it can spend while the kernel in front still
// runs, if every thread begins with griddepcontrol.wait: it goes on when all grids in front have
// ended and what they wrote is visible. Three parts see to it: here the instruction is put into
// PTX, sass.h looks whether the machine code that is loaded has it, and streams and graphs then
// say to the driver which launches need not be held back (docs/design/early-launch.md).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "backend/cuda/ptx/module.h"

namespace sennit::cuda {

struct WaitingPtx {
  std::string ptx;
  std::vector<std::string> kernels;  // that wait, by symbol; at least one
  std::string target;                // "sm_90a"
};

// `module` with the wait at the entry of every kernel that a launch may then leave to it. Others
// stay as they are: those that read through caches which only an ordinary launch empties. nullopt
// if none is left, or the module is for devices without such launches.
std::optional<WaitingPtx> with_waits(ptx::Module module);

// What the assembler of the rewritten PTX must be told, of the options that NVRTC was given;
// nullopt if it cannot make what they ask for: code for a debugger, for linking later.
std::optional<std::vector<std::string>> assembler_options(std::span<const std::string> options);

}  // namespace sennit::cuda
