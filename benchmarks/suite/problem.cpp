#include "problem.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <thread>

namespace suite {

void parallel_for(std::size_t count, const std::function<void(std::size_t, std::size_t)>& body,
                  std::size_t each) {
  constexpr std::size_t kWorthAThread = 1 << 14;  // elements
  const std::size_t cores = std::max(1u, std::thread::hardware_concurrency());
  const std::size_t most = std::clamp<std::size_t>(count, 1, cores);
  const std::size_t parts = std::clamp<std::size_t>(count * each / kWorthAThread, 1, most);
  std::vector<std::thread> threads;
  for (std::size_t part = 1; part < parts; ++part) {
    threads.emplace_back(body, count * part / parts, count * (part + 1) / parts);
  }
  body(0, count / parts);
  for (std::thread& thread : threads) thread.join();
}

double noise(std::uint64_t seed, std::uint64_t index) {
  // splitmix64
  std::uint64_t mixed = (seed << 40) + index + 0x9e3779b97f4a7c15u;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
  return static_cast<double>((mixed ^ (mixed >> 31)) >> 11) * 0x1p-53;
}

std::size_t bytes_of(ElementType type) { return type == ElementType::kFloat64 ? 8 : 4; }

namespace {

template <typename T>
double load(const std::byte* data, std::size_t index) {
  T value;
  std::memcpy(&value, data + index * sizeof(T), sizeof value);
  return static_cast<double>(value);
}

// Written so that a NaN is wrong.
bool is_close(double value, double expected, double tolerance) {
  return std::abs(value - expected) <= tolerance * std::max(1.0, std::abs(expected));
}

std::string difference(const Output& output, std::size_t index, double value, double expected) {
  return output.name + "[" + std::to_string(index) + "] is " + std::to_string(value) +
         ", expected " + std::to_string(expected);
}

}  // namespace

double element_at(const std::byte* data, ElementType type, std::size_t index) {
  switch (type) {
    case ElementType::kInt32:
      return load<std::int32_t>(data, index);
    case ElementType::kFloat32:
      return load<float>(data, index);
    case ElementType::kFloat64:
      return load<double>(data, index);
  }
  return NAN;
}

std::size_t Problem::outputs_read_in_run() const {
  return static_cast<std::size_t>(
      std::count_if(outputs.begin(), outputs.end(), [](const Output& o) { return o.read_in_run; }));
}

std::string Problem::check_first(const InputSet& set, std::span<const double> first) const {
  std::size_t next = 0;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const Output& output = outputs[i];
    if (!output.read_in_run) continue;
    const double value = first[next++];
    const double expected = element_at(set.expected[i].data(), output.type, 0);
    // An element that may be off says nothing alone.
    if (output.mismatched_share == 0 && !is_close(value, expected, output.tolerance)) {
      return difference(output, 0, value, expected);
    }
  }
  return "";
}

std::string Problem::check_output(const InputSet& set, std::size_t output,
                                  const HostData& values) const {
  const Output& described = outputs[output];
  const auto is_wrong = [&](std::size_t i) {
    return !is_close(element_at(values.data(), described.type, i),
                     element_at(set.expected[output].data(), described.type, i),
                     described.tolerance);
  };
  std::atomic<std::size_t> wrong = 0;
  std::atomic<std::size_t> first_wrong = described.count;
  parallel_for(described.count, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      if (!is_wrong(i)) continue;
      ++wrong;
      for (std::size_t first = first_wrong;
           i < first && !first_wrong.compare_exchange_weak(first, i);) {
      }
    }
  });
  const double allowed = described.mismatched_share * static_cast<double>(described.count);
  if (static_cast<double>(wrong) <= allowed) return "";
  const std::size_t i = first_wrong;
  return difference(described, i, element_at(values.data(), described.type, i),
                    element_at(set.expected[output].data(), described.type, i)) +
         " (" + std::to_string(wrong) + " of " + std::to_string(described.count) + " elements)";
}

}  // namespace suite
