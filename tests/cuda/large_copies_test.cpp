// tests/cuda/large_copies_test.cpp: large copies between fake GPUs and memory that the driver has
// not locked, in chunks of 1 MiB.
#include <algorithm>
#include <numeric>
#include <vector>

#include "cuda/fake_driver.h"
#include "runtime/array.h"
#include "runtime/runtime.h"

namespace sennit::cuda {
namespace {

constexpr std::int64_t kElements = std::int64_t{5} << 19;  // 10 MiB

constexpr const char* kSource = R"(
extern "C" __global__ void increment(int* x) { x[0] += 1; }
extern "C" __global__ void add(int* x, const int* y) { x[0] += y[0]; }
extern "C" __global__ void trap(int* x) { __trap(); }
)";

using Values = std::vector<int>;

Values numbered(int first) {
  Values values(kElements);
  std::iota(values.begin(), values.end(), first);
  return values;
}

class CudaLargeCopies : public ::testing::Test {
 protected:
  void SetUp() override {
    register_function("increment", [](const LaunchConfig&, void** parameters) {
      ++*parameter<int*>(parameters, 0);
    });
    register_function("add", [](const LaunchConfig&, void** parameters) {
      *parameter<int*>(parameters, 0) += *parameter<const int*>(parameters, 1);
    });
    register_function(
        "trap", [](const LaunchConfig&, void**) { raise(ErrorCode::KernelFailed, "a trap"); });
    start({});
  }
  void start(const fake_cuda_config& config, std::size_t pinned_bytes = 0) {
    runtime.reset();
    gpus.emplace(config);
    Options options;
    options.cache_dir = "";
    options.copy_threads = 3;
    options.copy_chunk_bytes = 1 << 20;
    BackendOptions backend = FakeCudaMachine::backend_options();
    if (pinned_bytes > 0) backend.pinned_bytes = pinned_bytes;
    runtime = Runtime::create(options, find_backend("cuda").open(backend));
  }
  void TearDown() override {
    EXPECT_FALSE(runtime->scheduler().device(0).take_failure()) << "a failure was left untaken";
    runtime.reset();
    EXPECT_EQ(gpus->take_misuses(), std::vector<std::string>());
    if (!device_is_lost) {
      EXPECT_EQ(gpus->leaks(), "");
    }
  }

  std::shared_ptr<RuntimeKernel> build(const char* name) {
    KernelRequest request;
    request.source = kSource;
    request.name = name;
    return runtime->build_kernel(request);
  }
  Array make(std::int64_t elements = kElements) {
    const std::int64_t shape[] = {elements};
    return runtime->create_array(Dtype::Int32, shape);
  }
  void launch(RuntimeKernel& kernel, std::initializer_list<const Array*> arrays) {
    std::vector<Argument> arguments;
    for (const Array* array : arrays) arguments.push_back(Argument::of(array->view()));
    runtime->launch(kernel, {}, arguments, {});
  }
  static Values read(const Array& array) {
    Values values(static_cast<std::size_t>(array.layout().size()));
    array.read(values.data());
    return values;
  }

  std::optional<FakeCudaMachine> gpus;
  bool device_is_lost = false;  // then the driver lets nobody destroy anything
  std::shared_ptr<Runtime> runtime;
};

TEST_F(CudaLargeCopies, AreRightInWhateverOrderTheDriverRunsThem) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    gpus->seed(seed);
    const auto increment = build("increment"), add = build("add");
    const Array x = make(), sum = make(1);
    Values values = numbered(static_cast<int>(seed));
    for (int round = 0; round < 3; ++round) {
      values[0] = round * 100;
      x.write(values.data());
      values[0] = -1;  // it has been read
      launch(*increment, {&x});
      launch(*add, {&sum, &x});
    }
    values[0] = 201;
    EXPECT_EQ(read(x), values) << "seed " << seed;
    EXPECT_EQ(read(sum), Values{1 + 101 + 201}) << "seed " << seed;
  }
}

TEST_F(CudaLargeCopies, LockMemoryForTheirChunksOnce) {
  const Array x = make();
  const Values values = numbered(1);
  x.write(values.data());
  EXPECT_EQ(read(x), values);
  gpus->reset_calls();
  const Array y = make();
  for (const Array* array : {&x, &y}) {
    array->write(values.data());
    EXPECT_EQ(read(*array), values);
  }
  EXPECT_EQ(gpus->calls("cuMemHostAlloc"), 0u);
  EXPECT_EQ(gpus->calls("cuMemcpyAsync"), 2u * 2 * 10);
}

TEST_F(CudaLargeCopies, BeyondTheBudgetOfPageLockedMemoryTheAnswerIsTheSame) {
  start({}, /*pinned_bytes=*/1);
  const auto increment = build("increment");
  const Array x = make();
  Values values = numbered(5);
  x.write(values.data());
  launch(*increment, {&x});
  values[0] = 6;
  EXPECT_EQ(read(x), values);
}

TEST_F(CudaLargeCopies, AFaultIsToldByTheReadAndTheWriteAndHoldsNobodyUp) {
  const auto trap = build("trap");
  const Array x = make();
  const Values values = numbered(1);
  x.write(values.data());
  launch(*trap, {&x});
  device_is_lost = true;
  EXPECT_THROW(read(x), Error);
  for (int again = 0; again < 2; ++again) {
    try {
      x.write(values.data());
      FAIL() << "written";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::DeviceLost) << error.message();
    }
  }
}

TEST_F(CudaLargeCopies, GoOnBesideAnOpenCaptureOfTheUserAndLeaveItAlone) {
  const Driver& driver = Driver::open(FakeCudaMachine::driver_path());
  const Array x = make();
  const Values values = numbered(1);
  CUcontext context = nullptr;
  CUstream stream = nullptr;
  CUgraph graph = nullptr;
  ASSERT_EQ(driver.cuDevicePrimaryCtxRetain(&context, 0), CUDA_SUCCESS);
  ASSERT_EQ(driver.cuCtxSetCurrent(context), CUDA_SUCCESS);
  ASSERT_EQ(driver.cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING), CUDA_SUCCESS);
  ASSERT_EQ(driver.cuStreamBeginCapture(stream, CU_STREAM_CAPTURE_MODE_GLOBAL), CUDA_SUCCESS);
  x.write(values.data());
  EXPECT_EQ(read(x), values);
  EXPECT_EQ(driver.cuStreamEndCapture(stream, &graph), CUDA_SUCCESS);
  driver.cuGraphDestroy(graph);
  driver.cuStreamDestroy(stream);
  driver.cuDevicePrimaryCtxRelease(0);
}

}  // namespace
}  // namespace sennit::cuda
