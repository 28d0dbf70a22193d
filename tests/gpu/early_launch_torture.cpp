// gpu/early_launch_torture.cpp: random programs of kernels that are launched before those in front
// have ended, as graphs and in a stream, compared bit by bit with the host's results.
//
//   SENNIT_TORTURE_PROGRAMS=10000   how many, 300 if it is not set
//   SENNIT_TORTURE_SEED=1           of the first one
//   SENNIT_TORTURE_MUTATION=1       kernels let the next one start at once and do not wait: the
//                                   test then passes if it finds wrong results
//
// Needs a GPU of compute capability 9.0 or newer and NVRTC; the same programs run over the fake
// driver, where no GPU is needed.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "backend/cuda/cuda_backend.h"
#include "backend/cuda/cuda_module.h"
#include "backend/cuda/driver_linker.h"
#include "backend/cuda/nvjitlink.h"
#include "backend/cuda/ptx/edit.h"
#include "backend/cuda/ptx/parser.h"
#include "backend/cuda/ptx/printer.h"
#include "backend/virtual/functions.h"
#include "base/options.h"
#include "base/text.h"
#include "doubles/fake_cuda_machine.h"

namespace sennit::cuda {
namespace {

using Values = std::vector<std::uint32_t>;

constexpr std::uint32_t kThreads = 256;
constexpr std::size_t kArrays = 8;

// Reads what other blocks of the kernels in front have written, late ones among them. Every other
// block of `sparse` ends at once.
constexpr const char* kSource = R"cuda(
__device__ void mix_one(unsigned* to, const unsigned* a, const unsigned* b, unsigned n,
                        unsigned factor, unsigned delay) {
  const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
  unsigned noise = i;
  for (unsigned k = 0; k < delay * (blockIdx.x % 3); ++k) noise = noise * 1664525u + 1013904223u;
  if (noise == 7u && delay == 0xffffffffu) factor = 0;
  to[i] = to[i] * factor + a[(i + n / 2 + 1) % n] + 3 * b[n - 1 - i];
}
extern "C" __global__ void mix(unsigned* to, const unsigned* __restrict__ a,
                               const unsigned* __restrict__ b, unsigned n, unsigned factor,
                               unsigned delay) {
  mix_one(to, a, b, n, factor, delay);
}
extern "C" __global__ void sparse(unsigned* to, const unsigned* __restrict__ a,
                                  const unsigned* __restrict__ b, unsigned n, unsigned factor,
                                  unsigned delay) {
  if (blockIdx.x % 2 == 1) return;
  mix_one(to, a, b, n, factor, delay);
}
)cuda";
constexpr const char* kKernels[] = {"mix", "sparse"};

struct Parameters {
  std::uint32_t* to;
  const std::uint32_t* a;
  const std::uint32_t* b;
  std::uint32_t n, factor, delay;
};
constexpr std::uint32_t kOffsets[] = {0, 8, 16, 24, 28, 32};

// The kernels on the host: on fake GPUs, and for what is expected.
void mix(const Parameters& p, bool sparse) {
  for (std::uint32_t i = 0; i < p.n; ++i) {
    if (sparse && i / kThreads % 2 == 1) continue;
    p.to[i] = p.to[i] * p.factor + p.a[(i + p.n / 2 + 1) % p.n] + 3 * p.b[p.n - 1 - i];
  }
}

// ---- Programs ----------------------------------------------------------------------------------

struct Step {
  enum class Kind { Mix, Sparse, Copy, Fill, Record };
  Kind kind = Kind::Mix;
  std::size_t to = 0, a = 0, b = 0;  // arrays; a copy's source is a
  std::uint32_t factor = 1, delay = 0;
  bool writes(std::size_t array) const { return kind != Kind::Record && to == array; }
  bool reads(std::size_t array) const {
    if (kind == Kind::Record || kind == Kind::Fill) return false;
    return a == array || (kind != Kind::Copy && b == array);
  }
  bool conflicts(const Step& earlier) const {
    for (std::size_t array = 0; array < kArrays; ++array) {
      if (writes(array) && (earlier.writes(array) || earlier.reads(array))) return true;
      if (reads(array) && earlier.writes(array)) return true;
    }
    return false;
  }
};

struct Program {
  bool as_graph = false;
  std::uint32_t blocks = 1;
  std::vector<Step> steps;
  std::size_t elements() const { return std::size_t{blocks} * kThreads; }
};

// A third is kernels only, whose edges are all programmatic.
Program random_program(std::uint64_t seed, std::uint32_t most_blocks) {
  std::mt19937_64 random(seed);
  const auto below = [&](std::uint64_t limit) { return random() % limit; };
  Program program;
  program.as_graph = below(3) != 0;
  program.blocks =
      1 + static_cast<std::uint32_t>(below(below(16) == 0 ? 32 * most_blocks : most_blocks));
  const bool kernels_only = below(3) == 0;
  const std::size_t count = 20 + below(181);
  const std::size_t arrays = 3 + below(kArrays - 2);
  const std::uint32_t most_delay = below(2) == 0 ? 1 : 3000;
  for (std::size_t i = 0; i < count; ++i) {
    Step step;
    step.to = below(arrays);
    step.a = (step.to + 1 + below(arrays - 1)) % arrays;
    step.b = (step.to + 1 + below(arrays - 1)) % arrays;
    step.factor = 1 + static_cast<std::uint32_t>(below(1000));
    step.delay = static_cast<std::uint32_t>(below(most_delay));
    const std::uint64_t draw = kernels_only ? below(12) : below(16);
    step.kind = draw < 8    ? Step::Kind::Mix
                : draw < 12 ? Step::Kind::Sparse
                : draw < 14 ? Step::Kind::Copy
                : draw < 15 ? Step::Kind::Fill
                            : Step::Kind::Record;
    program.steps.push_back(step);
  }
  return program;
}

std::array<Values, kArrays> initial(std::uint64_t seed, std::size_t elements) {
  std::array<Values, kArrays> arrays;
  std::mt19937 random(static_cast<std::uint32_t>(seed));
  for (Values& array : arrays) {
    array.resize(elements);
    for (std::uint32_t& value : array) value = static_cast<std::uint32_t>(random());
  }
  return arrays;
}

void run_on_host(const Program& program, std::array<Values, kArrays>& arrays) {
  for (const Step& step : program.steps) {
    Values& to = arrays[step.to];
    if (step.kind == Step::Kind::Copy) to = arrays[step.a];
    if (step.kind == Step::Kind::Fill) std::fill(to.begin(), to.end(), step.factor);
    if (step.kind != Step::Kind::Mix && step.kind != Step::Kind::Sparse) continue;
    mix({to.data(), arrays[step.a].data(), arrays[step.b].data(),
         static_cast<std::uint32_t>(to.size()), step.factor, 0},
        step.kind == Step::Kind::Sparse);
  }
}

// ---- On a device -------------------------------------------------------------------------------

class Torture {
 public:
  Torture(const CudaOptions& options, bool mutated) : backend_(options), options_(options) {
    CudaDevice& device = backend_.device(0);
    if (mutated) {
      load_mutated(device);
    } else {
      const Image image = backend_.compile({kSource, "torture.cu", {"mix", "sparse"}, {}}, device);
      module_ = device.load(image);
      for (const char* name : kKernels) functions_.push_back(&module_->function(name));
    }
    stream_ = device.create_stream();
    event_ = device.create_event();
  }
  ~Torture() {
    if (driver_module_ == nullptr) return;
    const Current current(backend_.device(0).context());
    mutants_.clear();
    backend_.driver().cuModuleUnload(driver_module_);
  }

  bool is_early() const {
    return std::all_of(functions_.begin(), functions_.end(), [](const Function* function) {
      return static_cast<const CudaFunction*>(function)->waits_first();
    });
  }

  // What is wrong with the results; empty: nothing.
  std::string run(std::uint64_t seed, std::uint32_t most_blocks) {
    const Program program = random_program(seed, most_blocks);
    std::array<Values, kArrays> arrays = initial(seed, program.elements());
    upload(arrays);
    const int launches = program.as_graph ? 2 : 1;
    std::unique_ptr<Graph> graph;
    if (program.as_graph) graph = build_graph(program);
    for (int i = 0; i < launches; ++i) {
      run_on_host(program, arrays);
      if (graph) {
        graph->launch(*stream_);
      } else {
        for (const Step& step : program.steps) queue(program, step);
      }
    }
    return compare(arrays, format("seed {}, {} steps of {} blocks {}", seed, program.steps.size(),
                                  program.blocks, program.as_graph ? "as a graph" : "in a stream"));
  }

 private:
  // Kernels that do not wait and let the next one start, which are said to wait.
  void load_mutated(const CudaDevice& device) {
    const Nvrtc& nvrtc = Nvrtc::open(options_.toolkit, backend_.driver().version);
    const NvrtcResult compiled =
        nvrtc.compile(kSource, "torture.cu", {"mix", "sparse"}, {}, device.capability());
    ptx::Module module = ptx::parse(compiled.ptx);
    for (const auto& [name, symbol] : compiled.names) {
      ptx::insert_at_entry(module, symbol, "griddepcontrol.launch_dependents;");
    }
    std::string log;
    std::vector<std::byte> cubin;
    if (const NvJitLink* linker =
            NvJitLink::find(options_.toolkit, backend_.driver().version, &nvrtc)) {
      cubin = linker->assemble(ptx::print(module), device.info().architecture, {}, log);
    }
    if (cubin.empty()) cubin = assemble_by_driver(device.context(), ptx::print(module));
    const Current current(device.context());
    const Driver& driver = backend_.driver();
    check(driver, driver.cuModuleLoadData(&driver_module_, cubin.data()), "loading the mutants");
    for (const auto& [name, symbol] : compiled.names) {
      CUfunction handle = nullptr;
      check(driver, driver.cuModuleGetFunction(&handle, driver_module_, symbol.c_str()), "finding");
      mutants_.push_back(
          std::make_unique<CudaFunction>(device.context(), handle, name, 0, /*waits_first=*/true));
      functions_.push_back(mutants_.back().get());
    }
  }

  std::uint32_t* address(std::size_t array) const {
    return static_cast<std::uint32_t*>(memory_[array]->address());
  }
  std::size_t bytes() const { return memory_[0]->bytes(); }

  void upload(const std::array<Values, kArrays>& arrays) {
    CudaDevice& device = backend_.device(0);
    const std::size_t bytes = arrays[0].size() * sizeof(std::uint32_t);
    for (std::size_t i = 0; i < kArrays; ++i) {
      memory_[i] = device.allocate(bytes);
      stream_->enqueue(CopyCommand{address(i), arrays[i].data(), bytes, 0, CopyCommand::kHost}, 0);
    }
    finish();  // other streams may have freed the memory, and the caller goes on to change `arrays`
  }

  std::string compare(const std::array<Values, kArrays>& expected, const std::string& what) {
    std::string wrong;
    for (std::size_t i = 0; i < kArrays; ++i) {
      Values found(expected[i].size());
      stream_->enqueue(CopyCommand{found.data(), address(i), bytes(), CopyCommand::kHost, 0}, 0);
      finish();
      const auto at = std::mismatch(found.begin(), found.end(), expected[i].begin());
      if (at.first == found.end() || !wrong.empty()) continue;
      wrong = format("{}: element {} of array {} is {} instead of {}", what,
                     at.first - found.begin(), i, *at.first, *at.second);
    }
    return wrong;
  }

  // `parameters` is what the command shows.
  Command command_of(const Program& program, const Step& step, Parameters& parameters) const {
    if (step.kind == Step::Kind::Copy) {
      return CopyCommand{address(step.to), address(step.a), bytes(), 0, 0};
    }
    if (step.kind == Step::Kind::Fill) {
      FillCommand fill{address(step.to), bytes(), {}, 4};
      std::memcpy(fill.pattern.data(), &step.factor, sizeof step.factor);
      return fill;
    }
    parameters = {address(step.to), address(step.a),
                  address(step.b),  static_cast<std::uint32_t>(program.elements()),
                  step.factor,      step.delay};
    LaunchCommand launch;
    launch.function = functions_[step.kind == Step::Kind::Sparse ? 1 : 0];
    launch.config.grid = {program.blocks, 1, 1};
    launch.config.block = {kThreads, 1, 1};
    launch.parameters = std::as_bytes(std::span(&parameters, 1));
    launch.offsets = kOffsets;
    return launch;
  }

  void queue(const Program& program, const Step& step) {
    if (step.kind == Step::Kind::Record) return stream_->record(*event_);
    Parameters parameters{};
    stream_->enqueue(command_of(program, step, parameters), 0);
  }

  // Edges to the newest steps in front that are in conflict; what those come behind is implied.
  std::unique_ptr<Graph> build_graph(const Program& program) {
    struct Added {
      const Step* step;
      std::vector<bool> in_front;  // by node
    };
    auto graph = backend_.device(0).create_graph();
    std::vector<Added> added;
    for (const Step& step : program.steps) {
      if (step.kind == Step::Kind::Record) continue;
      std::vector<bool> in_front(added.size());
      std::vector<Graph::Node> edges;
      for (std::size_t i = added.size(); i-- > 0;) {
        if (in_front[i] || !step.conflicts(*added[i].step)) continue;
        edges.push_back(static_cast<Graph::Node>(i));
        in_front[i] = true;
        for (std::size_t k = 0; k < i; ++k) in_front[k] = in_front[k] || added[i].in_front[k];
      }
      Parameters parameters{};
      graph->add(command_of(program, step, parameters), edges, 0);
      added.push_back({&step, std::move(in_front)});
    }
    return graph;
  }

  void finish() {
    stream_->record(*event_);
    event_->sync();
  }

  CudaBackend backend_;
  const CudaOptions options_;
  std::unique_ptr<Module> module_;
  CUmodule driver_module_ = nullptr;
  std::vector<std::unique_ptr<CudaFunction>> mutants_;
  std::vector<Function*> functions_;
  std::unique_ptr<Stream> stream_;
  std::unique_ptr<Event> event_;
  std::array<std::unique_ptr<Allocation>, kArrays> memory_;
};

// ---- Tests -------------------------------------------------------------------------------------

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// How many programs have wrong results, the first of them with its words.
std::size_t count_wrong(Torture& torture, std::uint64_t programs, std::uint32_t most_blocks,
                        std::string& first) {
  const std::uint64_t seed = from_environment("SENNIT_TORTURE_SEED", 1);
  std::size_t wrong = 0;
  for (std::uint64_t i = 0; i < programs; ++i) {
    const std::string what = torture.run(seed + i, most_blocks);
    if (what.empty()) continue;
    if (wrong++ == 0) first = what;
  }
  return wrong;
}

TEST(EarlyLaunchTorture, OnAGpu) {
  const Options environment = Options::from_environment();
  CudaOptions options;
  options.driver_library = environment.cuda_driver;
  options.toolkit = {environment.nvrtc_library, environment.cuda_home,
                     environment.nvjitlink_library};
  const bool mutated = from_environment("SENNIT_TORTURE_MUTATION", 0) != 0;
  std::optional<Torture> torture;
  try {
    torture.emplace(options, mutated);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::Unavailable) throw;
    GTEST_SKIP() << error.what();
  }
  if (!torture->is_early()) GTEST_SKIP() << "kernels of this device are not launched early";
  std::string first;
  const std::uint64_t programs = from_environment("SENNIT_TORTURE_PROGRAMS", 300);
  const std::size_t wrong = count_wrong(*torture, programs, 64, first);
  RecordProperty("wrong_programs", static_cast<int>(wrong));
  if (mutated) {
    EXPECT_GT(wrong, 0u) << "kernels that do not wait have gone unnoticed";
  } else {
    EXPECT_EQ(wrong, 0u) << first;
  }
}

class EarlyLaunchTortureOverTheFakeDriver : public testing::Test {
 protected:
  EarlyLaunchTortureOverTheFakeDriver() {
    register_function("mix", [](const LaunchConfig&, void** p) { run_mix(p, false); });
    register_function("sparse", [](const LaunchConfig&, void** p) { run_mix(p, true); });
    options_.driver_library = FakeCudaMachine::driver_path();
    options_.toolkit = {FakeCudaMachine::nvrtc_path(), "", FakeCudaMachine::nvjitlink_path()};
    options_.pinned_bytes = std::size_t{64} << 20;
  }
  static void run_mix(void** p, bool sparse) {
    mix({parameter<std::uint32_t*>(p, 0), parameter<const std::uint32_t*>(p, 1),
         parameter<const std::uint32_t*>(p, 2), parameter<std::uint32_t>(p, 3),
         parameter<std::uint32_t>(p, 4), 0},
        sparse);
  }

  FakeCudaMachine gpus_;
  CudaOptions options_;
};

TEST_F(EarlyLaunchTortureOverTheFakeDriver, ProgramsAreRight) {
  Torture torture(options_, false);
  EXPECT_TRUE(torture.is_early());
  std::string first;
  EXPECT_EQ(count_wrong(torture, 60, 2, first), 0u) << first;
  EXPECT_EQ(gpus_.take_misuses(), std::vector<std::string>());
  EXPECT_GT(gpus_.calls("cuLaunchKernelEx"), 0u);
  EXPECT_GT(gpus_.calls("cuGraphAddDependencies"), 0u);
}

TEST_F(EarlyLaunchTortureOverTheFakeDriver, KernelsThatDoNotWaitAreFound) {
  Torture torture(options_, true);
  std::string first;
  EXPECT_GT(count_wrong(torture, 20, 2, first), 10u);
  EXPECT_FALSE(gpus_.take_misuses().empty());
}

}  // namespace
}  // namespace sennit::cuda
