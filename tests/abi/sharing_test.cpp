// tests/abi/sharing_test.cpp: sennit.hpp where there is nothing to share with: a virtual machine.
// The message says what to do, and nothing is released that was not taken.
#include <gtest/gtest.h>

#include <functional>
#include <sennit/sennit.hpp>
#include <string>

namespace {

void expect_refusal(snt_code code, const std::string& part, const std::function<void()>& call) {
  try {
    call();
    ADD_FAILURE() << "nothing was refused";
  } catch (const sennit::Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
  }
}

TEST(Sharing, NeedsAGpu) {
  const sennit::Runtime runtime("virtual");
  const auto x = runtime.array<float>({4});
  expect_refusal(SNT_UNSUPPORTED, "device \"cuda\"", [&] { runtime.wait_for(SNT_LEGACY_STREAM); });
  expect_refusal(SNT_UNSUPPORTED, "device \"cuda\"",
                 [&] { runtime.stream_wait(SNT_PER_THREAD_STREAM, x); });
  float memory[4] = {};
  expect_refusal(SNT_INVALID_ARGUMENT, "is no memory of", [&] { runtime.adopt(memory, {2, 2}); });
  runtime.trim();
}

TEST(CompiledKernels, NeedAGpu) {
  const sennit::Runtime runtime("virtual");
  const std::string ptx = ".version 8.0\n.target sm_90\n";
  expect_refusal(SNT_UNSUPPORTED, "compiles kernels from CUDA C++ source",
                 [&] { runtime.kernel(std::as_bytes(std::span(ptx)), "k", "pointer float"); });
}

TEST(Variables, NeedAKernel) {
  const sennit::Kernel none(nullptr);
  expect_refusal(SNT_INVALID_ARGUMENT, "'kernel' is NULL",
                 [&] { none.variable<float>("factors"); });
}

}  // namespace
