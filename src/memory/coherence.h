// memory/coherence.h: which bytes of an array are valid where, and what must move.
//
// Pure bookkeeping, no device call. `stage` says which transfers make an access legal at a
// location; the scheduler issues them and records each with `commit_transfer`, then the access
// with `commit_access`.
//
// Invariant: every byte of a known array is valid somewhere; *zero* counts.
// Most arrays are valid whole or not at all in each location: those are one bit mask. Only while
// an array is valid in part somewhere are its interval sets looked at.
//
// Thread safety: none; the scheduler's mutex guards it.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/access.h"
#include "memory/interval_set.h"
#include "memory/location.h"
#include "memory/topology.h"

namespace sennit {

// Bytes that must get from one location to another before an access. From *zero*: a fill.
struct Transfer {
  ArrayId array = 0;
  Location from;
  Location to;
  ByteRange range;
  bool operator==(const Transfer&) const = default;
};

// Bytes of an array and the locations that have them.
struct Holding {
  std::size_t bytes = 0;
  std::uint64_t locations = 0;  // mask of Location::bit; *zero* is left out

  bool is_at(Location location) const { return (locations & location.bit()) != 0; }
  template <typename Visit>
  void for_each(Visit visit) const {
    for (std::uint64_t rest = locations; rest != 0; rest &= rest - 1) {
      visit(Location{static_cast<std::uint8_t>(std::countr_zero(rest))});
    }
  }
};

class Coherence {
 public:
  explicit Coherence(Topology topology) : topology_(std::move(topology)) {}

  // Makes `array` known, valid at `home` only: *zero* for new arrays.
  void add(ArrayId array, std::size_t bytes, Location home);
  // Contents that nobody has defined are as valid in one location as in another.
  void add_undefined(ArrayId array, std::size_t bytes);
  void remove(ArrayId array);

  // Appends the transfers that make `access` legal at `to`, each from the nearest source.
  void stage(const Access& access, Location to, std::vector<Transfer>& out) const;
  // The sum of the bytes of `stage`, fills not counted.
  std::size_t missing_bytes(const Access& access, Location to) const;

  // The bytes have arrived (or will have, before anything that is ordered behind it).
  void commit_transfer(const Transfer& transfer);
  // `access` happens at `at`, after the transfers that `stage` asked for: what is written is
  // valid there alone.
  void commit_access(const Access& access, Location at);

  // Forgets what is valid at `location`: its memory is given back.
  // REQUIRES: the bytes are valid elsewhere too (fails otherwise).
  void drop(ArrayId array, Location location);

  bool valid(ArrayId array, ByteRange range, Location location) const;
  // The parts of `range` that are valid at `location`. Appends.
  void valid_parts(ArrayId array, ByteRange range, Location location,
                   std::vector<ByteRange>& out) const;
  // No other location has any of the bytes.
  bool exclusive(ArrayId array, ByteRange range, Location location) const;
  // The valid bytes around `offset` at `location`; empty if `offset` is stale there.
  ByteRange valid_around(ArrayId array, std::size_t offset, Location location) const;
  // The bytes around `offset` that are valid nowhere but at `location`; may be empty.
  ByteRange exclusive_around(ArrayId array, std::size_t offset, Location location) const;
  // Appends who holds the bytes of `range`, cut where that changes.
  void holdings(ArrayId array, ByteRange range, std::vector<Holding>& out) const;
  const Topology& topology() const { return topology_; }
  // Locations that have any valid byte, as a mask of Location::bit.
  std::uint64_t holders(ArrayId array) const;
  // Some location has some of the bytes, but not all: questions cost more than a look at a mask.
  bool in_parts(ArrayId array) const { return !arrays_[array].is_whole(); }
  std::size_t bytes(ArrayId array) const { return arrays_[array].bytes; }

 private:
  struct State {
    std::size_t bytes = 0;
    std::uint64_t whole = 0;         // locations where every byte is valid; 0: see `parts`
    std::vector<IntervalSet> parts;  // what is valid, by index(location); kept for its memory

    bool is_whole() const { return whole != 0; }
  };

  std::size_t index(Location location) const {
    return location.is_zero() ? topology_.location_count() : location.index;
  }
  Location location_at(std::size_t index) const {
    return index == topology_.location_count() ? Location::zero()
                                               : Location{static_cast<std::uint8_t>(index)};
  }
  // Calls `piece(holders, range)` for each part of `range`, cut where the set of the locations that
  // hold it changes.
  template <typename Piece>
  void for_each_piece(ArrayId array, ByteRange range, Piece piece) const;
  // The same for what `access` reads that is stale at `to`.
  template <typename Piece>
  void for_each_missing(const Access& access, Location to, Piece piece) const;
  void split(State& state) const;
  void join(State& state) const;

  const Topology topology_;
  std::vector<State> arrays_;  // by ArrayId
};

}  // namespace sennit
