#include "doubles/fake_cuda_machine.h"

#include <map>
#include <type_traits>

#include "backend/virtual/functions.h"
#include "base/error.h"
#include "base/options.h"
#include "base/shared_library.h"
#include "base/text.h"

namespace sennit {
namespace {

decltype(&fake_cuda_variable) variable_of_module = nullptr;

void* find_variable(const void* module, std::string_view name) {
  return variable_of_module(module, std::string(name).c_str());
}

int knows(const char* kernel) { return FunctionRegistry::process().find_function(kernel) ? 1 : 0; }

// A kernel that fails takes a GPU's context down.
int run(const char* kernel, const unsigned grid[3], const unsigned block[3], unsigned shared_bytes,
        int cooperative, void** parameters, const void* module) {
  constexpr int kLaunchFailed = 719, kIllegalAddress = 700;
  LaunchConfig config;
  config.grid = {grid[0], grid[1], grid[2]};
  config.block = {block[0], block[1], block[2]};
  config.shared_bytes = shared_bytes;
  config.cooperative = cooperative != 0;
  const RunningModule running(module, find_variable);
  try {
    FunctionRegistry::process().find_function(kernel)(config, parameters);
  } catch (const Error& error) {
    return error.code() == ErrorCode::DeviceLost ? kIllegalAddress : kLaunchFailed;
  }
  return 0;
}

std::size_t variable(std::size_t index, const char** name) {
  // The registry only grows, and its names stay where they are.
  static std::map<std::string, std::size_t, std::less<>>& known =
      *new std::map<std::string, std::size_t, std::less<>>;
  if (index == 0) known = FunctionRegistry::process().variables();
  if (index >= known.size()) return 0;
  const auto at = std::next(known.begin(), static_cast<std::ptrdiff_t>(index));
  *name = at->first.c_str();
  return at->second;
}

// The CUDA backend's own kernel (builtin_kernels.cpp).
void fill_words(const LaunchConfig&, void** parameters) {
  auto* const to = parameter<std::uint64_t*>(parameters, 0);
  for (std::uint64_t i = 0; i < parameter<std::uint64_t>(parameters, 1); ++i) {
    to[i] = parameter<std::uint64_t>(parameters, i % 2 == 0 ? 2 : 3);
  }
}

constexpr fake_cuda_kernels kKernels{knows, run, variable};

std::string beside_us(const char* file) {
  return SharedLibrary::folder_of(reinterpret_cast<const void*>(&beside_us)) + "/" + file;
}

}  // namespace

FakeCudaMachine::FakeCudaMachine(const fake_cuda_config& config) {
  const SharedLibrary driver = SharedLibrary::open(driver_path());
  const auto find = [&](const char* name, auto& function) {
    function = driver.function<std::remove_reference_t<decltype(function)>>(name);
    if (function == nullptr) fail(format("libfake_cuda.so has no {}", name));
  };
  find("fake_cuda_calls", calls_);
  find("fake_cuda_reset_calls", reset_calls_);
  find("fake_cuda_blocked", blocked_);
  find("fake_cuda_refuse", refuse_);
  find("fake_cuda_live", live_);
  find("fake_cuda_run_all", run_all_);
  find("fake_cuda_seed", seed_);
  find("fake_cuda_take_misuse", take_misuse_);
  find("fake_cuda_variable", variable_of_module);
  decltype(&fake_cuda_set_kernels) set_kernels = nullptr;
  decltype(&fake_cuda_reset) reset = nullptr;
  find("fake_cuda_set_kernels", set_kernels);
  find("fake_cuda_reset", reset);
  register_function("sennit_fill_words", fill_words);
  set_kernels(&kKernels);
  reset(&config);
}

std::string FakeCudaMachine::driver_path() { return beside_us("libfake_cuda.so"); }
std::string FakeCudaMachine::unopened_driver_path() {
  static std::string dots = "/";
  dots += "./";
  std::string path = driver_path();
  return path.replace(path.rfind('/'), 1, dots);
}
std::string FakeCudaMachine::nvrtc_path() { return beside_us("libfake_nvrtc.so"); }
std::string FakeCudaMachine::nvjitlink_path() { return beside_us("libfake_nvjitlink.so"); }

BackendOptions FakeCudaMachine::backend_options(bool real_nvrtc) {
  BackendOptions options;
  options.cuda_driver = driver_path();
  options.nvrtc_library = nvrtc_path();
  options.nvjitlink_library = nvjitlink_path();
  const Options environment = Options::from_environment();
  options.submit_thread = environment.submit_thread;
  if (real_nvrtc) {
    options.nvrtc_library = environment.nvrtc_library;
    options.nvjitlink_library = environment.nvjitlink_library;
    options.cuda_home = environment.cuda_home;
  }
  options.pinned_bytes = std::size_t{256} << 20;
  return options;
}

std::uint64_t FakeCudaMachine::queueing_calls() const {
  std::uint64_t sum = 0;
  for (const char* function :
       {"cuLaunchKernel", "cuLaunchKernelEx", "cuLaunchHostFunc", "cuGraphLaunch", "cuMemcpyAsync",
        "cuMemsetD8Async", "cuMemsetD16Async", "cuMemsetD32Async", "cuMemsetD2D32Async",
        "cuMemAllocFromPoolAsync", "cuMemFreeAsync", "cuEventRecord", "cuStreamWaitEvent"}) {
    sum += calls(function);
  }
  return sum;
}

std::string FakeCudaMachine::leaks() const {
  std::string text;
  for (const char* kind :
       {"stream", "event", "module", "link", "graph", "executable", "allocation"}) {
    if (live(kind) != 0) text += format("{} of kind '{}'; ", live(kind), kind);
  }
  return text;
}

std::vector<std::string> FakeCudaMachine::take_misuses() {
  std::vector<std::string> misuses;
  while (const char* misuse = take_misuse_()) misuses.emplace_back(misuse);
  return misuses;
}

}  // namespace sennit
