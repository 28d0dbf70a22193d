#include "grcuda/cuda_functions.h"

#include <array>

#include "base/error.h"
#include "base/text.h"
#include "grcuda/coercion.h"
#include "grcuda/device_array.h"
#include "grcuda/stream.h"

namespace sennit::grcuda {
namespace {

using Arguments = std::span<const Any>;

// Adds functions to one namespace.
class Adder {
 public:
  explicit Adder(Namespace& root) : root_(root) {}
  void operator()(const char* name, std::size_t least, std::size_t most, Function::Body body) {
    root_.add(name, Function::make(name, least, most, std::move(body)));
  }

 private:
  Namespace& root_;
};

template <typename T>
std::shared_ptr<T> argument(Arguments arguments, std::size_t index, std::string_view function,
                            std::string_view wanted) {
  if (auto found = find_value<T>(arguments[index])) return found;
  raise(ErrorCode::InvalidArgument, format("{}: argument {} is {}; it must be {}", function,
                                           index + 1, describe(arguments[index]), wanted));
}

std::shared_ptr<Stream> stream_in(Arguments arguments, std::size_t index,
                                  std::string_view function) {
  return argument<Stream>(arguments, index, function, "a stream of cudaStreamCreate");
}
std::shared_ptr<Event> event_in(Arguments arguments, std::size_t index, std::string_view function) {
  return argument<Event>(arguments, index, function, "an event of cudaEventCreate");
}
std::shared_ptr<DeviceArray> array_in(Arguments arguments, std::size_t index,
                                      std::string_view function) {
  return argument<DeviceArray>(arguments, index, function, "a device array");
}

const Device& device_in(Runtime& runtime, const Any& any) {
  const std::int64_t device = integer_from(any, "the number of a device");
  const std::span<Device* const> devices = all_devices(runtime);
  if (device < 0 || device >= static_cast<std::int64_t>(devices.size())) {
    raise(ErrorCode::InvalidArgument,
          format("there is no device {}: there are {}, counted from 0", device, devices.size()));
  }
  return *devices[static_cast<std::size_t>(device)];
}

// ---- Devices -----------------------------------------------------------------------------------

struct CudaError {
  std::int64_t code;
  std::string_view text;
};

// Those that a program meets; CUDA's own words.
constexpr CudaError kErrors[] = {
    {0, "no error"},
    {1, "invalid argument"},
    {2, "out of memory"},
    {3, "initialization error"},
    {4, "driver shutting down"},
    {9, "invalid configuration argument"},
    {35, "CUDA driver version is insufficient for CUDA runtime version"},
    {98, "invalid device function"},
    {100, "no CUDA-capable device is detected"},
    {101, "invalid device ordinal"},
    {200, "device kernel image is invalid"},
    {209, "no kernel image is available for execution on the device"},
    {218, "a PTX JIT compilation failed"},
    {301, "file not found"},
    {400, "invalid resource handle"},
    {500, "named symbol not found"},
    {600, "device not ready"},
    {700, "an illegal memory access was encountered"},
    {701, "too many resources requested for launch"},
    {702, "the launch timed out and was terminated"},
    {710, "device-side assert triggered"},
    {716, "misaligned address"},
    {719, "unspecified launch failure"},
    {720, "too many blocks in cooperative launch"},
    {801, "operation not supported"},
    {999, "unknown error"},
};

std::string error_text(std::int64_t code) {
  for (const CudaError& error : kErrors) {
    if (error.code == code) return std::string(error.text);
  }
  return "unrecognized error code";
}

void add_device_calls(Adder& add, const std::shared_ptr<Runtime>& runtime,
                      const std::shared_ptr<CurrentDevice>& current) {
  add("cudaDeviceGetAttribute", 2, 2, [runtime](Arguments given) -> Any {
    const std::int64_t number = integer_from(given[0], "the number of an attribute");
    const Device& device = device_in(*runtime, given[1]);
    if (const auto value = device_attribute(device, number)) return *value;
    raise(ErrorCode::InvalidArgument, format("invalid argument(1) in cudaDeviceGetAttribute: {} "
                                             "has no attribute {}",
                                             device.info().name, number));
  });
  add("cudaDeviceSynchronize", 0, 0, [runtime](Arguments) -> Any {
    runtime->scheduler().sync();
    return {};
  });
  // What a reset would destroy is in use by this runtime, and by others of the process.
  add("cudaDeviceReset", 0, 0, [runtime](Arguments) -> Any {
    runtime->scheduler().sync();
    runtime->scheduler().trim();
    return {};
  });
  add("cudaGetDevice", 0, 0, [current](Arguments) -> Any { return std::int64_t{current->get()}; });
  add("cudaSetDevice", 1, 1, [current](Arguments given) -> Any {
    current->set(integer_from(given[0], "the number of a device"));
    return {};
  });
  add("cudaGetDeviceCount", 0, 0,
      [runtime](Arguments) -> Any { return std::ssize(all_devices(*runtime)); });
  add("cudaGetErrorString", 1, 1, [](Arguments given) -> Any {
    return error_text(integer_from(given[0], "the code of an error"));
  });
  // sennit moves bytes between all of its devices, by itself.
  add("cudaDeviceCanAccessPeer", 2, 2, [runtime](Arguments given) -> Any {
    return std::int64_t{&device_in(*runtime, given[0]) != &device_in(*runtime, given[1]) ? 1 : 0};
  });
  for (const char* name : {"cudaDeviceEnablePeerAccess", "cudaDeviceDisablePeerAccess"}) {
    add(name, 1, 1, [runtime](Arguments given) -> Any {
      device_in(*runtime, given[0]);
      return {};
    });
  }
  for (const char* name : {"cudaProfilerStart", "cudaProfilerStop"}) {
    add(name, 0, 0, [](Arguments) -> Any { return {}; });
  }
}

// ---- Streams and events ------------------------------------------------------------------------

void add_stream_calls(Adder& add, const std::shared_ptr<Runtime>& runtime) {
  add("cudaStreamCreate", 0, 0,
      [runtime](Arguments) -> Any { return ValueRef(std::make_shared<Stream>(runtime)); });
  add("cudaStreamSynchronize", 1, 1, [](Arguments given) -> Any {
    stream_in(given, 0, "cudaStreamSynchronize")->sync();
    return {};
  });
  add("cudaStreamDestroy", 1, 1, [](Arguments given) -> Any {
    stream_in(given, 0, "cudaStreamDestroy")->destroy();
    return {};
  });
  add("cudaEventCreate", 0, 0,
      [runtime](Arguments) -> Any { return ValueRef(std::make_shared<Event>(runtime)); });
  add("cudaEventDestroy", 1, 1, [](Arguments given) -> Any {
    event_in(given, 0, "cudaEventDestroy")->destroy();
    return {};
  });
  add("cudaEventRecord", 2, 2, [](Arguments given) -> Any {
    event_in(given, 0, "cudaEventRecord")->record(*stream_in(given, 1, "cudaEventRecord"));
    return {};
  });
  add("cudaStreamWaitEvent", 2, 2, [](Arguments given) -> Any {
    stream_in(given, 0, "cudaStreamWaitEvent")
        ->wait_for(*event_in(given, 1, "cudaStreamWaitEvent"));
    return {};
  });
  add("cudaEventSynchronize", 1, 1, [](Arguments given) -> Any {
    event_in(given, 0, "cudaEventSynchronize")->sync();
    return {};
  });
  // (start, end), or as in CUDA (where the result is stored, start, end). In milliseconds.
  add("cudaEventElapsedTime", 2, 3, [](Arguments given) -> Any {
    constexpr std::string_view kName = "cudaEventElapsedTime";
    const std::size_t first = given.size() - 2;
    const auto start = event_in(given, first, kName);
    const auto end = event_in(given, first + 1, kName);
    const double start_us = start->time_us();
    const double elapsed_ms = (end->time_us() - start_us) / 1000;
    if (first == 1) array_in(given, 0, kName)->write_element(0, elapsed_ms);
    return elapsed_ms;
  });
}

// ---- Hints on managed memory -------------------------------------------------------------------

void check_bytes(const DeviceArray& array, const Any& given, std::string_view function) {
  const std::int64_t bytes = integer_from(given, "a number of bytes");
  const auto has = static_cast<std::int64_t>(array.array().layout().bytes());
  if (bytes >= 0 && bytes <= has) return;
  raise(ErrorCode::InvalidArgument,
        format("{}: {} bytes of {}, which has {}", function, bytes, array.describe(), has));
}

// Arrays are tracked, so their bytes are where they are needed, and no stream owns them. The
// arguments are checked all the same.
void add_hints(Adder& add, const std::shared_ptr<Runtime>& runtime) {
  add("cudaStreamAttachMemAsync", 1, 3, [](Arguments given) -> Any {
    constexpr std::string_view kName = "cudaStreamAttachMemAsync";
    if (given.size() == 1) {
      array_in(given, 0, kName)->array();
      return {};
    }
    stream_in(given, 0, kName)->dependencies();
    array_in(given, 1, kName)->array();
    if (given.size() == 3) integer_from(given[2], "the flag of cudaStreamAttachMemAsync");
    return {};
  });
  add("cudaMemPrefetchAsync", 3, 4, [runtime](Arguments given) -> Any {
    constexpr std::string_view kName = "cudaMemPrefetchAsync";
    check_bytes(*array_in(given, 0, kName), given[1], kName);
    if (integer_from(given[2], "the number of a device") != -1) device_in(*runtime, given[2]);
    if (given.size() == 4) stream_in(given, 3, kName)->dependencies();
    return {};
  });
  add("cudaMemAdvise", 4, 4, [runtime](Arguments given) -> Any {
    constexpr std::string_view kName = "cudaMemAdvise";
    check_bytes(*array_in(given, 0, kName), given[1], kName);
    integer_from(given[2], "the advice of cudaMemAdvise");
    if (integer_from(given[3], "the number of a device") != -1) device_in(*runtime, given[3]);
    return {};
  });
}

}  // namespace

void add_cuda_functions(Namespace& root, const std::shared_ptr<Runtime>& runtime,
                        const std::shared_ptr<CurrentDevice>& current) {
  Adder add(root);
  add_device_calls(add, runtime, current);
  add_stream_calls(add, runtime);
  add_hints(add, runtime);
}

}  // namespace sennit::grcuda
