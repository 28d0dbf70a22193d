#include "runtime/runtime.h"

#include <mutex>

#include "backend/backend_table.h"
#include "base/log.h"
#include "base/text.h"

namespace sennit {
namespace {

std::unique_ptr<Backend> open_backend(const Options& options) {
  BackendOptions wanted;
  wanted.plugin_path = options.plugin_path;
  wanted.virtual_machine = options.cost_model;
  wanted.virtual_seed = static_cast<std::uint64_t>(options.seed);
  wanted.cuda_driver = options.cuda_driver;
  wanted.cuda_home = options.cuda_home;
  wanted.nvrtc_library = options.nvrtc_library;
  wanted.nvjitlink_library = options.nvjitlink_library;
  wanted.early_launch = options.early_launch;
  wanted.pinned_bytes = static_cast<std::size_t>(options.pinned_bytes);
  wanted.submit_thread = options.submit_thread;
  if (options.device != "auto") return find_backend(options.device).open(wanted);
  for (const BackendInfo& info : backends()) {
    if (info.name != "cuda") continue;
    try {
      return info.open(wanted);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::Unavailable) throw;
      log(LogLevel::Info, "no GPU ({}); running on the CPU", error.what());
    }
  }
  return find_backend("cpu").open(wanted);
}

SchedulerConfig::Replay replay_mode(const std::string& text) {
  if (text == "off") return SchedulerConfig::Replay::Off;
  if (text == "auto") return SchedulerConfig::Replay::Auto;
  if (text == "repeated") return SchedulerConfig::Replay::Repeated;
  if (text == "always") return SchedulerConfig::Replay::Always;
  raise(
      ErrorCode::InvalidArgument,
      format("option replay: '{}' is not possible; it takes off, auto, repeated or always", text));
}

SchedulerConfig scheduler_config(const Options& options, std::span<Device* const> devices) {
  SchedulerConfig config;
  config.placement_policy = options.placement_policy;
  config.stream_policy = options.stream_policy;
  config.data_threshold = options.data_threshold;
  config.bandwidth_matrix = options.bandwidth_matrix;
  config.cache_dir = options.cache_dir;
  config.serial = options.serial || options.verify;
  config.max_streams = static_cast<std::size_t>(options.max_streams);
  config.max_in_flight = static_cast<std::size_t>(options.max_in_flight);
  if (config.max_in_flight == 0) {
    for (const Device* device : devices) config.max_in_flight += device->info().max_in_flight;
  }
  // The node table holds twice as many: transfers come on top.
  config.max_in_flight = std::min<std::size_t>(config.max_in_flight, 32768);
  config.host_window_bytes = static_cast<std::size_t>(options.host_window_bytes);
  config.large_copy_bytes = static_cast<std::size_t>(options.large_copy_bytes);
  config.copy_chunk_bytes = static_cast<std::size_t>(options.copy_chunk_bytes);
  // A named policy says where each operation goes: there is nothing to hold back.
  const SchedulerConfig::Replay replay = replay_mode(options.replay);
  config.replay = options.stream_policy == "adaptive" ? replay : SchedulerConfig::Replay::Off;
  config.replay_patience = std::chrono::microseconds(options.replay_patience_us);
  config.replay_most = static_cast<std::size_t>(options.replay_most);
  config.copy_threads = static_cast<unsigned>(std::min<std::int64_t>(options.copy_threads, 256));
  return config;
}

std::span<Device* const> chosen_devices(const Options& options, Backend& backend) {
  const std::span<Device* const> all = backend.devices();
  const auto limit = static_cast<std::size_t>(options.devices);
  if (limit > all.size()) {
    log(LogLevel::Warning, "the option devices is {}, but there are {}; using these", limit,
        all.size());
  }
  return limit == 0 || limit >= all.size() ? all : all.first(limit);
}

}  // namespace

std::shared_ptr<Runtime> Runtime::create(Options options) {
  std::unique_ptr<Backend> backend = open_backend(options);
  return create(std::move(options), std::move(backend));
}

std::shared_ptr<Runtime> Runtime::create(Options options, std::unique_ptr<Backend> backend) {
  return std::shared_ptr<Runtime>(new Runtime(std::move(options), std::move(backend)));
}

Runtime::Runtime(Options options, std::unique_ptr<Backend> backend)
    : options_(std::move(options)),
      backend_(std::move(backend)),
      cache_(options_.cache_dir, static_cast<std::size_t>(options_.cache_bytes)) {
  // One level for the process: what this runtime was not asked for leaves it alone.
  if (options_.log_level != Options().log_level) set_log_level(options_.log_level);
  const std::span<Device* const> devices = chosen_devices(options_, *backend_);
  scheduler_ = std::make_unique<Scheduler>(devices, scheduler_config(options_, devices));
}

Runtime::~Runtime() = default;

std::shared_ptr<Storage> Runtime::track(std::unique_ptr<Storage> storage) {
  // The last array that shows it hands it to the scheduler, which knows when its work is done.
  // Not a pointer to the runtime: arrays keep that alive anyway.
  return {storage.release(), [scheduler = scheduler_.get(), adopted = &adopted_](Storage* last) {
            const std::byte* const listed_at = last->listed_at;
            scheduler->release(std::unique_ptr<Storage>(last));
            if (listed_at != nullptr) adopted->remove(listed_at);
          }};
}

Array Runtime::create_array(Dtype dtype, std::span<const std::int64_t> shape, Order order,
                            bool undefined) {
  Layout layout = Layout::contiguous(dtype, shape, order);
  auto storage = std::make_unique<Storage>();
  storage->bytes = layout.bytes();
  scheduler_->add(*storage, undefined);
  return {shared_from_this(), track(std::move(storage)), std::move(layout), false};
}

Array Runtime::adopt_array(Layout layout, std::size_t storage_bytes,
                           std::unique_ptr<Allocation>&& memory, int device) {
  const auto* const begin = static_cast<const std::byte*>(memory->address());
  std::size_t offset = 0;
  if (std::shared_ptr<Storage> known = adopted_.claim(begin, storage_bytes, offset)) {
    if (device != Scheduler::kHost) scheduler_->share(*known);
    Layout within =
        Layout::strided(layout.dtype(), layout.shape(), layout.strides_bytes(),
                        layout.offset_bytes() + static_cast<std::int64_t>(offset), known->bytes);
    return {shared_from_this(), std::move(known), std::move(within), true};
  }
  auto storage = std::make_unique<Storage>();
  storage->bytes = storage_bytes;
  storage->in_place = device == Scheduler::kHost;
  const auto replica = std::make_shared<ReplicaMemory>(std::move(memory));
  try {
    scheduler_->adopt(*storage, replica, device, /*shared=*/device != Scheduler::kHost);
  } catch (...) {
    memory = std::move(replica->allocation);
    adopted_.remove(begin);
    throw;
  }
  const std::shared_ptr<Storage> tracked = track(std::move(storage));
  adopted_.list(begin, tracked);
  return {shared_from_this(), tracked, std::move(layout), false};
}

std::byte* Runtime::share(const Array& array) {
  const DeviceInfo& device = scheduler_->device(scheduler_->device_of(array.storage())).info();
  if (device.shares_host_memory || device.dlpack_type == 1) {
    raise(ErrorCode::Unsupported,
          format("the array is on {}, whose memory no other library can use in place; exchange it "
                 "through the host's memory",
                 device.name));
  }
  std::byte* const first = scheduler_->share(array.storage());
  if (array.storage().bytes > 0) adopted_.list(first, array.shared_storage());
  return first;
}

}  // namespace sennit
