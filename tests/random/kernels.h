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
  const char* signature;        // with the access modes that the dependencies come from
  bool changes_second = false;  // not the first array alone
};

const KernelInfo& kernel(int index);

// All of them, in CUDA C++.
const char* kernel_source();

// The elements of one view.
template <typename T>
struct Strided {
  T* first = nullptr;
  std::int64_t step = 1;
  T& operator[](std::int64_t i) const { return first[i * step]; }
};

// Kernel `index` as a host function. Virtual machines run it on numbers; the oracle on numbers
// that know whether they are defined.
template <typename T>
void run_kernel(int index, std::span<const Strided<T>> views, std::int64_t n, std::uint32_t c) {
  const Strided<T> x = views[0];
  const Strided<T> y = views.size() > 1 ? views[1] : Strided<T>{};
  const Strided<T> z = views.size() > 2 ? views[2] : Strided<T>{};
  for (std::int64_t i = 0; i < n; ++i) {
    switch (index) {
      case 0:
        x[i] = x[i] * 31u + c;
        break;
      case 1:
        x[i] = x[i] * 31u + y[i] * 7u + c;
        break;
      case 2:
        x[i] = y[i] * 5u + c;
        break;
      case 3:
        x[i] = static_cast<std::uint32_t>(i) * 3u + c;
        break;
      case 4: {
        const T old = x[i];
        x[i] = y[i] * 3u + c;
        y[i] = old * 5u + 1u;
        break;
      }
      default:
        x[i] = x[i] * 31u + y[i] * 7u + z[n - 1 - i] * 11u + c;
    }
  }
}

// Makes the kernels known to all virtual machines of the process.
void register_kernels();

}  // namespace sennit::random_programs
