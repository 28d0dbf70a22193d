// backend/cpu/kernel_corpus.h: runs kernels of testdata/ and checks what they leave behind.
//
// A case names a file, a kernel of it and a configuration, and a function that launches it on
// data of its own and compares with plain C++. Every case runs twice: as fast as the backend
// can, and lane by lane.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "backend/cpu/block_runner.h"

namespace sennit::cpu {

// Launches the kernel of a case.
class CorpusKernel {
 public:
  CorpusKernel(const CompiledKernel& kernel, LaunchConfig config, BlockRunner::Mode mode)
      : kernel_(kernel), config_(config), mode_(mode) {}

  // One argument for each parameter, of exactly its type. Blocks until the kernel is done.
  template <typename... Arguments>
  void operator()(const Arguments&... arguments) const {
    const std::array<const void*, sizeof...(Arguments)> addresses = {&arguments...};
    const std::array<std::size_t, sizeof...(Arguments)> bytes = {sizeof(Arguments)...};
    launch(addresses, bytes);
  }

  const LaunchConfig& config() const { return config_; }
  int threads() const { return static_cast<int>(config_.grid.count() * config_.block.count()); }

 private:
  void launch(std::span<const void* const> addresses, std::span<const std::size_t> bytes) const;

  const CompiledKernel& kernel_;
  LaunchConfig config_;
  BlockRunner::Mode mode_;
};

struct CorpusCase {
  std::string file;    // in testdata/
  std::string kernel;  // name expression
  LaunchConfig config;
  std::function<void(const CorpusKernel&)> check;
  std::vector<std::string> options = {};
};

// Adds the cases of one file to the suite; for a variable at namespace scope.
bool add_corpus(std::vector<CorpusCase> cases);

inline LaunchConfig blocks_of(std::uint32_t blocks, std::uint32_t threads,
                              std::uint32_t shared_bytes = 0) {
  return {.grid = {blocks, 1, 1}, .block = {threads, 1, 1}, .shared_bytes = shared_bytes};
}

// 0, 1, 2 ... mapped by `function`.
template <typename T, typename Function>
std::vector<T> make(int count, Function function) {
  std::vector<T> values;
  for (int i = 0; i < count; ++i) values.push_back(static_cast<T>(function(i)));
  return values;
}

}  // namespace sennit::cpu
