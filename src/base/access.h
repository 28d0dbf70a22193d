// base/access.h: what an operation does to an array.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sennit {

// A dense index: arrays that are released give theirs back, so that tables indexed by it stay
// as small as the number of live arrays.
using ArrayId = std::uint32_t;

// Bytes [begin, end) of an array.
struct ByteRange {
  std::size_t begin = 0;
  std::size_t end = 0;

  constexpr std::size_t size() const { return end - begin; }
  constexpr bool empty() const { return begin >= end; }
  constexpr bool overlaps(const ByteRange& other) const {
    return begin < other.end && other.begin < end;
  }
  constexpr bool contains(const ByteRange& other) const {
    return begin <= other.begin && other.end <= end;
  }
  constexpr ByteRange intersect(const ByteRange& other) const {
    const ByteRange both{begin > other.begin ? begin : other.begin,
                         end < other.end ? end : other.end};
    return both.empty() ? ByteRange{begin, begin} : both;
  }
  constexpr bool operator==(const ByteRange&) const = default;
};

enum class AccessMode : std::uint8_t {
  None = 0,       // the address is wanted, and nothing at it
  Read = 1,       // may overlap with other reads
  Overwrite = 2,  // every byte of the range is written; the old ones are not needed
  ReadWrite = 3,  // in place, or written in part
};

constexpr bool reads(AccessMode mode) { return (static_cast<int>(mode) & 1) != 0; }
constexpr bool writes(AccessMode mode) { return (static_cast<int>(mode) & 2) != 0; }
// The mode of two accesses of one operation to the same bytes.
constexpr AccessMode merged(AccessMode a, AccessMode b) {
  return static_cast<AccessMode>(static_cast<int>(a) | static_cast<int>(b));
}

struct Access {
  ArrayId array = 0;
  AccessMode mode = AccessMode::ReadWrite;
  ByteRange range;
};

// A byte of an array. Its address is known once an operation is placed.
struct ArrayPlace {
  ArrayId array = 0;
  std::size_t offset_bytes = 0;
};

// At byte `parameter_offset` of a launch's packed parameters stands the address of `place`.
struct PointerPatch {
  std::uint32_t parameter_offset = 0;
  ArrayPlace place;
};

}  // namespace sennit
