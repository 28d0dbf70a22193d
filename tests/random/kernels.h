// tests/random/kernels.h: the kernels of random programs, as CUDA C++ and as host functions.
//
// Each works on `n` elements of up to three strided views, one element after the other in a single
// thread, so that views that overlap have one meaning: that of the loop. The results depend on the
// order of launches and on every element that is read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace sennit::random_programs {

struct KernelInfo {
  const char* name;
  std::size_t arrays;
  const char* signature;  // with the access modes that the dependencies come from
};

const KernelInfo& kernel(int index);

// All of them, in CUDA C++.
const char* kernel_source();

// The elements of one view.
struct Strided {
  std::uint32_t* first = nullptr;
  std::int64_t step = 1;
  std::uint32_t& operator[](std::int64_t i) const { return first[i * step]; }
};

// Kernel `index` as a host function: what the oracle computes, and virtual machines run.
void run_kernel(int index, std::span<const Strided> views, std::int64_t n, std::uint32_t constant);

// Makes the kernels known to all virtual machines of the process.
void register_kernels();

}  // namespace sennit::random_programs
