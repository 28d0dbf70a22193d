// backend/virtual/order_test.cpp: queued work runs in every order that is allowed, and in no other.
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "backend/virtual/virtual_fixture.h"

namespace sennit {
namespace {

constexpr std::uint64_t kSeeds = 300;

TEST(VirtualOrder, NothingRunsWhenItIsQueued) {
  VirtualMachineOfNotes machine;
  auto stream = machine.device().create_stream();
  for (int i = 0; i < 100; ++i) machine.note(*stream, i);
  EXPECT_TRUE(machine.ran.empty());
  EXPECT_EQ(machine.backend.pending(), 100u);
}

TEST(VirtualOrder, SyncRunsWhatStandsBeforeThePoint) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    VirtualMachineOfNotes machine(VirtualMachineOfNotes::seeded(seed));
    auto stream = machine.device().create_stream();
    auto event = machine.device().create_event();
    machine.note(*stream, 1);
    machine.note(*stream, 2);
    stream->record(*event);
    machine.note(*stream, 3);
    event->sync();
    EXPECT_TRUE(event->is_done());
    EXPECT_EQ(machine.ran, (std::vector<int>{1, 2})) << "nothing behind the point is needed";
  }
}

TEST(VirtualOrder, AnEventNeverRecordedIsDoneAndHoldsNobody) {
  VirtualMachineOfNotes machine;
  auto stream = machine.device().create_stream();
  auto never = machine.device().create_event();
  auto end = machine.device().create_event();
  EXPECT_TRUE(never->is_done());
  never->sync();
  stream->wait(*never);
  machine.note(*stream, 1);
  stream->record(*end);
  end->sync();
  EXPECT_EQ(machine.ran, std::vector<int>{1});
}

//   [1] --> (event) --> [2]
TEST(VirtualOrder, AWaitHoldsLaterWorkOfItsStreamOnly) {
  bool three_went_first = false;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    VirtualMachineOfNotes machine(VirtualMachineOfNotes::seeded(seed));
    auto first = machine.device().create_stream();
    auto second = machine.device().create_stream();
    auto event = machine.device().create_event();
    machine.note(*second, 3);
    machine.note(*first, 1);
    first->record(*event);
    second->wait(*event);
    machine.note(*second, 2);
    machine.backend.run_all();
    ASSERT_EQ(machine.ran.size(), 3u);
    EXPECT_EQ(machine.ran.back(), 2);
    three_went_first |= machine.ran.front() == 3;
  }
  EXPECT_TRUE(three_went_first);
}

TEST(VirtualOrder, AWaitMeansTheRecordThatWasLastWhenItWasCalled) {
  bool waiter_went_before_new_record = false;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    VirtualMachineOfNotes machine(VirtualMachineOfNotes::seeded(seed));
    auto first = machine.device().create_stream();
    auto second = machine.device().create_stream();
    auto waiter = machine.device().create_stream();
    auto event = machine.device().create_event();
    machine.note(*first, 1);
    first->record(*event);
    waiter->wait(*event);
    machine.note(*waiter, 3);
    machine.note(*second, 2);
    second->record(*event);  // the waiter does not care
    event->sync();
    EXPECT_NE(std::find(machine.ran.begin(), machine.ran.end(), 2), machine.ran.end())
        << "sync waits for the newer record";
    machine.backend.run_all();
    const auto at = [&](int id) { return std::find(machine.ran.begin(), machine.ran.end(), id); };
    EXPECT_LT(at(1), at(3));
    waiter_went_before_new_record |= at(3) < at(2);
  }
  EXPECT_TRUE(waiter_went_before_new_record);
}

//   a: [1] (e)    b: wait e, (f)    c: wait f, [2]
TEST(VirtualOrder, APointBehindAWaitIncludesWhatIsWaitedFor) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    VirtualMachineOfNotes machine(VirtualMachineOfNotes::seeded(seed));
    auto a = machine.device().create_stream();
    auto b = machine.device().create_stream();
    auto c = machine.device().create_stream();
    auto e = machine.device().create_event();
    auto f = machine.device().create_event();
    machine.note(*a, 1);
    a->record(*e);
    b->wait(*e);
    b->record(*f);
    c->wait(*f);
    machine.note(*c, 2);
    machine.backend.run_all();
    EXPECT_EQ(machine.ran, (std::vector<int>{1, 2}));
  }
}

TEST(VirtualOrder, EveryOrderThatIsAllowedIsFound) {
  std::set<std::vector<int>> orders;
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    VirtualMachineOfNotes machine(VirtualMachineOfNotes::seeded(seed));
    auto first = machine.device().create_stream();
    auto second = machine.device().create_stream();
    machine.note(*first, 1);
    machine.note(*first, 2);
    machine.note(*second, 3);
    machine.note(*second, 4);
    machine.backend.run_all();
    orders.insert(machine.ran);
  }
  EXPECT_EQ(orders.size(), 6u);  // of two sequences of two
}

TEST(VirtualOrder, ASeedAlwaysGivesTheSameOrder) {
  const auto run = [](std::uint64_t seed) {
    VirtualMachineOfNotes machine(VirtualMachineOfNotes::seeded(seed));
    std::vector<std::unique_ptr<Stream>> streams;
    auto event = machine.device().create_event();
    for (int i = 0; i < 4; ++i) streams.push_back(machine.device().create_stream());
    for (int i = 0; i < 40; ++i) {
      Stream& stream = *streams[static_cast<std::size_t>(i % 4)];
      machine.note(stream, i);
      if (i % 7 == 0) stream.record(*event);
      if (event->is_done()) machine.note(stream, 100 + i);
    }
    machine.backend.run_all();
    return machine.ran;
  };
  std::set<std::vector<int>> orders;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    EXPECT_EQ(run(seed), run(seed));
    orders.insert(run(seed));
  }
  EXPECT_GT(orders.size(), 15u);
}

TEST(VirtualOrder, AskingSometimesRunsEverythingSometimesSomethingSometimesNothing) {
  std::set<std::size_t> ran_at_first_question;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    VirtualMachineOfNotes machine(VirtualMachineOfNotes::seeded(seed));
    auto stream = machine.device().create_stream();
    auto event = machine.device().create_event();
    for (int i = 0; i < 3; ++i) machine.note(*stream, i);
    stream->record(*event);
    const bool done = event->is_done();
    EXPECT_EQ(done && machine.ran.size() != 3, false);
    ran_at_first_question.insert(machine.ran.size());
    while (!event->is_done()) {
    }
    EXPECT_EQ(machine.ran.size(), 3u);
  }
  EXPECT_EQ(ran_at_first_question, (std::set<std::size_t>{0, 1, 2, 3}));
}

TEST(VirtualOrder, SyncLeavesOtherStreamsAloneOrNot) {
  std::set<std::size_t> ran;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    VirtualMachineOfNotes machine(VirtualMachineOfNotes::seeded(seed));
    auto stream = machine.device().create_stream();
    auto other = machine.device().create_stream();
    auto event = machine.device().create_event();
    machine.note(*other, 2);
    machine.note(*stream, 1);
    stream->record(*event);
    event->sync();
    ran.insert(machine.ran.size());
  }
  EXPECT_EQ(ran, (std::set<std::size_t>{1, 2}));
}

//   [0] -> [1] -> [2] -> [3] over four streams, and twenty streams that nobody waits for
TEST(VirtualOrder, SyncOftenRunsNothingButWhatItNeeds) {
  int needed_only = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    VirtualMachineOfNotes machine(VirtualMachineOfNotes::seeded(seed));
    std::vector<std::unique_ptr<Stream>> others;
    for (int i = 0; i < 20; ++i) {
      others.push_back(machine.device().create_stream());
      machine.note(*others.back(), 100 + i);
    }
    std::vector<std::unique_ptr<Stream>> chain;
    auto event = machine.device().create_event();
    for (int i = 0; i < 4; ++i) {
      chain.push_back(machine.device().create_stream());
      chain.back()->wait(*event);
      machine.note(*chain.back(), i);
      chain.back()->record(*event);
    }
    event->sync();
    needed_only += machine.ran == std::vector<int>{0, 1, 2, 3};
  }
  EXPECT_GT(needed_only, 100);
}

TEST(VirtualOrder, WorkOfAStreamThatIsGoneRunsAllTheSame) {
  VirtualMachineOfNotes machine;
  auto event = machine.device().create_event();
  auto survivor = machine.device().create_stream();
  {
    auto stream = machine.device().create_stream();
    machine.note(*stream, 1);
    stream->record(*event);
  }
  survivor->wait(*event);
  machine.note(*survivor, 2);
  machine.backend.run_all();
  EXPECT_EQ(machine.ran, (std::vector<int>{1, 2}));
}

TEST(VirtualOrder, EventsCrossDevices) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    VirtualOptions options;
    options.seed = seed;
    options.machine.devices = 2;
    VirtualMachineOfNotes machine(options);
    auto first = machine.device(0).create_stream();
    auto second = machine.device(1).create_stream();
    auto event = machine.device(0).create_event();
    machine.note(*first, 1, 0);
    first->record(*event);
    second->wait(*event);
    machine.note(*second, 2, 1);
    machine.backend.run_all();
    EXPECT_EQ(machine.ran, (std::vector<int>{1, 2}));
  }
}

// Random programs of launches, records and waits on four streams, against sets of predecessors.
TEST(VirtualOrder, NoOrderEverBreaksStreamsOrWaits) {
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    std::mt19937_64 random(seed);
    VirtualMachineOfNotes machine(VirtualMachineOfNotes::seeded(seed));
    std::vector<std::unique_ptr<Stream>> streams;
    std::vector<std::unique_ptr<Event>> events;
    std::vector<std::set<int>> before_stream(4), before_event(3), before_note;
    for (int i = 0; i < 4; ++i) streams.push_back(machine.device().create_stream());
    for (int i = 0; i < 3; ++i) events.push_back(machine.device().create_event());
    for (int i = 0; i < 60; ++i) {
      const std::size_t s = random() % 4;
      const std::size_t e = random() % 3;
      switch (random() % 4) {
        case 0:
          streams[s]->record(*events[e]);
          before_event[e] = before_stream[s];
          break;
        case 1:
          streams[s]->wait(*events[e]);
          before_stream[s].insert(before_event[e].begin(), before_event[e].end());
          break;
        case 2: {
          const bool done = random() % 8 == 0 ? (events[e]->sync(), true) : events[e]->is_done();
          const std::set<int> so_far(machine.ran.begin(), machine.ran.end());
          if (done) {
            ASSERT_TRUE(std::includes(so_far.begin(), so_far.end(), before_event[e].begin(),
                                      before_event[e].end()))
                << "seed " << seed;
          }
          break;
        }
        default: {
          const int id = static_cast<int>(before_note.size());
          machine.note(*streams[s], id);
          before_note.push_back(before_stream[s]);
          before_stream[s].insert(id);
        }
      }
    }
    machine.backend.run_all();
    ASSERT_EQ(machine.ran.size(), before_note.size());
    std::set<int> so_far;
    for (const int id : machine.ran) {
      const std::set<int>& needed = before_note[static_cast<std::size_t>(id)];
      ASSERT_TRUE(std::includes(so_far.begin(), so_far.end(), needed.begin(), needed.end()))
          << "seed " << seed;
      so_far.insert(id);
    }
  }
}

}  // namespace
}  // namespace sennit
