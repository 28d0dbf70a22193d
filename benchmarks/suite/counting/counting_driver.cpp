#include "counting/counting_driver.h"

#include <dlfcn.h>

#include <atomic>
#include <cstdlib>
#include <cstring>

#include "backend/cuda/driver_symbols.h"

#define COUNTING_EXPORT __attribute__((visibility("default")))

namespace {

using namespace sennit::cuda;

enum Function : std::size_t {
#define COUNTING_NUMBER(name, version, parameters) k_##name,
  SENNIT_CUDA_REQUIRED(COUNTING_NUMBER) SENNIT_CUDA_OPTIONAL(COUNTING_NUMBER)
#undef COUNTING_NUMBER
      kFunctions
};

constexpr const char* kNames[] = {
#define COUNTING_NAME(name, version, parameters) #name,
    SENNIT_CUDA_REQUIRED(COUNTING_NAME) SENNIT_CUDA_OPTIONAL(COUNTING_NAME)
#undef COUNTING_NAME
};

std::atomic<std::uint64_t> g_calls[kFunctions];

// Stands in for one function of the driver.
template <std::size_t function, typename Signature>
struct Counted;
template <std::size_t function, typename... Parameters>
struct Counted<function, CUresult(Parameters...)> {
  static inline CUresult (*real)(Parameters...) = nullptr;
  static CUresult call(Parameters... parameters) {
    g_calls[function].fetch_add(1, std::memory_order_relaxed);
    return real(parameters...);
  }
  // Takes the driver's function in, and gives this one out.
  static void* put_before(void* address) {
    real = reinterpret_cast<CUresult (*)(Parameters...)>(address);
    return reinterpret_cast<void*>(&call);
  }
};

void* put_before(const char* symbol, void* address) {
#define COUNTING_CASE(name, version, parameters) \
  if (std::strcmp(symbol, #name) == 0)           \
    return Counted<k_##name, CUresult parameters>::put_before(address);
  SENNIT_CUDA_REQUIRED(COUNTING_CASE)
  SENNIT_CUDA_OPTIONAL(COUNTING_CASE)
#undef COUNTING_CASE
  return address;
}

// nullptr if the driver or its function is not there.
template <typename Signature>
Signature* in_driver(const char* symbol) {
  static void* const library = [] {
    const char* named = std::getenv("SENNIT_COUNTED_DRIVER");
    return dlopen(named != nullptr ? named : "libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  }();
  return library == nullptr ? nullptr : reinterpret_cast<Signature*>(dlsym(library, symbol));
}

}  // namespace

extern "C" {

COUNTING_EXPORT CUresult cuDriverGetVersion(int* version) {
  const auto real = in_driver<CUresult(int*)>("cuDriverGetVersion");
  return real == nullptr ? CUDA_ERROR_NOT_INITIALIZED : real(version);
}

COUNTING_EXPORT CUresult cuGetProcAddress_v2(const char* symbol, void** function, int version,
                                             std::uint64_t flags,
                                             CUdriverProcAddressQueryResult* status) {
  using Find = CUresult(const char*, void**, int, std::uint64_t, CUdriverProcAddressQueryResult*);
  const auto real = in_driver<Find>("cuGetProcAddress_v2");
  if (real == nullptr) return CUDA_ERROR_NOT_INITIALIZED;
  const CUresult result = real(symbol, function, version, flags, status);
  if (result == CUDA_SUCCESS && *function != nullptr) *function = put_before(symbol, *function);
  return result;
}

COUNTING_EXPORT const char* counting_driver_name(std::size_t function) {
  return function < kFunctions ? kNames[function] : nullptr;
}

COUNTING_EXPORT std::uint64_t counting_driver_calls(std::size_t function) {
  return function < kFunctions ? g_calls[function].load(std::memory_order_relaxed) : 0;
}
}
