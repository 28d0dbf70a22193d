// benchmarks/suite/problem.h: a benchmark at one size: its inputs, and the answers to expect.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace suite {

// Calls body(begin, end) for parts of [0, count) on all cores. `each`: how much work one of them
// is, in elements.
void parallel_for(std::size_t count, const std::function<void(std::size_t, std::size_t)>& body,
                  std::size_t each = 1);

// A number in [0, 1) that depends on nothing but the arguments.
double noise(std::uint64_t seed, std::uint64_t index);

// Elements of one type on the host.
class HostData {
 public:
  HostData() = default;
  template <typename T>
  static HostData of(std::size_t count) {  // not initialised
    HostData made;
    made.bytes_ = count * sizeof(T);
    made.data_ = std::make_unique_for_overwrite<std::byte[]>(made.bytes_);
    return made;
  }
  template <typename T, typename Generator>
  static HostData generate(std::size_t count, const Generator& element) {
    HostData made = of<T>(count);
    const std::span<T> values = made.as<T>();
    parallel_for(count, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) values[i] = static_cast<T>(element(i));
    });
    return made;
  }

  std::byte* data() { return data_.get(); }
  const std::byte* data() const { return data_.get(); }
  std::size_t bytes() const { return bytes_; }
  template <typename T>
  std::span<T> as() {
    return {reinterpret_cast<T*>(data_.get()), bytes_ / sizeof(T)};
  }
  template <typename T>
  std::span<const T> as() const {
    return {reinterpret_cast<const T*>(data_.get()), bytes_ / sizeof(T)};
  }

 private:
  std::unique_ptr<std::byte[]> data_;
  std::size_t bytes_ = 0;
};

// The text of kernels/`file`.
std::string kernel_source(const std::string& file);

enum class ElementType { kInt32, kFloat32, kFloat64 };
std::size_t bytes_of(ElementType type);
double element_at(const std::byte* data, ElementType type, std::size_t index);

// What an implementation must compute.
struct Output {
  std::string name;
  ElementType type = ElementType::kFloat32;
  std::size_t count = 0;
  double tolerance = 0;         // relative to the larger of 1 and the expected value
  double mismatched_share = 0;  // of the elements that may be off: where rounding decides a class
  bool read_in_run = true;      // the timed region ends when its first element is on the host
  std::size_t bytes() const { return count * bytes_of(type); }
};

// What the host writes before an iteration, and what must come of it.
struct InputSet {
  std::vector<HostData> inputs;
  std::vector<HostData> expected;  // one for each output
};

// Each benchmark derives one from it, which adds its sizes and names its inputs.
class Problem {
 public:
  virtual ~Problem() = default;

  std::string benchmark;  // "VEC"
  std::int64_t size = 0;
  std::vector<HostData> constants;  // on the device before the first iteration
  std::vector<InputSet> sets;       // iterations alternate them, so that no stale answer passes
  std::vector<Output> outputs;

  // The outputs that are read in a run, in their order: what is wrong with their first elements,
  // or "".
  std::string check_first(const InputSet& set, std::span<const double> first) const;
  // What is wrong with the whole of one output, or "".
  std::string check_output(const InputSet& set, std::size_t output, const HostData& values) const;
  std::size_t outputs_read_in_run() const;
};

// The grid and block of one-dimensional launches. Two-dimensional ones take blocks of 8 x 8 threads
// and a grid whose side is half as many blocks.
struct Shape {
  std::uint32_t blocks = 0;
  std::uint32_t threads = 0;
  std::uint32_t side() const { return blocks / 2 > 0 ? blocks / 2 : 1; }
};
inline constexpr std::uint32_t kBlockSide = 8;

// One way to compute a problem.
class Implementation {
 public:
  virtual ~Implementation() = default;
  // The host writes `set`'s inputs to where this implementation keeps its own. Not timed.
  virtual void reset(const InputSet& set) = 0;
  // A run, timed: from the first submission until the host has the first element of each output
  // that is read in a run; if there is none, until all is done.
  virtual void submit() = 0;
  virtual void finish(std::span<double> first) = 0;
  // The whole of an output. Not timed.
  virtual void read(std::size_t output, HostData& values) = 0;
};

}  // namespace suite
