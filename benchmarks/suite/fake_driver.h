// benchmarks/suite/fake_driver.h: the CUDA driver without a GPU (tests/doubles/fake_cuda), for
// tests. Its kernels compute nothing.
#pragma once

#include <dlfcn.h>

#include <cstdint>
#include <string>

#include "fake_cuda/control.h"

namespace suite {

class FakeDriver {
 public:
  FakeDriver() {
    library_ = dlopen(SENNIT_FAKE_CUDA, RTLD_NOW | RTLD_LOCAL);
    const fake_cuda_kernels kernels{[](const char*) { return 1; },
                                    [](const char*, const unsigned*, const unsigned*, unsigned, int,
                                       void**, const void*) { return 0; },
                                    [](std::size_t, const char**) -> std::size_t { return 0; }};
    fake_cuda_config config;
    config.memory_bytes = std::size_t{8} << 30;
    function<decltype(fake_cuda_reset)>("fake_cuda_reset")(&config);
    function<decltype(fake_cuda_set_kernels)>("fake_cuda_set_kernels")(&kernels);
  }

  void seed(std::uint64_t seed) { function<decltype(fake_cuda_seed)>("fake_cuda_seed")(seed); }
  // The oldest misuse, or "".
  std::string take_misuse() {
    const char* text = function<decltype(fake_cuda_take_misuse)>("fake_cuda_take_misuse")();
    return text == nullptr ? "" : text;
  }
  std::size_t live(const char* kind) {
    return function<decltype(fake_cuda_live)>("fake_cuda_live")(kind);
  }

 private:
  template <typename Function>
  Function* function(const char* name) {
    return reinterpret_cast<Function*>(dlsym(library_, name));
  }
  void* library_ = nullptr;
};

}  // namespace suite
