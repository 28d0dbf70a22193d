// capi/runtime.cpp: runtimes, their devices and statistics.
#include "base/text.h"
#include "capi/boundary.h"
#include "capi/handles.h"
#include "grcuda/options.h"

using sennit::capi::give;
using sennit::capi::guarded;
using sennit::capi::required;

namespace {

// Of sennit and of GrCUDA; nullptr: what the environment says.
sennit::Options options_of(const snt_runtime_config* config) {
  sennit::Options options = sennit::Options::from_environment();
  auto grcuda = sennit::grcuda::GrcudaOptions::from_environment();
  if (config != nullptr) {
    const snt_runtime_config given = sennit::capi::taken(*config);
    if (given.device != nullptr) options.set("device", given.device);
    for (size_t i = 0; i < given.option_count; ++i) {
      const std::string_view name = &required(given.options[i].name, "options[i].name");
      const std::string_view value = &required(given.options[i].value, "options[i].value");
      name.starts_with("grcuda.") ? grcuda.set(name, value) : options.set(name, value);
    }
  }
  return grcuda.apply(std::move(options));
}

}  // namespace

extern "C" {

snt_error* snt_runtime_create(const snt_runtime_config* config, snt_runtime** out_runtime) {
  return guarded([&] {
    required(out_runtime, "out_runtime");
    *out_runtime = new snt_runtime(sennit::Runtime::create(options_of(config)));
  });
}

snt_error* snt_runtime_default(snt_runtime** out_runtime) {
  return guarded([&] {
    required(out_runtime, "out_runtime");
    // One handle for all callers; it keeps one owner for itself.
    // Never released: at exit its worker threads and arrays may still be in use.
    static snt_runtime& handle = *new snt_runtime(sennit::Runtime::create(options_of(nullptr)));
    *out_runtime = sennit::capi::retain(&handle);
  });
}

void snt_runtime_release(snt_runtime* runtime) { sennit::capi::release(runtime); }

snt_error* snt_runtime_sync(snt_runtime* runtime) {
  return guarded([&] { required(runtime, "runtime").runtime->scheduler().sync(); });
}

int32_t snt_runtime_device_count(const snt_runtime* runtime) {
  return runtime != nullptr ? runtime->runtime->scheduler().device_count() : 0;
}

snt_error* snt_runtime_device_info(const snt_runtime* runtime, int32_t device,
                                   snt_device_info* out_info) {
  return guarded([&] {
    const sennit::Scheduler& scheduler = required(runtime, "runtime").runtime->scheduler();
    if (device < 0 || device >= scheduler.device_count()) {
      sennit::raise(sennit::ErrorCode::InvalidArgument,
                    sennit::format("device {}; the runtime has {} (counted from 0)", device,
                                   scheduler.device_count()));
    }
    const sennit::DeviceInfo& known = scheduler.device(device).info();
    snt_device_info info{};
    info.name = known.name.c_str();
    info.kind = known.kind.c_str();
    info.architecture = known.architecture.c_str();
    info.memory_bytes = known.memory_bytes;
    info.max_shared_bytes = known.max_shared_bytes;
    info.max_threads_per_block = known.max_threads_per_block;
    info.multiprocessors = known.multiprocessors;
    info.max_cluster_blocks = known.max_cluster.x;
    info.dlpack_type = known.dlpack_type;
    info.dlpack_id = known.dlpack_id;
    give(info, out_info);
  });
}

snt_error* snt_runtime_statistics(snt_runtime* runtime, snt_statistics* out_statistics) {
  return guarded([&] {
    const sennit::SchedulerStatistics now =
        required(runtime, "runtime").runtime->scheduler().statistics();
    snt_statistics statistics{};
    statistics.operations = now.operations;
    statistics.launches = now.launches;
    statistics.transfers = now.transfers;
    statistics.transfer_bytes = now.transfer_bytes;
    statistics.streams = now.streams;
    statistics.in_flight = now.in_flight;
    statistics.live_arrays = now.storages;
    statistics.allocated_bytes = now.allocated_bytes;
    statistics.replays = now.replays;
    statistics.replayed = now.replayed;
    statistics.replay_graphs = now.replay_graphs;
    statistics.replay_updates = now.replay_updates;
    statistics.replay_misses = now.replay_misses;
    statistics.replay_strays = now.replay_strays;
    statistics.replay_waits = now.replay_waits;
    statistics.replay_timeouts = now.replay_timeouts;
    statistics.replay_trials = now.replay_trials;
    statistics.replay_gains = now.replay_gains;
    statistics.replay_saved_us = now.replay_saved_us;
    give(statistics, out_statistics);
  });
}

snt_error* snt_runtime_trim(snt_runtime* runtime) {
  return guarded([&] { required(runtime, "runtime").runtime->scheduler().trim(); });
}

snt_error* snt_operation_wait(snt_runtime* runtime, snt_operation operation) {
  return guarded([&] { required(runtime, "runtime").runtime->scheduler().wait(operation); });
}

}  // extern "C"
