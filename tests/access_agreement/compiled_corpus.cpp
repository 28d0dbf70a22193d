// access_agreement/compiled_corpus.cpp: the corpus in the hands of both compilers, and their
// answers.
#include "access_agreement/compiled_corpus.h"

#include <utility>

#include "backend/cpu/compiler/compiler.h"
#include "backend/cuda/ptx/access.h"
#include "backend/cuda/ptx/parser.h"
#include "base/text.h"

namespace sennit::access_corpus {

std::vector<const CorpusKernel*> kernels_for_cpu(const CorpusFile& file) {
  std::vector<const CorpusKernel*> kernels;
  for (const CorpusKernel& kernel : file.kernels)
    if (!kernel.cuda_only) kernels.push_back(&kernel);
  return kernels;
}

CompileRequest request_for_cpu(const CorpusFile& file) {
  CompileRequest request;
  request.source = file.source;
  request.source_name = file.name;
  for (const CorpusKernel* kernel : kernels_for_cpu(file)) request.names.push_back(kernel->name);
  return request;
}

Image compile_for_cpu(const CorpusFile& file, const cpu::CompileTuning& tuning) {
  return cpu::compile(request_for_cpu(file), tuning);
}

std::string key_of(const CorpusFile& file, const CorpusKernel& kernel) {
  return format("{}: {}", file.name, kernel.name);
}

std::map<std::string, KernelAccess> answers_from_ptx(const Target& target, std::string& why) {
  std::map<std::string, KernelAccess> answers;
  for (const CompiledFile& compiled : compiled_corpus(target, why)) {
    std::map<std::string, KernelAccess> by_symbol;
    for (KernelAccess& access : cuda::ptx::infer_access(cuda::ptx::parse(compiled.ptx)))
      by_symbol[access.kernel] = std::move(access);
    for (std::size_t i = 0; i < compiled.lowered.size(); ++i)
      answers[key_of(*compiled.file, compiled.file->kernels[i])] =
          std::move(by_symbol.at(compiled.lowered[i]));
  }
  return answers;
}

}  // namespace sennit::access_corpus
