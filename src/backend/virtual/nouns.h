// backend/virtual/nouns.h: the nouns of backend.h for a virtual machine: handles on its core.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backend/virtual/core.h"

namespace sennit {

using VirtualCorePtr = std::shared_ptr<VirtualCore>;

class VirtualEvent final : public Event {
 public:
  explicit VirtualEvent(VirtualCorePtr core) : core_(std::move(core)) { core_->count_event(1); }
  ~VirtualEvent() override { core_->count_event(-1); }
  bool is_done() const override { return core_->is_done(point_); }
  void sync() const override { core_->sync(point_); }

  const VirtualCorePtr& core() const { return core_; }

 private:
  friend class VirtualStream;
  VirtualCorePtr core_;
  VirtualPointPtr point_;  // guarded by the core's lock; where it was last recorded
};

class VirtualStream final : public Stream {
 public:
  VirtualStream(VirtualCorePtr core, int device)
      : core_(std::move(core)), queue_(core_->create_queue(device)) {}
  ~VirtualStream() override { core_->release_queue(queue_); }
  void enqueue(const Command& command, CommandTag tag) override {
    core_->enqueue(queue_, command, tag);
  }
  void wait(const Event& event) override;
  void record(Event& event) override;

  const VirtualCorePtr& core() const { return core_; }
  VirtualQueue* queue() const { return queue_; }

 private:
  VirtualCorePtr core_;
  VirtualQueue* queue_;
};

class VirtualModule final : public Module {
 public:
  VirtualModule(VirtualCorePtr core, int device, const std::vector<std::string>& names);
  ~VirtualModule() override { core_->unload(functions_); }
  Function& function(std::string_view name) override;
  std::optional<ModuleVariable> variable(std::string_view name) override;

 private:
  VirtualCorePtr core_;
  std::vector<std::shared_ptr<VirtualFunction>> functions_;
};

class VirtualAllocation final : public Allocation {
 public:
  VirtualAllocation(VirtualCorePtr core, VirtualMemory::BlockPtr block, bool on_host)
      : Allocation(block->address, block->bytes),
        core_(std::move(core)),
        block_(std::move(block)),
        on_host_(on_host) {}
  ~VirtualAllocation() override { core_->release(block_, on_host_); }

 private:
  VirtualCorePtr core_;
  VirtualMemory::BlockPtr block_;
  bool on_host_;
};

class VirtualGraph final : public Graph {
 public:
  VirtualGraph(VirtualCorePtr core, int device) : core_(std::move(core)) {
    plan_.device = device;
    core_->count_graph(1);
  }
  ~VirtualGraph() override { core_->count_graph(-1); }
  Node add(const Command& command, std::span<const Node> dependencies, CommandTag tag) override;
  void update(Node node, const Command& command, CommandTag tag) override;
  void launch(Stream& stream, std::span<const CommandTag> tags = {}) override;

 private:
  VirtualCorePtr core_;
  VirtualGraphPlan plan_;
};

class VirtualDevice final : public Device {
 public:
  VirtualDevice(VirtualCorePtr core, int ordinal) : core_(std::move(core)), ordinal_(ordinal) {}
  ~VirtualDevice() override { core_->run_all(); }
  const DeviceInfo& info() const override { return core_->info(ordinal_); }
  std::unique_ptr<Stream> create_stream() override {
    return std::make_unique<VirtualStream>(core_, ordinal_);
  }
  std::unique_ptr<Event> create_event() override { return std::make_unique<VirtualEvent>(core_); }
  std::unique_ptr<Graph> create_graph() override {
    return std::make_unique<VirtualGraph>(core_, ordinal_);
  }
  std::unique_ptr<Allocation> allocate(std::size_t bytes) override {
    return allocate(bytes, false);
  }
  std::unique_ptr<Allocation> allocate_host(std::size_t bytes) override {
    return allocate(bytes, true);
  }
  std::unique_ptr<Module> load(const Image& image) override;
  std::optional<Failure> take_failure() override { return core_->take_failure(ordinal_); }
  double now_us() const override { return core_->now_us(); }
  void record_timings(bool on) override { core_->record_timings(ordinal_, on); }
  void take_timings(std::vector<Timing>& out) override { core_->take_timings(ordinal_, out); }

 private:
  std::unique_ptr<Allocation> allocate(std::size_t bytes, bool on_host) {
    return std::make_unique<VirtualAllocation>(core_, core_->allocate(ordinal_, on_host, bytes),
                                               on_host);
  }

  VirtualCorePtr core_;
  int ordinal_;
};

}  // namespace sennit
