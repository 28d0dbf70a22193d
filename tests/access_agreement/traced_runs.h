// access_agreement/traced_runs.h: corpus kernels really run, on random data, and watched.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "access/corpus.h"
#include "backend/cpu/compiler/frontend.h"
#include "backend/cpu/compiler/loader.h"

namespace sennit::access_corpus {

struct Touched {
  bool read = false;
  bool written = false;
};

// What one or more runs of a kernel touched.
struct Trace {
  std::vector<Touched> parameters;           // the array of each; of a number nothing
  std::map<std::string, Touched> variables;  // by the name that the module gives them
  // "x is touched 8 bytes beyond its end": the run was not a fair one. Empty: none was.
  std::string out_of_bounds;
};

// All kernels of one file, compiled so that they tell their accesses.
class TracedFile {
 public:
  explicit TracedFile(const CorpusFile& file);

  // Why it cannot be run on made-up data; empty if it can.
  std::string reason_not_to_run(const CorpusKernel& kernel) const;
  // Runs the i-th kernel of kernels_for_cpu and adds to `trace`. `size` is what its parameters
  // that are numbers get, and more than its indices in memory.
  void run(std::size_t i, int size, std::uint64_t seed, Trace& trace);

 private:
  std::vector<cpu::EntryPoint> entry_points_;
  std::unique_ptr<cpu::LoadedModule> module_;
};

}  // namespace sennit::access_corpus
