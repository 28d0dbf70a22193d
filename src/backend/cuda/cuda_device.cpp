// backend/cuda/cuda_device.cpp: what a GPU is, and its nouns.
#include "backend/cuda/cuda_device.h"

#include <algorithm>

#include "backend/cuda/cuda_graph.h"
#include "backend/cuda/cuda_module.h"
#include "backend/cuda/cuda_stream.h"
#include "base/text.h"

namespace sennit::cuda {
namespace {

// Queueing a launch takes the host 3.6 us and an edge between streams 0.64 us more (docs/design/
// streams.md): the device is done with a shorter kernel before the next one is queued, so running
// two such beside each other gains nothing.
constexpr double kCrossingUs = 4.0;
// Between 3.1 and 4.8 us on hosts with an H200 (benchmarks/REPORT.md).
constexpr double kLaunchUs = 3.2;

constexpr std::int32_t kDlpackCuda = 2;  // kDLCUDA

// The driver blocks a launch when 1,024 are queued.
constexpr std::size_t kMaxInFlight = 960;

}  // namespace

CudaDevice::CudaDevice(const Driver& driver, CUdevice device, std::size_t pinned_budget_bytes,
                       SubmitThread submit_thread)
    : context_(driver, device),
      capability_(10 * attribute(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR) +
                  attribute(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR)),
      info_(describe()),
      memory_(context_),
      pinned_(context_, pinned_budget_bytes),
      timings_(context_),
      builtins_(context_),
      submissions_(context_, submit_thread),
      services_{context_, info_, timings_, builtins_, pinned_, submissions_} {}

CudaDevice::~CudaDevice() {
  submissions_.flush();
  if (context_.is_lost()) return;
  try {
    const Current current(context_);
    context_.note(context_.driver().cuCtxSynchronize());
  } catch (const Error&) {  // the driver is shutting down
  }
}

int CudaDevice::attribute(CUdevice_attribute which) const {
  int value = 0;
  context_.check(context_.driver().cuDeviceGetAttribute(&value, which, context_.device()),
                 format("looking at CUDA device {}", context_.device()));
  return value;
}

std::optional<int> CudaDevice::cuda_attribute(int number) const {
  int value = 0;
  const CUresult result = context_.driver().cuDeviceGetAttribute(
      &value, static_cast<CUdevice_attribute>(number), context_.device());
  if (result == CUDA_ERROR_INVALID_VALUE) return std::nullopt;
  context_.check(result, format("looking at CUDA device {}", context_.device()));
  return value;
}

std::optional<std::size_t> CudaDevice::free_memory_bytes() const {
  const Current current(context_);
  std::size_t free = 0;
  std::size_t total = 0;
  context_.check(context_.driver().cuMemGetInfo(&free, &total),
                 format("looking at the memory of CUDA device {}", context_.device()));
  return free;
}

DeviceInfo CudaDevice::describe() const {
  const Driver& driver = context_.driver();
  if (attribute(CU_DEVICE_ATTRIBUTE_MEMORY_POOLS_SUPPORTED) == 0) {
    raise(ErrorCode::Unavailable,
          format("CUDA device {} has no memory pools, which sennit needs", context_.device()));
  }
  const auto positive = [&](CUdevice_attribute which) {
    return static_cast<std::uint32_t>(std::max(attribute(which), 1));
  };
  DeviceInfo info;
  char name[256] = "";
  context_.check(driver.cuDeviceGetName(name, sizeof name, context_.device()),
                 format("looking at CUDA device {}", context_.device()));
  info.name = name;
  info.kind = "cuda";
  info.architecture = format("sm_{}", capability_);
  context_.check(driver.cuDeviceTotalMem(&info.memory_bytes, context_.device()),
                 format("looking at CUDA device {}", context_.device()));
  info.max_threads_per_block = positive(CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK);
  info.max_block = {positive(CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_X),
                    positive(CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Y),
                    positive(CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Z)};
  info.max_grid = {positive(CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X),
                   positive(CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Y),
                   positive(CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Z)};
  info.max_shared_bytes = positive(CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN);
  info.multiprocessors = positive(CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
  if (capability_ >= 90) info.max_cluster = {16, 16, 16};
  info.dlpack_type = kDlpackCuda;
  info.dlpack_id = context_.device();
  info.max_in_flight = kMaxInFlight;
  info.crossing_us = kCrossingUs;
  info.launch_us = kLaunchUs;
  // Two transfers a clock: kHz * bits / 8 * 2.
  const double bandwidth =
      static_cast<double>(attribute(CU_DEVICE_ATTRIBUTE_MEMORY_CLOCK_RATE)) * 1000.0 *
      static_cast<double>(attribute(CU_DEVICE_ATTRIBUTE_GLOBAL_MEMORY_BUS_WIDTH)) / 8.0 * 2.0;
  if (bandwidth > 0) info.bytes_per_second = bandwidth;
  return info;
}

std::unique_ptr<Stream> CudaDevice::create_stream() {
  return std::make_unique<CudaStream>(services_);
}

std::unique_ptr<Event> CudaDevice::create_event() { return std::make_unique<CudaEvent>(context_); }

std::unique_ptr<Graph> CudaDevice::create_graph() { return std::make_unique<CudaGraph>(services_); }

std::unique_ptr<Allocation> CudaDevice::allocate(std::size_t bytes) {
  return memory_.allocate(bytes);
}

std::unique_ptr<Allocation> CudaDevice::allocate_host(std::size_t bytes) {
  return pinned_.allocate(bytes);
}

std::unique_ptr<Module> CudaDevice::load(const Image& image) {
  // Here nobody holds a lock, and launches that want to be timed come soon.
  std::call_once(floor_measured_, [&] { floor_us_ = builtins_.measure_floor_us(); });
  return std::make_unique<CudaModule>(context_, image, floor_us_);
}

// ---- Beside other users of the device ----------------------------------------------------------

// The stream that other code means. REQUIRES: our context is current, whose default streams 0, 1
// and 2 are. Raises Busy while it is being captured: what is queued would become part of a graph.
CUstream CudaDevice::outside(NativeStream stream) const {
  const CUstream handle = stream == 0
                              ? stream_legacy()
                              : reinterpret_cast<CUstream>(static_cast<std::uintptr_t>(stream));
  auto status = CU_STREAM_CAPTURE_STATUS_NONE;
  const std::string_view doing = "looking at another library's stream";
  context_.check(context_.driver().cuStreamIsCapturing(handle, &status), doing);
  if (status == CU_STREAM_CAPTURE_STATUS_NONE) return handle;
  raise(ErrorCode::Busy,
        "the stream is being captured into a CUDA graph, and sennit's work cannot be captured; end "
        "the capture first, or name a stream outside of it");
}

void CudaDevice::record_outside(NativeStream stream, Event& event) {
  const Current current(context_);
  auto& recorded = static_cast<CudaEvent&>(event);
  recorded.wait_until_recorded();  // what it meant so far
  recorded.recorded_at(nullptr, 0);
  context_.check(context_.driver().cuEventRecord(recorded.handle(), outside(stream)),
                 "recording an event on another library's stream");
}

void CudaDevice::wait_outside(NativeStream stream, const Event& event) {
  static_cast<const CudaEvent&>(event).wait_until_recorded();
  const Current current(context_);
  context_.check(context_.driver().cuStreamWaitEvent(
                     outside(stream), static_cast<const CudaEvent&>(event).handle(), 0),
                 "making another library's stream wait");
}

NativeStream CudaDevice::lent_stream() {
  std::call_once(lent_once_, [&] { lent_ = std::make_unique<CudaStream>(services_); });
  return static_cast<NativeStream>(reinterpret_cast<std::uintptr_t>(lent_->handle()));
}

bool CudaDevice::can_use(const void* address) const {
  const Current current(context_);
  const Driver& driver = context_.driver();
  const auto at = static_cast<CUdeviceptr>(reinterpret_cast<std::uintptr_t>(address));
  unsigned type = 0;
  int managed = 0;
  int owner = -1;
  // Refused for addresses that the driver does not know.
  if (driver.cuPointerGetAttribute(&type, CU_POINTER_ATTRIBUTE_MEMORY_TYPE, at) != CUDA_SUCCESS ||
      driver.cuPointerGetAttribute(&managed, CU_POINTER_ATTRIBUTE_IS_MANAGED, at) != CUDA_SUCCESS ||
      driver.cuPointerGetAttribute(&owner, CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL, at) !=
          CUDA_SUCCESS) {
    return false;
  }
  return managed != 0 || (type == CU_MEMORYTYPE_DEVICE && owner == context_.device());
}

void CudaDevice::trim() {
  const Current current(context_);
  memory_.trim();
  pinned_.trim();
}

void CudaDevice::connect(const std::vector<CudaDevice*>& others) {
  const Driver& driver = context_.driver();
  const Current current(context_);
  std::vector<CUdevice> peers;
  for (const CudaDevice* other : others) {
    if (other == this) continue;
    int can = 0;
    // A peer must be able to reach the pool's memory, not the other way round.
    context_.check(driver.cuDeviceCanAccessPeer(&can, other->context_.device(), context_.device()),
                   "looking for peers of a CUDA device");
    if (can != 0) peers.push_back(other->context_.device());
    int can_reach = 0;
    context_.check(
        driver.cuDeviceCanAccessPeer(&can_reach, context_.device(), other->context_.device()),
        "looking for peers of a CUDA device");
    if (can_reach == 0) continue;
    const CUresult result = driver.cuCtxEnablePeerAccess(other->context_.handle(), 0);
    if (result != CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED) {
      context_.check(result, "opening a CUDA device to a peer");
    }
  }
  memory_.share_with(peers);
}

}  // namespace sennit::cuda
