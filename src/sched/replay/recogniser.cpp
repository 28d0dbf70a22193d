#include "sched/replay/recogniser.h"

#include <algorithm>
#include <bit>

namespace sennit {
namespace {

constexpr std::uint64_t kCut = 0x9ae16a3b2f90404full;
constexpr std::uint64_t kInserted = 1;                // of a segment's hash: it is in the tree
constexpr std::size_t kTable = std::size_t{1} << 13;  // entries of the two tables of hashes

std::uint64_t mix(std::uint64_t value) {  // the finaliser of MurmurHash3
  value = (value ^ (value >> 33)) * 0xff51afd7ed558ccdull;
  value = (value ^ (value >> 33)) * 0xc4ceb9fe1a85ec53ull;
  return value ^ (value >> 33);
}

std::uint64_t joined(std::uint64_t hash, std::uint64_t value) {
  return std::rotl(hash, 23) * 0x9fb21c651e98df25ull + value;
}

}  // namespace

Recogniser::Recogniser(Limits limits)
    : limits_(limits),
      history_(std::bit_ceil(2 * limits.longest + kGram + 2)),
      mask_(history_.size() - 1),
      grams_(kTable),
      segments_(kTable),
      edges_(1024),
      has_children_(1) {
  scratch_.reserve(limits_.longest);
}

void Recogniser::add(std::uint64_t fingerprint) {
  begin_lap_if_due(fingerprint);
  follow(fingerprint);
}

Recogniser::Advice Recogniser::advice() {
  const std::uint64_t fingerprint = at(next_ - 1);
  const bool was_inside = place_ != kRoot;
  std::uint32_t child = child_of(place_, fingerprint);
  const bool goes_on = was_inside && child != kNone;
  if (was_inside && !goes_on) child = child_of(kRoot, fingerprint);
  if (child == kNone) {
    place_ = kRoot;
    return Advice::Issue;
  }
  const bool ends = has_children_[child] == 0;
  place_ = ends ? kRoot : child;
  if (goes_on || !was_inside) return ends ? Advice::Complete : Advice::Hold;
  return ends ? Advice::RestartComplete : Advice::Restart;
}

void Recogniser::cut() {
  place_ = kRoot;
  if (next_ == segment_begin_) return;
  if (!lap_is_of_loop_) {
    lap_is_whole_ &= !lap_was_cut_;
    lap_was_cut_ = true;
  }
  end_segment();
  follow(kCut);
  segment_begin_ = next_;
}

void Recogniser::pause(std::uint64_t operations) {
  cut();
  period_ = run_ = 0;
  lap_is_whole_ = false;
  pause_ = operations;
}

// ---- Laps --------------------------------------------------------------------------------------

// In a loop that is known, where it turns; else behind a cut.
void Recogniser::begin_lap_if_due(std::uint64_t fingerprint) {
  const bool in_loop = period_ != 0 && run_ >= period_;
  const bool behind_cut = next_ == segment_begin_;
  began_lap_ = in_loop ? next_ == next_turn_ : behind_cut;
  if (!began_lap_) return;
  ended_lap_ = lap_is_whole_ && (lap_is_of_loop_ || behind_cut);
  lap_ = in_loop ? loop_ : mix(fingerprint ^ kCut);
  lap_is_of_loop_ = in_loop;
  lap_is_whole_ = true;
  lap_was_cut_ = false;
  place_ = kRoot;
  if (in_loop) next_turn_ += turn_length_;
}

// ---- What repeats ------------------------------------------------------------------------------

// Appends an entry to the history and sees whether it repeats an earlier one.
void Recogniser::follow(std::uint64_t fingerprint) {
  at(next_) = fingerprint;
  if (period_ != 0 && at(next_ - period_) == fingerprint) {
    ++run_;
  } else {
    period_ = run_ = 0;
    if (lap_is_of_loop_) lap_is_whole_ = false;
  }
  ++next_;
  find_period();
  if (period_ != 0 && run_ == period_) learn_period();
}

// Where the newest kGram entries stood last tells how long a period may be.
void Recogniser::find_period() {
  if (next_ < kGram) return;
  std::uint64_t hash = 0;
  for (std::size_t i = kGram; i > 0; --i) hash = joined(hash, at(next_ - i));
  hash = mix(hash);
  Seen& seen = grams_[hash & (kTable - 1)];
  const auto tag = static_cast<std::uint32_t>(hash >> 32) | 1u;
  const auto position = static_cast<std::uint32_t>(next_);
  const std::uint64_t distance = position - seen.position;
  const bool repeats = seen.tag == tag;
  seen = {tag, position};
  if (period_ != 0 || !repeats || distance == 0 || distance > limits_.longest) return;
  // What stands before them may be the same, too: the period began there.
  constexpr std::uint64_t kBack = 16;
  std::uint64_t run = 0;
  while (run < std::min(distance, kBack) && run + distance < next_ &&
         at(next_ - 1 - run) == at(next_ - 1 - run - distance)) {
    ++run;
  }
  if (run == 0) return;
  period_ = distance;
  run_ = run;
}

// The newest `period_` entries are a body. Cuts divide it, wherever its first entry lies between
// them, and the loop turns behind the first; else it is unrolled.
void Recogniser::learn_period() {
  const std::uint64_t first = next_ - period_;
  std::uint64_t first_cut = next_;
  loop_ = 0;
  for (std::uint64_t k = next_; k-- > first;) {
    loop_ += mix(at(k));
    if (at(k) == kCut) first_cut = k;
  }
  scratch_.clear();
  if (first_cut == next_) {
    const std::size_t times = std::max<std::size_t>(1, limits_.unrolled / period_);
    next_turn_ = next_;
    turn_length_ = times * period_;
    for (std::size_t i = 0; i < times; ++i) {
      for (std::uint64_t k = first; k < next_; ++k) scratch_.push_back(at(k));
    }
    return insert(scratch_);
  }
  next_turn_ = first_cut + 1 == next_ ? next_ : first_cut + 1 + period_;
  turn_length_ = period_;
  for (std::uint64_t i = 1; i <= period_; ++i) {
    std::uint64_t k = first_cut + i;
    if (k >= next_) k -= period_;
    if (at(k) != kCut) {
      scratch_.push_back(at(k));
    } else {
      insert(scratch_);
      scratch_.clear();
    }
  }
}

void Recogniser::end_segment() {
  const std::uint64_t length = next_ - segment_begin_;
  if (length > limits_.longest) return;
  std::uint64_t hash = length;
  for (std::uint64_t k = segment_begin_; k < next_; ++k) hash = joined(hash, at(k));
  hash = mix(hash) & ~kInserted;
  std::uint64_t& known = segments_[hash >> 1 & (kTable - 1)];
  if (known == (hash | kInserted)) return;
  if (known == hash) {
    scratch_.clear();
    for (std::uint64_t k = segment_begin_; k < next_; ++k) scratch_.push_back(at(k));
    known |= kInserted;
    return insert(scratch_);
  }
  known = hash;
}

// ---- The tree ----------------------------------------------------------------------------------

void Recogniser::insert(std::span<const std::uint64_t> sequence) {
  if (sequence.empty() || sequence.size() > limits_.longest) return;
  std::uint32_t node = kRoot;
  bool grew = false;
  for (const std::uint64_t fingerprint : sequence) {
    std::uint32_t child = child_of(node, fingerprint);
    if (child == kNone) {
      if (has_children_.size() >= limits_.nodes) return forget_all();
      child = static_cast<std::uint32_t>(has_children_.size());
      has_children_.push_back(0);
      has_children_[node] = 1;
      add_edge(node, fingerprint, child);
      grew = true;
    }
    node = child;
  }
  known_ += grew ? 1 : 0;
}

namespace {

std::uint64_t key_of(std::uint32_t node, std::uint64_t fingerprint) {
  return mix(joined(fingerprint, node)) | 1;
}

}  // namespace

std::uint32_t Recogniser::child_of(std::uint32_t node, std::uint64_t fingerprint) const {
  const std::uint64_t key = key_of(node, fingerprint);
  const std::size_t mask = edges_.size() - 1;
  for (std::size_t i = key >> 1 & mask;; i = (i + 1) & mask) {
    if (edges_[i].key == key) return edges_[i].child;
    if (edges_[i].key == 0) return kNone;
  }
}

void Recogniser::add_edge(std::uint32_t node, std::uint64_t fingerprint, std::uint32_t child) {
  const auto place = [this](Edge edge) {
    const std::size_t mask = edges_.size() - 1;
    std::size_t i = edge.key >> 1 & mask;
    while (edges_[i].key != 0) i = (i + 1) & mask;
    edges_[i] = edge;
  };
  if (2 * has_children_.size() > edges_.size()) {
    std::vector<Edge> old(2 * edges_.size());
    old.swap(edges_);
    for (const Edge& edge : old) {
      if (edge.key != 0) place(edge);
    }
  }
  place({key_of(node, fingerprint), child});
}

void Recogniser::forget_all() {
  std::fill(edges_.begin(), edges_.end(), Edge{});
  std::fill(segments_.begin(), segments_.end(), 0);
  has_children_.assign(1, 0);
  place_ = kRoot;
}

}  // namespace sennit
