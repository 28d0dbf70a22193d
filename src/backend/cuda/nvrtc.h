// backend/cuda/nvrtc.h: NVIDIA's run-time compiler, opened at run time.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sennit::cuda {

using nvrtcProgram = struct _nvrtcProgram*;
enum nvrtcResult : int { NVRTC_SUCCESS = 0, NVRTC_ERROR_COMPILATION = 6 };

// X(name, result type, parameters)
#define SENNIT_NVRTC_SYMBOLS(X)                                                          \
  X(nvrtcVersion, nvrtcResult, (int* major, int* minor))                                 \
  X(nvrtcGetErrorString, const char*, (nvrtcResult result))                              \
  X(nvrtcGetNumSupportedArchs, nvrtcResult, (int* count))                                \
  X(nvrtcGetSupportedArchs, nvrtcResult, (int* architectures))                           \
  X(nvrtcCreateProgram, nvrtcResult,                                                     \
    (nvrtcProgram * program, const char* source, const char* name, int header_count,     \
     const char* const* headers, const char* const* header_names))                       \
  X(nvrtcDestroyProgram, nvrtcResult, (nvrtcProgram * program))                          \
  X(nvrtcAddNameExpression, nvrtcResult, (nvrtcProgram program, const char* expression)) \
  X(nvrtcCompileProgram, nvrtcResult,                                                    \
    (nvrtcProgram program, int option_count, const char* const* options))                \
  X(nvrtcGetProgramLogSize, nvrtcResult, (nvrtcProgram program, std::size_t* bytes))     \
  X(nvrtcGetProgramLog, nvrtcResult, (nvrtcProgram program, char* log))                  \
  X(nvrtcGetLoweredName, nvrtcResult,                                                    \
    (nvrtcProgram program, const char* expression, const char** lowered))                \
  X(nvrtcGetPTXSize, nvrtcResult, (nvrtcProgram program, std::size_t* bytes))            \
  X(nvrtcGetPTX, nvrtcResult, (nvrtcProgram program, char* ptx))                         \
  X(nvrtcGetCUBINSize, nvrtcResult, (nvrtcProgram program, std::size_t* bytes))          \
  X(nvrtcGetCUBIN, nvrtcResult, (nvrtcProgram program, char* cubin))

// What one compilation makes.
struct NvrtcResult {
  std::vector<std::pair<std::string, std::string>> names;  // name expression, lowered name
  std::string ptx;
  std::vector<std::byte> cubin;
  std::string log;  // warnings
};

// Where the libraries of a CUDA toolkit are.
struct ToolkitSearch {
  std::string nvrtc;        // a file; empty: search
  std::string cuda_home;    // "/usr/local/cuda"; empty: none
  std::string nvjitlink{};  // a file; empty: search, at first beside NVRTC
};

// Files to try for a library, best first, where none is named: one that the process has loaded;
// Python's CUDA wheels beside libsennit; `cuda_home`; the loader's, which are names without '/'.
// `wheel`: the folder of CUDA 12's wheel, "cuda_nvrtc".
std::vector<std::string> toolkit_libraries(const std::string& cuda_home,
                                           std::span<const char* const> names,
                                           std::string_view wheel);

struct Nvrtc {
#define SENNIT_NVRTC_MEMBER(name, type, parameters) type(*name) parameters = nullptr;
  SENNIT_NVRTC_SYMBOLS(SENNIT_NVRTC_MEMBER)
#undef SENNIT_NVRTC_MEMBER
  int major = 0, minor = 0;
  std::string path;                       // of the library
  std::vector<std::string> include_dirs;  // CUDA's own headers of the same installation
  std::vector<int> architectures;         // 90 for sm_90; ascending

  // The first compiler that fits `driver_version` (its CUDA is no newer: machine code of a newer
  // one may be refused) among: `search.nvrtc`, if it is named the only one; `toolkit_libraries`.
  // Opened once and kept for the life of the process. Raises Unavailable, listing what was tried.
  static const Nvrtc& open(const ToolkitSearch& search, int driver_version);

  // Compiles for compute capability `architecture` (90). PTX and machine code come from one
  // compilation. Raises CompileFailed with the compiler's log. Any thread.
  NvrtcResult compile(const std::string& source, const std::string& source_name,
                      const std::vector<std::string>& names,
                      const std::vector<std::string>& options, int architecture) const;
};

}  // namespace sennit::cuda
