// sched/replay/trials.h: finds out by the clock whether a stretch of the program is better issued
// as it comes, or held back, in short pieces or in long ones, and run as graphs.
//
// A lap is one time around a loop, or what stands between two waits of the host. Laps that are the
// same are tried in all ways, some of each in turn, and go on in the way that took least. After a
// while, each time a longer one, they are tried again.
//
// Thread safety: none; the scheduler's mutex guards it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sennit {

class Trials {
 public:
  struct Limits {
    std::uint32_t untried = 8;       // laps before the first trial: short programs end there
    std::uint32_t first_rest = 512;  // laps from the first decision to the next trial
    std::uint32_t longest_rest = 1 << 16;
    std::uint32_t unsettled = 8;        // held laps that may lack graphs before they count
    std::uint32_t samples_at_once = 2;  // of one way, before the next has its turn
    double sample_us = 50;              // shorter laps are put together until so much
    std::uint32_t sample_laps = 64;     // but no more than so many
    double gain = 0.97;                 // what the times held back must be of the others
  };
  struct Counts {
    std::uint64_t decisions = 0;
    std::uint64_t held = 0;  // of them, for holding back
    double saved_us = 0;     // by laps since: what the samples differ by, for each
  };
  enum class Way : std::uint8_t { Issue, HoldShort, HoldLong };

  Trials() : Trials(Limits{}) {}
  explicit Trials(Limits limits) : limits_(limits), laps_(kLaps) {}

  // A lap begins. Returns in which way it is to go.
  Way begin(std::uint64_t lap);
  // The lap that began last took so long. Not called for one that was cut short. `settled`: all
  // that was held back ran as graphs.
  void took(double us, bool settled);

  // Whether the lap that began last is one that was tried, and is issued as it comes for a while.
  bool rests_issuing() const {
    return current_ != nullptr && current_->rest > 0 && current_->way == kIssue &&
           current_->decided;
  }

  const Counts& counts() const { return counts_; }

 private:
  static constexpr std::size_t kLaps = 1024;  // that are known at a time
  static constexpr std::size_t kWays = 3;
  static constexpr std::size_t kIssue = static_cast<std::size_t>(Way::Issue);
  static constexpr std::size_t kSamples = 6;  // of each way, before the times decide in any case

  struct Samples {
    std::array<double, kSamples> us{};  // ascending
    std::size_t count = 0;
    bool left = false;  // worse than another in all samples: it has no turn any more

    void add(double value);
    double least() const { return us[0]; }
    double most() const { return us[count - 1]; }
    double median() const { return us[(count - 1) / 2]; }
  };
  struct Lap {
    std::uint64_t id = 0;
    std::size_t way = 0;     // that it goes now
    bool decided = false;    // at least once
    double gain_us = 0;      // of a lap, by what was decided
    std::uint32_t rest = 0;  // laps until the next trial
    std::uint32_t next_rest = 0;
    std::uint32_t skipped = 0;  // laps that do not count, as the last of another way still run
    std::uint32_t unsettled = 0;
    double sum_us = 0;  // of the sample under way
    std::uint32_t sum_laps = 0;
    std::array<Samples, kWays> samples{};
  };

  void go_on(Lap& lap);
  static bool give_turn(Lap& lap, std::size_t count);
  std::size_t best_way(const Lap& lap, bool is_last) const;
  void decide(Lap& lap, std::size_t way);

  const Limits limits_;
  std::vector<Lap> laps_;  // by hash; one that comes anew takes the place of another
  Lap* current_ = nullptr;
  Counts counts_;
};

}  // namespace sennit
