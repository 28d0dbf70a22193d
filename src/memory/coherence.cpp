#include "memory/coherence.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace sennit {

void Coherence::add(ArrayId array, std::size_t bytes, Location home) {
  if (array >= arrays_.size()) {
    arrays_.resize(std::max<std::size_t>(array + 1, arrays_.size() * 2));
  }
  arrays_[array] = State{bytes, home.bit(), {}};
}

void Coherence::add_undefined(ArrayId array, std::size_t bytes) {
  add(array, bytes, Location::host());
  for (std::size_t i = 0; i < topology_.location_count(); ++i) {
    arrays_[array].whole |= location_at(i).bit();
  }
}

void Coherence::remove(ArrayId array) { arrays_[array] = State{}; }

// ---- The two forms of a state ------------------------------------------------------------------

// Writes the mask out as interval sets, so that parts can differ.
void Coherence::split(State& state) const {
  if (!state.is_whole()) return;
  state.parts.resize(topology_.location_count() + 1);
  for (std::size_t i = 0; i < state.parts.size(); ++i) {
    state.parts[i].clear();
    if (state.whole & location_at(i).bit()) state.parts[i].add({0, state.bytes});
  }
  state.whole = 0;
}

// Goes back to the mask once no location is valid in part.
void Coherence::join(State& state) const {
  std::uint64_t whole = 0;
  for (std::size_t i = 0; i < state.parts.size(); ++i) {
    if (state.parts[i].empty()) continue;
    if (!state.parts[i].covers({0, state.bytes})) return;
    whole |= location_at(i).bit();
  }
  state.whole = whole;
}

// ---- Before an access --------------------------------------------------------------------------

template <typename Piece>
void Coherence::for_each_piece(ArrayId array, ByteRange range, Piece piece) const {
  const State& state = arrays_[array];
  if (state.is_whole()) return piece(state.whole, range);
  for (std::size_t at = range.begin; at < range.end;) {
    std::uint64_t holders = 0;
    std::size_t end = range.end;
    for (std::size_t i = 0; i < state.parts.size(); ++i) {
      const ByteRange valid = state.parts[i].range_at(at);
      if (!valid.empty()) holders |= location_at(i).bit();
      end = std::min(end, valid.empty() ? state.parts[i].gap_at(at).end : valid.end);
    }
    if (holders == 0) {
      fail(format("bytes {} to {} of array {} are valid nowhere", at, end, array));
    }
    piece(holders, ByteRange{at, end});
    at = end;
  }
}

template <typename Piece>
void Coherence::for_each_missing(const Access& access, Location to, Piece piece) const {
  if (!reads(access.mode) || access.range.empty()) return;
  for_each_piece(access.array, access.range, [&](std::uint64_t holders, ByteRange range) {
    if ((holders & to.bit()) == 0) piece(holders, range);
  });
}

void Coherence::holdings(ArrayId array, ByteRange range, std::vector<Holding>& out) const {
  for_each_piece(array, range, [&](std::uint64_t holders, ByteRange part) {
    out.push_back({part.size(), holders & ~Location::zero().bit()});
  });
}

void Coherence::stage(const Access& access, Location to, std::vector<Transfer>& out) const {
  for_each_missing(access, to, [&](std::uint64_t holders, ByteRange range) {
    const Location from = topology_.nearest(holders, to);
    Transfer* const last = out.empty() ? nullptr : &out.back();
    if (last != nullptr && last->array == access.array && last->from == from && last->to == to &&
        last->range.end == range.begin) {
      last->range.end = range.end;
    } else {
      out.push_back({access.array, from, to, range});
    }
  });
}

std::size_t Coherence::missing_bytes(const Access& access, Location to) const {
  std::size_t sum = 0;
  for_each_missing(access, to, [&](std::uint64_t holders, ByteRange range) {
    if ((holders & Location::zero().bit()) == 0) sum += range.size();
  });
  return sum;
}

// ---- What happened -----------------------------------------------------------------------------

void Coherence::commit_transfer(const Transfer& transfer) {
  State& state = arrays_[transfer.array];
  if (state.whole & transfer.to.bit()) return;
  if (state.is_whole() && transfer.range == ByteRange{0, state.bytes}) {
    state.whole |= transfer.to.bit();
    return;
  }
  split(state);
  state.parts[index(transfer.to)].add(transfer.range);
  join(state);
}

void Coherence::commit_access(const Access& access, Location at) {
  if (!writes(access.mode) || access.range.empty()) return;
  State& state = arrays_[access.array];
  if (state.whole == at.bit()) return;  // the only holder writes: nothing changes
  if (access.range == ByteRange{0, state.bytes}) {
    state.whole = at.bit();
    return;
  }
  split(state);
  for (std::size_t i = 0; i < state.parts.size(); ++i) {
    if (i == index(at)) {
      state.parts[i].add(access.range);
    } else {
      state.parts[i].remove(access.range);
    }
  }
  join(state);
}

void Coherence::drop(ArrayId array, Location location) {
  State& state = arrays_[array];
  if (state.is_whole()) {
    if (state.whole == location.bit()) fail(format("dropping the only replica of array {}", array));
    state.whole &= ~location.bit();
    return;
  }
  IntervalSet only = state.parts[index(location)];
  for (std::size_t i = 0; i < state.parts.size(); ++i) {
    if (i == index(location)) continue;
    for (const ByteRange& elsewhere : state.parts[i].ranges()) only.remove(elsewhere);
  }
  if (!only.empty()) {
    fail(format("dropping the only replica of bytes {} to {} of array {}", only.ranges()[0].begin,
                only.ranges()[0].end, array));
  }
  state.parts[index(location)].clear();
  join(state);
}

// ---- Questions ---------------------------------------------------------------------------------

bool Coherence::valid(ArrayId array, ByteRange range, Location location) const {
  if (range.empty()) return true;
  const State& state = arrays_[array];
  if (state.is_whole()) return (state.whole & location.bit()) != 0;
  return state.parts[index(location)].covers(range);
}

void Coherence::valid_parts(ArrayId array, ByteRange range, Location location,
                            std::vector<ByteRange>& out) const {
  const State& state = arrays_[array];
  if (!state.is_whole()) {
    state.parts[index(location)].parts(range, out);
  } else if ((state.whole & location.bit()) != 0 && !range.empty()) {
    out.push_back(range);
  }
}

bool Coherence::exclusive(ArrayId array, ByteRange range, Location location) const {
  if (range.empty()) return true;
  const State& state = arrays_[array];
  if (state.is_whole()) return state.whole == location.bit();
  for (std::size_t i = 0; i < state.parts.size(); ++i) {
    if (i != index(location) && state.parts[i].overlaps(range)) return false;
  }
  return state.parts[index(location)].covers(range);
}

ByteRange Coherence::valid_around(ArrayId array, std::size_t offset, Location location) const {
  const State& state = arrays_[array];
  if (!state.is_whole()) return state.parts[index(location)].range_at(offset);
  return state.whole & location.bit() ? ByteRange{0, state.bytes} : ByteRange{offset, offset};
}

ByteRange Coherence::exclusive_around(ArrayId array, std::size_t offset, Location location) const {
  const State& state = arrays_[array];
  if (state.is_whole()) {
    return state.whole == location.bit() ? ByteRange{0, state.bytes} : ByteRange{offset, offset};
  }
  ByteRange range = state.parts[index(location)].range_at(offset);
  for (std::size_t i = 0; i < state.parts.size(); ++i) {
    if (i != index(location)) range = range.intersect(state.parts[i].gap_at(offset));
  }
  return range.empty() ? ByteRange{offset, offset} : range;
}

std::uint64_t Coherence::holders(ArrayId array) const {
  const State& state = arrays_[array];
  if (state.is_whole()) return state.whole;
  std::uint64_t mask = 0;
  for (std::size_t i = 0; i < state.parts.size(); ++i) {
    if (!state.parts[i].empty()) mask |= location_at(i).bit();
  }
  return mask;
}

}  // namespace sennit
