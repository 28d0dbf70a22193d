// sched/policy_test.cpp: what every placement policy must do, and what each of GrCUDA's does.
#include "sched/policy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "base/error.h"
#include "sched/drawn_program.h"
#include "sched/stream_policy.h"

namespace sennit {
namespace {

// Answers that a test makes up. Device k has memory of its own.
class Question final : public PlacementQuery {
 public:
  explicit Question(int count) : topology(count, 50e9), busy(static_cast<std::size_t>(count)) {
    for (int device = 0; device < count; ++device) offered.push_back(device);
  }
  // Bytes that are on these devices, -1: the host.
  Question& has(std::size_t bytes, std::initializer_list<int> places) {
    Holding holding{bytes, 0};
    for (const int place : places) holding.locations |= at(place).bit();
    data.push_back(holding);
    return *this;
  }
  static Location at(int place) { return place < 0 ? Location::host() : Location::device(place); }
  // GB/s, both ways.
  Question& link(int from, int to, double rate) {
    topology.set_bandwidth(at(from), at(to), rate * 1e9);
    topology.set_bandwidth(at(to), at(from), rate * 1e9);
    return *this;
  }

  int device_count() const override { return static_cast<int>(busy.size()); }
  std::span<const int> devices() const override { return offered; }
  std::span<const NodeId> parents() const override { return {}; }
  int device_of(NodeId) const override { return 0; }
  std::span<const Holding> holdings() const override { return data; }
  Location location_of(int device) const override { return Location::device(device); }
  double bandwidth(Location from, Location to) const override {
    return topology.bandwidth(from, to);
  }
  std::size_t missing_bytes(int) const override { return 0; }
  std::size_t in_flight(int) const override { return 0; }
  std::size_t busy_streams(int device) const override {
    return busy[static_cast<std::size_t>(device)];
  }
  double data_threshold() const override { return threshold; }

  std::vector<int> offered;
  std::vector<Holding> data;
  Topology topology;
  std::vector<std::size_t> busy;
  double threshold = 0.1;
};

int place(std::string_view policy, const Question& question) {
  return find_policy(policy).make()->place(question);
}

// ---- Every policy -------------------------------------------------------------------------------

TEST(Policy, EachAnswersWithADeviceThatItWasOffered) {
  std::mt19937_64 random(7);
  for (const PolicyInfo* info : policies()) {
    const std::unique_ptr<Policy> policy = info->make();
    for (int i = 0; i < 300; ++i) {
      Question question(2 + static_cast<int>(random() % 7));
      std::erase_if(question.offered, [&](int) { return random() % 3 == 0; });
      if (question.offered.empty()) question.offered.push_back(1);
      for (std::size_t& streams : question.busy) streams = random() % 4;
      for (std::size_t n = random() % 4; n > 0; --n) {
        Holding holding{random() % 1000, 0};
        for (int p = -1; p < question.device_count(); ++p) {
          if (random() % 2 == 0) holding.locations |= Question::at(p).bit();
        }
        question.data.push_back(holding);
      }
      const int device = policy->place(question);
      EXPECT_TRUE(std::count(question.offered.begin(), question.offered.end(), device))
          << info->name << " answered " << device;
    }
  }
}

//   A program of all kinds of edges, on up to 8 devices, with every pair of policies that there is.
TEST(Policy, EachGivesTheSequentialAnswerWithEveryStreamPolicy) {
  for (const PolicyInfo* placement : policies()) {
    for (const StreamPolicyInfo* streams : stream_policies()) {
      for (const int devices : {2, 3, 8}) {
        for (std::uint64_t seed = 1; seed <= 5; ++seed) {
          DrawnProgram::Setup setup;
          setup.streams = streams->name;
          setup.read_only = seed % 2 == 0;
          setup.placement = placement->name;
          setup.devices = devices;
          setup.own_memory = true;
          setup.bandwidth_matrix = SENNIT_SOURCE_DIR "/src/sched/testdata/8_gpus.csv";
          setup.elements = {{"a", 1000}, {"c", 300}};
          setup.seed = seed;
          SCOPED_TRACE(
              format("{}, {}, {} devices, seed {}", placement->name, streams->name, devices, seed));
          DrawnProgram program(setup,
                               "(a) (b) (ar,c) (br,d) (c,d) (ar) (br,e) (a,b) (cr,e,f) sync(c)"
                               "(a,cr) (b,f) (ar,br,fr,g) (d,er) sync(g) (ar,g) (a,b,c,d,e,f,g)");
        }
      }
    }
  }
}

TEST(Policy, AnUnknownOneIsRefusedWithTheKnownOnes) {
  try {
    find_policy("min_transfer");
    ADD_FAILURE() << "found";
  } catch (const Error& error) {
    for (const PolicyInfo* info : policies()) {
      EXPECT_NE(error.message().find(info->name), std::string::npos) << error.message();
    }
  }
}

TEST(Policy, TwoStreamPoliciesForTheSameQuestionAreRefusedWithThoseThatFit) {
  for (const char* text : {"always_new+reuse_idle", "same_as_parent+disjoint_parents",
                           "adaptive+same_as_parent", "always_new+adaptive"}) {
    try {
      make_stream_policy(text);
      ADD_FAILURE() << text << " was taken";
    } catch (const Error& error) {
      EXPECT_NE(error.message().find("(always_new, reuse_idle)"), std::string::npos)
          << error.message();
      EXPECT_NE(error.message().find("multigpu_early_disjoint"), std::string::npos);
    }
  }
}

// ---- Each of GrCUDA's ---------------------------------------------------------------------------

TEST(Policy, RoundRobinGoesRoundAllDevicesWhateverItIsOffered) {
  const std::unique_ptr<Policy> policy = find_policy("round_robin").make();
  Question all(4), some(4);
  some.offered = {0, 1, 3};
  std::vector<int> placed;
  for (const Question* question : {&all, &some, &some, &some, &some, &some, &all}) {
    placed.push_back(policy->place(*question));
  }
  // Turns 1, 2, 3, 0 and 1 of the three.
  EXPECT_EQ(placed, (std::vector{0, 1, 3, 0, 0, 1, 2}));
}

TEST(Policy, StreamAwareTakesTheFewestBusyStreamsAndTheFirstOfEqualOnes) {
  Question question(4);
  question.busy = {2, 1, 3, 1};
  EXPECT_EQ(place("stream_aware", question), 1);
  question.offered = {0, 2, 3};
  EXPECT_EQ(place("stream_aware", question), 3);
  question.offered = {0, 2};
  EXPECT_EQ(place("stream_aware", question), 0);
}

TEST(Policy, MinTransferSizeTakesMostBytesAndTheFirstOfEqualOnes) {
  EXPECT_EQ(place("min_transfer_size", Question(3).has(10, {0}).has(30, {-1, 2})), 2);
  EXPECT_EQ(place("min_transfer_size", Question(3).has(10, {1}).has(10, {2})), 1);
  Question some = Question(3).has(10, {0}).has(30, {2});
  some.offered = {0, 1};
  EXPECT_EQ(place("min_transfer_size", some), 0);
}

TEST(Policy, PlacementByDataIsInTurnWhereNoDeviceHoldsMoreThanTheThreshold) {
  for (const char* name : {"min_transfer_size", "minmin_transfer_time", "minmax_transfer_time"}) {
    const std::unique_ptr<Policy> policy = find_policy(name).make();
    Question little = Question(3).has(90, {-1}).has(10, {2});  // a tenth is not more than a tenth
    EXPECT_EQ(policy->place(little), 0);
    EXPECT_EQ(policy->place(Question(3).has(5, {-1})), 1);
    EXPECT_EQ(policy->place(Question(3)), 2) << "no arrays at all";
    EXPECT_EQ(policy->place(little), 0);
    little.threshold = 0.09;
    EXPECT_EQ(policy->place(little), 2) << name;
  }
}

//   x is on 0 and the host, y on 1: either goes to the other. 0 and 1 are 10 apart, host and 1 are
//   40 apart. Best sources: to 1 over 40, to 0 over 10; worst sources: both over 10.
TEST(Policy, TransferTimeCountsTheBestOrTheWorstSource) {
  const auto question = [] {
    Question made(2);
    made.link(0, 1, 10).link(-1, 0, 10).link(-1, 1, 40);
    made.has(40, {-1, 0}).has(20, {1});
    return made;
  };
  EXPECT_EQ(place("minmin_transfer_time", question()), 1) << "1 s against 2 s";
  EXPECT_EQ(place("minmax_transfer_time", question()), 0) << "4 s against 2 s";
}

TEST(Policy, TransferTimeGoesOnlyWhereEnoughOfTheDataIs) {
  // 2 would be reached soonest, and holds nothing.
  Question question(3);
  question.link(0, 1, 1).link(0, 2, 100).link(1, 2, 100).has(50, {0}).has(40, {1});
  EXPECT_EQ(place("minmin_transfer_time", question), 0);
  EXPECT_EQ(place("minmax_transfer_time", question), 0);
}

}  // namespace
}  // namespace sennit
