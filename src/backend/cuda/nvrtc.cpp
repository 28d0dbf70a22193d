// backend/cuda/nvrtc.cpp: one compilation, from source to machine code.
#include "backend/cuda/nvrtc.h"

#include <algorithm>
#include <string_view>

#include "base/error.h"
#include "base/text.h"

namespace sennit::cuda {
namespace {

class Program {
 public:
  Program(const Nvrtc& nvrtc, const std::string& source, const std::string& name) : nvrtc_(nvrtc) {
    check(nvrtc.nvrtcCreateProgram(&program_, source.c_str(), name.c_str(), 0, nullptr, nullptr));
  }
  ~Program() { nvrtc_.nvrtcDestroyProgram(&program_); }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  nvrtcProgram get() const { return program_; }
  void check(nvrtcResult result) const {
    if (result == NVRTC_SUCCESS) return;
    fail(format("NVRTC: {}", nvrtc_.nvrtcGetErrorString(result)));
  }

 private:
  const Nvrtc& nvrtc_;
  nvrtcProgram program_ = nullptr;
};

std::string log_of(const Nvrtc& nvrtc, const Program& program) {
  std::size_t bytes = 0;
  program.check(nvrtc.nvrtcGetProgramLogSize(program.get(), &bytes));
  std::string log(bytes, '\0');
  if (bytes > 0) program.check(nvrtc.nvrtcGetProgramLog(program.get(), log.data()));
  while (!log.empty() && (log.back() == '\0' || log.back() == '\n')) log.pop_back();
  return log;
}

bool names_architecture(std::string_view option) {
  return option.starts_with("--gpu-architecture") || option.starts_with("-arch");
}

// Machine code for the device where this compiler knows it, else PTX for the newest that it knows.
std::string architecture_option(const Nvrtc& nvrtc, int architecture) {
  const auto& known = nvrtc.architectures;
  if (known.empty() || std::binary_search(known.begin(), known.end(), architecture)) {
    return format("--gpu-architecture=sm_{}", architecture);
  }
  const auto newer = std::upper_bound(known.begin(), known.end(), architecture);
  if (newer == known.begin()) {
    raise(ErrorCode::Unsupported,
          format("NVRTC {}.{} ('{}') compiles for compute capability {} and newer; this device has "
                 "{}: install an older CUDA",
                 nvrtc.major, nvrtc.minor, nvrtc.path, known.front(), architecture));
  }
  return format("--gpu-architecture=compute_{}", *(newer - 1));
}

}  // namespace

NvrtcResult Nvrtc::compile(const std::string& source, const std::string& source_name,
                           const std::vector<std::string>& names,
                           const std::vector<std::string>& options, int architecture) const {
  const Program program(*this, source, source_name);
  for (const std::string& name : names) {
    program.check(nvrtcAddNameExpression(program.get(), name.c_str()));
  }
  std::vector<std::string> all = options;
  if (std::none_of(options.begin(), options.end(), names_architecture)) {
    all.push_back(architecture_option(*this, architecture));
  }
  // After the user's own folders.
  for (const std::string& folder : include_dirs) all.push_back("--include-path=" + folder);
  std::vector<const char*> pointers;
  for (const std::string& option : all) pointers.push_back(option.c_str());

  const nvrtcResult compiled =
      nvrtcCompileProgram(program.get(), static_cast<int>(pointers.size()), pointers.data());
  NvrtcResult result;
  result.log = log_of(*this, program);
  if (compiled != NVRTC_SUCCESS) {
    raise(ErrorCode::CompileFailed,
          format("compiling {} with NVRTC {}.{}: {}\n{}", source_name, major, minor,
                 nvrtcGetErrorString(compiled), result.log));
  }
  for (const std::string& name : names) {
    const char* lowered = nullptr;
    program.check(nvrtcGetLoweredName(program.get(), name.c_str(), &lowered));
    result.names.emplace_back(name, lowered);
  }
  std::size_t bytes = 0;
  program.check(nvrtcGetPTXSize(program.get(), &bytes));
  result.ptx.resize(bytes);
  program.check(nvrtcGetPTX(program.get(), result.ptx.data()));
  while (!result.ptx.empty() && result.ptx.back() == '\0') result.ptx.pop_back();
  if (nvrtcGetCUBINSize(program.get(), &bytes) == NVRTC_SUCCESS && bytes > 0) {
    result.cubin.resize(bytes);
    program.check(nvrtcGetCUBIN(program.get(), reinterpret_cast<char*>(result.cubin.data())));
  }
  return result;
}

}  // namespace sennit::cuda
