// backend/cpu/math_accuracy_test.cpp: how far the functions of the prelude are from exact.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "backend/cpu/block_runner.h"
#include "backend/cpu/compiler/compiler.h"
#include "backend/cpu/compiler/loader.h"
#include "base/text.h"

namespace sennit::cpu {
namespace {

// Arguments are drawn from [low, high], uniformly or by their logarithm.
struct Function {
  std::string name;
  long double (*exact)(long double);
  double low, high;
  bool by_logarithm;
  double max_ulp;  // allowed; a correctly rounded function has 0.5
};

constexpr int kCount = 200'000;

// Distance in units of the last place of the exact result, in the precision of T.
template <typename T>
double distance_ulp(T got, long double exact) {
  const T rounded = static_cast<T>(exact);
  if (std::isnan(rounded)) return std::isnan(got) ? 0 : INFINITY;
  if (std::isinf(rounded) || rounded == 0) return got == rounded ? 0 : INFINITY;
  constexpr int kSmallest = std::numeric_limits<T>::min_exponent - 1;
  const int exponent = std::max(std::ilogb(rounded), kSmallest);
  const long double ulp = std::ldexp(1.0L, exponent - std::numeric_limits<T>::digits + 1);
  return static_cast<double>(std::fabs(static_cast<long double>(got) - exact) / ulp);
}

template <typename T>
std::vector<T> arguments_of(const Function& function) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> uniform(
      function.by_logarithm ? std::log(function.low) : function.low,
      function.by_logarithm ? std::log(function.high) : function.high);
  std::vector<T> values;
  for (int i = 0; i < kCount; ++i) {
    const double drawn = uniform(random);
    values.push_back(static_cast<T>(function.by_logarithm ? std::exp(drawn) : drawn));
  }
  return values;
}

void run(const CompiledKernel& kernel, const std::vector<const void*>& arguments) {
  const LaunchConfig config{.grid = {(kCount + 255) / 256, 1, 1}, .block = {256, 1, 1}};
  const KernelLaunch launch{&kernel, config, arguments.data()};
  BlockRunner().run(launch, 0, launch.block_count());
}

std::string read_source() {
  const auto path = std::filesystem::path(__FILE__).parent_path() / "testdata" / "numbers.cu";
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

template <typename T>
void expect_accurate(const char* type, const std::vector<Function>& functions) {
  CompileRequest request;
  request.source = read_source();
  for (const Function& function : functions) {
    request.names.push_back(format("apply<{}, {}>", type, function.name));
  }
  const std::unique_ptr<LoadedModule> module = load(compile(request));
  for (std::size_t k = 0; k < functions.size(); ++k) {
    const Function& function = functions[k];
    const std::vector<T> in = arguments_of<T>(function);
    std::vector<T> out(in.size());
    const T* from = in.data();
    T* to = out.data();
    run(module->kernels()[k], {&from, &to, &kCount});
    double worst = 0;
    T where = 0;
    for (std::size_t i = 0; i < in.size(); ++i) {
      const double ulp = distance_ulp(out[i], function.exact(static_cast<long double>(in[i])));
      if (ulp > worst) {
        worst = ulp;
        where = in[i];
      }
    }
    testing::Test::RecordProperty(
        format("{} {:g}..{:g}", function.name, function.low, function.high),
        format("{:.3f} ulp", worst));
    EXPECT_LE(worst, function.max_ulp) << function.name << " at " << std::hexfloat << where;
  }
}

long double exp10_exact(long double x) { return std::pow(10.0L, x); }
constexpr long double kPi = 3.14159265358979323846264338327950288L;
// The rest of x is exact; only it is multiplied by pi.
long double sinpi_exact(long double x) {
  const long double whole = std::nearbyint(x);
  const long double sine = std::sin(kPi * (x - whole));
  return std::fmod(whole, 2.0L) == 0 ? sine : -sine;
}
long double cospi_exact(long double x) {
  const long double whole = std::nearbyint(x);
  const long double cosine = std::sin(kPi * (0.5L - std::fabs(x - whole)));
  return std::fmod(whole, 2.0L) == 0 ? cosine : -cosine;
}
long double normcdf_exact(long double x) { return std::erfc(-x / std::sqrt(2.0L)) / 2; }
long double rsqrt_exact(long double x) { return 1 / std::sqrt(x); }

TEST(MathAccuracy, OfDoubleIsWithinTwoUlp) {
  expect_accurate<double>("double", {
                                        {"exp", std::exp, -745, 709, false, 1.0},
                                        {"exp2", std::exp2, -1074, 1023, false, 1.5},
                                        {"exp10", exp10_exact, -300, 308, false, 1.5},
                                        {"expm1", std::expm1, -2, 2, false, 1.5},
                                        {"log", std::log, 1e-320, 1e308, true, 1.0},
                                        {"log", std::log, 0.5, 2, false, 1.0},
                                        {"log2", std::log2, 1e-300, 1e300, true, 1.0},
                                        {"log2", std::log2, 0.5, 2, false, 1.0},
                                        {"log10", std::log10, 1e-300, 1e300, true, 1.0},
                                        {"log10", std::log10, 0.5, 2, false, 1.0},
                                        {"sin", std::sin, -10, 10, false, 1.0},
                                        {"sin", std::sin, 1e5, 3e13, true, 1.0},
                                        {"cos", std::cos, -10, 10, false, 1.0},
                                        {"cos", std::cos, 1e-5, 3e13, true, 1.0},
                                        {"tanh", std::tanh, -25, 25, false, 2.0},
                                        {"tanh", std::tanh, 1e-20, 1, true, 2.0},
                                        {"sinpi", sinpi_exact, -4, 4, false, 2.0},
                                        {"cospi", cospi_exact, -4, 4, false, 2.0},
                                    });
}

TEST(MathAccuracy, OfFloatIsWithinTwoUlp) {
  expect_accurate<float>("float", {
                                      {"expf", std::exp, -103, 88, false, 1.5},
                                      {"exp2f", std::exp2, -149, 127, false, 1.5},
                                      {"exp10f", exp10_exact, -37, 38, false, 1.0},
                                      {"expm1f", std::expm1, -5, 5, false, 1.0},
                                      {"logf", std::log, 1e-44, 1e38, true, 1.0},
                                      {"logf", std::log, 0.5, 2, false, 1.0},
                                      {"log2f", std::log2, 1e-44, 1e38, true, 1.0},
                                      {"log2f", std::log2, 0.9, 1.1, false, 1.0},
                                      {"log10f", std::log10, 1e-44, 1e38, true, 1.0},
                                      {"sinf", std::sin, -10, 10, false, 1.0},
                                      {"sinf", std::sin, 1e-30, 7e28, true, 1.0},
                                      {"cosf", std::cos, -1000, 1000, false, 1.0},
                                      {"tanhf", std::tanh, -10, 10, false, 1.0},
                                      {"tanhf", std::tanh, 1e-30, 1, true, 1.0},
                                      {"rsqrtf", rsqrt_exact, 1e-30, 1e30, true, 1.5},
                                      {"normcdff", normcdf_exact, -5, 5, false, 1.0},
                                      {"__expf", std::exp, -80, 80, false, 2.0},
                                  });
}

TEST(MathAccuracy, OfPowersIsWithinTwoUlp) {
  CompileRequest request;
  request.source = read_source();
  request.names = {"apply2<float, powf>"};
  const std::unique_ptr<LoadedModule> module = load(compile(request));
  std::mt19937_64 random(2);
  std::uniform_real_distribution<float> logarithm(-10, 10), exponent(-8, 8);
  std::vector<float> x, y, out(kCount);
  for (int i = 0; i < kCount; ++i) {
    x.push_back(std::exp(logarithm(random)));
    y.push_back(exponent(random));
  }
  const float *x_data = x.data(), *y_data = y.data();
  float* out_data = out.data();
  run(module->kernels()[0], {&x_data, &y_data, &out_data, &kCount});
  for (std::size_t i = 0; i < out.size(); ++i) {
    const long double exact =
        std::pow(static_cast<long double>(x[i]), static_cast<long double>(y[i]));
    ASSERT_LE(distance_ulp(out[i], exact), 1.0) << x[i] << " " << y[i];
  }
}

}  // namespace
}  // namespace sennit::cpu
