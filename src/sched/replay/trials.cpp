#include "sched/replay/trials.h"

#include <algorithm>

namespace sennit {

Trials::Way Trials::begin(std::uint64_t lap) {
  current_ = &laps_[lap % kLaps];
  if (current_->id != lap) {
    *current_ = Lap{};
    current_->id = lap;
    current_->rest = limits_.untried;
    current_->next_rest = limits_.first_rest;
  }
  return static_cast<Way>(current_->way);
}

void Trials::took(double us, bool settled) {
  if (current_ == nullptr) return;
  Lap& lap = *current_;
  if (lap.rest > 0) {
    --lap.rest;
    counts_.saved_us += lap.gain_us;
    return;
  }
  if (!settled && lap.unsettled < limits_.unsettled) {
    ++lap.unsettled;
    lap.skipped = 1;
    return;
  }
  if (lap.skipped > 0) {
    --lap.skipped;
    return;
  }
  lap.sum_us += us;
  ++lap.sum_laps;
  if (lap.sum_us < limits_.sample_us && lap.sum_laps < limits_.sample_laps) return;
  Samples& samples = lap.samples[lap.way];
  samples.add(lap.sum_us / lap.sum_laps);
  lap.sum_us = 0;
  lap.sum_laps = 0;
  if (samples.count % limits_.samples_at_once == 0) go_on(lap);
}

void Trials::Samples::add(double value) {
  us[count++] = value;
  std::sort(us.begin(), us.begin() + static_cast<std::ptrdiff_t>(count));
}

// Gives another way its turn, or decides once all have had the same.
void Trials::go_on(Lap& lap) {
  const std::size_t count = lap.samples[lap.way].count;
  if (give_turn(lap, count)) return;
  const bool is_last = count + limits_.samples_at_once > kSamples;
  const std::size_t best = best_way(lap, is_last);
  std::size_t others = 0;
  for (std::size_t way = 0; way < kWays; ++way) {
    Samples& samples = lap.samples[way];
    if (way == best || samples.left) continue;
    const double gain = way == kIssue ? limits_.gain : 1;
    samples.left = lap.samples[best].most() <= gain * samples.least();
    others += samples.left ? 0 : 1;
  }
  if (others == 0 || is_last) return decide(lap, best);
  give_turn(lap, count + 1);
}

// The next way that is not left and has fewer than `count` samples. Returns false if there is none.
bool Trials::give_turn(Lap& lap, std::size_t count) {
  for (std::size_t i = 1; i <= kWays; ++i) {
    const std::size_t way = (lap.way + i) % kWays;
    if (lap.samples[way].left || lap.samples[way].count >= count) continue;
    lap.way = way;
    lap.skipped = 1;
    lap.unsettled = 0;
    return true;
  }
  return false;
}

// By the medians. Where they are the last word, holding back must gain: issuing is what it would be
// without all this.
std::size_t Trials::best_way(const Lap& lap, bool is_last) const {
  std::size_t best = kWays;
  for (std::size_t way = 0; way < kWays; ++way) {
    if (lap.samples[way].left) continue;
    if (best == kWays || lap.samples[way].median() < lap.samples[best].median()) best = way;
  }
  const Samples& issued = lap.samples[kIssue];
  const bool gains = lap.samples[best].median() <= limits_.gain * issued.median();
  return is_last && !issued.left && !gains ? kIssue : best;
}

void Trials::decide(Lap& lap, std::size_t way) {
  lap.way = way;
  lap.decided = true;
  lap.gain_us = lap.samples[kIssue].median() - lap.samples[way].median();
  lap.samples = {};
  lap.unsettled = 0;
  lap.skipped = 0;
  lap.rest = lap.next_rest;
  lap.next_rest = std::min(2 * lap.next_rest, limits_.longest_rest);
  ++counts_.decisions;
  counts_.held += way != kIssue ? 1 : 0;
}

}  // namespace sennit
