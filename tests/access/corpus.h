// access/corpus.h: kernels whose accesses are known by hand, to compare analyses with.
//
// A line before each kernel of corpus/*.cu says what it does, whatever a compiler makes of it:
//
//   //@ kernel scale<float, 4>: x=readwrite n=value globals counter=readwrite touches-untracked
//
// first the name expression, then its parameters in order with one use each, then `globals` and the
// module's variables that it touches, then flags: touches-untracked, cuda-only (not for other
// backends), old=x,y (reads_old_contents of these parameters and of no other; without the flag it
// is not compared).
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sennit::access_corpus {

enum class Use {
  Value,   // a number or a struct
  Unused,  // a pointer that is never followed
  Read,
  Write,
  ReadWrite,
  Escapes,
};

struct CorpusKernel {
  std::string name;
  std::vector<std::pair<std::string, Use>> parameters;  // in order
  std::vector<std::pair<std::string, Use>> variables;   // sorted by name
  bool touches_untracked = false;
  bool cuda_only = false;
  std::optional<std::vector<std::string>> old_contents;  // names of parameters
  int line = 0;                                          // of the annotation
};

struct CorpusFile {
  std::string name;  // "pointers.cu"
  std::string source;
  std::vector<CorpusKernel> kernels;
};

// All files, sorted by name. Raises InvalidArgument, naming file and line, at an annotation that is
// not of this form.
std::vector<CorpusFile> read_corpus();

}  // namespace sennit::access_corpus
