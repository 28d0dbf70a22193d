// conformance/conformance.h: one test of backend.h, run on every backend.
//
// To bring a backend under the suite: its line in `subjects` (conformance.cpp). What it cannot
// pass stands in `exceptions`, with the reason; the suite fails if such a line names no test.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iosfwd>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backend/backend.h"
#include "doubles/fake_cuda_machine.h"

namespace sennit::conformance {

// A backend, opened in one way.
struct Subject {
  std::string label;  // shown in the test's name: "virtual_seed_2"
  std::string backend;
  std::uint64_t seed = 1;  // of virtual backends and fake GPUs
  bool fake_gpus = false;  // the CUDA backend, on the driver of tests/doubles/fake_cuda
};
std::vector<Subject> subjects();
void PrintTo(const Subject& subject, std::ostream* stream);  // for GoogleTest

// A test that a backend does not pass, and need not.
struct Exception {
  std::string_view backend;  // "fake": the CUDA backend on fake GPUs
  std::string_view test;
  std::string_view reason;
};
std::span<const Exception> exceptions();

// The values of a launch's parameters, each at its natural alignment.
class Arguments {
 public:
  template <typename... Values>
  explicit Arguments(const Values&... values) {
    (add(&values, sizeof values, alignof(Values)), ...);
  }
  std::vector<std::byte> bytes;
  std::vector<std::uint32_t> offsets;

 private:
  void add(const void* value, std::size_t size, std::size_t alignment);
};

class Conformance : public ::testing::TestWithParam<Subject> {
 protected:
  void SetUp() override;
  // Asserts that all work ended, that no failure was left untaken, and that nothing leaked.
  void TearDown() override;

  Backend& backend() { return *backend_; }
  Device& device() { return *backend_->devices().front(); }
  std::unique_ptr<Stream> stream() { return device().create_stream(); }
  std::unique_ptr<Event> event() { return device().create_event(); }

  // A kernel of kernels.cpp, loaded on the device.
  Function& function(std::string_view name) { return module().function(name); }
  Module& module();
  const Image& image();
  // Commands of this test touch the same bytes in no order, on purpose. Fake GPUs see that.
  void allow_races() { races_allowed_ = true; }
  // Another instance of the same.
  std::unique_ptr<Backend> open() const;

  static LaunchCommand launch(Function& function, const Arguments& arguments, Dim3 grid = {},
                              Dim3 block = {}, std::uint32_t shared_bytes = 0);
  // Queues a launch. The tag names it in failures.
  void run(Stream& stream, std::string_view name, const Arguments& arguments, Dim3 grid = {},
           Dim3 block = {}, CommandTag tag = 0);
  // Waits for all of the stream's work.
  void finish(Stream& stream);

  // Device memory with the values; `read` copies them back. Both wait.
  template <typename T>
  class Buffer {
   public:
    Buffer(Conformance& test, std::size_t count, T value = {})
        : Buffer(test, filled(count, value)) {}
    Buffer(Conformance& test, const std::vector<T>& values)
        : test_(test),
          count_(values.size()),
          memory_(test.device().allocate(values.size() * sizeof(T))) {
      test_.copy_and_wait(memory_->address(), values.data(), bytes(), 0, CopyCommand::kHost);
    }
    T* data() const { return static_cast<T*>(memory_->address()); }
    std::size_t bytes() const { return count_ * sizeof(T); }
    std::vector<T> read() const {
      std::vector<T> values(count_);
      test_.copy_and_wait(values.data(), data(), bytes(), CopyCommand::kHost, 0);
      return values;
    }

   private:
    static std::vector<T> filled(std::size_t count, T value) {
      return std::vector<T>(count, value);
    }
    Conformance& test_;
    std::size_t count_;
    std::unique_ptr<Allocation> memory_;
  };

  void copy_and_wait(void* to, const void* from, std::size_t bytes, int to_device, int from_device);

 private:
  bool races_allowed_ = false;
  std::optional<FakeCudaMachine> fake_gpus_;
  std::unique_ptr<Backend> backend_;
  std::unique_ptr<Module> module_;
};

// The code of the error that `call` raises; nullopt if it raises none.
template <typename Call>
std::optional<ErrorCode> code_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error.code();
  }
  return std::nullopt;
}

// Runs a suite on every subject.
#define SENNIT_CONFORMANCE_SUITE(suite)                                            \
  INSTANTIATE_TEST_SUITE_P(Backends, suite,                                        \
                           ::testing::ValuesIn(::sennit::conformance::subjects()), \
                           [](const auto& tested) { return tested.param.label; })

}  // namespace sennit::conformance
