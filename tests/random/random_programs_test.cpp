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

#include <array>
#include <condition_variable>
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
#include "doubles/fake_cuda_machine.h"
#include "random/kernels.h"
#include "random/oracle.h"
#include "random/subject.h"

namespace sennit::random_programs {

std::ostream& operator<<(std::ostream& out, const Program& program) {
  out << "\n  " << to_text(program.setup) << "\n  arrays: ";
  for (const NewArray& array : program.arrays) out << to_text(array) << "; ";
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

using MakeProgram = std::function<Program(std::uint64_t value)>;

Program of_one_thread(std::uint64_t value) { return random_program(value, 1); }
Program of_two_threads(std::uint64_t value) { return random_program(value, 2); }

rc::Gen<Program> any_program(const MakeProgram& make) {
  return [make](const rc::Random& random, int) {
    rc::Random numbers = random;
    return rc::shrinkable::shrinkRecur(make(numbers.next()), &shorter);
  };
}

// Checks `share` of the programs asked for. `run` says what is wrong with one; empty: nothing.
void check_programs(double share, const MakeProgram& make,
                    const std::function<std::string(const Program&)>& run) {
  rc::detail::TestParams parameters;
  parameters.seed = from_environment("SENNIT_RANDOM_SEED", 1);
  const std::uint64_t programs = from_environment("SENNIT_RANDOM_PROGRAMS", 10000);
  parameters.maxSuccess = static_cast<int>(share * static_cast<double>(programs));
  rc::detail::TestListenerAdapter silent;
  std::string first;  // threads need not meet again in the same way
  const auto result = rc::detail::checkTestable(
      [&] {
        const Program program = *any_program(make);
        const std::string wrong = run(program);
        if (first.empty()) first = wrong;
        if (!wrong.empty()) RC_FAIL(wrong);
      },
      rc::detail::TestMetadata{}, parameters, silent);
  std::ostringstream text;
  rc::detail::printResultMessage(result, text);
  std::cout << text.str() << "\n";
  EXPECT_TRUE(result.is<rc::detail::SuccessResult>())
      << "at first: " << first << "\nrun again: SENNIT_RANDOM_SEED=" << parameters.seed
      << " SENNIT_RANDOM_PROGRAMS=" << programs;
}

// ---- Comparing ---------------------------------------------------------------------------------

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

// Hands something to and fro between two threads for as long as both want it.
class Baton {
 public:
  // Blocks until it is this thread's turn.
  void take(std::size_t thread) {
    std::unique_lock lock(mutex_);
    turn_.wait(lock, [&] { return holder_ == thread || finished_[1 - thread]; });
  }
  void hand_over(std::size_t thread) {
    const std::lock_guard lock(mutex_);
    holder_ = 1 - thread;
    turn_.notify_all();
  }
  // The other may have it from now on.
  void finish(std::size_t thread) {
    const std::lock_guard lock(mutex_);
    finished_[thread] = true;
    turn_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable turn_;
  std::size_t holder_ = 0;
  bool finished_[2] = {false, false};
};

// Two threads that nothing but the baton holds back, each beside its part of the oracle.
std::string run_free(Subject& subject, Oracle& oracle, const Program& program) {
  Baton baton;
  std::array<std::string, 2> wrong;
  const auto run = [&](std::size_t thread) {
    const std::vector<Operation>& operations = program.threads[thread];
    for (std::size_t i = 0; i < operations.size() && wrong[thread].empty(); ++i) {
      const bool handed_over = uses_handed_over(operations[i]);
      if (handed_over) baton.take(thread);
      try {
        const Observed seen = subject.execute(thread, operations[i]);
        wrong[thread] = difference(seen, oracle.execute(thread, operations[i]));
      } catch (const std::exception& error) {
        wrong[thread] = error.what();
      }
      if (!wrong[thread].empty()) {
        wrong[thread] = format("thread {}, operation {}: {}", thread, i, wrong[thread]);
      }
      if (handed_over) baton.hand_over(thread);
    }
    baton.finish(thread);
  };
  std::thread other(run, 1);
  run(0);
  other.join();
  return wrong[0].empty() ? wrong[1] : wrong[0];
}

std::string run_threads(Subject& subject, Oracle& oracle, const Program& program) {
  if (program.threads.size() == 1) return run_alone(subject, oracle, program.threads[0]);
  return program.pace == Pace::Free ? run_free(subject, oracle, program)
                                    : run_together(subject, oracle, program);
}

// The whole program, then every snapshot and array.
std::string compare(Subject& subject, Oracle& oracle, const Program& program) {
  std::string wrong = run_threads(subject, oracle, program);
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
  Oracle oracle(program);
  guarded([&] { return compare(subject, oracle, program); });
  guarded([&] { return subject.close(); });
  oracle.close();
  if (wrong.empty()) wrong = subject.check_returned(oracle);
  return wrong;
}

// ---- Machines ----------------------------------------------------------------------------------

Options options_of(const Setup& setup) {
  Options options;
  options.cache_dir = "";
  options.stream_policy = setup.stream_policy;
  options.placement_policy = setup.placement_policy;
  options.bandwidth_matrix = SENNIT_SOURCE_DIR "/src/sched/testdata/8_gpus.csv";
  options.data_threshold = setup.data_threshold;
  options.assume_written = setup.assume_written;
  options.serial = setup.serial;
  options.max_streams = setup.max_streams;
  options.max_in_flight = setup.max_in_flight;
  options.host_window_bytes = setup.host_window_bytes;
  options.large_copy_bytes = setup.large_copy_bytes;
  options.copy_chunk_bytes = setup.copy_chunk_bytes;
  options.copy_threads = setup.copy_threads;
  options.replay = setup.replay;
  options.replay_most = setup.replay_most;
  options.replay_patience_us = setup.replay_patience_us;
  return options;
}

std::string run_on_virtual_machine(const Program& program) {
  VirtualOptions machine;
  machine.seed = program.setup.seed;
  machine.keep_commands = false;
  machine.machine.devices = program.setup.devices;
  machine.machine.shares_host_memory = program.setup.shares_host_memory;
  machine.machine.kernel_us = program.setup.kernel_us;
  machine.machine.launch_us = 3;
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

std::string run_on_fake_gpus(const Program& program) {
  fake_cuda_config config;
  config.devices = program.setup.devices;
  config.seed = program.setup.seed;
  FakeCudaMachine gpus(config);
  std::string wrong;
  {
    BackendOptions backend = FakeCudaMachine::backend_options();
    if (program.setup.seed % 2 == 1) backend.submit_thread = "always";
    const std::shared_ptr<Runtime> runtime =
        Runtime::create(options_of(program.setup), find_backend("cuda").open(backend));
    const Kernels kernels = build_kernels(*runtime);
    Subject subject(runtime, kernels, program);
    wrong = run(subject, program);
  }
  const std::vector<std::string> misuses = gpus.take_misuses();
  if (wrong.empty() && !misuses.empty()) wrong = format("misuse: {}", misuses.front());
  if (wrong.empty() && !gpus.leaks().empty()) wrong = format("left: {}", gpus.leaks());
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
  check_programs(0.9, of_one_thread, run_on_virtual_machine);
}

TEST_F(RandomPrograms, OfTwoThreadsAreSequentialOnVirtualMachines) {
  check_programs(0.05, of_two_threads, run_on_virtual_machine);
}

// What they wait for each other is in the runtime alone: that is what ThreadSanitizer looks at.
TEST_F(RandomPrograms, OfTwoFreeThreadsAreSequentialOnVirtualMachines) {
  check_programs(0.05, random_free_program, run_on_virtual_machine);
}

TEST_F(RandomPrograms, AreSequentialOverFakeCuda) {
  check_programs(0.1, of_one_thread, run_on_fake_gpus);
}

TEST_F(RandomPrograms, OfTwoThreadsAreSequentialOverFakeCuda) {
  check_programs(0.02, of_two_threads, run_on_fake_gpus);
}

// Compiling takes longer than a program, so one runtime serves all programs with its policy.
class OnMachine : public RandomPrograms {
 protected:
  explicit OnMachine(const char* device) : device_(device) {}

  struct Machine {
    std::shared_ptr<Runtime> runtime;
    Kernels kernels;
  };

  void SetUp() override {
    try {
      Options options = Options::from_environment();
      options.device = device_;
      Runtime::create(options);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::Unavailable) throw;
      GTEST_SKIP() << error.what();
    }
  }
  std::string run_here(const Program& program) {
    Machine& machine = machines_[program.setup.stream_policy + (program.setup.serial ? "!" : "") +
                                 program.setup.replay];
    if (!machine.runtime) {
      const Options environment = Options::from_environment();
      Options options = options_of(program.setup);
      options.device = device_;
      options.plugin_path = environment.plugin_path;
      options.cuda_home = environment.cuda_home;
      options.nvrtc_library = environment.nvrtc_library;
      machine.runtime = Runtime::create(options);
      machine.kernels = build_kernels(*machine.runtime);
    }
    Subject subject(machine.runtime, machine.kernels, program);
    return run(subject, program);
  }

  const char* const device_;
  std::map<std::string, Machine> machines_;
};

class OnCpu : public OnMachine {
 protected:
  OnCpu() : OnMachine("cpu") {}
};

TEST_F(OnCpu, RandomProgramsAreSequential) {
  check_programs(0.04, of_one_thread, [&](const Program& program) { return run_here(program); });
}

TEST_F(OnCpu, RandomProgramsOfTwoFreeThreadsAreSequential) {
  check_programs(0.01, random_free_program,
                 [&](const Program& program) { return run_here(program); });
}

TEST_F(OnCpu, RandomProgramsOfTwoThreadsAreSequential) {
  check_programs(0.01, of_two_threads, [&](const Program& program) { return run_here(program); });
}

class OnCuda : public OnMachine {
 protected:
  OnCuda() : OnMachine("cuda") {}
};

TEST_F(OnCuda, RandomProgramsAreSequential) {
  check_programs(0.95, of_one_thread, [&](const Program& program) { return run_here(program); });
}

TEST_F(OnCuda, RandomProgramsOfTwoThreadsAreSequential) {
  check_programs(0.05, of_two_threads, [&](const Program& program) { return run_here(program); });
}

}  // namespace
}  // namespace sennit::random_programs
