// sched/virtual_fixture.h: a scheduler on a virtual machine, for tests.
//
// Kernels are "mix": out[i] = out[i] * 31 + sum over inputs of in[i] * 7 + constant, on int32, so
// that a wrong order or a forgotten copy changes the result.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "backend/virtual/virtual_backend.h"
#include "base/intern.h"
#include "sched/scheduler.h"

namespace sennit {

// A kernel of a virtual machine on all its devices.
class VirtualKernel final : public FunctionSource {
 public:
  VirtualKernel(VirtualBackend& backend, const std::string& name) {
    CompileRequest request;
    request.names = {name};
    for (Device* device : backend.devices()) {
      modules_.push_back(device->load(backend.compile(request, *device)));
      functions_.push_back(&modules_.back()->function(name));
    }
  }
  Function* find(int device) const override { return functions_[static_cast<std::size_t>(device)]; }
  void load(int) override {}

 private:
  std::vector<std::unique_ptr<Module>> modules_;
  std::vector<Function*> functions_;
};

// mix(n, constant, input count, out, in...)
struct MixParameters {
  std::int64_t n = 0;
  std::int64_t constant = 0;
  std::int64_t inputs = 0;
  std::array<std::byte*, 12> pointers{};
};

inline void run_mix(const LaunchConfig&, void** parameters) {
  const auto n = parameter<std::int64_t>(parameters, 0);
  const auto constant = parameter<std::int64_t>(parameters, 1);
  const auto inputs = parameter<std::int64_t>(parameters, 2);
  auto* out = parameter<std::uint32_t*>(parameters, 3);
  for (std::int64_t i = 0; i < n; ++i) {
    std::uint32_t value = out[i] * 31u + static_cast<std::uint32_t>(constant);
    for (int k = 0; k < inputs; ++k)
      value += parameter<const std::uint32_t*>(parameters, 4 + k)[i] * 7u;
    out[i] = value;
  }
}

class SchedulerTest : public testing::Test {
 protected:
  static constexpr std::size_t kElements = 64;

  static VirtualOptions own_memory(std::uint64_t seed = 1) {
    VirtualOptions options;
    options.seed = seed;
    return options;
  }
  static VirtualOptions shared_memory(std::uint64_t seed = 1) {
    VirtualOptions options = own_memory(seed);
    options.machine.shares_host_memory = true;
    return options;
  }

  void SetUp() override { make({}); }
  void TearDown() override {
    storages_.clear();
    scheduler_->sync();
    const SchedulerStatistics end = scheduler_->statistics();
    EXPECT_EQ(end.in_flight, 0u);
    EXPECT_EQ(end.storages, 0u);
    EXPECT_EQ(end.allocated_bytes, 0u);
    EXPECT_EQ(end.events, 0u);
    scheduler_.reset();
    kernels_.clear();
    EXPECT_EQ(backend_->take_misuses(), std::vector<std::string>{});
    EXPECT_EQ(backend_->live().allocations, 0u);
  }

  // Starts over on another machine.
  void make(const SchedulerConfig& config, VirtualOptions options = own_memory()) {
    storages_.clear();
    scheduler_.reset();
    kernels_.clear();
    backend_ = std::make_unique<VirtualBackend>(std::move(options));
    scheduler_ = std::make_unique<Scheduler>(backend_->devices(), config);
  }
  using Handle = std::shared_ptr<Storage>;
  Handle array(std::size_t elements = kElements) {
    auto storage = std::make_unique<Storage>();
    storage->bytes = elements * 4;
    scheduler_->add(*storage);
    Scheduler* scheduler = scheduler_.get();
    return Handle(storage.release(), [scheduler](Storage* last) {
      scheduler->release(std::unique_ptr<Storage>(last));
    });
  }

  VirtualKernel& kernel(const std::string& name, HostFunction body = run_mix) {
    auto& made = kernels_[name];
    if (!made) {
      backend_->registry().add_function(name, std::move(body));
      made = std::make_unique<VirtualKernel>(*backend_, name);
    }
    return *made;
  }

  static ByteRange all(const Handle& storage) { return {0, storage->bytes}; }
  static ByteRange elements(std::size_t begin, std::size_t end) { return {4 * begin, 4 * end}; }

  struct Use {
    Handle storage;
    ByteRange range;
  };

  // out = mix(out, in...), on the ranges given (whole arrays if `range` is empty).
  NodeId launch(const std::string& name, Use out, std::vector<Use> in = {},
                std::span<const NodeId> after = {}, std::int64_t constant = 1) {
    LaunchConfig config;
    if (out.range.empty()) out.range = all(out.storage);
    std::vector<Access> accesses{{out.storage->id, AccessMode::ReadWrite, out.range}};
    MixParameters parameters;
    parameters.n = static_cast<std::int64_t>(out.range.size() / 4);
    parameters.constant = constant;
    parameters.inputs = static_cast<std::int64_t>(in.size());
    std::vector<PointerPatch> patches{{24, {out.storage->id, out.range.begin}}};
    for (std::size_t k = 0; k < in.size(); ++k) {
      if (in[k].range.empty()) in[k].range = all(in[k].storage);
      accesses.push_back({in[k].storage->id, AccessMode::Read, in[k].range});
      patches.push_back(
          {static_cast<std::uint32_t>(32 + 8 * k), {in[k].storage->id, in[k].range.begin}});
    }
    std::vector<std::uint32_t> offsets;
    for (std::uint32_t i = 0; i < 4 + in.size(); ++i) offsets.push_back(8 * i);
    Operation operation;
    operation.label = intern(name);
    operation.accesses = accesses;
    operation.after = after;
    operation.work = LaunchWork{
        &kernel(name), config, std::as_writable_bytes(std::span(&parameters, 1)), offsets, patches};
    return scheduler_->submit(operation);
  }

  std::uint32_t element(const Handle& storage, std::size_t index) {
    std::uint32_t value = 0;
    scheduler_->read_element(*storage, elements(index, index + 1), &value);
    return value;
  }
  void set_element(const Handle& storage, std::size_t index, std::uint32_t value) {
    scheduler_->write_element(*storage, elements(index, index + 1), &value);
  }
  void set_all(const Handle& storage, std::uint32_t value) {
    scheduler_->write(*storage, all(storage), AccessMode::Overwrite, [&](std::byte* first) {
      std::fill_n(reinterpret_cast<std::uint32_t*>(first), storage->bytes / 4, value);
    });
  }

  std::unique_ptr<VirtualBackend> backend_;
  std::unique_ptr<Scheduler> scheduler_;
  std::map<std::string, std::unique_ptr<VirtualKernel>> kernels_;
  std::vector<Handle> storages_;
};

}  // namespace sennit
