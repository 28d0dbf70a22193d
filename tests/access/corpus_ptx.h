// access/corpus_ptx.h: the corpus as PTX, compiled by NVIDIA's compiler where it is installed.
#pragma once

#include <string>
#include <vector>

#include "access/corpus.h"

namespace sennit::access_corpus {

// One way to compile. The compiler has two front ends: code for devices before compute capability
// 10.0 does not say which parameters are pointers.
struct Target {
  const char* name;
  int architecture;
  std::vector<std::string> options;
};
std::vector<Target> targets();

struct CompiledFile {
  const CorpusFile* file = nullptr;
  std::string ptx;
  std::vector<std::string> lowered;  // by kernel
};

// Empty where there is no NVRTC, and then `why` says so. Compiled once for the process.
const std::vector<CompiledFile>& compiled_corpus(const Target& target, std::string& why);

}  // namespace sennit::access_corpus
