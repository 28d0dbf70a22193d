#include "random/kernels.h"

#include <array>

#include "backend/virtual/functions.h"
#include "random/program.h"

namespace sennit::random_programs {
namespace {

constexpr std::array<KernelInfo, kKernels> kInfos{{
    {"scale", 1, "scale(n: sint64, c: uint32, x: inout pointer uint32, dx: sint64)"},
    {"add", 2,
     "add(n: sint64, c: uint32, x: inout pointer uint32, dx: sint64, y: in pointer uint32, "
     "dy: sint64)"},
    {"set", 2,
     "set(n: sint64, c: uint32, x: out pointer uint32, dx: sint64, y: in pointer uint32, "
     "dy: sint64)"},
    {"number", 1, "number(n: sint64, c: uint32, x: out pointer uint32, dx: sint64)"},
    {"exchange", 2,
     "exchange(n: sint64, c: uint32, x: inout pointer uint32, dx: sint64, "
     "y: inout pointer uint32, dy: sint64)",
     true},
    {"combine", 3,
     "combine(n: sint64, c: uint32, x: inout pointer uint32, dx: sint64, y: in pointer uint32, "
     "dy: sint64, z: in pointer uint32, dz: sint64)"},
}};

constexpr const char* kSource = R"(
typedef unsigned int u32;
typedef long long s64;

extern "C" __global__ void scale(s64 n, u32 c, u32* x, s64 dx) {
  for (s64 i = 0; i < n; ++i) x[i * dx] = x[i * dx] * 31u + c;
}
extern "C" __global__ void add(s64 n, u32 c, u32* x, s64 dx, const u32* y, s64 dy) {
  for (s64 i = 0; i < n; ++i) x[i * dx] = x[i * dx] * 31u + y[i * dy] * 7u + c;
}
extern "C" __global__ void set(s64 n, u32 c, u32* x, s64 dx, const u32* y, s64 dy) {
  for (s64 i = 0; i < n; ++i) x[i * dx] = y[i * dy] * 5u + c;
}
extern "C" __global__ void number(s64 n, u32 c, u32* x, s64 dx) {
  for (s64 i = 0; i < n; ++i) x[i * dx] = (u32)i * 3u + c;
}
extern "C" __global__ void exchange(s64 n, u32 c, u32* x, s64 dx, u32* y, s64 dy) {
  for (s64 i = 0; i < n; ++i) {
    u32 old = x[i * dx];
    x[i * dx] = y[i * dy] * 3u + c;
    y[i * dy] = old * 5u + 1u;
  }
}
extern "C" __global__ void combine(s64 n, u32 c, u32* x, s64 dx, const u32* y, s64 dy,
                                   const u32* z, s64 dz) {
  for (s64 i = 0; i < n; ++i)
    x[i * dx] = x[i * dx] * 31u + y[i * dy] * 7u + z[(n - 1 - i) * dz] * 11u + c;
}
)";

}  // namespace

const KernelInfo& kernel(int index) { return kInfos[static_cast<std::size_t>(index)]; }

const char* kernel_source() { return kSource; }

void register_kernels() {
  for (int index = 0; index < kKernels; ++index) {
    register_function(kernel(index).name, [index](const LaunchConfig&, void** parameters) {
      const std::size_t arrays = kernel(index).arrays;
      std::array<Strided<std::uint32_t>, 3> views;
      for (std::size_t k = 0; k < arrays; ++k) {
        const int at = 2 + 2 * static_cast<int>(k);
        views[k] = {parameter<std::uint32_t*>(parameters, at),
                    parameter<std::int64_t>(parameters, at + 1)};
      }
      run_kernel<std::uint32_t>(index, std::span(views).first(arrays),
                                parameter<std::int64_t>(parameters, 0),
                                parameter<std::uint32_t>(parameters, 1));
    });
  }
}

}  // namespace sennit::random_programs
