// tests/cuda/code_test.cpp: kernels of compiled code, their variables, and clusters of blocks.
#include <gtest/gtest.h>

#include "cuda/fake_driver.h"
#include "fake_cuda/assembler.h"
#include "fake_cuda/image.h"
#include "runtime/runtime.h"

namespace sennit::cuda {
namespace {

constexpr std::string_view kPtx = R"(// made by hand
.version 8.0
.target sm_90
.address_size 64

.visible .entry note(
  .param .u64 note_param_0,
  .param .u32 note_param_1
)
{
  .reg .b32 %r<3>;
  .reg .b64 %rd<4>;
  ld.param.u64 %rd1, [note_param_0];
  ld.param.u32 %r1, [note_param_1];
  ld.global.u32 %r2, [%rd1];
  add.u32 %r2, %r2, 1;
  st.global.u32 [%rd1], %r2;
  mul.wide.u32 %rd2, %r2, 4;
  add.u64 %rd3, %rd1, %rd2;
  st.global.u32 [%rd3], %r1;
  ret;
}
)";
constexpr const char* kSignature = "pointer sint32, sint32";
// Machine code of one kernel, which tells the fake driver the places of its parameters.
std::string cubin(const std::string& kernel, const std::string& parameters) {
  const std::vector<std::byte> code =
      fake_cuda::assemble(".version 9.0\n.target sm_90\n.visible .entry " + kernel + "()\n{\n" +
                          std::string(fake_cuda::kPragma) + kernel + parameters + "\";\nret;\n}\n");
  return {reinterpret_cast<const char*>(code.data()), code.size()};
}
const std::string kCubin = cubin("note", "\tw8@0\tv4@8");
constexpr const char* kCountingSource = R"(
__device__ int tally;
extern "C" __global__ void count_on(int* seen, int by) { tally += by; seen[0] = tally; }
)";

class CudaCode : public FakeDriver {
 protected:
  CudaCode() {
    register_variable("tally", sizeof(int));
    register_function("count_on", [](const LaunchConfig&, void** parameters) {
      auto& tally = *static_cast<int*>(current_variable("tally"));
      tally += parameter<int>(parameters, 1);
      *parameter<int*>(parameters, 0) = tally;
    });
  }
  void SetUp() override {
    Options options;
    options.cache_dir = "";
    runtime =
        Runtime::create(options, find_backend("cuda").open(FakeCudaMachine::backend_options()));
  }
  void TearDown() override {
    runtime.reset();
    FakeDriver::TearDown();
  }

  std::shared_ptr<RuntimeKernel> of_code(std::string_view code, const char* signature) {
    KernelRequest request;
    request.code = std::as_bytes(std::span(code));
    request.name = "note";
    request.signature = signature;
    return runtime->build_kernel(request);
  }
  std::shared_ptr<RuntimeKernel> of_source(const char* source, const char* name) {
    KernelRequest request;
    request.source = source;
    request.name = name;
    return runtime->build_kernel(request);
  }
  Array make_array(std::int64_t elements) {
    return runtime->create_array(Dtype::Int32, {&elements, 1});
  }
  static int first(const Array& array) {
    int value = -1;
    array.read_element(0, &value);
    return value;
  }
  void launch(RuntimeKernel& kernel, const Array& array, int value, LaunchConfig config = {}) {
    const Argument arguments[] = {Argument::of(array.view()), Argument::of(value)};
    runtime->launch(kernel, config, arguments, {});
  }
  template <typename Call>
  static void expect_refusal(ErrorCode code, const std::string& part, Call call) {
    try {
      call();
      ADD_FAILURE() << "nothing was refused";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), code) << error.message();
      EXPECT_NE(error.message().find(part), std::string::npos) << error.message();
    }
  }

  std::shared_ptr<Runtime> runtime;
};

// ---- Code --------------------------------------------------------------------------------------

TEST_F(CudaCode, PtxRuns) {
  const auto kernel = of_code(kPtx, kSignature);
  const Array log = make_array(10);
  launch(*kernel, log, 4);
  launch(*kernel, log, 5);
  std::vector<int> all(10);
  log.read(all.data());
  EXPECT_EQ(all[0], 2);
  EXPECT_EQ(all[1], 4);
  EXPECT_EQ(all[2], 5);
}

TEST_F(CudaCode, PtxSaysItselfWhatItTakes) {
  const auto kernel = of_code(kPtx, "");
  EXPECT_EQ(kernel->facts().signature_text, "note(inout pointer void, int32)");
  const Array log = make_array(10);
  launch(*kernel, log, 4);
  int noted[2];
  log.read_element(0, &noted[0]);
  log.read_element(sizeof(int), &noted[1]);
  EXPECT_EQ(noted[0], 1);
  EXPECT_EQ(noted[1], 4);
}

TEST_F(CudaCode, MachineCodeNeedsASignatureAndTellsWhatFits) {
  expect_refusal(ErrorCode::InvalidArgument,
                 "does not say what its parameters are, only their places: 8 bytes at 0, 4 bytes "
                 "at 8; give a signature",
                 [&] { of_code(kCubin, " "); });
  const auto kernel = of_code(kCubin, kSignature);
  const Array log = make_array(10);
  launch(*kernel, log, 4);
  EXPECT_EQ(first(log), 1);
}

TEST_F(CudaCode, MachineCodeOfAKernelWithoutParametersNeedsNone) {
  register_function("pulse", [](const LaunchConfig&, void**) {});
  KernelRequest request;
  const std::string code = cubin("pulse", "");
  request.code = std::as_bytes(std::span(code));
  request.name = "pulse";
  const auto kernel = runtime->build_kernel(request);
  EXPECT_EQ(kernel->facts().signature_text, "pulse()");
}

TEST_F(CudaCode, ASignatureThatMachineCodeContradictsIsRefused) {
  expect_refusal(ErrorCode::InvalidArgument,
                 "kernel 'note': the signature and the machine code disagree: parameter 2 has 8 "
                 "bytes against 4; correct the signature\n"
                 "  declared:     note(inout pointer int32, int64)\n"
                 "  machine code: 8 bytes at 0, 4 bytes at 8",
                 [&] { of_code(kCubin, "pointer sint32, sint64"); });
  expect_refusal(ErrorCode::InvalidArgument, "1 parameter against 2",
                 [&] { of_code(kPtx, "pointer sint32"); });
  const std::string apart = cubin("note", "\tw8@0\tv4@12");
  expect_refusal(ErrorCode::InvalidArgument, "parameter 2 starts at byte 8 against 12",
                 [&] { of_code(apart, kSignature); });
}

TEST_F(CudaCode, ACodesParametersAreComparedAtTheFirstLaunchAtTheLatest) {
  Options options;
  options.cache_dir = "";
  options.compile_eagerly = false;
  runtime = Runtime::create(options, find_backend("cuda").open(FakeCudaMachine::backend_options()));
  const auto kernel = of_code(kCubin, "pointer sint32, sint32, sint32");
  const Array log = make_array(10);
  const Argument arguments[] = {Argument::of(log.view()), Argument::of(1), Argument::of(2)};
  expect_refusal(ErrorCode::InvalidArgument, "3 parameters against 2",
                 [&] { runtime->launch(*kernel, {}, arguments, {}); });
  EXPECT_EQ(first(log), 0);
}

// As do drivers older than CUDA 12.4, it has no function that tells.
TEST_F(CudaCode, WhereTheDriverDoesNotTellTheSignatureIsBelieved) {
  runtime.reset();
  fake_cuda_config config;
  config.absent = "cuFuncGetParamInfo";
  gpus = FakeCudaMachine(config);
  Options options;
  options.cache_dir = "";
  BackendOptions backend = FakeCudaMachine::backend_options();
  backend.cuda_driver = FakeCudaMachine::unopened_driver_path();
  runtime = Runtime::create(options, find_backend("cuda").open(backend));
  expect_refusal(ErrorCode::InvalidArgument, "does not say what its parameters are; give a",
                 [&] { of_code(kCubin, ""); });
  EXPECT_NE(of_code(kCubin, "pointer sint32, sint64"), nullptr);
}

TEST_F(CudaCode, ASignatureThatPtxContradictsIsRefusedWithTheInstruction) {
  expect_refusal(ErrorCode::InvalidArgument, "st.global.u32",
                 [&] { of_code(kPtx, "const pointer sint32, sint32"); });
}

// The device's copy has changed, and the host's has not.
TEST_F(CudaCode, VerifyLooksAtWhatTheDeviceHas) {
  Options options;
  options.cache_dir = "";
  options.verify = true;
  runtime = Runtime::create(options, find_backend("cuda").open(FakeCudaMachine::backend_options()));
  // The address is given away, so that the declaration counts; the fake's kernel writes all the
  // same.
  std::string hiding(kPtx);
  hiding.replace(hiding.find(".visible"), 0, ".global .align 8 .u64 hidden;\n");
  hiding.replace(hiding.find("  ld.global.u32"), 0, "  st.global.u64 [hidden], %rd1;\n");
  const auto kernel = of_code(hiding, "const pointer sint32, sint32");
  const Array log = make_array(10);
  EXPECT_EQ(first(log), 0);
  expect_refusal(ErrorCode::KernelFailed, "wrote to argument 1, which counts as only read: byte 0 ",
                 [&] { launch(*kernel, log, 4); });
}

TEST_F(CudaCode, CodeTakesNoOptions) {
  KernelRequest request;
  request.code = std::as_bytes(std::span(kPtx));
  request.name = "note";
  request.signature = kSignature;
  request.options = {"-DN=4"};
  expect_refusal(ErrorCode::InvalidArgument, "options are for compiling",
                 [&] { runtime->build_kernel(request); });
}

TEST_F(CudaCode, WhatIsNoCodeIsRefused) {
  expect_refusal(ErrorCode::InvalidArgument, "neither PTX, nor a cubin, nor a fatbin",
                 [&] { of_code("__global__ void note();", kSignature); });
  expect_refusal(ErrorCode::InvalidArgument, "no kernel is called 'other'", [&] {
    KernelRequest request;
    request.code = std::as_bytes(std::span(kPtx));
    request.name = "other";
    request.signature = kSignature;
    runtime->build_kernel(request);
  });
}

TEST(CodeOnOtherBackends, IsRefusedWithWhatToDo) {
  Options options;
  options.device = "virtual";
  const auto runtime = Runtime::create(options);
  KernelRequest request;
  request.code = std::as_bytes(std::span(kPtx));
  request.name = "note";
  request.signature = kSignature;
  try {
    runtime->build_kernel(request);
    FAIL() << "built";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::Unsupported);
    EXPECT_NE(error.message().find("run on device \"cuda\""), std::string::npos) << error.message();
  }
}

// ---- Variables ---------------------------------------------------------------------------------

TEST_F(CudaCode, AVariableIsReadAndWrittenInTurnWithTheKernel) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    gpus.seed(seed);
    const auto kernel = of_source(kCountingSource, "count_on");
    const Array seen = make_array(1), other = make_array(1);
    launch(*kernel, seen, 1);
    const Array tally = runtime->kernel_variable(kernel, "tally", Dtype::Int32, std::nullopt);
    EXPECT_EQ(first(tally), 1);
    launch(*kernel, seen, 2);
    launch(*kernel, other, 3);  // ordered by the variable alone
    EXPECT_EQ(first(tally), 6);
    EXPECT_EQ(first(seen), 3);
    const int ten = 10;
    tally.write(&ten);
    launch(*kernel, seen, 1);
    EXPECT_EQ(first(seen), 11);
  }
}

TEST_F(CudaCode, WhatIsWrittenToAVariableStaysWithTheKernel) {
  const auto kernel = of_source(kCountingSource, "count_on");
  const int ten = 10;
  runtime->kernel_variable(kernel, "tally", Dtype::Int32, std::nullopt).write(&ten);
  const Array seen = make_array(1);
  launch(*kernel, seen, 1);
  EXPECT_EQ(first(seen), 11);
  EXPECT_EQ(first(runtime->kernel_variable(kernel, "tally", Dtype::Int32, std::nullopt)), 11);
}

TEST_F(CudaCode, AVariableOutlivesItsKernel) {
  auto kernel = of_source(kCountingSource, "count_on");
  const Array seen = make_array(1);
  const Array tally = runtime->kernel_variable(kernel, "tally", Dtype::Int32, std::nullopt);
  launch(*kernel, seen, 4);
  runtime->scheduler().keep(std::move(kernel));  // as the C ABI does
  runtime->scheduler().sync();
  EXPECT_EQ(first(tally), 4);
}

TEST_F(CudaCode, UnknownVariablesAndOtherSizesAreRefused) {
  const auto kernel = of_source(kCountingSource, "count_on");
  expect_refusal(ErrorCode::InvalidArgument, "has no variable 'talley'",
                 [&] { runtime->kernel_variable(kernel, "talley", Dtype::Int32, std::nullopt); });
  const std::int64_t two[] = {2};
  expect_refusal(ErrorCode::InvalidArgument, "variable 'tally' has 4 bytes; int32[2] has 8",
                 [&] { runtime->kernel_variable(kernel, "tally", Dtype::Int32, two); });
}

class CudaCodeOnTwo : public FakeDriver {
 protected:
  CudaCodeOnTwo() : FakeDriver(two()) {}
  static fake_cuda_config two() {
    fake_cuda_config config;
    config.devices = 2;
    return config;
  }
};

TEST_F(CudaCodeOnTwo, VariablesAreRefusedWithWhatToDo) {
  register_function("count_on", [](const LaunchConfig&, void**) {});
  Options options;
  options.cache_dir = "";
  const auto runtime =
      Runtime::create(options, find_backend("cuda").open(FakeCudaMachine::backend_options()));
  KernelRequest request;
  request.source = kCountingSource;
  request.name = "count_on";
  const auto kernel = runtime->build_kernel(request);
  try {
    runtime->kernel_variable(kernel, "tally", Dtype::Int32, std::nullopt);
    FAIL() << "found";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::Unsupported);
    EXPECT_NE(error.message().find("devices=1"), std::string::npos) << error.message();
  }
}

// ---- Clusters ----------------------------------------------------------------------------------

TEST_F(CudaCode, AClusterIsLaunchedByTheDriversExtendedCall) {
  const auto kernel = of_source(kNotingSource, "note");
  const Array log = make_array(10);
  LaunchConfig config;
  config.grid = {4, 1, 1};
  config.cluster = {2, 1, 1};
  launch(*kernel, log, 1, config);
  EXPECT_EQ(gpus.calls("cuLaunchKernelEx"), 1u);
  EXPECT_EQ(first(log), 1);
}

TEST_F(CudaCode, AClusterThatDoesNotFitIsRefusedAtTheLaunch) {
  const auto kernel = of_source(kNotingSource, "note");
  const Array log = make_array(10);
  LaunchConfig config;
  config.grid = {6, 1, 1};
  config.cluster = {4, 1, 1};
  expect_refusal(ErrorCode::InvalidArgument, "no whole number of clusters",
                 [&] { launch(*kernel, log, 1, config); });
  config.grid = {32, 1, 1};
  config.cluster = {32, 1, 1};
  expect_refusal(ErrorCode::InvalidArgument, "takes 1 to 16",
                 [&] { launch(*kernel, log, 1, config); });
  config.grid = {8, 8, 1};
  config.cluster = {8, 4, 1};
  expect_refusal(ErrorCode::InvalidArgument, "has 32 blocks",
                 [&] { launch(*kernel, log, 1, config); });
}

}  // namespace
}  // namespace sennit::cuda
