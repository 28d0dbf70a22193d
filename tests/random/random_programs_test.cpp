// tests/random/random_programs_test.cpp: the answer is the sequential answer.
//
// Random programs run on a runtime and, operation by operation, on plain vectors; every element
// that the host sees must be the same. A failing program is made as short as it can be, and is
// printed with what is needed to run it again.
//
//   SENNIT_RANDOM_PROGRAMS   how many programs, over all tests; 10000 unless told
//   SENNIT_RANDOM_SEED       the first seed; 1 unless told
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/detail/TestListenerAdapter.h>

#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <mutex>
#include <optional>
#include <sstream>
#include <thread>

#include "backend/backend_table.h"
#include "backend/virtual/virtual_backend.h"
#include "base/text.h"
#include "random/kernels.h"
#include "random/oracle.h"
#include "random/subject.h"

namespace sennit::random_programs {

std::ostream& operator<<(std::ostream& out, const Program& program) {
  out << "\n  " << to_text(program.setup) << "\n  elements:";
  for (const std::size_t elements : program.elements) out << " " << elements;
  for (std::size_t thread = 0; thread < program.threads.size(); ++thread) {
    Oracle oracle(program);
    for (const Operation& operation : program.threads[thread]) {
      out << "\n  " << thread << ": " << to_text(operation, oracle.elements());
      oracle.execute(thread, operation);
    }
  }
  return out;
}

namespace {

std::uint64_t from_environment(const char* name, std::uint64_t standard) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : standard;
}

// ---- Generating and shrinking ------------------------------------------------------------------

rc::Seq<Program> shorter(const Program& program) {
  rc::Seq<Program> all;
  for (std::size_t thread = 0; thread < program.threads.size(); ++thread) {
    all = rc::seq::concat(std::move(all),
                          rc::seq::map(rc::shrink::removeChunks(program.threads[thread]),
                                       [=](std::vector<Operation> operations) {
                                         Program less = program;
                                         less.threads[thread] = std::move(operations);
                                         return less;
                                       }));
  }
  return all;
}

rc::Gen<Program> any_program(int threads) {
  return [threads](const rc::Random& random, int) {
    rc::Random numbers = random;
    return rc::shrinkable::shrinkRecur(random_program(numbers.next(), threads), &shorter);
  };
}

// Checks `share` of the programs asked for. `run` says what is wrong with one; empty: nothing.
void check_programs(double share, int threads,
                    const std::function<std::string(const Program&)>& run) {
  rc::detail::TestParams parameters;
  parameters.seed = from_environment("SENNIT_RANDOM_SEED", 1);
  const std::uint64_t programs = from_environment("SENNIT_RANDOM_PROGRAMS", 10000);
  parameters.maxSuccess = static_cast<int>(share * static_cast<double>(programs));
  rc::detail::TestListenerAdapter silent;
  const auto result = rc::detail::checkTestable(
      [&] {
        const Program program = *any_program(threads);
        const std::string wrong = run(program);
        if (!wrong.empty()) RC_FAIL(wrong);
      },
      rc::detail::TestMetadata{}, parameters, silent);
  std::ostringstream text;
  rc::detail::printResultMessage(result, text);
  std::cout << text.str() << "\n";
  EXPECT_TRUE(result.is<rc::detail::SuccessResult>())
      << "run again: SENNIT_RANDOM_SEED=" << parameters.seed
      << " SENNIT_RANDOM_PROGRAMS=" << programs;
}

// ---- Comparing ---------------------------------------------------------------------------------

std::string difference(const Observed& seen, const Observed& expected) {
  if (seen == expected) return {};
  if (seen.size() != expected.size()) {
    return format("{} elements instead of {}", seen.size(), expected.size());
  }
  const auto at = std::mismatch(seen.begin(), seen.end(), expected.begin());
  return format("element {} is {} instead of {}", at.first - seen.begin(), *at.first, *at.second);
}

// One thread: each operation is compared as it is done.
std::string run_alone(Subject& subject, Oracle& oracle, const std::vector<Operation>& operations) {
  for (std::size_t i = 0; i < operations.size(); ++i) {
    const auto sizes = oracle.elements();
    const Observed seen = subject.execute(0, operations[i]);
    const std::string wrong = difference(seen, oracle.execute(0, operations[i]));
    if (!wrong.empty())
      return format("operation {}, {}: {}", i, to_text(operations[i], sizes), wrong);
  }
  return {};
}

struct Logged {
  std::size_t thread;
  const Operation* operation;
  Observed seen;
};

// Several threads: operations on arrays that they share are done one at a time, and logged in the
// order in which they were; those on a thread's own arrays run beside anything. The oracle replays
// the log.
std::string run_together(Subject& subject, Oracle& oracle, const Program& program) {
  std::mutex mutex;
  std::vector<Logged> log;
  std::string thrown;
  const auto run = [&](std::size_t thread) {
    std::size_t done = 0;
    try {
      for (const Operation& operation : program.threads[thread]) {
        std::unique_lock lock(mutex);
        const std::size_t entry = log.size();
        log.push_back({thread, &operation, {}});
        if (!uses_shared(operation)) lock.unlock();
        Observed seen = subject.execute(thread, operation);
        if (!lock.owns_lock()) lock.lock();
        log[entry].seen = std::move(seen);
        ++done;
      }
    } catch (const std::exception& error) {
      const std::lock_guard lock(mutex);
      thrown = format("thread {}, operation {}: {}", thread, done, error.what());
    }
  };
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < program.threads.size(); ++i) threads.emplace_back(run, i);
  for (std::thread& thread : threads) thread.join();
  if (!thrown.empty()) return thrown;
  std::string listing;
  for (const Logged& entry : log) {
    listing += format("\n  {}: {}", entry.thread, to_text(*entry.operation, oracle.elements()));
    const std::string wrong =
        difference(entry.seen, oracle.execute(entry.thread, *entry.operation));
    if (!wrong.empty()) return format("{}; the order was:{}", wrong, listing);
  }
  return {};
}

// The whole program, then every snapshot and array.
std::string compare(Subject& subject, const Program& program) {
  Oracle oracle(program);
  std::string wrong = program.threads.size() == 1 ? run_alone(subject, oracle, program.threads[0])
                                                  : run_together(subject, oracle, program);
  for (std::size_t thread = 0; thread < program.threads.size() && wrong.empty(); ++thread) {
    Operation drop;
    drop.kind = Operation::DropSnapshot;
    for (drop.snapshot = 0; drop.snapshot < kSnapshots && wrong.empty(); ++drop.snapshot) {
      wrong = difference(subject.execute(thread, drop), oracle.execute(thread, drop));
      if (!wrong.empty()) wrong = format("at the end, snapshot #{}: {}", drop.snapshot, wrong);
    }
  }
  for (int slot = 0; slot < kArrays && wrong.empty(); ++slot) {
    wrong = difference(subject.array(slot), oracle.array(slot));
    if (!wrong.empty()) wrong = format("at the end, array {}: {}", char('a' + slot), wrong);
  }
  return wrong;
}

// What is wrong with the program's results, or with what is left of it.
std::string run(Subject& subject, const Program& program) {
  std::string wrong;
  const auto guarded = [&](const auto& step) {
    try {
      const std::string found = step();
      if (wrong.empty()) wrong = found;
    } catch (const Error& error) {
      if (wrong.empty()) wrong = format("raised: {}", error.what());
    }
  };
  guarded([&] { return compare(subject, program); });
  guarded([&] { return subject.close(); });
  return wrong;
}

// ---- Machines ----------------------------------------------------------------------------------

Options options_of(const Setup& setup) {
  Options options;
  options.cache_dir = "";
  options.stream_policy = setup.stream_policy;
  options.placement_policy = setup.placement_policy;
  options.serial = setup.serial;
  options.max_streams = setup.max_streams;
  options.max_in_flight = setup.max_in_flight;
  options.host_window_bytes = setup.host_window_bytes;
  return options;
}

std::string run_on_virtual_machine(const Program& program) {
  VirtualOptions machine;
  machine.seed = program.setup.seed;
  machine.keep_commands = false;
  machine.machine.devices = program.setup.devices;
  machine.machine.shares_host_memory = program.setup.shares_host_memory;
  machine.machine.kernel_us = program.setup.kernel_us;
  auto made = std::make_unique<VirtualBackend>(machine);
  VirtualBackend& backend = *made;
  const std::shared_ptr<Runtime> runtime =
      Runtime::create(options_of(program.setup), std::move(made));
  const Kernels kernels = build_kernels(*runtime);
  Subject subject(runtime, kernels, program);
  std::string wrong = run(subject, program);
  const std::vector<std::string> misuses = backend.take_misuses();
  if (wrong.empty() && !misuses.empty()) wrong = format("misuse: {}", misuses.front());
  if (wrong.empty() && backend.live().allocations > 0) {
    wrong = format("{} allocations are left", backend.live().allocations);
  }
  return wrong;
}

class RandomPrograms : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    register_kernels();
    // RapidCheck says which seed it is configured with: let that be the one in use.
    const std::string seed = format("seed={}", from_environment("SENNIT_RANDOM_SEED", 1));
    setenv("RC_PARAMS", seed.c_str(), 1);
  }
};

TEST_F(RandomPrograms, AreSequentialOnVirtualMachines) {
  check_programs(0.9, 1, run_on_virtual_machine);
}

TEST_F(RandomPrograms, OfTwoThreadsAreSequentialOnVirtualMachines) {
  check_programs(0.05, 2, run_on_virtual_machine);
}

// Compiling takes longer than a program, so one runtime serves all programs with its policy.
class OnCpu : public RandomPrograms {
 protected:
  struct Machine {
    std::shared_ptr<Runtime> runtime;
    Kernels kernels;
  };

  void SetUp() override {
    try {
      BackendOptions options;
      options.plugin_path = Options::from_environment().plugin_path;
      find_backend("cpu").open(options);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::Unavailable) throw;
      GTEST_SKIP() << error.what();
    }
  }
  std::string run_on_cpu(const Program& program) {
    Machine& machine = machines_[program.setup.stream_policy + (program.setup.serial ? "!" : "")];
    if (!machine.runtime) {
      Options options = options_of(program.setup);
      options.device = "cpu";
      options.plugin_path = Options::from_environment().plugin_path;
      machine.runtime = Runtime::create(options);
      machine.kernels = build_kernels(*machine.runtime);
    }
    Subject subject(machine.runtime, machine.kernels, program);
    return run(subject, program);
  }

  std::map<std::string, Machine> machines_;
};

TEST_F(OnCpu, RandomProgramsAreSequential) {
  check_programs(0.04, 1, [&](const Program& program) { return run_on_cpu(program); });
}

TEST_F(OnCpu, RandomProgramsOfTwoThreadsAreSequential) {
  check_programs(0.01, 2, [&](const Program& program) { return run_on_cpu(program); });
}

}  // namespace
}  // namespace sennit::random_programs
