// conformance/conformance.cpp: the backends under the suite, and what they are excepted from.
#include "conformance/conformance.h"

#include <map>
#include <ostream>

#include "backend/backend_table.h"
#include "backend/virtual/virtual_backend.h"
#include "base/options.h"
#include "base/text.h"
#include "conformance/kernels.h"

namespace sennit::conformance {
namespace {

constexpr const char* kFaultEndsContext =
    "a fault ends the context of the whole process, and the driver does not say whose it was";

constexpr Exception kExceptions[] = {
    {"virtual", "AnEventIsNotDoneBeforeItsWork",
     "queued work runs when its caller waits, so nobody is there to hold it back"},
    {"virtual", "AWaitHoldsBackOnlyItsOwnStream",
     "queued work runs when its caller waits, so nobody is there to hold it back"},
    {"virtual", "WorkGoesOnWhileNobodyWaits", "queued work runs when its caller waits"},
    {"virtual", "ErrorsInTheSourceAreShownWithTheirLine", "the source is not looked at"},
    {"virtual", "LaunchesTeachHowLongTheyTake", "durations come from the machine's description"},
    {"cuda", "AKernelThatTrapsIsNamedByItsTag", kFaultEndsContext},
    {"cuda", "AWaitHoldsBackOnlyItsOwnStream",
     "the driver calls host functions one after another, and copies of memory that is not "
     "page-locked need them"},
    {"cuda", "LaterCommandsOfTheStreamRun", kFaultEndsContext},
    {"cuda", "FailuresAreTakenOldestFirst", kFaultEndsContext},
    {"cuda", "AFailedNodeOfAGraphIsNamedByItsOwnTag", kFaultEndsContext},
    {"fake", "AWaitHoldsBackOnlyItsOwnStream",
     "the driver may run host functions one by one: the gate holds back pageable copies, too"},
    {"fake", "LaunchesTeachHowLongTheyTake", "every kernel takes as long as any other"},
    {"fake", "ErrorsInTheSourceAreShownWithTheirLine", "bodies of kernels are not looked at"},
};

// "Backends/Streams.CommandsRunInOrder/cpu" -> "CommandsRunInOrder"
std::string_view plain_name(const ::testing::TestInfo& test) {
  const std::string_view name = test.name();
  return name.substr(0, name.find('/'));
}

// Opening and closing the last user of a GPU takes the driver a second: this one stays open.
bool has_gpu() {
  static const bool found = [] {
    try {
      find_backend("cuda").open({}).release();
      return true;
    } catch (const Error&) {
      return false;
    }
  }();
  return found;
}

}  // namespace

std::vector<Subject> subjects() {
  std::vector<Subject> subjects;
#ifdef SENNIT_TEST_CPU  // not where the plug-in is not built, as under the sanitizers
  subjects.push_back({"cpu", "cpu"});
#endif
  if (has_gpu()) subjects.push_back({"cuda", "cuda"});
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    subjects.push_back({format("virtual_seed_{}", seed), "virtual", seed});
    subjects.push_back({format("fake_cuda_seed_{}", seed), "cuda", seed, true});
  }
  return subjects;
}

std::span<const Exception> exceptions() { return kExceptions; }

void PrintTo(const Subject& subject, std::ostream* stream) { *stream << subject.label; }

void Arguments::add(const void* value, std::size_t size, std::size_t alignment) {
  const std::size_t offset = (bytes.size() + alignment - 1) / alignment * alignment;
  bytes.resize(offset + size);
  std::memcpy(bytes.data() + offset, value, size);
  offsets.push_back(static_cast<std::uint32_t>(offset));
}

void Conformance::SetUp() {
  const std::string_view name =
      plain_name(*::testing::UnitTest::GetInstance()->current_test_info());
  for (const Exception& exception : exceptions()) {
    const bool is_meant = exception.backend == GetParam().backend ||
                          (exception.backend == "fake" && GetParam().fake_gpus);
    if (is_meant && exception.test == name) {
      GTEST_SKIP() << GetParam().backend << ": " << exception.reason;
    }
  }
  register_host_kernels();
  if (GetParam().fake_gpus) {
    fake_cuda_config config;
    config.seed = GetParam().seed;
    fake_gpus_.emplace(config);
  }
  backend_ = open();
}

std::unique_ptr<Backend> Conformance::open() const {
  BackendOptions options;
  if (fake_gpus_) {
    options = FakeCudaMachine::backend_options();
    if (GetParam().seed % 2 == 0) options.submit_thread = "always";
  } else {
    options.cuda_home = Options::from_environment().cuda_home;
  }
  options.virtual_seed = GetParam().seed;
  return find_backend(GetParam().backend).open(options);
}

void Conformance::TearDown() {
  module_.reset();
  if (!backend_) return;
  EXPECT_FALSE(device().take_failure()) << "a failure was left untaken";
  if (backend_->name() == "virtual") {
    auto& virtual_backend = static_cast<VirtualBackend&>(*backend_);
    virtual_backend.run_all();
    EXPECT_EQ(virtual_backend.live(), LiveCounts{});
    EXPECT_TRUE(virtual_backend.take_misuses().empty());
  }
  if (fake_gpus_) fake_gpus_->run_all();
  backend_.reset();
  if (!fake_gpus_) return;
  EXPECT_EQ(fake_gpus_->leaks(), "");
  if (!races_allowed_) {
    EXPECT_EQ(fake_gpus_->take_misuses(), std::vector<std::string>());
  }
}

const Image& Conformance::image() {
  // Compiled once for all tests: it is the same image for each instance of a backend.
  static std::map<std::string, Image>& images = *new std::map<std::string, Image>;
  const std::string kind = GetParam().fake_gpus ? "fake" : GetParam().backend;
  auto found = images.find(kind);
  if (found == images.end()) {
    found = images.emplace(kind, backend().compile(kernels_request(), device())).first;
  }
  return found->second;
}

Module& Conformance::module() {
  if (!module_) module_ = device().load(image());
  return *module_;
}

LaunchCommand Conformance::launch(Function& function, const Arguments& arguments, Dim3 grid,
                                  Dim3 block, std::uint32_t shared_bytes) {
  LaunchCommand command;
  command.function = &function;
  command.config.grid = grid;
  command.config.block = block;
  command.config.shared_bytes = shared_bytes;
  command.parameters = arguments.bytes;
  command.offsets = arguments.offsets;
  return command;
}

void Conformance::run(Stream& stream, std::string_view name, const Arguments& arguments, Dim3 grid,
                      Dim3 block, CommandTag tag) {
  stream.enqueue(launch(function(name), arguments, grid, block), tag);
}

void Conformance::finish(Stream& stream) {
  const std::unique_ptr<Event> end = event();
  stream.record(*end);
  end->sync();
}

void Conformance::copy_and_wait(void* to, const void* from, std::size_t bytes, int to_device,
                                int from_device) {
  const std::unique_ptr<Stream> own = stream();
  own->enqueue(CopyCommand{to, from, bytes, to_device, from_device}, 0);
  finish(*own);
}

TEST(Exceptions, NameTestsThatExist) {
  const ::testing::UnitTest& unit = *::testing::UnitTest::GetInstance();
  for (const Exception& exception : exceptions()) {
    bool found = false;
    for (int s = 0; s < unit.total_test_suite_count(); ++s) {
      const ::testing::TestSuite& suite = *unit.GetTestSuite(s);
      for (int t = 0; t < suite.total_test_count(); ++t) {
        found = found || plain_name(*suite.GetTestInfo(t)) == exception.test;
      }
    }
    EXPECT_TRUE(found) << exception.test;
  }
}

}  // namespace sennit::conformance
