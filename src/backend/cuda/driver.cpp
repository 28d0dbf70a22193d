// backend/cuda/driver.cpp: finds the driver's functions, and gives its errors words.
#include "backend/cuda/driver.h"

#include <map>
#include <memory>

#include "base/mutex.h"
#include "base/shared_library.h"
#include "base/text.h"

namespace sennit::cuda {
namespace {

using GetProcAddress = CUresult (*)(const char* symbol, void** function, int version,
                                    std::uint64_t flags, CUdriverProcAddressQueryResult* status);
using DriverGetVersion = CUresult (*)(int* version);

std::string version_text(int version) {
  return format("{}.{}", version / 1000, version % 1000 / 10);
}

SharedLibrary open_library(const std::string& path) {
  std::string reason;
  SharedLibrary library = SharedLibrary::try_open(path, &reason);
  if (!library) {
    raise(ErrorCode::Unavailable,
          format("the CUDA driver was not found: {}; install the NVIDIA driver, or create the "
                 "runtime with device \"cpu\"",
                 reason));
  }
  return library;
}

void load_functions(Driver& driver, GetProcAddress find) {
  const auto address = [&](const char* name, int version) -> void* {
    if (version > driver.version) return nullptr;  // what it has of that name is something else
    void* function = nullptr;
    CUdriverProcAddressQueryResult status = CU_GET_PROC_ADDRESS_SUCCESS;
    const CUresult result = find(name, &function, version, 0, &status);
    return result == CUDA_SUCCESS && status == CU_GET_PROC_ADDRESS_SUCCESS ? function : nullptr;
  };
  std::string absent;
#define SENNIT_CUDA_LOAD(name, version, parameters)                                \
  driver.name = reinterpret_cast<CUresult(*) parameters>(address(#name, version)); \
  if (driver.name == nullptr) absent += format("{}{}", absent.empty() ? "" : ", ", #name);
  SENNIT_CUDA_REQUIRED(SENNIT_CUDA_LOAD)
#undef SENNIT_CUDA_LOAD
  if (!absent.empty()) {
    raise(ErrorCode::Unavailable,
          format("the CUDA driver '{}' (CUDA {}) lacks {}; install a newer NVIDIA driver",
                 driver.path, version_text(driver.version), absent));
  }
#define SENNIT_CUDA_LOAD(name, version, parameters) \
  driver.name = reinterpret_cast<CUresult(*) parameters>(address(#name, version));
  SENNIT_CUDA_OPTIONAL(SENNIT_CUDA_LOAD)
#undef SENNIT_CUDA_LOAD
}

std::unique_ptr<Driver> load(const std::string& path) {
  const SharedLibrary library = open_library(path);
  auto driver = std::make_unique<Driver>();
  driver->path = library.path();
  const auto get_version = library.function<DriverGetVersion>("cuDriverGetVersion");
  if (get_version == nullptr || get_version(&driver->version) != CUDA_SUCCESS) {
    raise(ErrorCode::Unavailable,
          format("'{}' is no CUDA driver: it does not tell its version", path));
  }
  const auto find = library.function<GetProcAddress>("cuGetProcAddress_v2");
  if (driver->version < kOldestDriver || find == nullptr) {
    raise(ErrorCode::Unavailable,
          format("the CUDA driver '{}' is of CUDA {}; sennit needs CUDA {} or newer: install a "
                 "newer NVIDIA driver, or create the runtime with device \"cpu\"",
                 path, version_text(driver->version), version_text(kOldestDriver)));
  }
  load_functions(*driver, find);
  if (const CUresult result = driver->cuInit(0); result != CUDA_SUCCESS) {
    raise(ErrorCode::Unavailable,
          format("the CUDA driver (CUDA {}) does not start: {}; see what nvidia-smi says, or "
                 "create the runtime with device \"cpu\"",
                 version_text(driver->version), describe(*driver, result)));
  }
  return driver;
}

}  // namespace

const Driver& Driver::open(const std::string& path) {
  static Mutex& mutex = *new Mutex;
  static auto& opened = *new std::map<std::string, std::unique_ptr<Driver>>;
  const Lock lock(mutex);
  std::unique_ptr<Driver>& driver = opened[path];
  if (!driver) driver = load(path);
  return *driver;
}

std::string describe(const Driver& driver, CUresult result) {
  const char* name = nullptr;
  const char* text = nullptr;
  if (driver.cuGetErrorName(result, &name) != CUDA_SUCCESS || name == nullptr) {
    return format("CUDA error {}", static_cast<int>(result));
  }
  driver.cuGetErrorString(result, &text);
  return format("{}: {}", name, text == nullptr ? "" : text);
}

bool is_sticky(CUresult result) {
  switch (result) {
    case CUDA_ERROR_ECC_UNCORRECTABLE:
    case CUDA_ERROR_NVLINK_UNCORRECTABLE:
    case CUDA_ERROR_CONTAINED:
    case CUDA_ERROR_ILLEGAL_ADDRESS:
    case CUDA_ERROR_LAUNCH_TIMEOUT:
    case CUDA_ERROR_CONTEXT_IS_DESTROYED:
    case CUDA_ERROR_ASSERT:
    case CUDA_ERROR_HARDWARE_STACK_ERROR:
    case CUDA_ERROR_ILLEGAL_INSTRUCTION:
    case CUDA_ERROR_MISALIGNED_ADDRESS:
    case CUDA_ERROR_INVALID_ADDRESS_SPACE:
    case CUDA_ERROR_INVALID_PC:
    case CUDA_ERROR_LAUNCH_FAILED:
    case CUDA_ERROR_DEINITIALIZED:
      return true;
    default:
      return false;
  }
}

ErrorCode code_of(CUresult result) {
  if (is_sticky(result)) return ErrorCode::DeviceLost;
  switch (result) {
    case CUDA_ERROR_OUT_OF_MEMORY:
      return ErrorCode::OutOfMemory;
    case CUDA_ERROR_INVALID_VALUE:
    case CUDA_ERROR_INVALID_IMAGE:
    case CUDA_ERROR_INVALID_PTX:
    case CUDA_ERROR_INVALID_SOURCE:
    case CUDA_ERROR_NOT_FOUND:
    case CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE:
    case CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES:
    case CUDA_ERROR_INVALID_CLUSTER_SIZE:
      return ErrorCode::InvalidArgument;
    case CUDA_ERROR_NO_BINARY_FOR_GPU:
    case CUDA_ERROR_UNSUPPORTED_PTX_VERSION:
    case CUDA_ERROR_NOT_SUPPORTED:
      return ErrorCode::Unsupported;
    case CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED:
    case CUDA_ERROR_STREAM_CAPTURE_INVALIDATED:
    case CUDA_ERROR_STREAM_CAPTURE_ISOLATION:
    case CUDA_ERROR_STREAM_CAPTURE_IMPLICIT:
    case CUDA_ERROR_CAPTURED_EVENT:
    case CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD:
      return ErrorCode::Busy;
    case CUDA_ERROR_NO_DEVICE:
    case CUDA_ERROR_DEVICE_UNAVAILABLE:
    case CUDA_ERROR_STUB_LIBRARY:
    case CUDA_ERROR_SYSTEM_NOT_READY:
    case CUDA_ERROR_SYSTEM_DRIVER_MISMATCH:
    case CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE:
      return ErrorCode::Unavailable;
    default:
      return ErrorCode::Internal;
  }
}

void raise_result(const Driver& driver, CUresult result, std::string_view doing) {
  const ErrorCode code = code_of(result);
  std::string next;
  if (code == ErrorCode::Busy) {
    next =
        "; a stream capture is open on this thread, and sennit's work cannot be captured: end "
        "the capture first";
  }
  raise(code, format("{}: {}{}", doing, describe(driver, result), next));
}

}  // namespace sennit::cuda
