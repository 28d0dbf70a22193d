// conformance/host_kernels.cpp: the suite's kernels as host functions, for virtual backends.
#include <algorithm>
#include <string>
#include <type_traits>
#include <vector>

#include "backend/virtual/functions.h"
#include "base/error.h"
#include "conformance/kernels.h"

namespace sennit::conformance {
namespace {

template <typename T>
T* pointer(void** parameters, int i) {
  return parameter<T*>(parameters, i);
}

template <typename Body>
void for_each(const Dim3& extent, Body body) {
  for (std::uint32_t z = 0; z < extent.z; ++z) {
    for (std::uint32_t y = 0; y < extent.y; ++y) {
      for (std::uint32_t x = 0; x < extent.x; ++x) body(x, y, z);
    }
  }
}

void append(const LaunchConfig&, void** parameters) {
  int* const log = pointer<int>(parameters, 0);
  log[1 + log[0]++] = parameter<int>(parameters, 1);
}

void store_late(const LaunchConfig&, void** parameters) {
  *pointer<int>(parameters, 0) = parameter<int>(parameters, 1);
}

void multiply_add(const LaunchConfig&, void** parameters) {
  *pointer<int>(parameters, 0) =
      *pointer<int>(parameters, 1) * parameter<int>(parameters, 2) + parameter<int>(parameters, 3);
}

void add_one(const LaunchConfig&, void** parameters) {
  int* const data = pointer<int>(parameters, 0);
  for (int i = 0; i < parameter<int>(parameters, 1); ++i) ++data[i];
}

void number_threads(const LaunchConfig& config, void** parameters) {
  auto* mine = pointer<std::uint32_t>(parameters, 0);
  for_each(config.grid, [&](auto bx, auto by, auto bz) {
    for_each(config.block, [&](auto tx, auto ty, auto tz) {
      mine[0] += 1;
      const std::uint32_t place[] = {bx, by, bz, tx, ty, tz};
      std::copy(std::begin(place), std::end(place), mine + 1);
      mine += 7;
    });
  });
}

void count_threads(const LaunchConfig& config, void** parameters) {
  *pointer<std::uint64_t>(parameters, 0) += config.grid.count() * config.block.count();
}

void reverse_dynamic(const LaunchConfig& config, void** parameters) {
  int* const data = pointer<int>(parameters, 0);
  for (std::uint32_t block = 0; block < config.grid.x; ++block) {
    int* const mine = data + block * config.block.x;
    std::reverse(mine, mine + config.block.x);
  }
}

void sum_blocks(const LaunchConfig& config, void** parameters) {
  const int* const in = pointer<const int>(parameters, 0);
  int* const out = pointer<int>(parameters, 1);
  for (std::uint32_t block = 0; block < config.grid.x; ++block) {
    out[block] = 0;
    for (std::uint32_t i = 0; i < 256; ++i) out[block] += in[block * 256 + i];
  }
}

void rotate_blocks(const LaunchConfig& config, void** parameters) {
  const std::uint32_t blocks = config.grid.x;
  for (std::uint32_t block = 0; block < blocks; ++block) {
    pointer<int>(parameters, 0)[block] = static_cast<int>(block + 1);
    pointer<int>(parameters, 1)[block] = static_cast<int>((block + 1) % blocks + 1);
  }
}

void gather(const LaunchConfig&, void** parameters) {
  double* const to = pointer<Gathered>(parameters, 14)->values;
  to[0] = parameter<bool>(parameters, 0);
  to[1] = parameter<signed char>(parameters, 1);
  to[2] = parameter<unsigned char>(parameters, 2);
  to[3] = parameter<short>(parameters, 3);
  to[4] = parameter<unsigned short>(parameters, 4);
  to[5] = parameter<int>(parameters, 5);
  to[6] = parameter<unsigned>(parameters, 6);
  to[7] = static_cast<double>(parameter<long long>(parameters, 7));
  to[8] = static_cast<double>(parameter<unsigned long long>(parameters, 8));
  to[9] = parameter<float>(parameters, 9);
  to[10] = parameter<double>(parameters, 10);
  const auto& mixed = parameter<Mixed>(parameters, 11);
  to[11] = mixed.letter;
  to[12] = mixed.number;
  to[13] = mixed.shorts[0] + mixed.shorts[1] * 10 + mixed.shorts[2] * 100;
  const auto& wide = parameter<Wide>(parameters, 12);
  to[14] = wide.x + wide.y * 10 + wide.z * 100 + wide.w * 1000;
  to[15] = parameter<char>(parameters, 13);
}

void no_parameters(const LaunchConfig& config, void**) {
  *static_cast<int*>(current_variable("counter")) +=
      static_cast<int>(config.grid.count() * config.block.count());
}

template <typename T, int kFactor>
void scale(const LaunchConfig&, void** parameters) {
  T* const data = pointer<T>(parameters, 0);
  for (int i = 0; i < parameter<int>(parameters, 1); ++i) data[i] *= T{kFactor};
}

void apply_factors(const LaunchConfig& config, void** parameters) {
  const auto* const factors = static_cast<const float*>(current_variable("factors"));
  for (std::uint32_t i = 0; i < config.block.x; ++i) {
    pointer<float>(parameters, 0)[i] *= factors[i % 4];
  }
}

void trap_in_block(const LaunchConfig& config, void** parameters) {
  const int bad_block = parameter<int>(parameters, 0);
  if (bad_block >= 0 && bad_block < static_cast<int>(config.grid.x)) {
    raise(ErrorCode::KernelFailed, "kernel 'trap_in_block': trap");
  }
}

}  // namespace

void register_host_kernels() {
  register_variable("counter", sizeof(int));
  register_variable("factors", 4 * sizeof(float));
  register_function("append", append);
  register_function("store_late", store_late);
  register_function("multiply_add", multiply_add);
  register_function("add_one", add_one);
  register_function("number_threads", number_threads);
  register_function("count_threads", count_threads);
  register_function("reverse_dynamic", reverse_dynamic);
  register_function("sum_blocks", sum_blocks);
  register_function("rotate_blocks", rotate_blocks);
  register_function("gather", gather);
  register_function("no_parameters", no_parameters);
  register_function("scale<float, 4>", scale<float, 4>);
  register_function("scale<int, 3>", scale<int, 3>);
  register_function("apply_factors", apply_factors);
  register_function("trap_in_block", trap_in_block);
}

}  // namespace sennit::conformance
