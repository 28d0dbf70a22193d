// base/log_test.cpp: who sees which message, and what a message costs that nobody sees.

#include "base/log.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <utility>
#include <vector>

namespace sennit {
namespace {

// Counts how often it is turned into text.
struct Counted {
  int* formatted;
};

class LogTest : public ::testing::Test {
 protected:
  using Messages = std::vector<std::pair<LogLevel, std::string>>;

  void listen(LogLevel level) {
    set_log_sink(
        [](void* user, LogLevel of, const char* text) {
          static_cast<LogTest*>(user)->messages_.emplace_back(of, text);
        },
        this, level);
  }
  void TearDown() override { set_log_sink(nullptr, nullptr, LogLevel::Warning); }

  Messages messages_;
};

}  // namespace
}  // namespace sennit

template <>
struct fmt::formatter<sennit::Counted> {
  constexpr auto parse(fmt::format_parse_context& context) { return context.begin(); }
  auto format(const sennit::Counted& counted, fmt::format_context& context) const {
    ++*counted.formatted;
    return context.out();
  }
};

namespace sennit {
namespace {

TEST_F(LogTest, WarningsAndErrorsGoToStandardErrorUnlessSomebodyListens) {
  ::testing::internal::CaptureStderr();
  log(LogLevel::Error, "device {} is lost", 1);
  log(LogLevel::Warning, "the cache is full");
  log(LogLevel::Info, "nobody asked");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(),
            "sennit: error: device 1 is lost\nsennit: warning: the cache is full\n");
}

TEST_F(LogTest, AListenerSeesItsLevelAndWhatIsMoreUrgent) {
  listen(LogLevel::Info);
  ::testing::internal::CaptureStderr();
  log(LogLevel::Error, "a");
  log(LogLevel::Info, "{}+{}", 1, 2);
  log(LogLevel::Debug, "c");
  EXPECT_EQ(messages_, (Messages{{LogLevel::Error, "a"}, {LogLevel::Info, "1+2"}}));
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST_F(LogTest, ChangingTheLevelKeepsTheListener) {
  listen(LogLevel::Error);
  set_log_level(LogLevel::Debug);
  log(LogLevel::Debug, "now");
  set_log_level(LogLevel::Silent);
  log(LogLevel::Error, "not even this");
  EXPECT_EQ(messages_, (Messages{{LogLevel::Debug, "now"}}));
}

TEST_F(LogTest, AMessageThatNobodySeesIsNotFormatted) {
  listen(LogLevel::Warning);
  int formatted = 0;
  log(LogLevel::Info, "{}", Counted{&formatted});
  EXPECT_EQ(formatted, 0);
  log(LogLevel::Warning, "{}", Counted{&formatted});
  EXPECT_EQ(formatted, 1);
}

TEST_F(LogTest, AListenerMayItselfLogAndChangeTheListener) {
  set_log_sink(
      [](void*, LogLevel, const char*) {
        set_log_sink(nullptr, nullptr, LogLevel::Warning);
        log(LogLevel::Warning, "from the listener");
      },
      nullptr, LogLevel::Warning);
  ::testing::internal::CaptureStderr();
  log(LogLevel::Warning, "first");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "sennit: warning: from the listener\n");
}

TEST_F(LogTest, ThreadsLogWhileTheLevelChanges) {
  static constexpr int kThreads = 4, kMessages = 1000;
  std::atomic<int> seen{0};
  set_log_sink([](void* user, LogLevel, const char*) { ++*static_cast<std::atomic<int>*>(user); },
               &seen, LogLevel::Warning);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([] {
      for (int i = 0; i < kMessages; ++i) {
        log(LogLevel::Error, "message {}", i);
        set_log_level(i % 2 == 0 ? LogLevel::Error : LogLevel::Debug);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(seen, kThreads * kMessages);
}

}  // namespace
}  // namespace sennit
