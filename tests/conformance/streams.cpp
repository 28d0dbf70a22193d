// conformance/streams.cpp: order within streams, events, waits across streams.
#include <array>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "conformance/conformance.h"

namespace sennit::conformance {
namespace {

class Streams : public Conformance {
 protected:
  static constexpr int kRounds = 20000;  // of store_late

  // A command that is held until `open`. For backends that work while nobody waits.
  class Gate {
   public:
    ~Gate() { open(); }
    HostCallCommand command() {
      return {[](void* user) {
                auto& gate = *static_cast<Gate*>(user);
                std::unique_lock lock(gate.mutex_);
                gate.opened_.wait(lock, [&] { return gate.open_; });
              },
              this};
    }
    void open() {
      const std::lock_guard lock(mutex_);
      open_ = true;
      opened_.notify_all();
    }

   private:
    std::mutex mutex_;
    std::condition_variable opened_;
    bool open_ = false;
  };
};
SENNIT_CONFORMANCE_SUITE(Streams);

TEST_P(Streams, CommandsRunInOrder) {
  constexpr int kLaunches = 200;
  Buffer<int> log(*this, kLaunches + 1);
  const auto s = stream();
  for (int i = 0; i < kLaunches; ++i) run(*s, "append", Arguments(log.data(), i));
  finish(*s);
  const std::vector<int> ids = log.read();
  EXPECT_EQ(ids[0], kLaunches);
  for (int i = 0; i < kLaunches; ++i) EXPECT_EQ(ids[static_cast<std::size_t>(i) + 1], i);
}

TEST_P(Streams, CommandsOfAllKindsAreOrdered) {
  Buffer<int> a(*this, 1), b(*this, 1);
  std::vector<int> seen;
  int read_back = 0;
  struct Call {
    const int* from;
    std::vector<int>* to;
  } call{&read_back, &seen};
  const auto s = stream();
  for (int i = 1; i <= 20; ++i) {
    FillCommand fill{a.data(), sizeof(int), {}, 4};
    std::memcpy(fill.pattern.data(), &i, sizeof i);
    s->enqueue(fill, 0);
    run(*s, "multiply_add", Arguments(b.data(), static_cast<const int*>(a.data()), 10, 1));
    s->enqueue(CopyCommand{&read_back, b.data(), sizeof(int), CopyCommand::kHost, 0}, 0);
    s->enqueue(HostCallCommand{[](void* user) {
                                 const auto& c = *static_cast<Call*>(user);
                                 c.to->push_back(*c.from);
                               },
                               &call},
               0);
  }
  finish(*s);
  ASSERT_EQ(seen.size(), 20u);
  for (int i = 1; i <= 20; ++i) EXPECT_EQ(seen[static_cast<std::size_t>(i) - 1], i * 10 + 1);
}

TEST_P(Streams, WorkGoesOnWhileNobodyWaits) {
  Buffer<int> value(*this, 1);
  const auto s = stream();
  const auto e = event();
  run(*s, "store_late", Arguments(value.data(), 5, kRounds));
  s->record(*e);
  while (!e->is_done()) std::this_thread::yield();
  EXPECT_EQ(value.read().front(), 5);
}

//   a: [x = 7, late] record(e)
//   b:               wait(e) [y = x * 2 + 1]
TEST_P(Streams, AWaitOrdersWorkOfTwoStreams) {
  for (int i = 0; i < 50; ++i) {
    Buffer<int> x(*this, 1), y(*this, 1);
    const auto a = stream(), b = stream();
    const auto e = event();
    run(*a, "store_late", Arguments(x.data(), 7 + i, kRounds));
    a->record(*e);
    b->wait(*e);
    run(*b, "multiply_add", Arguments(y.data(), static_cast<const int*>(x.data()), 2, 1));
    finish(*b);
    EXPECT_EQ(y.read().front(), (7 + i) * 2 + 1);
    finish(*a);
  }
}

//   [x] --> [y0] --.
//     \---> [y1] --+--> [z]     each on a stream of its own
TEST_P(Streams, ForksAndJoins) {
  Buffer<int> x(*this, 1), y0(*this, 1), y1(*this, 1), z(*this, 1);
  const auto a = stream(), b = stream(), c = stream();
  const auto forked = event(), joined = event();
  int expected = 0;
  for (int i = 0; i < 30; ++i) {
    run(*a, "store_late", Arguments(x.data(), i, kRounds / 4));
    a->record(*forked);
    b->wait(*forked);
    c->wait(*forked);
    run(*b, "multiply_add", Arguments(y0.data(), static_cast<const int*>(x.data()), 3, 1));
    run(*c, "multiply_add", Arguments(y1.data(), static_cast<const int*>(x.data()), 5, 2));
    b->record(*joined);
    a->wait(*joined);
    c->record(*joined);
    a->wait(*joined);
    run(*a, "multiply_add", Arguments(z.data(), static_cast<const int*>(y0.data()), 1, 0));
    run(*a, "multiply_add", Arguments(z.data(), static_cast<const int*>(y1.data()), 1, 0));
    expected = i * 5 + 2;
  }
  finish(*a);
  EXPECT_EQ(z.read().front(), expected);
  EXPECT_EQ(y0.read().front(), 29 * 3 + 1);
  finish(*b);
  finish(*c);
}

// If b waited for the second record, a would wait for b, and b for a.
TEST_P(Streams, AWaitRefersToTheRecordBeforeIt) {
  Buffer<int> log(*this, 4);
  const auto a = stream(), b = stream();
  const auto e = event(), f = event();
  run(*a, "append", Arguments(log.data(), 1));
  a->record(*e);
  b->wait(*e);
  run(*b, "append", Arguments(log.data(), 2));
  b->record(*f);
  a->wait(*f);
  run(*a, "append", Arguments(log.data(), 3));
  a->record(*e);
  e->sync();
  EXPECT_EQ(log.read(), (std::vector<int>{3, 1, 2, 3}));
  finish(*b);
}

TEST_P(Streams, AnEventNeverRecordedIsDone) {
  Buffer<int> log(*this, 2);
  const auto s = stream();
  const auto e = event();
  EXPECT_TRUE(e->is_done());
  e->sync();
  s->wait(*e);
  run(*s, "append", Arguments(log.data(), 1));
  finish(*s);
  EXPECT_EQ(log.read(), (std::vector<int>{1, 1}));
}

TEST_P(Streams, AnEventOfAnIdleStreamIsDone) {
  const auto s = stream();
  const auto e = event();
  s->record(*e);
  e->sync();
  EXPECT_TRUE(e->is_done());
}

TEST_P(Streams, AnEventIsNotDoneBeforeItsWork) {
  Gate gate;
  const auto a = stream(), b = stream();
  const auto e = event(), behind_wait = event();
  a->enqueue(gate.command(), 0);
  a->record(*e);
  b->wait(*e);
  b->record(*behind_wait);
  EXPECT_FALSE(e->is_done());
  EXPECT_FALSE(behind_wait->is_done());
  gate.open();
  behind_wait->sync();
  EXPECT_TRUE(e->is_done());
}

TEST_P(Streams, AWaitHoldsBackOnlyItsOwnStream) {
  Buffer<int> log(*this, 2), held(*this, 2);
  Gate gate;
  const auto a = stream(), b = stream(), c = stream();
  const auto e = event();
  a->enqueue(gate.command(), 0);
  a->record(*e);
  b->wait(*e);
  run(*b, "append", Arguments(held.data(), 1));
  run(*c, "append", Arguments(log.data(), 1));
  finish(*c);
  EXPECT_EQ(log.read()[0], 1);
  EXPECT_EQ(held.read()[0], 0);
  gate.open();
  finish(*b);
  EXPECT_EQ(held.read()[0], 1);
}

TEST_P(Streams, AnEventMayBeRecordedAgainOnAnotherStream) {
  Buffer<int> x(*this, 1), y(*this, 1);
  const auto a = stream(), b = stream();
  const auto e = event();
  run(*a, "store_late", Arguments(x.data(), 1, kRounds));
  a->record(*e);
  run(*b, "store_late", Arguments(y.data(), 2, kRounds));
  b->record(*e);
  e->sync();
  EXPECT_EQ(y.read().front(), 2);
  finish(*a);
}

TEST_P(Streams, EventsAndStreamsMayBeDestroyedBeforeTheirWorkIsDone) {
  Buffer<int> x(*this, 1), y(*this, 1);
  const auto end = event();
  {
    const auto a = stream(), b = stream();
    const auto e = event();
    run(*a, "store_late", Arguments(x.data(), 4, kRounds));
    a->record(*e);
    b->wait(*e);
    run(*b, "multiply_add", Arguments(y.data(), static_cast<const int*>(x.data()), 2, 0));
    b->record(*end);
  }
  end->sync();
  EXPECT_EQ(y.read().front(), 8);
}

TEST_P(Streams, SeveralThreadsMayWait) {
  Buffer<int> x(*this, 1);
  const auto s = stream();
  std::array<std::unique_ptr<Event>, 4> events;
  for (std::size_t i = 0; i < events.size(); ++i) {
    run(*s, "store_late", Arguments(x.data(), static_cast<int>(i), kRounds));
    events[i] = event();
    s->record(*events[i]);
  }
  std::vector<std::thread> threads;
  for (const auto& e : events) {
    threads.emplace_back([&e] {
      e->sync();
      EXPECT_TRUE(e->is_done());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(x.read().front(), 3);
}

TEST_P(Streams, ManyStreamsKeepTheirOwnOrder) {
  constexpr std::size_t kStreams = 40;
  constexpr int kLaunches = 25;
  std::vector<Buffer<int>> logs;
  std::vector<std::unique_ptr<Stream>> streams;
  for (std::size_t i = 0; i < kStreams; ++i) {
    logs.emplace_back(*this, kLaunches + 1);
    streams.push_back(stream());
  }
  for (int id = 0; id < kLaunches; ++id) {
    for (std::size_t i = 0; i < kStreams; ++i) {
      run(*streams[i], "append", Arguments(logs[i].data(), id));
    }
  }
  for (std::size_t i = 0; i < kStreams; ++i) {
    finish(*streams[i]);
    const std::vector<int> ids = logs[i].read();
    EXPECT_EQ(ids[0], kLaunches);
    for (int id = 0; id < kLaunches; ++id) EXPECT_EQ(ids[static_cast<std::size_t>(id) + 1], id);
  }
}

}  // namespace
}  // namespace sennit::conformance
