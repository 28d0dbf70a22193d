// conformance/nvrtc.cpp: NVIDIA's own compiler, where it is installed, on a machine without a GPU:
// all but the bodies of the suite's kernels.
#include "conformance/conformance.h"
#include "conformance/kernels.h"
#include "doubles/fake_cuda_machine.h"

namespace sennit::conformance {
namespace {

class RealNvrtc : public ::testing::Test {
 protected:
  void SetUp() override {
    register_host_kernels();
    try {
      backend->compiler_key();
    } catch (const Error& error) {
      GTEST_SKIP() << error.what();
    }
  }
  Device& device() { return *backend->devices().front(); }

  const FakeCudaMachine gpus;
  const std::unique_ptr<Backend> backend =
      find_backend("cuda").open(FakeCudaMachine::backend_options(true));
};

// Machine code is for no fake GPU, so the PTX of the same image is loaded: it has the kernels under
// the names that the compiler gave them, and their parameters as it lays them out.
TEST_F(RealNvrtc, CompilesTheSuitesKernelsSoThatTheyAreFoundAndTakeTheirParameters) {
  const Image image = backend->compile(kernels_request(), device());
  const std::unique_ptr<Module> module = device().load(image);
  for (const std::string& name : kernels_request().names) {
    EXPECT_EQ(module->function(name).info().name, name);
  }
  const auto stream = device().create_stream();
  const auto end = device().create_event();
  const auto out = device().allocate(sizeof(Gathered));
  Gathered result{};
  const Arguments arguments(true, static_cast<signed char>(-5), static_cast<unsigned char>(200),
                            short{-3000}, static_cast<unsigned short>(60000), -7, 4000000000u,
                            -(1LL << 40), 1ULL << 41, 0.5f, -1e100, Mixed{'m', -2.5, {1, 2, 3}},
                            Wide{1, 2, 3, 4}, 'z', out->address());
  LaunchCommand launch;
  launch.function = &module->function("gather");
  launch.parameters = arguments.bytes;
  launch.offsets = arguments.offsets;
  stream->enqueue(launch, 0);
  stream->enqueue(CopyCommand{&result, out->address(), sizeof result, CopyCommand::kHost, 0}, 0);
  stream->record(*end);
  end->sync();
  const double expected[16] = {1,      -5,  200,    -3000, 60000, -7,  4000000000.0, -0x1p40,
                               0x1p41, 0.5, -1e100, 'm',   -2.5,  321, 4321,         'z'};
  for (int i = 0; i < 16; ++i) EXPECT_EQ(result.values[i], expected[i]) << "parameter " << i;
}

TEST_F(RealNvrtc, ErrorsInTheSourceAreShownWithTheirLine) {
  CompileRequest request;
  request.source = "__global__ void broken(int* x) {\n  x[0] = undeclared_name;\n}\n";
  request.source_name = "broken.cu";
  request.names = {"broken"};
  try {
    backend->compile(request, device());
    FAIL() << "compiled";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::CompileFailed);
    EXPECT_NE(error.message().find("broken.cu(2)"), std::string::npos) << error.message();
    EXPECT_NE(error.message().find("undeclared_name"), std::string::npos) << error.message();
  }
}

}  // namespace
}  // namespace sennit::conformance
