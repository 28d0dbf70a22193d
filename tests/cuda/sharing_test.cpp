// tests/cuda/sharing_test.cpp: device memory and streams that another library of the process uses,
// too. The other library is the fixture: it queues kernels on streams of its own, which note in
// which order they ran. The fake driver runs everything in any order that is allowed, and tells
// what touched the same bytes unordered.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <thread>

#include "cuda/fake_driver.h"
#include "runtime/dlpack.h"
#include "runtime/exchange.h"

namespace sennit::cuda {
namespace {

constexpr int kElements = 100;
constexpr std::size_t kBytes = kElements * sizeof(int);

class CudaSharing : public FakeDriver {
 protected:
  friend class Program;

  void SetUp() override {
    start("adaptive");
    theirs = make_stream();
  }
  void start(const char* stream_policy) {
    kernel.reset();
    Options options;
    options.cache_dir = "";
    options.stream_policy = stream_policy;
    runtime =
        Runtime::create(options, find_backend("cuda").open(FakeCudaMachine::backend_options()));
    KernelRequest request;
    request.source = kNotingSource;
    request.name = "note";
    kernel = runtime->build_kernel(request);
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

TEST_F(CudaSharing, ThreadsThatImportAndReleaseOneBufferStayInOrder) {
  start("always_new");  // so that nothing is in order by chance
  constexpr int kThreads = 4, kRounds = 100;
  constexpr std::int64_t kNotes = 1 + kThreads * kRounds;
  const CUdeviceptr memory = make_memory(kNotes * sizeof(int));
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int round = 0; round < kRounds; ++round) launch(import(memory, kNotes), thread);
    });
  }
  for (std::thread& thread : threads) thread.join();
  scheduler().sync();
  std::vector<int> notes = noted(memory);
  ASSERT_EQ(notes.size(), static_cast<std::size_t>(kThreads * kRounds));
  for (int thread = 0; thread < kThreads; ++thread) {
    EXPECT_EQ(std::count(notes.begin(), notes.end(), thread), kRounds);
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

// ---- All at once -------------------------------------------------------------------------------

// A random program of both sides and the host on one buffer, beside what it would do in sequence.
class Program {
 public:
  Program(CudaSharing& fixture, std::uint64_t seed) : fixture_(fixture), random_(seed) {}

  void run();

 private:
  static constexpr int kFree = 50;  // from here on elements are not notes

  int pick(int count) { return static_cast<int>(random_() % static_cast<unsigned>(count)); }
  void note(int id) { expected_[static_cast<std::size_t>(++expected_[0])] = id; }
  void step(int id);
  void host_step(int id);
  void compare(const int* elements, const std::vector<int>& with) {
    EXPECT_EQ(std::vector<int>(elements, elements + kElements), with);
  }

  struct Kept {
    std::unique_ptr<HostView> view;
    std::vector<int> expected;
  };

  CudaSharing& fixture_;
  std::mt19937_64 random_;
  CUdeviceptr memory_ = 0;
  std::optional<Array> array_;
  std::vector<int> expected_ = std::vector<int>(kElements);
  std::vector<Kept> kept_;
};

void Program::step(int id) {
  switch (pick(6)) {
    case 0:
    case 1:
      fixture_.launch(*array_, id);
      return note(id);
    case 2:
      fixture_.let_them_wait_for(*array_);
      fixture_.note(fixture_.theirs, memory_, id);
      fixture_.wait_for_them();
      return note(id);
    case 3:  // again, after the old one went or before
      if (pick(2) == 0) array_.reset();
      array_.emplace(fixture_.import(memory_));
      return;
    default:
      return host_step(id);
  }
}

void Program::host_step(int id) {
  const int at = kFree + pick(kElements - kFree);
  std::vector<int> all(kElements);
  switch (pick(6)) {
    case 0:
      array_->write_element(static_cast<std::size_t>(at) * sizeof(int), &id);
      expected_[static_cast<std::size_t>(at)] = id;
      return;
    case 1:
      EXPECT_EQ(CudaSharing::element(*array_, at), expected_[static_cast<std::size_t>(at)]);
      return;
    case 2:
      array_->read(all.data());
      return compare(all.data(), expected_);
    case 3: {
      const std::int64_t shape[] = {(kElements - kFree) / 2}, strides[] = {2 * sizeof(int)};
      array_->view_of(Dtype::Int32, shape, strides, kFree * sizeof(int)).fill(&id);
      for (std::size_t i = kFree; i < kElements; i += 2) expected_[i] = id;
      return;
    }
    case 4:
      kept_.push_back({HostView::snapshot(*array_), expected_});
      return;
    default:
      const auto view = HostView::writable(*array_, {});
      compare(reinterpret_cast<const int*>(view->data()), expected_);
      reinterpret_cast<int*>(view->data())[at] = expected_[static_cast<std::size_t>(at)] = id;
  }
}

void Program::run() {
  memory_ = fixture_.make_memory(kBytes);
  array_.emplace(fixture_.import(memory_));
  for (int id = 1; id <= 40; ++id) step(id);
  std::vector<int> all(kElements);
  array_->read(all.data());
  compare(all.data(), expected_);
  for (const Kept& kept : kept_) {
    compare(reinterpret_cast<const int*>(kept.view->data()), kept.expected);
  }
}

TEST_F(CudaSharing, RandomProgramsOfBothSidesAreSequential) {
  for (std::uint64_t seed = 1; seed <= 300 && !HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    gpus.seed(seed);
    Program(*this, seed).run();
  }
}

// ---- Several devices ---------------------------------------------------------------------------

class CudaSharingOnTwo : public FakeDriver {
 protected:
  CudaSharingOnTwo() : FakeDriver(two()) {}
  static fake_cuda_config two() {
    fake_cuda_config config;
    config.devices = 2;
    return config;
  }
};

TEST_F(CudaSharingOnTwo, OperationsRunWhereSharedMemoryIs) {
  Options options;
  options.cache_dir = "";
  options.placement_policy = "round_robin";
  const auto runtime =
      Runtime::create(options, find_backend("cuda").open(FakeCudaMachine::backend_options()));
  KernelRequest request;
  request.source = kNotingSource;
  request.name = "note";
  const auto kernel = runtime->build_kernel(request);
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    gpus.seed(seed);
    use(1);
    pool = make_pool(1);
    const CUdeviceptr memory = make_memory(kBytes);
    const CUstream theirs = make_stream();
    const CUmodule second = load();  // in the current context
    ok(try_launch(function("note", second), theirs, memory, 1));
    runtime->scheduler().wait_for(1, reinterpret_cast<std::uintptr_t>(theirs));
    ForeignTensor tensor;
    tensor.device = 1;
    tensor.data = reinterpret_cast<std::byte*>(static_cast<std::uintptr_t>(memory));
    tensor.dtype = Dtype::Int32;
    tensor.shape = {kElements};
    tensor.strides_bytes = {sizeof(int)};
    const Array array = adopt(*runtime, tensor);
    EXPECT_EQ(runtime->scheduler().device_of(array.storage()), 1);
    for (int id = 2; id <= 4; ++id) {
      const Argument arguments[] = {Argument::of(array.view()), Argument::of(id)};
      runtime->launch(*kernel, {}, arguments, {});
    }
    runtime->scheduler().sync();
    EXPECT_EQ(noted(memory), std::vector<int>({1, 2, 3, 4}));
    tensor.device = 0;
    EXPECT_THROW(adopt(*runtime, tensor), Error);
  }
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
