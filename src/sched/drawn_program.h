// sched/drawn_program.h: programs drawn as text, and what the policies made of them; for tests.
//
//   A(1,2) B(1r) C(2r) sync(2)
//
// A, B and C are launches, in this order; they are given arrays, and `r` marks what is only read
// (without `read_only` it is ignored: GrCUDA's DependencyPolicy no-const). The name of a launch may
// be left out. `sync` is a host access. Each launch computes something of all its arrays, and in
// the end every array must hold what running them one after another gives.
//
// What GrCUDA's own tests expect is said in its words. They are answered as follows:
//
//   edge          the launch waits for the other, and for none that it can be reached from
//   frontier      the unfinished launches that a write of some array would wait for
//   active        not known to be done
//   stream, n     the n-th stream that a launch was given, from 0; copies have their own
//   sync          our host access waits for what last used the array's replica and no more. GrCUDA
//                 has one copy of everything and synchronises the streams of all that used it
//                 whole, and what these came after; so `sync` waits for as much
//   device        a host access is no node here and has none; GrCUDA reports 0
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "sched/virtual_fixture.h"

namespace sennit {

// touch(count, seed, mask of the written ones, the arrays' sizes in elements, the arrays): every
// word of every written array depends on every word of all.
inline constexpr std::size_t kMostArrays = 8;
struct TouchParameters {
  std::uint64_t count = 0;
  std::uint64_t seed = 0;
  std::uint64_t written = 0;
  std::array<std::uint64_t, kMostArrays> elements{};
  std::array<std::uint32_t*, kMostArrays> arrays{};
};

inline void touch(const TouchParameters& parameters) {
  std::uint64_t sum = parameters.seed;
  for (std::size_t k = 0; k < parameters.count; ++k) {
    for (std::size_t i = 0; i < parameters.elements[k]; ++i) {
      sum = sum * 6364136223846793005u + parameters.arrays[k][i] + 1;
    }
  }
  for (std::size_t k = 0; k < parameters.count; ++k) {
    if (((parameters.written >> k) & 1) == 0) continue;
    for (std::size_t i = 0; i < parameters.elements[k]; ++i) {
      parameters.arrays[k][i] = static_cast<std::uint32_t>((sum >> 32) + i + k);
    }
  }
}

class DrawnProgram final : public Observer {
 public:
  struct Setup {
    std::string streams = "reuse_idle+same_as_parent";
    bool read_only = false;  // `r` counts
    std::string placement = "single_device";
    // Without memory of their own there is one replica of everything, as managed memory looks.
    int devices = 1;
    bool own_memory = false;
    std::string bandwidth_matrix = {};                 // a file
    std::map<std::string, std::size_t> elements = {};  // of arrays that have not 10
    std::uint64_t seed = 1;
  };

  explicit DrawnProgram(const Setup& setup, std::string_view program = {}) : setup_(setup) {
    VirtualOptions options;
    options.seed = setup.seed;
    options.machine.devices = setup.devices;
    options.machine.shares_host_memory = !setup.own_memory;
    backend_ = std::make_unique<VirtualBackend>(options);
    backend_->registry().add_function("touch", [](const LaunchConfig&, void** parameters) {
      TouchParameters all;
      all.count = parameter<std::uint64_t>(parameters, 0);
      all.seed = parameter<std::uint64_t>(parameters, 1);
      all.written = parameter<std::uint64_t>(parameters, 2);
      constexpr int kMost = kMostArrays;
      for (int k = 0; k < kMost; ++k) {
        const auto slot = static_cast<std::size_t>(k);
        all.elements[slot] = parameter<std::uint64_t>(parameters, 3 + k);
        all.arrays[slot] = parameter<std::uint32_t*>(parameters, 3 + kMost + k);
      }
      touch(all);
    });
    kernel_ = std::make_unique<VirtualKernel>(*backend_, "touch");
    SchedulerConfig config;
    config.stream_policy = setup.streams;
    config.placement_policy = setup.placement;
    config.bandwidth_matrix = setup.bandwidth_matrix;
    scheduler_ = std::make_unique<Scheduler>(backend_->devices(), config);
    scheduler_->attach(std::shared_ptr<Observer>(this, [](Observer*) {}));
    run(program);
  }

  ~DrawnProgram() override {
    for (auto& [name, array] : arrays_) {
      const HostPin pin = scheduler_->read(*array.storage, {0, array.storage->bytes});
      EXPECT_EQ(std::memcmp(pin.data(), array.expected.data(), array.storage->bytes), 0)
          << "array " << name << " does not hold the sequential answer";
    }
    scheduler_->sync();
    scheduler_->detach(this);
    for (auto& [name, array] : arrays_) scheduler_->release(std::move(array.storage));
    EXPECT_EQ(scheduler_->statistics().events, 0u);
    EXPECT_EQ(scheduler_->statistics().storages, 0u);
    EXPECT_EQ(scheduler_->statistics().allocated_bytes, 0u);
    scheduler_.reset();
    kernel_.reset();
    EXPECT_EQ(backend_->take_misuses(), std::vector<std::string>{});
  }

  void run(std::string_view program) {
    while (true) {
      program.remove_prefix(std::min(program.find_first_not_of(" \n|"), program.size()));
      if (program.empty()) return;
      const std::size_t open = program.find('('), close = program.find(')');
      std::string name(program.substr(0, open));
      const std::vector<Use> uses = parse(program.substr(open + 1, close - open - 1));
      program.remove_prefix(close + 1);
      if (name == "sync") {
        for (const Use& use : uses) sync(use.array);
      } else {
        launch(name.empty() ? format("K{}", launches_.size() + 1) : name, uses);
      }
    }
  }

  // ---- what the policies made of it: one entry for each launch, in order ----
  std::string streams() const {
    return listed([&](const Seen& seen) { return std::to_string(stream_number(seen.stream)); });
  }
  std::string devices() const {
    return listed([](const Seen& seen) { return std::to_string(seen.device); });
  }
  std::string names() const {
    return listed([](const Seen& seen) { return seen.name; });
  }
  std::size_t stream_count() const { return streams_.size(); }
  std::size_t vertices() const { return launches_.size(); }
  std::size_t edges() const {
    std::size_t sum = 0;
    for (const std::uint64_t launch : launches_) sum += direct(seen_.at(launch).parents).size();
    return sum;
  }
  std::string parents(std::string_view name) const {
    for (const std::uint64_t launch : launches_) {
      if (seen_.at(launch).name == name) return names(direct(seen_.at(launch).parents));
    }
    return "no such launch";
  }
  std::string frontier() {
    std::set<std::uint64_t> all;
    for (const auto& [name, array] : arrays_) {
      for (const std::uint64_t node : users(name)) all.insert(node);
    }
    return names(all);
  }
  // Unfinished launches by stream: "3 1".
  std::string active() const {
    std::vector<std::size_t> counts(streams_.size());
    for (const std::uint64_t launch : launches_) {
      const Seen& seen = seen_.at(launch);
      if (!seen.done) ++counts[stream_number(seen.stream)];
    }
    std::string text;
    for (const std::size_t count : counts) text += format("{}{}", text.empty() ? "" : " ", count);
    return text;
  }

  // ---- what the host does ----
  void host_reads(const std::string& name) {
    Array& array = array_of(name);
    const HostPin pin = scheduler_->read(*array.storage, {0, array.storage->bytes});
    EXPECT_EQ(std::memcmp(pin.data(), array.expected.data(), array.storage->bytes), 0) << name;
  }
  void host_writes(const std::string& name, std::uint32_t value) {
    Array& array = array_of(name);
    std::fill(array.expected.begin(), array.expected.end(), value);
    scheduler_->write(
        *array.storage, {0, array.storage->bytes}, AccessMode::Overwrite,
        [&](std::byte* first) { std::memcpy(first, array.expected.data(), array.storage->bytes); });
  }
  // The next new array may get its id.
  void drop(const std::string& name) {
    scheduler_->release(std::move(arrays_.at(name).storage));
    arrays_.erase(name);
  }
  // Where the array is current: "host 0 1". Afterwards it is so everywhere.
  std::string where(const std::string& name) {
    std::string text;
    const auto is_free = [&](const auto& look) {
      const std::uint64_t before = scheduler_->statistics().transfers;
      look();
      return scheduler_->statistics().transfers == before;
    };
    if (is_free([&] { host_reads(name); })) text = "host";
    for (int device = 0; device < setup_.devices; ++device) {
      if (!is_free([&] { launch("look", {{name, false}}, device); })) continue;
      text += format("{}{}", text.empty() ? "" : " ", device);
    }
    return text;
  }

  Scheduler& scheduler() { return *scheduler_; }

 private:
  struct Use {
    std::string array;
    bool written = false;
  };
  struct Array {
    std::unique_ptr<Storage> storage;
    std::vector<std::uint32_t> expected;
    // Of the program, wherever the array is: who wrote it last, and who has read that.
    std::uint64_t writer = 0;
    std::vector<std::uint64_t> readers;
  };
  struct Seen {
    std::string name;  // empty: a transfer
    NodeId node = kNoNode;
    int device = 0;
    StreamId stream = kNoStream;
    std::vector<std::uint64_t> parents;  // what it waits for
    std::set<std::uint64_t> earlier;     // all that it comes after in the program
    bool done = false;
  };

  std::vector<Use> parse(std::string_view text) const {
    std::vector<Use> uses;
    while (!text.empty()) {
      const std::size_t end = std::min(text.find(','), text.size());
      std::string_view name = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      const bool marked = name.size() > 1 && name.back() == 'r';
      if (marked) name.remove_suffix(1);
      uses.push_back({std::string(name), !(marked && setup_.read_only)});
    }
    return uses;
  }

  // As a new array is in GrCUDA, one that is new here is on the host.
  Array& array_of(const std::string& name) {
    Array& array = arrays_[name];
    if (array.storage) return array;
    const auto size = setup_.elements.find(name);
    array.expected.resize(size == setup_.elements.end() ? 10 : size->second);
    array.storage = std::make_unique<Storage>();
    array.storage->bytes = 4 * array.expected.size();
    scheduler_->add(*array.storage);
    host_writes(name, static_cast<std::uint32_t>(arrays_.size()));
    return array;
  }

  void launch(const std::string& name, const std::vector<Use>& uses,
              int device = Operation::kAnyDevice) {
    TouchParameters parameters;
    parameters.count = uses.size();
    parameters.seed = launches_.size();
    TouchParameters sequential = parameters;
    std::vector<Access> accesses;
    std::vector<PointerPatch> patches;
    for (std::size_t k = 0; k < uses.size(); ++k) {
      Array& array = array_of(uses[k].array);
      parameters.written |= std::uint64_t{uses[k].written} << k;
      parameters.elements[k] = array.expected.size();
      accesses.push_back({array.storage->id,
                          uses[k].written ? AccessMode::ReadWrite : AccessMode::Read,
                          {0, array.storage->bytes}});
      patches.push_back({static_cast<std::uint32_t>(offsetof(TouchParameters, arrays) + 8 * k),
                         {array.storage->id, 0}});
      sequential.arrays[k] = array.expected.data();
    }
    sequential.written = parameters.written;
    sequential.elements = parameters.elements;
    touch(sequential);
    std::vector<std::uint32_t> offsets(3 + 2 * kMostArrays);
    for (std::uint32_t i = 0; i < offsets.size(); ++i) offsets[i] = 8 * i;
    Operation operation;
    operation.label = intern(name);
    operation.accesses = accesses;
    operation.device = device;
    operation.work =
        LaunchWork{kernel_.get(), LaunchConfig{}, std::as_writable_bytes(std::span(&parameters, 1)),
                   offsets, patches};
    const std::uint64_t number = number_of(scheduler_->submit(operation));
    for (const Use& use : uses) note_use(array_of(use.array), use.written, number);
  }

  void note_use(Array& array, bool written, std::uint64_t number) {
    std::set<std::uint64_t>& earlier = seen_.at(number).earlier;
    const auto after = [&](std::uint64_t other) {
      if (other == 0 || other == number) return;
      earlier.insert(other);
      earlier.insert(seen_.at(other).earlier.begin(), seen_.at(other).earlier.end());
    };
    after(array.writer);
    if (!written) return array.readers.push_back(number);
    for (const std::uint64_t reader : array.readers) after(reader);
    array.writer = number;
    array.readers.clear();
  }

  void sync(const std::string& name) {
    const Array& array = array_of(name);
    std::set<std::uint64_t> users(array.readers.begin(), array.readers.end());
    if (users.empty() && array.writer != 0) users.insert(array.writer);
    std::set<std::uint64_t> earlier;
    for (const std::uint64_t user : users) {
      earlier.insert(seen_.at(user).earlier.begin(), seen_.at(user).earlier.end());
    }
    for (const std::uint64_t user : users) {
      if (seen_.at(user).done || earlier.contains(user)) continue;
      for (const std::uint64_t launch : launches_) {
        if (seen_.at(launch).stream == seen_.at(user).stream) earlier.insert(launch);
      }
    }
    for (const std::uint64_t launch : earlier) {
      if (!seen_.at(launch).done) scheduler_->wait(seen_.at(launch).node);
    }
    host_reads(name);
  }

  // ---- the graph ----
  // The launches that a write of the array would wait for, wherever it is made.
  std::set<std::uint64_t> users(const std::string& name) {
    std::set<std::uint64_t> all;
    const Array& array = arrays_.at(name);
    const Access access{array.storage->id, AccessMode::ReadWrite, {0, array.storage->bytes}};
    for (int device = 0; device < setup_.devices; ++device) {
      Operation operation;
      operation.kind = OperationKind::Fill;
      operation.accesses = {&access, 1};
      operation.work = FillWork{};
      operation.device = device;
      std::string text = scheduler_->explain(operation);
      for (std::size_t at = text.find('#'); at != std::string::npos; at = text.find('#', at + 1)) {
        insert_launches(std::stoull(text.substr(at + 1)), all);
      }
    }
    return all;
  }
  // A launch is one; a transfer stands for what it waits for.
  void insert_launches(std::uint64_t number, std::set<std::uint64_t>& out) const {
    const Seen& seen = seen_.at(number);
    if (seen.done) return;
    if (!seen.name.empty()) {
      out.insert(number);
    } else {
      for (const std::uint64_t parent : seen.parents) insert_launches(parent, out);
    }
  }
  bool reaches(std::uint64_t from, std::uint64_t to) const {
    if (from == to) return true;
    const std::vector<std::uint64_t>& above = seen_.at(to).parents;
    return std::any_of(above.begin(), above.end(),
                       [&](std::uint64_t parent) { return reaches(from, parent); });
  }
  template <typename Numbers>
  std::set<std::uint64_t> direct(const Numbers& parents) const {
    std::set<std::uint64_t> left;
    for (const std::uint64_t parent : parents) {
      const bool passed = std::any_of(parents.begin(), parents.end(), [&](std::uint64_t other) {
        return other != parent && reaches(parent, other);
      });
      if (!passed) left.insert(parent);
    }
    return left;
  }

  std::size_t stream_number(StreamId stream) const {
    return static_cast<std::size_t>(std::find(streams_.begin(), streams_.end(), stream) -
                                    streams_.begin());
  }
  template <typename Tell>
  std::string listed(Tell tell) const {
    std::string text;
    for (const std::uint64_t launch : launches_) {
      text += format("{}{}", text.empty() ? "" : " ", tell(seen_.at(launch)));
    }
    return text;
  }
  std::string names(const std::set<std::uint64_t>& numbers) const {
    std::string text;
    for (const std::uint64_t number : numbers) {
      text += format("{}{}", text.empty() ? "" : " ", seen_.at(number).name);
    }
    return text;
  }

  // Only the scheduler calls these.
  void on_issue(const ObservedOperation& operation) override {
    if (operation.node == kNoNode) return;
    const bool launched = operation.kind == OperationKind::Launch;
    Seen seen{launched ? operation.label : "",
              operation.node,
              operation.device,
              operation.stream,
              {},
              {},
              false};
    for (const ParentSet::Parent& parent : operation.parents) {
      seen.parents.push_back(number_of(parent.node));
    }
    seen_[number_of(operation.node)] = std::move(seen);
    if (!launched) return;
    launches_.push_back(number_of(operation.node));
    if (stream_number(operation.stream) == streams_.size()) streams_.push_back(operation.stream);
  }
  void on_done(NodeId node, const Error* failure) override {
    EXPECT_EQ(failure, nullptr);
    seen_.at(number_of(node)).done = true;
  }

  const Setup setup_;
  std::unique_ptr<VirtualBackend> backend_;
  std::unique_ptr<VirtualKernel> kernel_;
  std::unique_ptr<Scheduler> scheduler_;
  std::map<std::string, Array> arrays_;
  std::map<std::uint64_t, Seen> seen_;  // by submission number
  std::vector<std::uint64_t> launches_;
  std::vector<StreamId> streams_;  // in the order of their first launch
};

}  // namespace sennit
