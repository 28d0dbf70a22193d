// backend/virtual/null_backend.cpp: counts, and nothing else.
#include "backend/virtual/null_backend.h"

#include <atomic>
#include <cstdlib>

#include "backend/virtual/named_image.h"
#include "base/error.h"
#include "base/text.h"

namespace sennit {

// One writer at a time, so a plain load and store will do: a locked increment would cost more
// than all the rest of a call.
class NullCounter {
 public:
  void add() { value_.store(value() + 1, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

struct NullCounters {
  NullCounter commands[std::variant_size_v<Command>];  // by the variant's index
  NullCounter graph_launches, records, waits, event_queries, event_syncs, allocations, frees;
  std::atomic<std::uintptr_t> next_address{std::uintptr_t{1} << 32};
};

namespace {

class NullEvent final : public Event {
 public:
  NullEvent(NullCounters& counters, bool slow) : counters_(counters), slow_(slow) {}
  bool is_done() const override {
    counters_.event_queries.add();
    return !slow_;
  }
  void sync() const override { counters_.event_syncs.add(); }

 private:
  NullCounters& counters_;
  const bool slow_;
};

class NullStream final : public Stream {
 public:
  explicit NullStream(NullCounters& counters) : counters_(counters) {}
  void enqueue(const Command& command, CommandTag) override {
    counters_.commands[command.index()].add();
  }
  void wait(const Event&) override { counters_.waits.add(); }
  void record(Event&) override { counters_.records.add(); }

 private:
  NullCounters& counters_;
};

class NullFunction final : public Function {
 public:
  NullFunction(std::string name, std::optional<double> typical_us) : typical_us_(typical_us) {
    info_.name = std::move(name);
  }
  const FunctionInfo& info() const override { return info_; }
  std::optional<double> typical_us(const LaunchConfig&, std::size_t) const override {
    return typical_us_;
  }

 private:
  FunctionInfo info_;
  std::optional<double> typical_us_;
};

class NullModule final : public Module {
 public:
  NullModule(const std::vector<std::string>& names, std::optional<double> typical_us) {
    for (const std::string& name : names) {
      functions_.push_back(std::make_unique<NullFunction>(name, typical_us));
    }
  }
  Function& function(std::string_view name) override {
    std::vector<std::string_view> known;
    for (const auto& function : functions_) {
      if (function->info().name == name) return *function;
      known.push_back(function->info().name);
    }
    raise(ErrorCode::InvalidArgument,
          format("the module has no kernel '{}'; it has: {}", name, join(known)));
  }
  std::optional<ModuleVariable> variable(std::string_view) override { return std::nullopt; }

 private:
  std::vector<std::unique_ptr<NullFunction>> functions_;
};

class NullDeviceMemory final : public Allocation {
 public:
  NullDeviceMemory(NullCounters& counters, std::uintptr_t address, std::size_t bytes)
      : Allocation(reinterpret_cast<void*>(address), bytes), counters_(counters) {}
  ~NullDeviceMemory() override { counters_.frees.add(); }

 private:
  NullCounters& counters_;
};

class NullHostMemory final : public Allocation {
 public:
  NullHostMemory(NullCounters& counters, void* address, std::size_t bytes)
      : Allocation(address, bytes), counters_(counters) {}
  ~NullHostMemory() override {
    counters_.frees.add();
    std::free(address());
  }

 private:
  NullCounters& counters_;
};

class NullGraph final : public Graph {
 public:
  explicit NullGraph(NullCounters& counters) : counters_(counters) {}
  Node add(const Command&, std::span<const Node>, CommandTag) override { return size_++; }
  void update(Node, const Command&, CommandTag) override {}
  void launch(Stream&, std::span<const CommandTag>) override { counters_.graph_launches.add(); }

 private:
  NullCounters& counters_;
  Node size_ = 0;
};

class NullDevice final : public Device {
 public:
  NullDevice(NullCounters& counters, const NullOptions& options, int ordinal)
      : counters_(counters), typical_us_(options.typical_us), slow_(options.slow) {
    info_.name = format("null device {}", ordinal);
    info_.kind = "null";
    info_.launch_us = 3.2;
    info_.architecture = "none";
    info_.shares_host_memory = options.shares_host_memory;
  }
  const DeviceInfo& info() const override { return info_; }
  std::unique_ptr<Stream> create_stream() override {
    return std::make_unique<NullStream>(counters_);
  }
  std::unique_ptr<Event> create_event() override {
    return std::make_unique<NullEvent>(counters_, slow_);
  }
  std::unique_ptr<Graph> create_graph() override { return std::make_unique<NullGraph>(counters_); }

  std::unique_ptr<Allocation> allocate(std::size_t bytes) override {
    if (info_.shares_host_memory) return allocate_host(bytes);
    counters_.allocations.add();
    const std::uintptr_t address =
        counters_.next_address.fetch_add(rounded(bytes), std::memory_order_relaxed);
    return std::make_unique<NullDeviceMemory>(counters_, address, bytes);
  }

  std::unique_ptr<Allocation> allocate_host(std::size_t bytes) override {
    void* address = std::aligned_alloc(kAlignment, rounded(bytes));
    if (address == nullptr) {
      raise(ErrorCode::OutOfMemory,
            format("the host has no {} left; free arrays and retry", format_bytes(bytes)));
    }
    counters_.allocations.add();
    return std::make_unique<NullHostMemory>(counters_, address, bytes);
  }

  std::unique_ptr<Module> load(const Image& image) override {
    return std::make_unique<NullModule>(names_of_image(image), typical_us_);
  }
  std::optional<Failure> take_failure() override { return std::nullopt; }

 private:
  static constexpr std::size_t kAlignment = 256;
  static std::size_t rounded(std::size_t bytes) {
    return (bytes + kAlignment - 1) / kAlignment * kAlignment;
  }

  NullCounters& counters_;
  DeviceInfo info_;
  std::optional<double> typical_us_;
  bool slow_;
};

}  // namespace

NullBackend::NullBackend(const NullOptions& options) : counters_(std::make_unique<NullCounters>()) {
  if (options.devices < 1) {
    raise(ErrorCode::InvalidArgument,
          format("a null machine of {} devices; give it at least one", options.devices));
  }
  for (int device = 0; device < options.devices; ++device) {
    devices_.push_back(std::make_unique<NullDevice>(*counters_, options, device));
    device_pointers_.push_back(devices_.back().get());
  }
}

NullBackend::~NullBackend() = default;

std::span<Device* const> NullBackend::devices() { return device_pointers_; }

Image NullBackend::compile(const CompileRequest& request, const Device&) {
  return image_of_names(request.names);
}

CallCounts NullBackend::counts() const {
  CallCounts counts;
  const auto of = [&]<typename T>(T) { return counters_->commands[Command(T{}).index()].value(); };
  counts.launches = of(LaunchCommand{});
  counts.copies = of(CopyCommand{});
  counts.fills = of(FillCommand{});
  counts.host_calls = of(HostCallCommand{});
  counts.graph_launches = counters_->graph_launches.value();
  counts.records = counters_->records.value();
  counts.waits = counters_->waits.value();
  counts.event_queries = counters_->event_queries.value();
  counts.event_syncs = counters_->event_syncs.value();
  counts.allocations = counters_->allocations.value();
  counts.frees = counters_->frees.value();
  return counts;
}

}  // namespace sennit
