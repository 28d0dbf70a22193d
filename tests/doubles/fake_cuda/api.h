// fake_cuda/api.h: the functions of the driver, and what they share.
//
// They run with the machine's lock, after the checks that all have in common (table.cpp), and throw
// Refused for every result but success and "not ready".
#pragma once

#include <cstdint>

#include "fake_cuda/machine.h"

namespace fake_cuda {

namespace api {
#define FAKE_CUDA_DECLARE(name, version, parameters) CUresult name parameters;
SENNIT_CUDA_REQUIRED(FAKE_CUDA_DECLARE)
SENNIT_CUDA_OPTIONAL(FAKE_CUDA_DECLARE)
#undef FAKE_CUDA_DECLARE
}  // namespace api

struct TableEntry {
  const char* name;
  int version;  // of the driver that has it first
  void* function;
};
// In the order of Api.
const std::vector<TableEntry>& table();

// A wait in a stream that is captured, or for an event that was recorded in a capture.
void wait_in_capture(Machine& m, const StreamPtr& stream, const Event& event);
std::size_t add_node(Graph& graph, GraphNode node);

// ---- Work (work.cpp); all refuse what cannot be queued -----------------------------------------

struct Launch {
  CUfunction function = nullptr;
  unsigned grid[3] = {1, 1, 1};
  unsigned block[3] = {1, 1, 1};
  unsigned shared_bytes = 0;
  bool cooperative = false;
  void** parameters = nullptr;
  void** extra = nullptr;
};
Work launch_work(Machine& m, const Context& context, const Launch& launch);
// A copy whose memory the addresses tell.
Work copy_work(Machine& m, CUdeviceptr to, CUdeviceptr from, std::size_t bytes);
struct Fill {
  CUdeviceptr to = 0;
  std::size_t pitch = 0;  // bytes, between rows
  unsigned value = 0;
  std::size_t element_bytes = 1;
  std::size_t width = 0;   // elements
  std::size_t height = 1;  // rows
};
Work fill_work(Machine& m, const Context& context, const Fill& fill);
Work host_work(CUhostFn function, void* user);

}  // namespace fake_cuda
