// backend/cpu/prepared_command.cpp: a command with all that it needs to run.
#include "backend/cpu/prepared_command.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <new>

#include "backend/cpu/bytes.h"
#include "base/text.h"

namespace sennit::cpu {
namespace {

// Chunks a worker takes of an evenly shared launch: enough that all end at about the same time.
constexpr std::uint64_t kChunksPerWorker = 16;
constexpr std::uint64_t kMostBlocksPerChunk = 4096;
// Taking a chunk moves one cache line between cores, up to a microsecond when many take at once.
constexpr double kLeastChunkUs = 2;

std::uint64_t ns_since(std::chrono::steady_clock::time_point start) {
  return static_cast<std::uint64_t>(
      std::chrono::nanoseconds(std::chrono::steady_clock::now() - start).count());
}

void check(const CopyCommand& copy) {
  if (copy.bytes == 0 || (copy.to != nullptr && copy.from != nullptr)) return;
  raise(ErrorCode::InvalidArgument,
        format("copy of {}: the {} address is null", format_bytes(copy.bytes),
               copy.to == nullptr ? "destination's" : "source's"));
}

void check(const FillCommand& fill) {
  const std::uint32_t pattern = fill.pattern_bytes;
  const bool known = pattern == 1 || pattern == 2 || pattern == 4 || pattern == 8 || pattern == 16;
  if (!known || fill.bytes % pattern != 0) {
    raise(ErrorCode::InvalidArgument,
          format("fill of {} bytes with a pattern of {} bytes: the pattern must have 1, 2, 4, 8 or "
                 "16 bytes and divide the whole",
                 fill.bytes, pattern));
  }
  if (fill.to == nullptr && fill.bytes != 0) {
    raise(ErrorCode::InvalidArgument,
          format("fill of {}: the address is null", format_bytes(fill.bytes)));
  }
}

void check(const HostCallCommand& call) {
  if (call.function == nullptr) {
    raise(ErrorCode::InvalidArgument, "host call: the function is null");
  }
}

PreparedCommand::Split split_bytes(std::size_t bytes) {
  return {std::max<std::uint64_t>(1, piece_count(bytes)), 1};
}

template <typename... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};
template <typename... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;

}  // namespace

// ---- ParameterStore ----------------------------------------------------------------------------

std::byte* ParameterStore::reserve(std::size_t bytes) {
  if (bytes > kInlineBytes && bytes > large_bytes_) {
    large_.reset(static_cast<std::byte*>(::operator new(bytes, std::align_val_t{kAlignment})));
    large_bytes_ = bytes;
  }
  return data();
}

void ParameterStore::assign(std::span<const std::byte> parameters,
                            std::span<const std::uint32_t> offsets) {
  const std::size_t table = table_bytes(offsets.size());
  std::byte* const bytes = reserve(table + parameters.size());
  if (!parameters.empty()) std::memcpy(bytes + table, parameters.data(), parameters.size());
  auto* const addresses = reinterpret_cast<const void**>(bytes);
  for (std::size_t i = 0; i < offsets.size(); ++i) addresses[i] = bytes + table + offsets[i];
  count_ = offsets.size();
  parameter_bytes_ = parameters.size();
}

void ParameterStore::assign(const ParameterStore& other) {
  const std::size_t table = table_bytes(other.count_);
  std::byte* const bytes = reserve(table + other.parameter_bytes_);
  std::memcpy(bytes + table, other.data() + table, other.parameter_bytes_);
  auto* const addresses = reinterpret_cast<const void**>(bytes);
  for (std::size_t i = 0; i < other.count_; ++i) {
    addresses[i] = bytes + (static_cast<const std::byte*>(other.addresses()[i]) - other.data());
  }
  count_ = other.count_;
  parameter_bytes_ = other.parameter_bytes_;
}

// ---- PreparedCommand ---------------------------------------------------------------------------

void PreparedCommand::assign(const Command& command, CommandTag tag) {
  if (const auto* launch = std::get_if<LaunchCommand>(&command)) {
    auto& function = *static_cast<CpuFunction*>(launch->function);
    function.check(*launch);
    parameters_.assign(launch->parameters, launch->offsets);
    work_ = Launch{&function, launch->config};
  } else {
    std::visit(Overloaded{[](const LaunchCommand&) {},
                          [this](const auto& other) {
                            check(other);
                            work_ = other;
                          }},
               command);
  }
  tag_ = tag;
}

void PreparedCommand::assign(const PreparedCommand& other) {
  tag_ = other.tag_;
  work_ = other.work_;
  parameters_.assign(other.parameters_);
}

PreparedCommand::Split PreparedCommand::start(unsigned workers, FailureLog& failures) noexcept {
  busy_ns_.store(0, std::memory_order_relaxed);
  failed_.store(false, std::memory_order_relaxed);
  started_us_.store(0, std::memory_order_relaxed);
  if (const Launch* launch = std::get_if<Launch>(&work_); launch && runs_in_phases(*launch)) {
    try {
      phases_.emplace(kernel_launch(*launch));
    } catch (...) {
      fail_with_current_exception(failures);
    }
  }
  return std::visit(Overloaded{[&](const Launch& launch) { return split_launch(launch, workers); },
                               [](const CopyCommand& copy) { return split_bytes(copy.bytes); },
                               [](const FillCommand& fill) { return split_bytes(fill.bytes); },
                               [](const HostCallCommand&) { return Split{}; }},
                    work_);
}

PreparedCommand::Split PreparedCommand::split_launch(const Launch& launch, unsigned workers) const {
  const std::uint64_t blocks = launch.config.grid.count();
  const std::optional<double> work_us = launch.function->run_times().work_us(launch.config);
  if (workers == 1 || (work_us && *work_us < kSharedWorkUs)) return {blocks, blocks};
  std::uint64_t chunk =
      std::clamp<std::uint64_t>(blocks / (kChunksPerWorker * workers), 1, kMostBlocksPerChunk);
  if (work_us) {
    // Blocks that take next to nothing are taken many at a time, yet every worker gets some.
    const double blocks_per_us = static_cast<double>(blocks) / *work_us;
    const auto worthwhile = static_cast<std::uint64_t>(blocks_per_us * kLeastChunkUs);
    chunk = std::max(chunk, std::min(worthwhile, (blocks + workers - 1) / workers));
  }
  return {blocks, chunk};
}

void PreparedCommand::run(std::uint64_t begin, std::uint64_t end, FailureLog& failures) noexcept {
  if (failed_.load(std::memory_order_relaxed)) return;
  if (failures.timings.is_on()) {
    double unset = 0;
    started_us_.compare_exchange_strong(unset, clock_us(), std::memory_order_relaxed);
  }
  try {
    std::visit(Overloaded{[&](const Launch& launch) { run_launch(launch, begin, end); },
                          [&](const CopyCommand& copy) { copy_pieces(copy, begin, end); },
                          [&](const FillCommand& fill) { fill_pieces(fill, begin, end); },
                          [](const HostCallCommand& call) { call.function(call.user); }},
               work_);
  } catch (...) {
    fail_with_current_exception(failures);
  }
}

void PreparedCommand::run_launch(const Launch& launch, std::uint64_t begin, std::uint64_t end) {
  const auto start = std::chrono::steady_clock::now();
  const KernelLaunch kernel = kernel_launch(launch);
  if (phases_) {
    this_thread_block_runner().run_phase(kernel, *phases_, begin, end);
  } else {
    launch.function->run(kernel, begin, end);
  }
  busy_ns_.fetch_add(ns_since(start), std::memory_order_relaxed);
}

bool PreparedCommand::finish(FailureLog& failures) noexcept {
  if (!finish_work(failures)) return false;
  const double started_us = started_us_.load(std::memory_order_relaxed);
  if (started_us > 0 && tag_ != 0) failures.timings.add({tag_, started_us, clock_us()});
  return true;
}

bool PreparedCommand::finish_work(FailureLog& failures) noexcept {
  const Launch* launch = std::get_if<Launch>(&work_);
  if (launch == nullptr) return true;
  if (phases_) {
    try {
      if (!failed_.load(std::memory_order_relaxed)) phases_->end_phase();
    } catch (...) {
      fail_with_current_exception(failures);
    }
    if (!failed_.load(std::memory_order_relaxed) && !phases_->finished()) return false;
    phases_.reset();
  }
  if (!failed_.load(std::memory_order_relaxed)) {
    const auto busy_ns = busy_ns_.load(std::memory_order_relaxed);
    launch->function->run_times().add(launch->config, static_cast<double>(busy_ns) / 1000);
  }
  return true;
}

void PreparedCommand::fail_with_current_exception(FailureLog& failures) noexcept {
  // A kernel fails in many blocks at once: the first to be noticed stands for all.
  if (failed_.exchange(true, std::memory_order_relaxed)) return;
  try {
    throw;
  } catch (Error& error) {
    failures.add(tag_, std::move(error));
  } catch (const std::exception& error) {
    failures.add(tag_, Error(ErrorCode::KernelFailed, error.what()));
  } catch (...) {
    failures.add(tag_, Error(ErrorCode::KernelFailed, "a host function threw no std::exception"));
  }
}

}  // namespace sennit::cpu
