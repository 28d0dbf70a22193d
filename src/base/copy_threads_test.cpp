#include "base/copy_threads.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

namespace sennit {
namespace {

using Bytes = std::vector<std::uint8_t>;

// No two pieces are alike, so that one in the wrong place shows.
Bytes numbered(std::size_t bytes, std::uint32_t seed = 1) {
  Bytes made(bytes);
  for (std::uint8_t& byte : made) {
    seed = seed * 1664525u + 1013904223u;
    byte = static_cast<std::uint8_t>(seed >> 24);
  }
  return made;
}

TEST(CopyThreads, CopyEveryByteWhateverTheirNumber) {
  for (const unsigned count : {1u, 2u, 5u}) {
    CopyThreads threads(count, /*piece_bytes=*/64);
    for (const std::size_t bytes : {1u, 63u, 64u, 128u, 1000u, 100'000u}) {
      const Bytes from = numbered(bytes);
      Bytes to(bytes);
      threads.copy(to.data(), from.data(), bytes);
      EXPECT_EQ(to, from) << count << " threads, " << bytes << " bytes";
    }
  }
}

TEST(CopyThreads, ChunksAreCopiedWhenWaitedForAndThoseBeforeThemToo) {
  CopyThreads threads(3, /*piece_bytes=*/16);
  const Bytes from = numbered(1000);
  Bytes to(1000);
  CopyThreads::Job job(threads);
  for (std::size_t at = 0; at < 500; at += 100) job.add(&to[at], &from[at], 100);
  job.wait(2);
  EXPECT_TRUE(std::equal(to.begin() + 200, to.begin() + 300, from.begin() + 200));
  for (std::size_t at = 500; at < 1000; at += 100) job.add(&to[at], &from[at], 100);
  for (std::size_t index = 0; index < 10; ++index) job.wait(index);
  EXPECT_EQ(to, from);
}

TEST(CopyThreads, JobsOfSeveralThreadsGoOnSideBySide) {
  CopyThreads threads(3, /*piece_bytes=*/64);
  std::vector<std::thread> callers;
  std::vector<Bytes> copies(4);
  for (std::uint32_t caller = 0; caller < copies.size(); ++caller) {
    callers.emplace_back([&, caller] {
      const Bytes from = numbered(20'000, caller);
      for (int round = 0; round < 20; ++round) {
        copies[caller].assign(from.size(), 0);
        threads.copy(copies[caller].data(), from.data(), from.size());
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  for (std::uint32_t caller = 0; caller < copies.size(); ++caller) {
    EXPECT_EQ(copies[caller], numbered(20'000, caller)) << caller;
  }
}

// Pieces of a millisecond: the threads are still copying when the caller has no more to do.
TEST(CopyThreads, AWaitIsForThePiecesThatOthersCopyToo) {
  constexpr std::size_t kPiece = std::size_t{1} << 20;
  CopyThreads threads(3, kPiece);
  const Bytes from = numbered(4 * kPiece);
  for (int round = 0; round < 20; ++round) {
    Bytes to(from.size());
    CopyThreads::Job job(threads);
    job.add(to.data(), from.data(), to.size());
    job.wait(0);
    EXPECT_TRUE(to == from) << round;
  }
}

TEST(CopyThreads, AJobThatIsGivenUpLeavesTheMemoryAlone) {
  constexpr std::size_t kPiece = std::size_t{1} << 20, kPieces = 8;
  CopyThreads threads(3, kPiece);
  const Bytes from(kPieces * kPiece, 1);
  Bytes other(from.size());
  for (int round = 0; round < 60; ++round) {
    Bytes to(from.size());
    // A piece that is begun is finished, and its last byte with it.
    const auto finished = [&] {
      std::size_t count = 0;
      for (std::size_t end = kPiece; end <= to.size(); end += kPiece) count += to[end - 1];
      return count;
    };
    {
      CopyThreads::Job job(threads);
      job.add(to.data(), from.data(), kPiece);
      job.add(&to[kPiece], &from[kPiece], to.size() - kPiece);
      job.wait(0);
    }
    const std::size_t then = finished();
    // By the time that these are copied, whoever still copied is done.
    threads.copy(other.data(), from.data(), other.size());
    EXPECT_EQ(finished(), then) << round;
  }
}

// Another thread keeps the mutex busy, so that some child finds it held by a thread that it lacks.
TEST(CopyThreads, AChildOfForkCopiesAlone) {
  CopyThreads threads(3, /*piece_bytes=*/64);
  const Bytes from = numbered(10'000);
  std::atomic<bool> over{false};
  std::thread busy([&] {
    Bytes to(from.size());
    while (!over) threads.copy(to.data(), from.data(), to.size());
  });
  Bytes to(from.size());
  for (int round = 0; round < 30; ++round) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::alarm(10);  // ends a child that waits for ever
      threads.copy(to.data(), from.data(), from.size());
      ::_exit(to == from ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
    if (HasFailure()) break;
  }
  over = true;
  busy.join();
}

TEST(CopyThreads, AreAtLeastTheCallerAndAtMostEight) {
  EXPECT_GE(CopyThreads::standard_count(), 1u);
  EXPECT_LE(CopyThreads::standard_count(), 8u);
}

}  // namespace
}  // namespace sennit
