// access_agreement/answers.h: what an analysis says of a corpus kernel, beside what is true.
#pragma once

#include <string>

#include "access/corpus.h"
#include "backend/kernel_access.h"

namespace sennit::access_corpus {

// As the corpus writes it: "x=readwrite n=value globals counter=write touches-untracked old=x".
std::string written(const CorpusKernel& kernel);
std::string written(const CorpusKernel& kernel, const KernelAccess& answer);

// Nothing that the kernel does is missing in the answer; else what is, in words.
std::string unsound_part(const CorpusKernel& kernel, const KernelAccess& answer);

}  // namespace sennit::access_corpus
