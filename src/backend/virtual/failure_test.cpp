// backend/virtual/failure_test.cpp: kernels that fail, and devices that are lost.
#include <gtest/gtest.h>

#include <stdexcept>

#include "backend/virtual/virtual_fixture.h"

namespace sennit {
namespace {

class VirtualFailure : public ::testing::Test {
 protected:
  explicit VirtualFailure(std::uint64_t seed = 1)
      : machine_(VirtualMachineOfNotes::seeded(seed)), stream_(machine_.device().create_stream()) {
    FunctionRegistry& registry = machine_.backend.registry();
    registry.add_function("fail", [](const LaunchConfig&, void**) {
      raise(ErrorCode::KernelFailed, "assertion `x > 0` failed");
    });
    registry.add_function(
        "throw", [](const LaunchConfig&, void**) { throw std::runtime_error("not one of ours"); });
    registry.add_function("lose", [](const LaunchConfig&, void**) {
      raise(ErrorCode::DeviceLost, "illegal address");
    });
    module_ = machine_.load(machine_.device(), {"fail", "throw", "lose"});
  }
  void launch(const char* name, CommandTag tag) {
    VirtualMachineOfNotes::launch(*stream_, module_->function(name), Parameters(), tag);
  }
  Device& device() { return machine_.device(); }

  VirtualMachineOfNotes machine_;
  std::unique_ptr<Stream> stream_;
  std::unique_ptr<Module> module_;
};

TEST_F(VirtualFailure, NamesItsCommandAndLaterWorkRunsAllTheSame) {
  EXPECT_FALSE(device().take_failure().has_value());
  launch("fail", 7);
  machine_.note(*stream_, 1);
  EXPECT_FALSE(device().take_failure().has_value()) << "it has not run";
  machine_.backend.run_all();
  const auto failure = device().take_failure();
  ASSERT_TRUE(failure.has_value());
  EXPECT_EQ(failure->tag, 7u);
  EXPECT_EQ(failure->error.code(), ErrorCode::KernelFailed);
  EXPECT_EQ(failure->error.message(), "assertion `x > 0` failed");
  EXPECT_FALSE(device().take_failure().has_value());
  EXPECT_EQ(machine_.ran, std::vector<int>{1});
}

TEST_F(VirtualFailure, OtherExceptionsAreFailuresOfTheKernel) {
  launch("throw", 8);
  machine_.backend.run_all();
  const auto failure = device().take_failure();
  ASSERT_TRUE(failure.has_value());
  EXPECT_EQ(failure->error.code(), ErrorCode::KernelFailed);
  EXPECT_EQ(failure->error.message(), "not one of ours");
}

TEST_F(VirtualFailure, SeveralAreTakenOldestFirst) {
  launch("fail", 1);
  launch("fail", 2);
  machine_.backend.run_all();
  EXPECT_EQ(device().take_failure()->tag, 1u);
  EXPECT_EQ(device().take_failure()->tag, 2u);
}

TEST_F(VirtualFailure, CanBeTakenBeforeAnEventBehindItReadsAsDone) {
  auto event = device().create_event();
  launch("fail", 3);
  stream_->record(*event);
  while (true) {
    const bool done = event->is_done();
    const auto failure = device().take_failure();
    if (failure.has_value()) break;
    ASSERT_FALSE(done);
  }
}

TEST_F(VirtualFailure, ALostDeviceNamesNoCommandSkipsItsWorkAndTakesNoMore) {
  auto memory = device().allocate(4);
  auto event = device().create_event();
  machine_.note(*stream_, 1);
  FillCommand fill;
  fill.to = memory->address();
  fill.bytes = 4;
  stream_->enqueue(fill, 2);
  launch("lose", 3);
  machine_.note(*stream_, 4);
  stream_->record(*event);
  event->sync();
  EXPECT_TRUE(event->is_done());
  EXPECT_EQ(machine_.ran, std::vector<int>{1});
  const auto failure = device().take_failure();
  ASSERT_TRUE(failure.has_value());
  EXPECT_EQ(failure->tag, 0u);
  EXPECT_EQ(failure->error.code(), ErrorCode::DeviceLost);
  EXPECT_NE(*static_cast<const std::byte*>(memory->address()), std::byte{0}) << "memory is gone";
  const auto message = [](auto body) { return raised(ErrorCode::DeviceLost, body); };
  EXPECT_TRUE(contains(message([&] { machine_.note(*stream_, 5); }), "illegal address"));
  EXPECT_TRUE(contains(message([&] { device().allocate(4); }), "is lost"));
  EXPECT_TRUE(contains(message([&] { machine_.load(device(), {"note"}); }), "is lost"));
}

TEST_F(VirtualFailure, AKernelThatNobodyRegisteredDoesNotCompile) {
  CompileRequest request;
  request.names = {"unheard"};
  request.source_name = "user.cu";
  const std::string message =
      raised(ErrorCode::CompileFailed, [&] { machine_.backend.compile(request, device()); });
  EXPECT_TRUE(contains(message, "user.cu: the virtual backend has no host function 'unheard'"));
  EXPECT_TRUE(contains(message, "note"));
  EXPECT_TRUE(contains(raised(ErrorCode::InvalidArgument, [&] { module_->function("unheard"); }),
                       "fail, throw"));
}

TEST_F(VirtualFailure, AnImageOfAnotherBackendIsRefused) {
  Image image;
  image.bytes.resize(100);
  EXPECT_TRUE(contains(raised(ErrorCode::InvalidArgument, [&] { device().load(image); }),
                       "not compiled for a virtual device"));
}

TEST_F(VirtualFailure, SizesThatTheDeviceRefusesAreTheCallersFault) {
  LaunchCommand launch =
      VirtualMachineOfNotes::launch_command(module_->function("fail"), Parameters());
  const auto message = [&] {
    return raised(ErrorCode::InvalidArgument, [&] { stream_->enqueue(launch, 1); });
  };
  launch.config.block.x = 2048;
  EXPECT_TRUE(contains(message(), "a block of 2048 threads; this device allows 1024"));
  launch.config.block.x = 0;
  EXPECT_TRUE(contains(message(), "must be at least 1"));
  launch.config.block.x = 1;
  launch.config.shared_bytes = 1u << 20;
  EXPECT_TRUE(contains(message(), "1048576 bytes of shared memory"));
  EXPECT_EQ(machine_.backend.pending(), 0u);
}

TEST(VirtualRegistry, TheProcesssFunctionsAreKnownToAllBackendsAndABackendsOwnGoFirst) {
  int process_ran = 0;
  int own_ran = 0;
  register_function("shared_name", [&](const LaunchConfig&, void**) { ++process_ran; });
  VirtualBackend plain;
  VirtualBackend special;
  special.registry().add_function("shared_name", [&](const LaunchConfig&, void**) { ++own_ran; });
  for (VirtualBackend* backend : {&plain, &special}) {
    Device& device = *backend->devices()[0];
    CompileRequest request;
    request.names = {"shared_name"};
    auto module = device.load(backend->compile(request, device));
    auto stream = device.create_stream();
    VirtualMachineOfNotes::launch(*stream, module->function("shared_name"), Parameters());
    backend->run_all();
  }
  EXPECT_EQ(process_ran, 1);
  EXPECT_EQ(own_ran, 1);
}

TEST(VirtualHostCall, RunsInStreamOrder) {
  VirtualMachineOfNotes machine;
  auto stream = machine.device().create_stream();
  machine.note(*stream, 1);
  HostCallCommand call;
  call.user = &machine.ran;
  call.function = [](void* user) { static_cast<std::vector<int>*>(user)->push_back(2); };
  stream->enqueue(call, 1);
  machine.note(*stream, 3);
  machine.backend.run_all();
  EXPECT_EQ(machine.ran, (std::vector<int>{1, 2, 3}));
}

}  // namespace
}  // namespace sennit
