// backend/cuda/driver_test.cpp: what is said where the driver or the compiler is missing or old.
#include "backend/cuda/driver.h"

#include <gtest/gtest.h>

#include "backend/backend_table.h"
#include "backend/cuda/nvrtc.h"
#include "doubles/fake_cuda_machine.h"

namespace sennit::cuda {
namespace {

template <typename Call>
std::string refusal(ErrorCode code, Call call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.message();
    return error.message();
  }
  ADD_FAILURE() << "nothing was refused";
  return {};
}

void expect_parts(const std::string& message, std::initializer_list<std::string_view> parts) {
  for (const std::string_view part : parts) {
    EXPECT_NE(message.find(part), std::string::npos) << "'" << part << "' is not in: " << message;
  }
}

// A driver that was opened stays open under its path, so each test opens the fake one under a
// spelling of its own.
std::string fresh_path() {
  static std::string dots = "/";
  dots += "./";
  std::string path = FakeCudaMachine::driver_path();
  return path.replace(path.rfind('/'), 1, dots);
}

std::string refusal_of_driver(const fake_cuda_config& config) {
  const FakeCudaMachine gpus(config);
  return refusal(ErrorCode::Unavailable, [] { Driver::open(fresh_path()); });
}

TEST(CudaDriver, AMissingLibraryIsNamedWithWhatToDo) {
  expect_parts(refusal(ErrorCode::Unavailable, [] { Driver::open("libno_such_driver.so.1"); }),
               {"libno_such_driver.so.1", "install the NVIDIA driver", "device \"cpu\""});
}

TEST(CudaDriver, ALibraryThatIsNoDriverIsRefused) {
  expect_parts(refusal(ErrorCode::Unavailable, [] { Driver::open("libm.so.6"); }),
               {"libm.so.6", "no CUDA driver"});
}

TEST(CudaDriver, AnOldDriverIsRefusedWithBothVersions) {
  fake_cuda_config config;
  config.version = 12020;
  expect_parts(refusal_of_driver(config), {"CUDA 12.2", "CUDA 12.3 or newer"});
}

TEST(CudaDriver, AMissingFunctionIsNamed) {
  fake_cuda_config config;
  config.absent = "cuGraphLaunch";
  expect_parts(refusal_of_driver(config), {"lacks cuGraphLaunch", "CUDA 13.0", "newer NVIDIA"});
}

TEST(CudaDriver, AMachineWithoutDevicesIsRefused) {
  fake_cuda_config config;
  config.devices = 0;
  expect_parts(refusal_of_driver(config), {"does not start", "CUDA_ERROR_NO_DEVICE"});
}

TEST(CudaDriver, TheOldestDriverHasAllThatIsRequired) {
  fake_cuda_config config;
  config.version = kOldestDriver;
  const FakeCudaMachine gpus(config);
  BackendOptions options = FakeCudaMachine::backend_options();
  options.cuda_driver = fresh_path();
  const Driver& driver = Driver::open(options.cuda_driver);
  EXPECT_EQ(driver.version, kOldestDriver);
  EXPECT_EQ(driver.cuFuncLoad, nullptr);  // of CUDA 12.4
  EXPECT_EQ(driver.cuFuncGetParamInfo, nullptr);
  // The fake compiler is of CUDA 13, which that driver would not understand.
  const auto backend = find_backend("cuda").open(options);
  expect_parts(refusal(ErrorCode::Unavailable, [&] { backend->compiler_key(); }),
               {"13.0", "newer than the driver's 12.3"});
}

TEST(CudaDriver, ADriverIsOpenedOnce) {
  const FakeCudaMachine gpus;
  const std::string path = fresh_path();
  EXPECT_EQ(&Driver::open(path), &Driver::open(path));
}

TEST(Nvrtc, AMissingCompilerIsNamedWithWhatWasTried) {
  expect_parts(
      refusal(ErrorCode::Unavailable, [] { Nvrtc::open({"/no/such/libnvrtc.so.13", ""}, 13000); }),
      {"/no/such/libnvrtc.so.13", "pip install nvidia-cuda-nvrtc", "nvrtc_library"});
}

TEST(Nvrtc, ALibraryThatIsNoCompilerIsRefused) {
  expect_parts(refusal(ErrorCode::Unavailable, [] { Nvrtc::open({"libm.so.6", ""}, 13000); }),
               {"libm.so.6 lacks", "nvrtcCompileProgram"});
}

TEST(Nvrtc, ErrorsOfTheSourceCarryTheLog) {
  const Nvrtc& nvrtc = Nvrtc::open({FakeCudaMachine::nvrtc_path(), ""}, 13000);
  expect_parts(refusal(ErrorCode::CompileFailed,
                       [&] { nvrtc.compile("int x;", "empty.cu", {"absent_kernel"}, {}, 90); }),
               {"compiling empty.cu with NVRTC 13.0", "absent_kernel"});
}

TEST(Nvrtc, ADeviceOlderThanTheCompilerIsRefused) {
  const Nvrtc& nvrtc = Nvrtc::open({FakeCudaMachine::nvrtc_path(), ""}, 13000);
  expect_parts(refusal(ErrorCode::Unsupported,
                       [&] { nvrtc.compile("__global__ void k() {}", "k.cu", {"k"}, {}, 70); }),
               {"compute capability 80", "has 70"});
}

}  // namespace
}  // namespace sennit::cuda
