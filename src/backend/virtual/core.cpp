// backend/virtual/core.cpp: queueing, running and observing on a virtual machine.
#include "backend/virtual/core.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace sennit {

VirtualCore::VirtualCore(const VirtualOptions& options)
    : machine_(options.machine),
      keep_commands_(options.keep_commands),
      memory_(options.machine),
      clock_(options.machine),
      queues_(options.seed, [this](Work& work) { execute(work); }) {
  if (machine_.devices < 1) {
    raise(ErrorCode::InvalidArgument,
          format("a virtual machine of {} devices; give it at least one", machine_.devices));
  }
  for (int device = 0; device < machine_.devices; ++device) {
    DeviceInfo info;
    info.name = format("virtual device {}", device);
    info.kind = "virtual";
    info.architecture = "host functions";
    info.memory_bytes = machine_.memory_bytes;
    info.shares_host_memory = machine_.shares_host_memory;
    info.crossing_us = machine_.crossing_us;
    info.launch_us = machine_.launch_us;
    info.bytes_per_second = machine_.bytes_per_second;
    info.link_bytes_per_second = machine_.link(CopyCommand::kHost, device).bytes_per_second;
    infos_.push_back(std::move(info));
    devices_.push_back(std::make_unique<DeviceState>());
  }
}

// ---- Misuse and loss ---------------------------------------------------------------------------

void VirtualCore::raise_misuse() {
  if (misuses_.empty()) return;
  const std::string misuse = std::move(misuses_.front());
  misuses_.erase(misuses_.begin());
  fail(misuse);
}

void VirtualCore::raise_if_lost(int device) {
  const std::string& lost = state(device).lost;
  if (lost.empty()) return;
  raise(ErrorCode::DeviceLost,
        format("virtual device {} is lost: {}; create a new runtime", device, lost));
}

// ---- Queueing ----------------------------------------------------------------------------------

VirtualQueue* VirtualCore::create_queue(int device) {
  Lock lock(mutex_);
  raise_misuse();
  ++live_.streams;
  return queues_.create(device);
}

void VirtualCore::release_queue(VirtualQueue* queue) {
  Lock lock(mutex_);
  --live_.streams;
  queues_.release(queue);
}

void VirtualCore::count(const Command& command) {
  struct Counter {
    CallCounts& counts;
    void operator()(const LaunchCommand&) { ++counts.launches; }
    void operator()(const CopyCommand&) { ++counts.copies; }
    void operator()(const FillCommand&) { ++counts.fills; }
    void operator()(const HostCallCommand&) { ++counts.host_calls; }
  };
  std::visit(Counter{counts_}, command);
}

VirtualSpan VirtualCore::schedule(const Work& work, double ready_us) {
  const Command& command = work.owned.command;
  if (const auto* launch = std::get_if<LaunchCommand>(&command)) {
    const double duration_us =
        machine_.launch_duration_us(work.owned.function->info().name, launch->config);
    return clock_.launch(work.device, ready_us, duration_us);
  }
  if (const auto* copy = std::get_if<CopyCommand>(&command)) {
    return clock_.copy(copy->from_device, copy->to_device, copy->bytes, ready_us);
  }
  if (const auto* fill = std::get_if<FillCommand>(&command)) {
    return clock_.fill(fill->bytes, ready_us);
  }
  return clock_.host_call(ready_us);
}

Work VirtualCore::prepare(OwnedCommand owned, CommandTag tag, VirtualQueue* queue, double ready_us,
                          std::vector<VirtualMemory::BlockPtr> blocks) {
  Work work;
  work.owned = std::move(owned);
  work.tag = tag;
  work.device = queue->device;
  work.timed = state(queue->device).timed && tag != 0;
  work.blocks = std::move(blocks);
  for (const auto& block : work.blocks) ++block->queued;
  if (work.owned.function != nullptr) ++work.owned.function->queued;
  const VirtualSpan span = schedule(work, ready_us);
  work.start_us = span.start_us;
  work.end_us = span.end_us;
  return work;
}

void VirtualCore::note(const Work& work, const VirtualQueue& queue, bool in_graph) {
  if (!keep_commands_) return;
  Recorded recorded;
  recorded.device = queue.device;
  recorded.stream = queue.stream;
  recorded.tag = work.tag;
  recorded.start_us = work.start_us;
  recorded.end_us = work.end_us;
  recorded.in_graph = in_graph;
  const Command& command = work.owned.command;
  if (const auto* launch = std::get_if<LaunchCommand>(&command)) {
    recorded.kind = Recorded::Kind::Launch;
    recorded.name = work.owned.function->info().name;
    recorded.config = launch->config;
  } else if (const auto* copy = std::get_if<CopyCommand>(&command)) {
    recorded.kind = Recorded::Kind::Copy;
    recorded.name = "copy";
    recorded.bytes = copy->bytes;
    recorded.from_device = copy->from_device;
    recorded.to_device = copy->to_device;
  } else if (const auto* fill = std::get_if<FillCommand>(&command)) {
    recorded.kind = Recorded::Kind::Fill;
    recorded.name = "fill";
    recorded.bytes = fill->bytes;
  } else {
    recorded.kind = Recorded::Kind::HostCall;
    recorded.name = "host call";
  }
  commands_.push_back(std::move(recorded));
}

void VirtualCore::enqueue(VirtualQueue* queue, const Command& command, CommandTag tag) {
  Lock lock(mutex_);
  raise_misuse();
  raise_if_lost(queue->device);
  OwnedCommand owned(command, info(queue->device), queue->device);
  auto blocks = blocks_of(owned, queue->device, machine_.devices, memory_);
  count(command);
  clock_.host_submits();
  const double ready_us = std::max(queue->ready_us, clock_.host_us());
  VirtualRun run;
  run.works.push_back(prepare(std::move(owned), tag, queue, ready_us, std::move(blocks)));
  queue->ready_us = run.works.back().end_us;
  note(run.works.back(), *queue, false);
  queues_.push(queue, std::move(run));
}

void VirtualCore::wait_for(VirtualQueue* queue, const VirtualPointPtr& point) {
  const bool crosses = point->stream != queue->stream;
  queue->ready_us =
      std::max(queue->ready_us, point->time_us + (crosses ? machine_.crossing_us : 0));
  queues_.push_wait(queue, point);
}

VirtualPointPtr VirtualCore::record_point(VirtualQueue* queue) {
  VirtualPointPtr point = queues_.push_point(queue);
  point->time_us = queue->ready_us;
  return point;
}

void VirtualCore::wait(VirtualQueue* queue, const VirtualPointPtr& of_event) {
  Lock lock(mutex_);
  raise_misuse();
  ++counts_.waits;
  if (of_event != nullptr) wait_for(queue, of_event);
}

void VirtualCore::record(VirtualQueue* queue, VirtualPointPtr& of_event) {
  Lock lock(mutex_);
  raise_misuse();
  ++counts_.records;
  of_event = record_point(queue);
}

void VirtualCore::launch_graph(VirtualQueue* queue, VirtualGraphPlan& graph) {
  Lock lock(mutex_);
  raise_misuse();
  raise_if_lost(graph.device);
  if (graph.device != queue->device) {
    fail(format("a graph of device {} is launched on a stream of device {}", graph.device,
                queue->device));
  }
  // All checks before the first change, so that a launch that raises has queued nothing.
  std::vector<std::vector<VirtualMemory::BlockPtr>> blocks;
  for (const OwnedCommand& owned : graph.commands) {
    blocks.push_back(blocks_of(owned, graph.device, machine_.devices, memory_));
  }
  ++counts_.graph_launches;
  clock_.host_submits();
  if (graph.last_launch != nullptr) wait_for(queue, graph.last_launch);
  const double begin_us = std::max(queue->ready_us, clock_.host_us());
  VirtualRun run;
  run.parents = graph.parents;
  queue->ready_us = begin_us;
  for (std::size_t i = 0; i < graph.commands.size(); ++i) {
    double ready_us = begin_us;
    for (const std::uint32_t parent : graph.parents[i]) {
      ready_us = std::max(ready_us, run.works[parent].end_us);
    }
    run.works.push_back(
        prepare(graph.commands[i], graph.tags[i], queue, ready_us, std::move(blocks[i])));
    queue->ready_us = std::max(queue->ready_us, run.works.back().end_us);
    note(run.works.back(), *queue, true);
  }
  queues_.push(queue, std::move(run));
  graph.last_launch = record_point(queue);
}

// ---- Running -----------------------------------------------------------------------------------

void VirtualCore::execute(Work& work) {
  if (state(work.device).lost.empty()) {
    try {
      perform(work.owned);
    } catch (const Error& error) {
      fail_work(work, error);
    } catch (const std::exception& error) {
      fail_work(work, Error(ErrorCode::KernelFailed, error.what()));
    }
  }
  for (const auto& block : work.blocks) --block->queued;
  if (work.owned.function != nullptr) --work.owned.function->queued;
  if (work.timed) {
    state(work.device).timings.push_back({work.tag, work.start_us, work.end_us});
  }
}

void VirtualCore::fail_work(const Work& work, const Error& error) {
  DeviceState& device = state(work.device);
  const bool lost = error.code() == ErrorCode::DeviceLost;
  // As after a fault on a GPU: it is not known which command it was, and the memory is gone.
  device.failures.push_back({lost ? 0 : work.tag, error});
  device.failure_count.store(device.failures.size(), std::memory_order_release);
  if (!lost) return;
  device.lost = error.message();
  memory_.spoil(work.device);
}

bool VirtualCore::is_done(const VirtualPointPtr& of_event) {
  Lock lock(mutex_);
  ++counts_.event_queries;
  if (of_event == nullptr || of_event->reached) return true;
  const VirtualPointPtr point = of_event;
  queues_.run_by_chance();
  return point->reached;
}

void VirtualCore::sync(const VirtualPointPtr& of_event) {
  Lock lock(mutex_);
  raise_misuse();
  ++counts_.event_syncs;
  if (of_event == nullptr) return;
  const VirtualPointPtr point = of_event;
  queues_.run_until(*point);
  clock_.host_waited_until(point->time_us);
}

void VirtualCore::run_all() {
  Lock lock(mutex_);
  queues_.run_all();
}

std::size_t VirtualCore::pending() const {
  Lock lock(mutex_);
  return queues_.pending();
}

}  // namespace sennit
