// benchmarks/suite/problems/kernel_source.cpp: reads the sources of kernels. Alone in its file, so
// that a test of the programs can put other sources in its place.
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "problem.h"

namespace suite {

std::string kernel_source(const std::string& file) {
  const std::string path = std::string(SENNIT_SUITE_DIR) + "/kernels/" + file;
  std::ifstream in(path);
  if (!in) throw std::runtime_error("cannot read '" + path + "'; it belongs to the suite's source");
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace suite
