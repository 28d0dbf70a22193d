// access_agreement/compiled_corpus.h: the corpus in the hands of both compilers, and their answers.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "access/corpus.h"
#include "access/corpus_ptx.h"
#include "backend/backend.h"
#include "backend/cpu/compiler/tuning.h"

namespace sennit::access_corpus {

// In the order of the file.
std::vector<const CorpusKernel*> kernels_for_cpu(const CorpusFile& file);

CompileRequest request_for_cpu(const CorpusFile& file);
Image compile_for_cpu(const CorpusFile& file, const cpu::CompileTuning& tuning = {});

// What the analysis of PTX says, by file and name expression: "pointers.cu: copy". Empty where
// there is no NVRTC, and then `why` says so.
std::map<std::string, KernelAccess> answers_from_ptx(const Target& target, std::string& why);
std::string key_of(const CorpusFile& file, const CorpusKernel& kernel);

}  // namespace sennit::access_corpus
