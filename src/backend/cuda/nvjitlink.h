// backend/cuda/nvjitlink.h: NVIDIA's linker, which assembles PTX, opened at run time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "backend/cuda/nvrtc.h"

namespace sennit::cuda {

using nvJitLinkHandle = struct nvJitLink*;
enum nvJitLinkResult : int { NVJITLINK_SUCCESS = 0 };
enum nvJitLinkInputType : int { NVJITLINK_INPUT_PTX = 2 };

// X(name, parameters)
#define SENNIT_NVJITLINK_SYMBOLS(X)                                                                \
  X(nvJitLinkVersion, (unsigned* major, unsigned* minor))                                          \
  X(nvJitLinkCreate, (nvJitLinkHandle * handle, std::uint32_t option_count, const char** options)) \
  X(nvJitLinkDestroy, (nvJitLinkHandle * handle))                                                  \
  X(nvJitLinkAddData, (nvJitLinkHandle handle, nvJitLinkInputType type, const void* data,          \
                       std::size_t bytes, const char* name))                                       \
  X(nvJitLinkComplete, (nvJitLinkHandle handle))                                                   \
  X(nvJitLinkGetLinkedCubinSize, (nvJitLinkHandle handle, std::size_t* bytes))                     \
  X(nvJitLinkGetLinkedCubin, (nvJitLinkHandle handle, void* cubin))                                \
  X(nvJitLinkGetErrorLogSize, (nvJitLinkHandle handle, std::size_t* bytes))                        \
  X(nvJitLinkGetErrorLog, (nvJitLinkHandle handle, char* log))

struct NvJitLink {
#define SENNIT_NVJITLINK_MEMBER(name, parameters) nvJitLinkResult(*name) parameters = nullptr;
  SENNIT_NVJITLINK_SYMBOLS(SENNIT_NVJITLINK_MEMBER)
#undef SENNIT_NVJITLINK_MEMBER
  unsigned major = 0, minor = 0;
  std::string path;  // of the library

  // The first linker that fits `driver_version` and, where a compiler is given, has its version,
  // among: `search.nvjitlink`, if it is named the only one; beside the compiler, or beside
  // `search.nvrtc`; `toolkit_libraries`. nullptr if there is none. Opened once and kept for the
  // life of the process. Any thread.
  static const NvJitLink* find(const ToolkitSearch& search, int driver_version,
                               const Nvrtc* compiler);

  // Machine code for "sm_90" of PTX. `options` are the linker's own: "-lineinfo". Empty, and `log`
  // says why, if it refuses. Any thread.
  std::vector<std::byte> assemble(const std::string& ptx, const std::string& architecture,
                                  std::span<const std::string> options, std::string& log) const;
};

}  // namespace sennit::cuda
