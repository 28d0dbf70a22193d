// benchmarks/suite/results.h: lines of results, one JSON object each.
#pragma once

#include <cstdio>
#include <string>

#include "measure.h"

namespace suite {

// What was measured on.
struct Machine {
  std::string device;
  std::string cuda;  // what the driver is for, "13.0"; empty: no CUDA
};

// Appends to two files of a folder: <device>.jsonl has a line for each measurement,
// <device>.samples.jsonl the single times, in the order of the iterations. <device>.machine.json
// says what the device is.
class Results {
 public:
  // An empty folder: nothing is written.
  Results(const std::string& folder, const Machine& machine, std::string commit);
  ~Results();
  Results(const Results&) = delete;
  Results& operator=(const Results&) = delete;

  void add(const std::string& benchmark, std::int64_t size, const Contender& measured);

 private:
  std::FILE* lines_ = nullptr;
  std::FILE* samples_ = nullptr;
  std::string commit_;
};

// "NVIDIA H200" -> "nvidia-h200"
std::string file_name_of(const std::string& device);

}  // namespace suite
