// backend/cpu/cpu_device.cpp: the cores of this machine as one device.
#include "backend/cpu/cpu_device.h"

#include "backend/cpu/compiler/compiler.h"
#include "backend/cpu/compiler/loader.h"
#include "backend/cpu/cpu_event.h"
#include "backend/cpu/cpu_function.h"
#include "backend/cpu/cpu_graph.h"
#include "backend/cpu/cpu_module.h"
#include "backend/cpu/cpu_stream.h"
#include "backend/cpu/host_cpu.h"
#include "base/text.h"

namespace sennit::cpu {
namespace {

DeviceInfo info_for(unsigned workers) {
  DeviceInfo info;
  info.name = format("CPU ({} core{}, {})", workers, workers == 1 ? "" : "s", processor_name());
  info.kind = "cpu";
  info.architecture = host_architecture();
  info.memory_bytes = memory_bytes();
  info.max_threads_per_block = kMaxThreadsPerBlock;
  info.max_shared_bytes = kMaxSharedBytes;
  info.multiprocessors = workers;
  info.shares_host_memory = true;
  // Measured on 2 cores: an empty kernel in a chain takes 0.25 us from launch to end, and 0.6 us
  // if each of the chain is on another stream than the one before.
  info.crossing_us = 0.35;
  // What a core moves while all others do the same: 10 to 30 GB/s on today's machines. Only the
  // first launch of a kernel is judged by it, later ones by their own time.
  info.bytes_per_second = 20e9 * workers;
  info.link_bytes_per_second = info.bytes_per_second;
  return info;
}

}  // namespace

CpuDevice::CpuDevice(unsigned workers)
    : info_(info_for(workers)), memory_(info_.memory_bytes), pool_(workers) {}

CpuDevice::~CpuDevice() {
  Lock lock(mutex_);
  for (const auto& queue : queues_) queue->end().sync();
}

std::unique_ptr<Stream> CpuDevice::create_stream() {
  Lock lock(mutex_);
  for (const auto& queue : queues_) {
    if (queue->lend_again()) return std::make_unique<CpuStream>(*queue);
  }
  queues_.push_back(std::make_unique<CommandQueue>(pool_, failures_));
  return std::make_unique<CpuStream>(*queues_.back());
}

std::unique_ptr<Event> CpuDevice::create_event() { return std::make_unique<CpuEvent>(); }

std::unique_ptr<Graph> CpuDevice::create_graph() {
  return std::make_unique<CpuGraph>(workers(), failures_);
}

std::unique_ptr<Allocation> CpuDevice::allocate(std::size_t bytes) {
  return memory_.allocate(bytes);
}

std::unique_ptr<Allocation> CpuDevice::allocate_host(std::size_t bytes) {
  return memory_.allocate(bytes);
}

std::unique_ptr<Module> CpuDevice::load(const Image& image) {
  return std::make_unique<CpuModule>(cpu::load(image), workers());
}

std::optional<std::size_t> CpuDevice::free_memory_bytes() const { return cpu::free_memory_bytes(); }

}  // namespace sennit::cpu
