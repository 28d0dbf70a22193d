// sched/scheduler_config.h: what a scheduler is set up with, and what it counts.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "sched/replay/held_batch.h"

namespace sennit {

struct SchedulerConfig {
  std::string placement_policy = "single_device";
  std::string stream_policy = "adaptive";
  // Of the policies that place by data; see base/options.h.
  double data_threshold = 0.1;
  std::string bandwidth_matrix;
  std::string cache_dir;
  bool serial = false;               // each operation is done before `submit` returns
  std::size_t max_streams = 64;      // compute streams of a device
  std::size_t max_in_flight = 4096;  // operations; `submit` waits for room beyond
  std::size_t host_window_bytes = 256;
  // Up to so much is copied to the host before it asks, where it has asked before.
  std::size_t read_back_bytes = std::size_t{1} << 20;
  // Copies from and to the caller's memory from this size on: see large_copies.cpp.
  std::size_t large_copy_bytes = std::size_t{2} << 20;
  std::size_t copy_chunk_bytes = std::size_t{2} << 20;
  unsigned copy_threads = 0;  // 0: CopyThreads::standard_count
  // Operations are held back and run as graphs, `replay_most` of them at once: where they repeat
  // and gain by it, wherever they repeat, or whatever they are. REQUIRES, unless Off: the stream
  // policy is "adaptive".
  enum class Replay : std::uint8_t { Off, Auto, Repeated, Always } replay = Replay::Off;
  std::size_t replay_most = HeldBatch::kMost;
  // They run at the latest when so much time has passed without another; 0: there is no limit.
  std::chrono::microseconds replay_patience{0};
};

struct SchedulerStatistics {
  std::uint64_t operations = 0;
  std::uint64_t launches = 0;
  std::uint64_t transfers = 0;
  std::uint64_t transfer_bytes = 0;
  std::uint64_t streams = 0;
  std::uint64_t in_flight = 0;
  std::uint64_t storages = 0;
  std::uint64_t allocated_bytes = 0;
  std::uint64_t events = 0;          // live
  std::uint64_t replays = 0;         // graphs launched
  std::uint64_t replayed = 0;        // operations and transfers that ran in them
  std::uint64_t replay_graphs = 0;   // built
  std::uint64_t replay_updates = 0;  // commands of graphs that were given other contents
  // Times that what was held back had no graph yet, and ran one by one; that it ended early, as
  // another operation came than expected, as the host waited, or as nothing came for a while.
  std::uint64_t replay_misses = 0;
  std::uint64_t replay_strays = 0;
  std::uint64_t replay_waits = 0;
  std::uint64_t replay_timeouts = 0;
  std::uint64_t replay_trials = 0;  // decisions by the clock
  std::uint64_t replay_gains = 0;   // of them, for holding back
  double replay_saved_us = 0;       // by what they found
};

}  // namespace sennit
