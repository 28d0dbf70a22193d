// backend/cpu/device_fixture.h: a CPU device for unit tests, with kernels that are host functions.
//
// Sanitizers and debuggers see into such kernels, and a test can hold one back. The fixture ends
// by asserting that no failure was left untaken and that every worker thread is gone.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "backend/cpu/cpu_device.h"
#include "backend/cpu/cpu_function.h"
#include "base/mutex.h"

namespace sennit::cpu {

// Threads of this process that are workers of a pool, by their names.
inline std::size_t worker_threads() {
  std::size_t count = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string name;
    std::getline(std::ifstream(task.path() / "comm"), name);
    if (name.compare(0, 10, "sennit-cpu") == 0) ++count;
  }
  return count;
}

// A joined thread may still be listed for a moment.
inline bool worker_threads_come_down_to(std::size_t count) {
  for (int tries = 0; tries < 1000; ++tries) {
    if (worker_threads() <= count) return true;
    std::this_thread::yield();
  }
  return false;
}

// Holds whoever passes it until it is opened.
class Gate {
 public:
  void open() {
    Lock lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void pass() {
    Lock lock(mutex_);
    ++arrived_;
    changed_.notify_all();
    lock.wait(changed_, [this]() SENNIT_NO_THREAD_SAFETY_ANALYSIS { return open_; });
  }
  // Blocks until `count` have arrived.
  void await_arrivals(int count) {
    Lock lock(mutex_);
    lock.wait(changed_,
              [this, count]() SENNIT_NO_THREAD_SAFETY_ANALYSIS { return arrived_ >= count; });
  }
  // As a command: whoever runs it is held.
  HostCallCommand command() {
    return {[](void* gate) { static_cast<Gate*>(gate)->pass(); }, this};
  }

 private:
  Mutex mutex_;
  std::condition_variable changed_;
  bool open_ SENNIT_GUARDED_BY(mutex_) = false;
  int arrived_ SENNIT_GUARDED_BY(mutex_) = 0;
};

class DeviceFixture : public ::testing::Test {
 protected:
  // More workers than most test machines have cores: more orders are tried.
  static constexpr unsigned kWorkers = 4;

  ~DeviceFixture() override {
    EXPECT_FALSE(device_->take_failure()) << "a failure was left untaken";
    device_.reset();
    EXPECT_TRUE(worker_threads_come_down_to(workers_before_)) << "a worker thread is still there";
  }

  CpuDevice& device() { return *device_; }

  // A kernel that calls `body` for each of its blocks.
  CpuFunction& kernel(std::function<void(std::uint64_t block)> body, std::string name = "kernel") {
    FunctionInfo info;
    info.name = std::move(name);
    return functions_.emplace_back(
        std::move(info),
        [body = std::move(body)](const KernelLaunch&, std::uint64_t begin, std::uint64_t end) {
          for (std::uint64_t block = begin; block < end; ++block) body(block);
        },
        kWorkers);
  }

  static LaunchCommand launch(CpuFunction& function, std::uint32_t blocks = 1) {
    LaunchCommand command;
    command.function = &function;
    command.config.grid = {blocks, 1, 1};
    return command;
  }

  void finish(Stream& stream) {
    const auto event = device().create_event();
    stream.record(*event);
    event->sync();
  }

 private:
  const std::size_t workers_before_ = worker_threads();
  std::deque<CpuFunction> functions_;
  std::unique_ptr<CpuDevice> device_ = std::make_unique<CpuDevice>(kWorkers);
};

}  // namespace sennit::cpu
