#include "access/corpus_ptx.h"

#include <map>

#include "backend/cuda/nvrtc.h"
#include "base/error.h"
#include "base/options.h"

namespace sennit::access_corpus {
namespace {

constexpr int kDriverVersion = 13000;  // no compiler is too new for a driver that is not there

CompiledFile compile(const cuda::Nvrtc& nvrtc, const CorpusFile& file, const Target& target) {
  std::vector<std::string> names;
  for (const CorpusKernel& kernel : file.kernels) names.push_back(kernel.name);
  cuda::NvrtcResult result =
      nvrtc.compile(file.source, file.name, names, target.options, target.architecture);
  CompiledFile compiled{&file, std::move(result.ptx), {}};
  for (auto& [name, lowered] : result.names) compiled.lowered.push_back(std::move(lowered));
  return compiled;
}

}  // namespace

std::vector<Target> targets() {
  return {{"sm_90", 90, {"-lineinfo", "--std=c++17"}},
          {"sm_100", 100, {"-lineinfo", "--std=c++17"}},
          {"sm_90 for debugging", 90, {"-G", "--std=c++17"}}};
}

const std::vector<CompiledFile>& compiled_corpus(const Target& target, std::string& why) {
  static const auto& files = *new std::vector<CorpusFile>(read_corpus());
  static auto& compiled = *new std::map<std::string, std::vector<CompiledFile>>;
  std::vector<CompiledFile>& result = compiled[target.name];
  if (!result.empty()) return result;
  const cuda::Nvrtc* nvrtc = nullptr;
  try {
    const Options environment = Options::from_environment();
    nvrtc = &cuda::Nvrtc::open({environment.nvrtc_library, environment.cuda_home}, kDriverVersion);
  } catch (const Error& error) {
    why = error.what();
    return result;
  }
  for (const CorpusFile& file : files) result.push_back(compile(*nvrtc, file, target));
  return result;
}

}  // namespace sennit::access_corpus
