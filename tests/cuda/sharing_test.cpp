// tests/cuda/sharing_test.cpp: device memory and streams that another library of the process uses,
// too. The other library is the fixture: it queues kernels on streams of its own, which note in
// which order they ran. The fake driver runs everything in any order that is allowed, and tells
// what touched the same bytes unordered.
#include <gtest/gtest.h>

#include <numeric>

#include "cuda/fake_driver.h"
#include "runtime/dlpack.h"
#include "runtime/exchange.h"

namespace sennit::cuda {
namespace {

constexpr int kElements = 100;
constexpr std::size_t kBytes = kElements * sizeof(int);

class CudaSharing : public FakeDriver {
 protected:
  void SetUp() override {
    Options options;
    options.cache_dir = "";
    runtime =
        Runtime::create(options, find_backend("cuda").open(FakeCudaMachine::backend_options()));
    KernelRequest request;
    request.source = kNotingSource;
    request.name = "note";
    kernel = runtime->build_kernel(request);
    theirs = make_stream();
  }
  void TearDown() override {
    kernel.reset();
    runtime.reset();
    FakeDriver::TearDown();
  }

  Scheduler& scheduler() { return runtime->scheduler(); }
  NativeStream native(CUstream stream) { return reinterpret_cast<std::uintptr_t>(stream); }

  ForeignTensor tensor(CUdeviceptr address, std::int64_t elements = kElements) {
    ForeignTensor made;
    made.device = 0;
    made.data = reinterpret_cast<std::byte*>(static_cast<std::uintptr_t>(address));
    made.dtype = Dtype::Int32;
    made.shape = {elements};
    made.strides_bytes = {sizeof(int)};
    return made;
  }
  Array import(CUdeviceptr address, std::int64_t elements = kElements) {
    return adopt(*runtime, tensor(address, elements));
  }
  Array make_array() {
    const std::int64_t shape[] = {kElements};
    return runtime->create_array(Dtype::Int32, shape);
  }
  void launch(const Array& array, int id) {
    const Argument arguments[] = {Argument::of(array.view()), Argument::of(id)};
    runtime->launch(*kernel, {}, arguments, {});
  }
  void wait_for_them() { scheduler().wait_for(0, native(theirs)); }
  void let_them_wait_for(const Array& array) {
    scheduler().stream_wait(native(theirs), array.storage(), array.layout().hull());
  }
  static int element(const Array& array, int index) {
    int value = -1;
    array.read_element(static_cast<std::size_t>(index) * sizeof(int), &value);
    return value;
  }
  static std::vector<int> noted_in(const Array& array) {
    std::vector<int> all(kElements);
    array.read(all.data());
    return {all.begin() + 1, all.begin() + 1 + all[0]};
  }
  template <typename Call>
  static Error refusal(Call call) {
    try {
      call();
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << "nothing was refused";
    return Error(ErrorCode::Internal, "");
  }

  std::shared_ptr<Runtime> runtime;
  std::shared_ptr<RuntimeKernel> kernel;
  CUstream theirs = nullptr;
};

using Notes = std::vector<int>;

// ---- Imports -----------------------------------------------------------------------------------

TEST_F(CudaSharing, TheirMemoryIsUsedInPlaceByTurns) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    gpus.seed(seed);
    const CUdeviceptr memory = make_memory(kBytes);
    note(theirs, memory, 1);
    wait_for_them();
    const Array array = import(memory);
    launch(array, 2);
    let_them_wait_for(array);
    note(theirs, memory, 3);
    wait_for_them();
    launch(array, 4);
    EXPECT_EQ(noted_in(array), Notes({1, 2, 3, 4})) << "seed " << seed;
    EXPECT_EQ(noted(memory), Notes({1, 2, 3, 4}));
  }
}

TEST_F(CudaSharing, WithoutTheWaitTheFakeDriverSeesTheRace) {
  const CUdeviceptr memory = make_memory(kBytes);
  note(theirs, memory, 1);
  const Array array = import(memory);
  launch(array, 2);
  scheduler().sync();
  ok(driver.cuStreamSynchronize(theirs));
  EXPECT_FALSE(gpus.take_misuses().empty());
}

TEST_F(CudaSharing, EveryStreamWaitsForThem) {
  std::vector<CUdeviceptr> memory;
  std::vector<Array> arrays;
  for (int i = 0; i < 8; ++i) memory.push_back(make_memory(kBytes));
  for (int i = 0; i < 4; ++i) arrays.push_back(import(memory[static_cast<std::size_t>(i)]));
  for (const Array& array : arrays) launch(array, 1);  // on streams that are there already
  for (const Array& array : arrays) let_them_wait_for(array);
  for (const CUdeviceptr address : memory) note(theirs, address, 2);
  wait_for_them();
  for (int i = 4; i < 8; ++i) arrays.push_back(import(memory[static_cast<std::size_t>(i)]));
  for (const Array& array : arrays) launch(array, 3);
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(noted_in(arrays[static_cast<std::size_t>(i)]),
              i < 4 ? Notes({1, 2, 3}) : Notes({2, 3}));
  }
}

TEST_F(CudaSharing, TwoImportsOfOneBufferAreOneStorage) {
  const CUdeviceptr memory = make_memory(kBytes);
  const Array whole = import(memory);
  const Array same = import(memory);
  const Array part = import(memory + 40, 10);
  EXPECT_EQ(&same.storage(), &whole.storage());
  EXPECT_EQ(&part.storage(), &whole.storage());
  EXPECT_EQ(part.layout().offset_bytes(), 40);
  launch(whole, 1);
  launch(same, 2);
  EXPECT_EQ(noted_in(whole), Notes({1, 2}));
}

TEST_F(CudaSharing, MemoryThatIsAnotherArraysInPartIsRefusedAndStaysTheirs) {
  const CUdeviceptr memory = make_memory(kBytes);
  const Array part = import(memory + 40, 10);
  int released = 0;
  const Error error = refusal([&] {
    ForeignTensor more = tensor(memory);
    more.release = [&] { ++released; };
    adopt(*runtime, std::move(more));
  });
  EXPECT_EQ(error.code(), ErrorCode::Unsupported);
  EXPECT_NE(error.message().find("400 B of memory overlap an array of 40 B"), std::string::npos)
      << error.message();
  EXPECT_EQ(released, 0);
}

TEST_F(CudaSharing, MemoryThatTheDeviceCannotUseIsRefused) {
  std::vector<int> host(kElements);
  ForeignTensor wrong = tensor(0);
  wrong.data = reinterpret_cast<std::byte*>(host.data());
  const Error error = refusal([&] { adopt(*runtime, wrong); });
  EXPECT_EQ(error.code(), ErrorCode::InvalidArgument);
  EXPECT_NE(error.message().find("is no memory of"), std::string::npos) << error.message();
}

TEST_F(CudaSharing, AnImportComesAfterTheWorkOfAReleasedOne) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    gpus.seed(seed);
    const CUdeviceptr memory = make_memory(kBytes);
    launch(import(memory), 1);
    launch(import(memory), 2);
    const Array array = import(memory);
    EXPECT_EQ(noted_in(array), Notes({1, 2}));
  }
}

TEST_F(CudaSharing, TheyGetTheirMemoryBackOnceAndAfterTheWork) {
  const CUdeviceptr memory = make_memory(kBytes);
  int released = 0;
  Notes at_release;
  {
    ForeignTensor lent = tensor(memory);
    lent.release = [&] {
      ++released;
      at_release = noted(memory);
    };
    launch(adopt(*runtime, std::move(lent)), 7);
  }
  scheduler().sync();
  scheduler().statistics();  // drains what is released
  launch(make_array(), 0);
  EXPECT_EQ(released, 1);
  EXPECT_EQ(at_release, Notes({7}));
}

TEST_F(CudaSharing, AnEmptyTensorIsAnEmptyArray) {
  bool released = false;
  ForeignTensor empty = tensor(0, 0);
  empty.release = [&] { released = true; };
  EXPECT_EQ(adopt(*runtime, std::move(empty)).layout().size(), 0);
  EXPECT_TRUE(released);
}

// ---- What the host does ------------------------------------------------------------------------

TEST_F(CudaSharing, TheHostReadsWhatTheyWroteLast) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    gpus.seed(seed);
    const CUdeviceptr memory = make_memory(kBytes);
    const Array array = import(memory);
    for (int id = 1; id <= 3; ++id) {
      note(theirs, memory, id);
      wait_for_them();
      EXPECT_EQ(element(array, 0), id);
      EXPECT_EQ(element(array, id), id);
      let_them_wait_for(array);
    }
  }
}

TEST_F(CudaSharing, TheHostReadsWhatTheyWroteAfterIt) {
  const CUdeviceptr memory = make_memory(kBytes);
  const Array array = import(memory);
  const std::vector<int> zeros(kElements);
  for (int id = 1; id <= 3; ++id) {
    array.write(zeros.data());
    let_them_wait_for(array);
    note(theirs, memory, id);
    wait_for_them();
    EXPECT_EQ(element(array, 0), 1);
    EXPECT_EQ(element(array, 1), id);
  }
}

TEST_F(CudaSharing, ASnapshotStaysAsItWas) {
  const CUdeviceptr memory = make_memory(kBytes);
  const Array array = import(memory);
  launch(array, 1);
  const auto before = HostView::snapshot(array);
  launch(array, 2);
  const auto after = HostView::snapshot(array);
  EXPECT_EQ(reinterpret_cast<const int*>(before->data())[0], 1);
  EXPECT_EQ(reinterpret_cast<const int*>(after->data())[0], 2);
}

TEST_F(CudaSharing, WhatTheHostWritesIsWhereTheyLook) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    gpus.seed(seed);
    const CUdeviceptr memory = make_memory(kBytes);
    const Array array = import(memory);
    const auto* const bytes = reinterpret_cast<const int*>(static_cast<std::uintptr_t>(memory));
    const auto expect_there = [&](int index, int value) {
      scheduler().sync();
      EXPECT_EQ(bytes[index], value);
    };
    const int five = 5;
    array.write_element(3 * sizeof(int), &five);
    expect_there(3, 5);

    std::vector<int> all(kElements);
    std::iota(all.begin(), all.end(), 0);
    array.write(all.data());
    expect_there(99, 99);

    const auto view = HostView::writable(array, {});
    reinterpret_cast<int*>(view->data())[7] = 70;
    view->close();
    expect_there(7, 70);

    const std::int64_t shape[] = {50}, strides[] = {2 * sizeof(int)};
    const int eight = 8;
    array.view_of(Dtype::Int32, shape, strides, 0).fill(&eight);  // on the host
    expect_there(98, 8);
    EXPECT_EQ(bytes[99], 99);
  }
}

// ---- Loans -------------------------------------------------------------------------------------

TEST_F(CudaSharing, TheyUseOurMemoryByTurns) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    gpus.seed(seed);
    const Array array = make_array();
    launch(array, 1);
    const Loan loan(array);
    const auto memory = reinterpret_cast<CUdeviceptr>(loan.data());
    let_them_wait_for(array);
    note(theirs, memory, 2);
    wait_for_them();
    launch(array, 3);
    EXPECT_EQ(noted_in(array), Notes({1, 2, 3}));
    EXPECT_EQ(&import(memory).storage(), &array.storage());
  }
}

TEST_F(CudaSharing, AfterALoanTheHostKeepsItsCopyAgain) {
  const Array array = make_array();
  launch(array, 1);
  const auto copies_of_two_reads = [&] {
    element(array, 0);
    gpus.reset_calls();
    element(array, 0);
    return gpus.calls("cuMemcpyAsync");
  };
  {
    const Loan loan(array);
    EXPECT_EQ(copies_of_two_reads(), 1u);
  }
  EXPECT_EQ(copies_of_two_reads(), 0u);
}

TEST_F(CudaSharing, ATensorGoesOutAndComesBackAsTheSameStorage) {
  const Array array = make_array();
  launch(array, 1);
  DLManagedTensorVersioned* const shared = share_dlpack_versioned(array, native(theirs));
  EXPECT_EQ(shared->dl_tensor.device.device_type, kDLCUDA);
  EXPECT_EQ(shared->dl_tensor.device.device_id, 0);
  EXPECT_EQ(shared->flags, 0u);
  note(theirs, reinterpret_cast<CUdeviceptr>(shared->dl_tensor.data), 2);
  // As a producer does that is given our stream.
  const CUevent event = make_event();
  ok(driver.cuEventRecord(event, theirs));
  const auto lent = static_cast<std::uintptr_t>(scheduler().device(0).lent_stream());
  ok(driver.cuStreamWaitEvent(reinterpret_cast<CUstream>(lent), event, 0));
  const Array back = from_dlpack(*runtime, shared);
  EXPECT_EQ(&back.storage(), &array.storage());
  launch(back, 3);
  EXPECT_EQ(noted_in(array), Notes({1, 2, 3}));
}

TEST_F(CudaSharing, ATensorOfAnotherDeviceIsRefusedAndStaysTheirs) {
  const Array array = make_array();
  DLManagedTensor* const shared = share_dlpack(array, std::nullopt);
  shared->dl_tensor.device.device_id = 5;
  const Error error = refusal([&] { from_dlpack(*runtime, shared); });
  EXPECT_EQ(error.code(), ErrorCode::Unsupported);
  EXPECT_NE(error.message().find("(2, 5)"), std::string::npos) << error.message();
  EXPECT_NE(error.message().find("(2, 0)"), std::string::npos) << error.message();
  shared->deleter(shared);
}

// ---- Captures ----------------------------------------------------------------------------------

TEST_F(CudaSharing, AStreamThatIsCapturedIsRefusedAndTheCaptureGoesOn) {
  const Array array = make_array();
  launch(array, 1);
  const Loan loan(array);
  scheduler().sync();
  const CUdeviceptr memory = make_memory();
  const CUfunction captured = function("note");
  ok(driver.cuStreamBeginCapture(theirs, CU_STREAM_CAPTURE_MODE_RELAXED));
  const Error after = refusal([&] { wait_for_them(); });
  const Error before = refusal([&] { let_them_wait_for(array); });
  ok(try_launch(captured, theirs, memory, 1));
  CUgraph graph = nullptr;
  ok(driver.cuStreamEndCapture(theirs, &graph));
  for (const Error& error : {after, before}) {
    EXPECT_EQ(error.code(), ErrorCode::Busy);
    EXPECT_NE(error.message().find("captured into a CUDA graph"), std::string::npos)
        << error.message();
  }
  ok(driver.cuGraphDestroy(graph));
}

// ---- Memory kept for later ---------------------------------------------------------------------

TEST_F(CudaSharing, TrimmingGivesBackWhatIsKeptForLater) {
  {
    const Array array = make_array();
    launch(array, 1);
    EXPECT_EQ(noted_in(array), Notes({1}));
  }
  scheduler().sync();
  EXPECT_GT(gpus.live("pinned"), 0u);
  gpus.reset_calls();
  scheduler().trim();
  EXPECT_EQ(gpus.live("pinned"), 0u);
  EXPECT_EQ(gpus.calls("cuMemPoolTrimTo"), 1u);
}

}  // namespace
}  // namespace sennit::cuda
