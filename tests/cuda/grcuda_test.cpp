// tests/cuda/grcuda_test.cpp: what GrCUDA programs have on GPUs only: files of ready code, PTX,
// attributes, and host functions whose arrays come from a device.
#include <fstream>

#include "cuda/runtime_fixture.h"
#include "grcuda/context.h"
#include "grcuda/device_array.h"
#include "grcuda/kernel_value.h"

namespace sennit::cuda {
namespace {

using grcuda::Any;
using grcuda::ValueRef;

constexpr const char* kPtx = R"(.version 8.0
.target sm_90
.address_size 64
.visible .entry increment(
  .param .u64 increment_param_0
)
{
  .reg .b32 %r<2>;
  .reg .b64 %rd<2>;
  ld.param.u64 %rd1, [increment_param_0];
  ld.global.u32 %r1, [%rd1];
  add.u32 %r1, %r1, 1;
  st.global.u32 [%rd1], %r1;
  ret;
}
)";

class GrCudaOnGpus : public FakeGpuRuntime {
 protected:
  Any eval(const std::string& expression) { return grcuda::Context(runtime, {}).eval(expression); }
  static Any call(const Any& callee, std::vector<Any> arguments) {
    return std::get<ValueRef>(callee)->call(arguments);
  }
  static Any member(const Any& of, std::string_view name) {
    return *std::get<ValueRef>(of)->member(name);
  }
};

TEST_F(GrCudaOnGpus, AKernelOfAPtxFileIsBoundAndShowsItsPtx) {
  const std::string file = ::testing::TempDir() + "sennit_grcuda.ptx";
  std::ofstream(file) << kPtx;
  for (const char* arguments :
       {"\", \"increment(x: inout pointer sint32)\")", "\", \"increment\", \"pointer\")"}) {
    const Any kernel = eval("bindkernel(\"" + file + arguments);
    const Any array = eval("int[4]");
    const Any configured = call(kernel, {std::int64_t{1}, 1.0});
    call(configured, {array});
    call(configured, {array});
    EXPECT_EQ(std::get<std::int64_t>(std::get<ValueRef>(array)->read_element(0)), 2);
    EXPECT_EQ(std::get<std::int64_t>(member(kernel, "launchCount")), 2);
    EXPECT_NE(std::get<std::string>(member(kernel, "ptx")).find(".entry increment"),
              std::string::npos);
  }
}

TEST_F(GrCudaOnGpus, PropertiesAreTheDriversAndFreeMemoryShrinks) {
  const Any properties = member(eval("getdevice(0)"), "properties");
  EXPECT_EQ(std::get<std::int64_t>(member(properties, "computeCapabilityMajor")), 9);
  EXPECT_EQ(std::get<std::int64_t>(member(properties, "multiProcessorCount")), 16);
  EXPECT_EQ(std::get<std::int64_t>(eval("cudaDeviceGetAttribute(37, 0)")), 5120);
  EXPECT_EQ(std::get<ValueRef>(properties)->member("eccEnabled"), std::nullopt);
  const auto free_bytes = [&] {
    return std::get<std::int64_t>(member(properties, "freeDeviceMemory"));
  };
  const std::int64_t before = free_bytes();
  const Any memory = eval("cudaMalloc(1048576)");
  EXPECT_LE(free_bytes(), before - 1048576);
}

class Seen final : public Observer {
 public:
  void on_issue(const ObservedOperation& operation) override {
    if (operation.kind == OperationKind::Launch) launch_devices.push_back(operation.device);
    if (operation.kind == OperationKind::HostCall) parents.push_back(operation.parents.size());
  }
  void on_done(NodeId, const Error*) override {}
  std::vector<int> launch_devices;
  std::vector<std::size_t> parents;  // of the host functions
};

TEST_F(GrCudaOnGpus, TheCurrentDeviceRunsTheKernelsUnlessAPolicyWasChosen) {
  for (const char* const policy : {"single_device", "round_robin"}) {
    options.placement_policy = policy;
    fake_cuda_config two{};
    two.devices = 2;
    start(two);
    const auto seen = std::make_shared<Seen>();
    runtime->scheduler().attach(seen);
    grcuda::Context program(runtime, {});
    const Any kernel = program.eval("buildkernel");
    const Any increment =
        call(call(kernel, {std::string("extern \"C\" __global__ void increment(int* x) {}"),
                           std::string("increment"), std::string("pointer")}),
             {1.0, 1.0});
    const Any x = program.eval("int[4]");
    for (const char* const choose : {"cudaSetDevice(1)", "cudaSetDevice(1)", "cudaSetDevice(0)"}) {
      program.eval(choose);
      call(increment, {x});
    }
    call(member(program.eval("getdevice(1)"), "setCurrent"), {});
    call(increment, {x});
    EXPECT_EQ(std::get<std::int64_t>(program.eval("cudaGetDevice()")), 1);
    EXPECT_EQ(std::get<std::int64_t>(std::get<ValueRef>(x)->read_element(0)), 4);
    runtime->scheduler().detach(seen.get());
    const bool follows = options.placement_policy == "single_device";
    EXPECT_EQ(seen->launch_devices,
              follows ? (std::vector<int>{1, 1, 0, 1}) : (std::vector<int>{0, 1, 0, 1}));
  }
}

TEST_F(GrCudaOnGpus, AllDevicesAreListedAndThoseInUseCanBeCurrent) {
  options.devices = 2;
  fake_cuda_config three{};
  three.devices = 3;
  start(three);
  grcuda::Context program(runtime, {});
  EXPECT_EQ(std::get<std::int64_t>(program.eval("cudaGetDeviceCount()")), 3);
  EXPECT_EQ(std::get<ValueRef>(program.eval("getdevices()"))->size(), 3);
  const Any properties = member(program.eval("getdevice(2)"), "properties");
  EXPECT_EQ(std::get<std::int64_t>(member(properties, "warpSize")), 32);
  EXPECT_NO_THROW(program.eval("cudaSetDevice(1)"));
  EXPECT_THROW(program.eval("cudaSetDevice(2)"), Error);
  EXPECT_THROW(call(member(program.eval("getdevice(2)"), "setCurrent"), {}), Error);
  EXPECT_EQ(std::get<std::int64_t>(program.eval("cudaGetDevice()")), 1);
}

TEST_F(GrCudaOnGpus, EventsKnowTheirTimesAndTheirOrder) {
  const std::shared_ptr<RuntimeKernel> increment = build("increment");
  const Any x = eval("int[4]");
  const Any stream = eval("cudaStreamCreate()");
  const Any start = eval("cudaEventCreate()");
  const Any end = eval("cudaEventCreate()");
  const auto kernel = std::make_shared<grcuda::Kernel>(
      runtime, std::make_shared<grcuda::CurrentDevice>(*runtime), increment);
  const Any configured = kernel->call(std::vector<Any>{1.0, 1.0, stream});
  const auto seen = std::make_shared<Seen>();
  runtime->scheduler().attach(seen);
  call(eval("cudaEventRecord"), {start, stream});
  for (int i = 0; i < 10; ++i) call(configured, {x});
  call(eval("cudaEventRecord"), {end, stream});
  EXPECT_EQ(seen->parents, (std::vector<std::size_t>{0, 1})) << "the time of the last kernel's end";
  runtime->scheduler().detach(seen.get());
  const double ms = std::get<double>(call(eval("cudaEventElapsedTime"), {start, end}));
  EXPECT_GT(ms, 0);
  EXPECT_EQ(std::get<double>(call(eval("cudaEventElapsedTime"), {end, start})), -ms);
  EXPECT_EQ(std::get<std::int64_t>(std::get<ValueRef>(x)->read_element(0)), 10);
}

TEST_F(GrCudaOnGpus, ANativeFunctionGetsWhatTheDeviceWroteAndTheDeviceWhatItWrote) {
  const std::shared_ptr<RuntimeKernel> increment = build("increment");
  const Any array = eval("int[4]");
  const auto device_array = grcuda::find_value<grcuda::DeviceArray>(array);
  const Argument argument = Argument::of(device_array->array().view());
  const auto launch = [&] { runtime->launch(*increment, {}, {&argument, 1}, {}); };
  launch();
  // memset(array, 0x01, 2): C's, which every process has.
  const Any fill =
      eval("bind(\"libc.so.6\", \"memset(to: out pointer, value: sint32, n: uint64): pointer\")");
  call(fill, {array, std::int64_t{1}, std::int64_t{2}});
  launch();
  EXPECT_EQ(std::get<std::int64_t>(device_array->read_element(0)), 0x0102);
}

}  // namespace
}  // namespace sennit::cuda
