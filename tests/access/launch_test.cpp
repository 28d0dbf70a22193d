// access/launch_test.cpp: launches know what their code does. On the CPU, where the code is LLVM
// IR; skipped where its plug-in is not built.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "backend/backend_table.h"
#include "base/error.h"
#include "base/text.h"
#include "runtime/runtime.h"
#include "runtime/tracing.h"
#include "sched/observer.h"

namespace sennit {
namespace {

// How many dependencies the launches had, one after another.
class Dependencies final : public Observer {
 public:
  void on_issue(const ObservedOperation& operation) override {
    if (operation.kind == OperationKind::Launch) counts.push_back(operation.parents.size());
  }
  void on_done(NodeId, const Error*) override {}
  std::vector<std::size_t> counts;
};

class LaunchAccess : public ::testing::Test {
 protected:
  void SetUp() override { start({}); }

  void start(const std::vector<std::pair<std::string, std::string>>& given) {
    Options options;
    options.device = "cpu";
    options.cache_dir = "";
    for (const auto& [name, value] : given) options.set(name, value);
    try {
      runtime = Runtime::create(options);
    } catch (const Error& error) {
      GTEST_SKIP() << error.message();
    }
    dependencies = std::make_shared<Dependencies>();
    runtime->scheduler().attach(dependencies);
  }

  std::shared_ptr<RuntimeKernel> build(const std::string& source, const std::string& name,
                                       const std::string& signature = "") {
    KernelRequest request;
    request.source = source;
    request.name = name;
    request.signature = signature;
    return runtime->build_kernel(request);
  }
  std::string refusal(const std::string& source, const std::string& name,
                      const std::string& signature = "") {
    try {
      build(source, name, signature);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::InvalidArgument);
      return error.message();
    }
    return "not refused";
  }

  Array floats(std::int64_t size, float value = 0) {
    Array array = runtime->create_array(Dtype::Float32, {&size, 1});
    array.fill(&value, {});
    return array;
  }
  template <typename... Values>
  void launch(RuntimeKernel& kernel, const Values&... values) {
    launch_with({}, kernel, values...);
  }
  template <typename... Values>
  void launch_with(const LaunchOptions& options, RuntimeKernel& kernel, const Values&... values) {
    const std::vector<Argument> arguments{argument(values)...};
    LaunchConfig config;
    config.block = {8, 1, 1};
    runtime->launch(kernel, config, arguments, options);
  }
  static float first(const Array& array) {
    float value = 0;
    array.read_element(0, &value);
    return value;
  }

  static Argument argument(const Array& array) { return Argument::of(array.view()); }
  static Argument argument(int value) { return Argument::of(value); }

  std::shared_ptr<Runtime> runtime;
  std::shared_ptr<Dependencies> dependencies;
};

constexpr const char* kKernels = R"(
__global__ void add(float* from, float* to, float* spare, int n) {
  if (threadIdx.x < n) to[threadIdx.x] += from[threadIdx.x];
}
__global__ void scale(const float* from, float* to) { to[threadIdx.x] = 2 * from[threadIdx.x]; }
__global__ void cheat(const float* x) { const_cast<float*>(x)[threadIdx.x] = 1; }
)";

TEST_F(LaunchAccess, NobodyDeclaresAndTheSignatureSaysWhatTheCodeDoes) {
  EXPECT_EQ(build(kKernels, "add")->facts().signature_text,
            "add(from: in pointer float32, to: inout pointer float32, spare: in pointer float32, "
            "n: int32)");
  EXPECT_EQ(build(kKernels, "add", "pointer, pointer, pointer, sint32")
                ->facts()
                .signature.slots()[0]
                .access,
            AccessMode::Read);
}

//   [add a -> b]   [add a -> c]     a is read, whatever its type says; spare is not used at all
TEST_F(LaunchAccess, LaunchesThatOnlyReadAnArrayDoNotWaitForEachOther) {
  const auto kernel = build(kKernels, "add");
  const Array a = floats(8, 3), b = floats(8), c = floats(8), spare = floats(8);
  runtime->scheduler().sync();
  dependencies->counts.clear();
  launch(*kernel, a, b, spare, 8);
  launch(*kernel, a, c, spare, 8);
  EXPECT_EQ(dependencies->counts, (std::vector<std::size_t>{0, 0}));
  EXPECT_EQ(first(b), 3);
  EXPECT_EQ(first(c), 3);
}

//   [add a -> b] --> [add a -> c]     with assume_written, what is read counts as written
TEST_F(LaunchAccess, WhereEverythingCountsAsWrittenReadersWaitForEachOther) {
  start({{"assume_written", "true"}});
  const auto kernel = build(kKernels, "add");
  const Array a = floats(8, 3), b = floats(8), c = floats(8), spare = floats(8);
  runtime->scheduler().sync();
  dependencies->counts.clear();
  launch(*kernel, a, b, spare, 8);
  launch(*kernel, a, c, spare, 8);
  EXPECT_EQ(dependencies->counts, (std::vector<std::size_t>{0, 1}));
  EXPECT_EQ(first(b), 3);
  EXPECT_EQ(first(c), 3);
}

TEST_F(LaunchAccess, AnUnusedParameterTakesAnyArray) {
  const auto kernel = build(kKernels, "add");
  const Array a = floats(8, 1), b = floats(8);
  launch(*kernel, a, b, floats(1 << 20), 8);
  EXPECT_EQ(first(b), 1);
}

TEST_F(LaunchAccess, AConstThatIsCastAwayIsRefusedWithItsLine) {
  const std::string told = refusal(kKernels, "cheat");
  EXPECT_NE(told.find("kernel 'cheat': parameter 1 ('x') is read-only by its const"),
            std::string::npos)
      << told;
  EXPECT_NE(told.find("kernel.cu:6"), std::string::npos) << told;
}

TEST_F(LaunchAccess, ASignatureThatTheCodeContradictsIsRefused) {
  EXPECT_NE(refusal(kKernels, "scale", "scale(from: in pointer float, to: in pointer float)")
                .find("parameter 2 ('to') is read-only by its signature"),
            std::string::npos);
  EXPECT_NE(refusal(kKernels, "add",
                    "add(from: in pointer float, to: out pointer float, spare: in pointer float, "
                    "n: sint32)")
                .find("old contents do not matter, and the code reads them"),
            std::string::npos);
  EXPECT_NE(refusal(kKernels, "scale", "scale(from: out pointer float, to: out pointer float)")
                .find("parameter 1 ('from') is declared as out"),
            std::string::npos);
}

TEST_F(LaunchAccess, OutSparesTheOldContents) {
  const auto kernel =
      build(kKernels, "scale", "scale(from: in pointer float, to: out pointer float)");
  EXPECT_EQ(kernel->facts().signature.slots()[1].access, AccessMode::Overwrite);
}

// ---- Pointers in memory ------------------------------------------------------------------------

constexpr const char* kTables = R"(
__global__ void through(float** table) { table[0][threadIdx.x] += 1; }
__global__ void fill(float* x, int value) { x[threadIdx.x] = value; }
__device__ int tally;
__global__ void count(int* seen) { if (threadIdx.x == 0) seen[0] = ++tally; }
)";

class Tables : public LaunchAccess {
 protected:
  // A table of one pointer.
  Array table_of(const Array& array) {
    const std::int64_t one = 1;
    Array table = runtime->create_array(Dtype::UInt64, {&one, 1});
    const auto address =
        reinterpret_cast<std::uint64_t>(runtime->scheduler().expose(array.storage()));
    table.write(&address);
    return table;
  }
};

//   [fill x] --> [through table] --> [fill x]       x is in no argument of the middle one
TEST_F(Tables, AnArrayWhoseAddressIsKnownIsTouchedByWhoeverFollowsPointers) {
  const auto through = build(kTables, "through"), fill = build(kTables, "fill");
  EXPECT_TRUE(through->facts().touches_untracked);
  EXPECT_FALSE(fill->facts().touches_untracked);
  const Array x = floats(8), other = floats(8);
  const Array table = table_of(x);
  runtime->scheduler().sync();
  dependencies->counts.clear();
  launch(*fill, x, 5);
  launch(*through, table);
  EXPECT_EQ(dependencies->counts, (std::vector<std::size_t>{0, 1}));
  EXPECT_EQ(first(x), 6);
  for (int i = 0; i < 200; ++i) {
    launch(*fill, x, i);
    launch(*through, table);
  }
  EXPECT_EQ(first(x), 200);
}

TEST_F(Tables, TouchesNamesTheArraysInstead) {
  const auto through = build(kTables, "through"), fill = build(kTables, "fill");
  const Array x = floats(8), y = floats(8);
  const Array table = table_of(x), unrelated = table_of(y);
  runtime->scheduler().sync();
  dependencies->counts.clear();
  launch(*fill, x, 5);
  launch(*fill, y, 5);
  const Array* const only[] = {&x};
  LaunchOptions options;
  options.touches = only;
  launch_with(options, *through, table);
  EXPECT_EQ(dependencies->counts, (std::vector<std::size_t>{0, 0, 1}));
  EXPECT_EQ(first(x), 6);
  EXPECT_EQ(first(y), 5);
}

TEST_F(Tables, ATraceSaysWhichLaunchesCountAsTouchingWhatIsNotTheirArgument) {
  const auto through = build(kTables, "through");
  const Array x = floats(8);
  const Array table = table_of(x);
  Tracing trace(runtime);
  launch(*through, table);
  const Array* const only[] = {&x};
  LaunchOptions options;
  options.touches = only;
  launch_with(options, *through, table);
  trace.stop();
  const std::string path = testing::TempDir() + format("sennit_touches_{}.json", ::getpid());
  trace.write(path, "json");
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  std::filesystem::remove(path);
  const std::size_t said = text.find("\"touches_known\": true");
  EXPECT_NE(said, std::string::npos) << text;
  EXPECT_EQ(text.find("\"touches_known\": true", said + 1), std::string::npos) << text;
}

TEST_F(Tables, ASnapshotOfAnArrayWhoseAddressIsKnownStaysAsItIs) {
  const auto through = build(kTables, "through");
  const Array x = floats(8, 1);
  const std::unique_ptr<HostView> before = HostView::snapshot(x);
  const Array table = table_of(x);
  const std::unique_ptr<HostView> known = HostView::snapshot(x);
  launch(*through, table);
  EXPECT_EQ(first(x), 2);
  EXPECT_EQ(*reinterpret_cast<const float*>(before->data()), 1);
  EXPECT_EQ(*reinterpret_cast<const float*>(known->data()), 1);
}

TEST_F(Tables, AReleasedArrayIsNoLongerTouched) {
  const auto through = build(kTables, "through");
  const Array x = floats(8);
  const Array table = table_of(x);
  {
    const Array gone = table_of(floats(8));
  }
  launch(*through, table);
  EXPECT_EQ(first(x), 1);
  runtime->scheduler().sync();
  runtime->scheduler().statistics();
  EXPECT_EQ(runtime->scheduler().known_addresses().size(), 1u);
}

//   [remember x] --> [add to what is remembered] --> x     x is an argument of the first alone
TEST_F(Tables, AnArrayWhoseAddressAKernelKeepsIsTouchedByWhoeverFollowsIt) {
  const auto keep = build(R"(
    __device__ float* kept;
    __global__ void keep(float* x, int keeps) {
      if (keeps) kept = x; else kept[threadIdx.x] += 1;
    })",
                          "keep");
  const Array x = floats(8), other = floats(8);
  launch(*keep, x, 1);
  EXPECT_EQ(runtime->scheduler().known_addresses(), std::vector<ArrayId>{x.storage().id});
  for (int i = 0; i < 50; ++i) {
    launch(*keep, other, 0);
    EXPECT_EQ(first(x), static_cast<float>(i + 1));
  }
}

// Two launches with different arrays, and one variable that both change.
TEST_F(Tables, LaunchesThatChangeAVariableOfTheirCodeRunOneAfterAnother) {
  const auto count = build(kTables, "count");
  EXPECT_TRUE(count->facts().writes_variables);
  const std::int64_t one = 1;
  std::vector<Array> seen;
  for (int i = 0; i < 50; ++i) seen.push_back(runtime->create_array(Dtype::Int32, {&one, 1}));
  for (const Array& array : seen) launch(*count, array);
  for (int i = 0; i < 50; ++i) {
    int value = 0;
    seen[static_cast<std::size_t>(i)].read_element(0, &value);
    EXPECT_EQ(value, i + 1);
  }
  EXPECT_EQ(dependencies->counts[1], dependencies->counts[0] + 1);
}

// ---- Verify ------------------------------------------------------------------------------------

TEST_F(LaunchAccess, VerifyReportsTheFirstLaunchThatLied) {
  start({{"verify", "true"}});
  // Its address goes through memory, so that nothing can be inferred and the declaration counts.
  const auto liar = build(R"(
    __device__ float* hidden;
    __global__ void lie(const float* x, float* y) {
      hidden = const_cast<float*>(x);
      y[threadIdx.x] = 1;
      float* volatile* back = (float* volatile*)&hidden;
      (*back)[2] = 7;
    })",
                          "lie");
  const Array x = floats(8), y = floats(8);
  try {
    launch(*liar, x, y);
    FAIL() << "the lie was not seen; " << liar->facts().signature_text;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::KernelFailed);
    EXPECT_NE(
        error.message().find("verify: launch 'lie' wrote to argument 1 ('x'), which counts as "
                             "only read: byte 10 "),
        std::string::npos)
        << error.message();
  }
}

TEST_F(LaunchAccess, VerifyLetsHonestLaunchesPass) {
  start({{"verify", "true"}});
  const auto kernel = build(kKernels, "add");
  const Array a = floats(8, 3), b = floats(8), spare = floats(8);
  launch(*kernel, a, b, spare, 8);
  launch(*kernel, a, b, b, 8);
  EXPECT_EQ(first(b), 6);
}

}  // namespace
}  // namespace sennit
