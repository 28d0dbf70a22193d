// benchmarks/suite/rivals/gpu.cpp: memory, streams and code on the driver API.
#include "rivals/gpu.h"

#include <regex>

#include "backend/cuda/nvrtc.h"
#include "base/options.h"
#include "problem.h"

namespace suite {

using namespace sennit::cuda;

namespace {

// Driver and compiler are found as sennit finds them.
sennit::Options options() { return sennit::Options::from_environment(); }

const Driver& open_driver() {
  const std::string path = options().cuda_driver;
  return Driver::open(path);
}

// The kernels that a source of the suite defines.
std::vector<std::string> kernel_names(const std::string& source) {
  static const std::regex kernel(R"(__global__\s+void\s+(\w+))");
  std::vector<std::string> names;
  for (std::sregex_iterator found(source.begin(), source.end(), kernel), end; found != end; ++found)
    names.push_back((*found)[1]);
  return names;
}

// Once in a process for each file.
const NvrtcResult& compile(const std::string& file, int driver_version, int architecture) {
  static std::map<std::string, NvrtcResult> compiled;
  const auto known = compiled.find(file);
  if (known != compiled.end()) return known->second;
  const sennit::Options found = options();
  const ToolkitSearch search{found.nvrtc_library, found.cuda_home};
  const std::string source = kernel_source(file);
  return compiled[file] = Nvrtc::open(search, driver_version)
                              .compile(source, file, kernel_names(source), {}, architecture);
}

}  // namespace

Gpu::Gpu() : driver_(open_driver()) {
  check(driver_.cuDeviceGet(&device_, 0), "finding the first device");
  check(driver_.cuDevicePrimaryCtxRetain(&context_, device_), "opening the primary context");
  check(driver_.cuCtxSetCurrent(context_), "entering the primary context");
  CUmemPoolProps properties{};
  properties.allocType = CU_MEM_ALLOCATION_TYPE_PINNED;
  properties.location = {CU_MEM_LOCATION_TYPE_DEVICE, device_};
  check(driver_.cuMemPoolCreate(&pool_, &properties), "making a memory pool");
  housekeeping_ = create_stream();
}

Gpu::~Gpu() {
  // Nothing can be done about a failure here, and the process ends soon.
  driver_.cuCtxSynchronize();
  for (const CUdeviceptr address : allocations_) driver_.cuMemFreeAsync(address, housekeeping_);
  driver_.cuStreamSynchronize(housekeeping_);
  driver_.cuMemPoolDestroy(pool_);
  for (void* address : pinned_) driver_.cuMemFreeHost(address);
  for (CUevent event : events_) driver_.cuEventDestroy(event);
  for (CUstream stream : streams_) driver_.cuStreamDestroy(stream);
  for (const auto& [file, code] : code_) driver_.cuModuleUnload(code.module);
  driver_.cuDevicePrimaryCtxRelease(device_);
}

CUdeviceptr Gpu::allocate(std::size_t bytes) {
  CUdeviceptr address = 0;
  check(driver_.cuMemAllocFromPoolAsync(&address, bytes, pool_, housekeeping_),
        "allocating device memory");
  allocations_.push_back(address);
  check(driver_.cuMemsetD8Async(address, 0, bytes, housekeeping_), "clearing device memory");
  sync(housekeeping_);
  return address;
}

std::byte* Gpu::allocate_pinned(std::size_t bytes) {
  void* address = nullptr;
  check(driver_.cuMemHostAlloc(&address, bytes, 0), "allocating pinned memory");
  pinned_.push_back(address);
  return static_cast<std::byte*>(address);
}

CUstream Gpu::create_stream() {
  CUstream stream = nullptr;
  check(driver_.cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING), "creating a stream");
  streams_.push_back(stream);
  return stream;
}

CUevent Gpu::create_event(unsigned flags) {
  CUevent event = nullptr;
  check(driver_.cuEventCreate(&event, flags), "creating an event");
  events_.push_back(event);
  return event;
}

const Gpu::Code& Gpu::code(const std::string& file) {
  const auto known = code_.find(file);
  if (known != code_.end()) return known->second;
  int major = 0, minor = 0;
  check(driver_.cuDeviceGetAttribute(&major, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, device_),
        "asking for the compute capability");
  check(driver_.cuDeviceGetAttribute(&minor, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, device_),
        "asking for the compute capability");
  const NvrtcResult& compiled = compile(file, driver_.version, major * 10 + minor);
  Code& made = code_[file];
  check(driver_.cuModuleLoadData(&made.module, compiled.cubin.data()), "loading a module");
  for (const auto& [name, lowered] : compiled.names) made.lowered[name] = lowered;
  return made;
}

CUfunction Gpu::function(const std::string& file, const std::string& name) {
  const Code& loaded = code(file);
  CUfunction function = nullptr;
  check(driver_.cuModuleGetFunction(&function, loaded.module, loaded.lowered.at(name).c_str()),
        "finding a kernel");
  return function;
}

void Gpu::sync(CUstream stream) const {
  check(driver_.cuStreamSynchronize(stream), "waiting for a stream");
}

}  // namespace suite
