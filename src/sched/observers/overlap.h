// sched/observers/overlap.h: how much of a recorded run happened at the same time.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "sched/observers/trace.h"

namespace sennit {

// Shares are of the time of the kind named first, 0 to 1, as in Parravicini et al., "DAG-based
// Scheduling with Resource Sharing for Multi-task Applications in a Polyglot GPU Runtime" (IPDPS
// 2021), section V.
struct Overlap {
  std::size_t kernels = 0;
  std::size_t transfers = 0;
  std::uint64_t transfer_bytes = 0;
  std::size_t host_accesses = 0;
  std::size_t dependencies = 0;     // between kernels, copies, fills and host accesses
  std::size_t streams = 0;          // that ran a kernel
  double span_us = 0;               // from the first start to the last end on a device
  double kernel_us = 0;             // the sum of all kernels' times
  double kernel_with_transfer = 0;  // CT: kernel time during which bytes moved
  double transfer_with_kernel = 0;  // TC: transfer time during which a kernel ran
  double kernel_with_kernel = 0;    // CC: kernel time during which another kernel ran
  double any = 0;                   // TOT: all time during which anything else ran
  double mean_kernels = 0;          // kernels running at a time while any was
};

Overlap measure_overlap(const std::vector<TraceRecord>& records);
// A few lines for people.
std::string to_text(const Overlap& overlap);

}  // namespace sennit
