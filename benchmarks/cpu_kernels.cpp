// benchmarks/cpu_kernels.cpp: CUDA kernels on the CPU against the same algorithm with OpenMP.
//
//   cpu_kernels            every kernel
//   cpu_kernels NAME ...   those whose name contains one of the words
//
// Both sides use all cores, are checked against each other, and take turns, so that a busy
// machine slows both; the best of their runs counts. The ratio is OpenMP's time by ours: 1 is
// parity, more is better. The ratio of processor time says the same where other programs take
// cores away from one side or the other. The kernels go through the CPU backend's stream, launch
// to event.
#include "rivals/cpu_kernels.h"

#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "backend/backend_table.h"

namespace sennit {
namespace {

constexpr char kSource[] = R"(
__global__ void saxpy(float a, const float* x, float* y, int count) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < count) y[i] = a * x[i] + y[i];
}

__device__ double normal_cdf(double d) {
  double k = 1.0 / (1.0 + 0.2316419 * fabs(d));
  double tail = 0.39894228040143267794 * exp(-0.5 * d * d) * k *
      (0.319381530 + k * (-0.356563782 + k * (1.781477937 + k * (-1.821255978 + k * 1.330274429))));
  return d > 0 ? 1.0 - tail : tail;
}
__global__ void black_scholes(const double* spot, const double* strike, const double* years,
                              double* call, double* put, double rate, double volatility,
                              int count) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= count) return;
  double root = sqrt(years[i]);
  double d1 = (log(spot[i] / strike[i]) + (rate + 0.5 * volatility * volatility) * years[i]) /
              (volatility * root);
  double n1 = normal_cdf(d1), n2 = normal_cdf(d1 - volatility * root);
  double discounted = strike[i] * exp(-rate * years[i]);
  call[i] = spot[i] * n1 - discounted * n2;
  put[i] = discounted * (1.0 - n2) - spot[i] * (1.0 - n1);
}

__global__ void sobel(const float* in, float* out, int width, int height) {
  int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
  if (x < 1 || y < 1 || x >= width - 1 || y >= height - 1) return;
  const float* p = in + y * width + x;
  float gx = p[-width + 1] + 2 * p[1] + p[width + 1] - p[-width - 1] - 2 * p[-1] - p[width - 1];
  float gy = p[width - 1] + 2 * p[width] + p[width + 1] - p[-width - 1] - 2 * p[-width] -
             p[-width + 1];
  out[y * width + x] = sqrtf(gx * gx + gy * gy);
}

template <int Tile>
__global__ void matrix_product(const float* a, const float* b, float* c, int size) {
  __shared__ float from_a[Tile][Tile], from_b[Tile][Tile];
  int tx = threadIdx.x, ty = threadIdx.y;
  int row = blockIdx.y * Tile + ty, column = blockIdx.x * Tile + tx;
  float sum = 0;
  for (int m = 0; m < size / Tile; m++) {
    from_a[ty][tx] = a[row * size + m * Tile + tx];
    from_b[ty][tx] = b[(m * Tile + ty) * size + column];
    __syncthreads();
    for (int k = 0; k < Tile; k++) sum += from_a[ty][k] * from_b[k][tx];
    __syncthreads();
  }
  c[row * size + column] = sum;
}

__global__ void tree_sum(const float* in, float* out, int count) {
  __shared__ float part[256];
  int t = threadIdx.x, i = blockIdx.x * 256 + t;
  part[t] = i < count ? in[i] : 0.f;
  __syncthreads();
  for (int half = 128; half > 0; half /= 2) {
    if (t < half) part[t] += part[t + half];
    __syncthreads();
  }
  if (t == 0) atomicAdd(out, part[0]);
}
)";

using Clock = std::chrono::steady_clock;

// What a piece of work takes: on the clock, and of all cores together.
struct Cost {
  double wall_s = 0, processor_s = 0;
};

double processor_s() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

Cost cost_of(const std::function<void()>& work) {
  const auto begin = Clock::now();
  const double processor_begin = processor_s();
  work();
  return {std::chrono::duration<double>(Clock::now() - begin).count(),
          processor_s() - processor_begin};
}

// The CPU backend, with the module of all kernels.
class Cpu {
 public:
  Cpu()
      : backend_(find_backend("cpu").open({})),
        device_(*backend_->devices().front()),
        stream_(device_.create_stream()),
        done_(device_.create_event()) {
    CompileRequest request;
    request.source = kSource;
    request.names = {"saxpy", "black_scholes", "sobel", "matrix_product<32>", "tree_sum"};
    compile_s_ =
        cost_of([&] { module_ = device_.load(backend_->compile(request, device_)); }).wall_s;
  }

  double compile_s() const { return compile_s_; }
  const std::string& device_name() const { return device_.info().name; }

  // Runs one launch to its end.
  template <typename... Parameters>
  void run(const char* name, Dim3 grid, Dim3 block, Parameters... parameters) {
    std::array<std::byte, sizeof...(Parameters) * 8> packed{};
    std::array<std::uint32_t, sizeof...(Parameters)> offsets{};
    std::uint32_t next = 0, index = 0;
    const auto append = [&](const auto& parameter) {
      constexpr std::uint32_t kBytes = sizeof(parameter);
      next = (next + kBytes - 1) / kBytes * kBytes;
      std::memcpy(packed.data() + next, &parameter, kBytes);
      offsets[index++] = next;
      next += kBytes;
    };
    (append(parameters), ...);
    LaunchCommand command;
    command.function = &module_->function(name);
    command.config.grid = grid;
    command.config.block = block;
    command.parameters = std::span(packed).first(next);
    command.offsets = offsets;
    stream_->enqueue(command, 1);
    stream_->record(*done_);
    done_->sync();
    if (auto failure = device_.take_failure()) throw failure->error;
  }

 private:
  std::unique_ptr<Backend> backend_;
  Device& device_;
  std::unique_ptr<Stream> stream_;
  std::unique_ptr<Event> done_;
  std::unique_ptr<Module> module_;
  double compile_s_ = 0;
};

struct Comparison {
  const char* name;
  std::function<void()> ours, openmp;
  std::function<double()> difference;  // largest, between the answers of both
  double tolerance;
};

// The best of each side, in turns, for at least three rounds and about two seconds.
bool compare(const Comparison& comparison) {
  Cost ours{1e9, 1e9}, openmp{1e9, 1e9};
  const auto keep_best = [](Cost& best, const Cost& cost) {
    best.wall_s = std::min(best.wall_s, cost.wall_s);
    best.processor_s = std::min(best.processor_s, cost.processor_s);
  };
  comparison.ours();
  comparison.openmp();
  const double difference = comparison.difference();
  const auto begin = Clock::now();
  for (int round = 0; round < 3 || (round < 50 && Clock::now() - begin < std::chrono::seconds(2));
       ++round) {
    keep_best(ours, cost_of(comparison.ours));
    keep_best(openmp, cost_of(comparison.openmp));
  }
  const bool agrees = difference <= comparison.tolerance;
  std::printf("%-16s %9.2f ms %9.2f ms %8.2f %10.2f   %s (difference %.1e)\n", comparison.name,
              ours.wall_s * 1e3, openmp.wall_s * 1e3, openmp.wall_s / ours.wall_s,
              openmp.processor_s / ours.processor_s, agrees ? "same answer" : "WRONG", difference);
  std::fflush(stdout);
  return agrees;
}

template <typename T>
double largest_difference(const std::vector<T>& a, const std::vector<T>& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    largest = std::max(largest, std::fabs(static_cast<double>(a[i] - b[i])));
  return largest;
}

// Numbers in [low, high), the same in every run.
template <typename T>
std::vector<T> numbers(std::size_t count, double low, double high) {
  std::vector<T> values(count);
  std::uint32_t state = 1;
  for (T& value : values) {
    state = state * 1664525u + 1013904223u;
    value = static_cast<T>(low + (high - low) * (state >> 8) / double(1 << 24));
  }
  return values;
}

Dim3 blocks(int count, int block) {
  return {static_cast<std::uint32_t>((count + block - 1) / block)};
}

int run(const std::vector<std::string>& words) {
  const auto wanted = [&](const std::string& name) {
    return words.empty() || std::any_of(words.begin(), words.end(), [&](const std::string& word) {
             return name.find(word) != std::string::npos;
           });
  };
  Cpu cpu;
  std::printf("%s; the kernels were compiled in %.0f ms\n", cpu.device_name().c_str(),
              cpu.compile_s() * 1e3);
  std::printf("%-16s %12s %12s %8s %10s\n", "kernel", "sennit", "OpenMP", "ratio", "processor");
  bool right = true;

  if (wanted("saxpy")) {
    const int count = 32 << 20;
    const auto x = numbers<float>(count, 0, 1);
    std::vector<float> y(count, 1), z(count, 1);
    right &= compare(
        {"saxpy",
         [&] { cpu.run("saxpy", blocks(count, 256), {256}, 1e-3f, x.data(), y.data(), count); },
         [&] { rivals::saxpy(1e-3f, x.data(), z.data(), count); },
         [&] { return largest_difference(y, z); }, 1e-6});
  }
  if (wanted("black_scholes")) {
    const int count = 10'000'000;
    const auto spot = numbers<double>(count, 5, 30), strike = numbers<double>(count, 1, 100);
    const auto years = numbers<double>(count, 0.25, 10);
    std::vector<double> call(count), put(count), call2(count), put2(count);
    right &= compare(
        {"black_scholes",
         [&] {
           cpu.run("black_scholes", blocks(count, 256), {256}, spot.data(), strike.data(),
                   years.data(), call.data(), put.data(), 0.02, 0.3, count);
         },
         [&] {
           rivals::black_scholes(spot.data(), strike.data(), years.data(), call2.data(),
                                 put2.data(), 0.02, 0.3, count);
         },
         [&] { return std::max(largest_difference(call, call2), largest_difference(put, put2)); },
         1e-9});
  }
  if (wanted("sobel")) {
    const int width = 8192, height = 4096;
    const auto in = numbers<float>(static_cast<std::size_t>(width) * height, 0, 1);
    std::vector<float> out(in.size()), out2(in.size());
    right &= compare({"sobel",
                      [&] {
                        cpu.run("sobel", {width / 32, height / 8}, {32, 8}, in.data(), out.data(),
                                width, height);
                      },
                      [&] { rivals::sobel(in.data(), out2.data(), width, height); },
                      [&] { return largest_difference(out, out2); }, 1e-4});
  }
  if (wanted("matrix_product")) {
    const int size = 1024;
    const auto a = numbers<float>(size * size, 0, 1), b = numbers<float>(size * size, 0, 1);
    std::vector<float> c(size * size), c2(size * size);
    right &= compare({"matrix_product",
                      [&] {
                        cpu.run("matrix_product<32>", {size / 32, size / 32}, {32, 32}, a.data(),
                                b.data(), c.data(), size);
                      },
                      [&] { rivals::matrix_product(a.data(), b.data(), c2.data(), size); },
                      [&] { return largest_difference(c, c2); }, 1e-2});
  }
  if (wanted("tree_sum")) {
    const int count = 64 << 20;
    // Halves and wholes in a range where float sums of them are exact, in any order.
    std::vector<float> in(count);
    for (std::size_t i = 0; i < in.size(); i += 8) in[i] = 0.5f;
    float sum = 0, sum2 = 0;
    right &= compare({"tree_sum",
                      [&] {
                        sum = 0;
                        cpu.run("tree_sum", blocks(count, 256), {256}, in.data(), &sum, count);
                      },
                      [&] { sum2 = rivals::tree_sum(in.data(), count); },
                      [&] { return std::fabs(static_cast<double>(sum - sum2)); }, 0.0});
  }
  return right ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace
}  // namespace sennit

int main(int argc, char** argv) {
  // OpenMP's threads spin for a while after their work, on cores that our turn needs. They are
  // told not to when the library is loaded: before main.
  if (!std::getenv("OMP_WAIT_POLICY")) {
    setenv("OMP_WAIT_POLICY", "passive", 1);
    execv("/proc/self/exe", argv);
  }
  try {
    return sennit::run(std::vector<std::string>(argv + 1, argv + argc));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "cpu_kernels: %s\n", error.what());
    return EXIT_FAILURE;
  }
}
