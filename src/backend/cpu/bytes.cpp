// backend/cpu/bytes.cpp: copies and fills, cut into pieces that workers share.
#include "backend/cpu/bytes.h"

#include <algorithm>
#include <cstring>

namespace sennit::cpu {
namespace {

struct Range {
  std::size_t begin;
  std::size_t end;
};

Range bytes_of_pieces(std::size_t bytes, std::uint64_t begin, std::uint64_t end) {
  const auto at = [bytes](std::uint64_t piece) {
    return piece >= piece_count(bytes) ? bytes : static_cast<std::size_t>(piece) * kPieceBytes;
  };
  return {at(begin), at(end)};
}

// The pattern as a run of whole vector registers: the compiler turns a copy of this constant
// length into vector stores.
struct Tile {
  static constexpr std::size_t kBytes = 64;
  alignas(kBytes) std::byte bytes[kBytes];

  explicit Tile(const FillCommand& command) {
    for (std::size_t at = 0; at < kBytes; at += command.pattern_bytes) {
      std::memcpy(bytes + at, command.pattern.data(), command.pattern_bytes);
    }
  }
};
static_assert(kPieceBytes % Tile::kBytes == 0);

}  // namespace

void copy_pieces(const CopyCommand& command, std::uint64_t begin, std::uint64_t end) {
  const Range range = bytes_of_pieces(command.bytes, begin, end);
  std::memcpy(static_cast<std::byte*>(command.to) + range.begin,
              static_cast<const std::byte*>(command.from) + range.begin, range.end - range.begin);
}

void fill_pieces(const FillCommand& command, std::uint64_t begin, std::uint64_t end) {
  const Range range = bytes_of_pieces(command.bytes, begin, end);
  std::byte* const to = static_cast<std::byte*>(command.to) + range.begin;
  const std::size_t count = range.end - range.begin;
  const auto first = command.pattern.begin();
  if (std::all_of(first, first + command.pattern_bytes,
                  [&](std::byte value) { return value == *first; })) {
    std::memset(to, std::to_integer<int>(*first), count);
    return;
  }
  const Tile tile(command);
  std::size_t done = 0;
  for (; done + Tile::kBytes <= count; done += Tile::kBytes) {
    std::memcpy(to + done, tile.bytes, Tile::kBytes);
  }
  std::memcpy(to + done, tile.bytes, count - done);
}

}  // namespace sennit::cpu
