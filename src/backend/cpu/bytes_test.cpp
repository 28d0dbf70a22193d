// backend/cpu/bytes_test.cpp: every byte of the range, no byte beside it.
#include "backend/cpu/bytes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace sennit::cpu {
namespace {

constexpr std::size_t kMargin = 64;

// Sizes around those of a tile and of a piece.
std::vector<std::size_t> sizes() {
  std::vector<std::size_t> sizes;
  for (const std::size_t middle : {std::size_t{0}, std::size_t{64}, kPieceBytes, 3 * kPieceBytes}) {
    for (std::size_t bytes = middle < 16 ? 0 : middle - 16; bytes <= middle + 16; ++bytes) {
      sizes.push_back(bytes);
    }
  }
  return sizes;
}

// Runs the pieces in an order that a pool may choose.
template <typename Pieces>
void run_backwards(std::size_t bytes, Pieces pieces) {
  for (std::uint64_t piece = piece_count(bytes); piece-- > 0;) pieces(piece, piece + 1);
}

TEST(Bytes, CopiesOddSizesAtOddAddresses) {
  for (const std::size_t bytes : sizes()) {
    std::vector<unsigned char> from(bytes + kMargin), to(bytes + kMargin, 0xee);
    for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<unsigned char>(i * 7 + 1);
    CopyCommand copy;
    copy.to = to.data() + 5;
    copy.from = from.data() + 3;
    copy.bytes = bytes;
    run_backwards(bytes, [&](auto begin, auto end) { copy_pieces(copy, begin, end); });
    ASSERT_EQ(std::memcmp(to.data() + 5, from.data() + 3, bytes), 0) << bytes;
    EXPECT_TRUE(std::all_of(to.begin(), to.begin() + 5, [](auto b) { return b == 0xee; }));
    EXPECT_TRUE(std::all_of(to.begin() + 5 + static_cast<std::ptrdiff_t>(bytes), to.end(),
                            [](auto b) { return b == 0xee; }))
        << bytes;
  }
}

TEST(Bytes, FillsEveryPatternLength) {
  for (const std::uint32_t pattern_bytes : {1u, 2u, 4u, 8u, 16u}) {
    for (const bool uniform : {false, true}) {
      for (const std::size_t size : sizes()) {
        const std::size_t bytes = size / pattern_bytes * pattern_bytes;
        std::vector<std::byte> to(bytes + kMargin, std::byte{0xee});
        FillCommand fill;
        fill.to = to.data() + 3;
        fill.bytes = bytes;
        fill.pattern_bytes = pattern_bytes;
        for (std::size_t i = 0; i < pattern_bytes; ++i) {
          fill.pattern[i] = static_cast<std::byte>(uniform ? 0x5a : i + 1);
        }
        run_backwards(bytes, [&](auto begin, auto end) { fill_pieces(fill, begin, end); });
        // The range repeats itself after each pattern.
        const std::size_t repeated = bytes == 0 ? 0 : bytes - pattern_bytes;
        ASSERT_EQ(std::memcmp(to.data() + 3, fill.pattern.data(), bytes - repeated), 0) << bytes;
        ASSERT_EQ(std::memcmp(to.data() + 3, to.data() + 3 + pattern_bytes, repeated), 0) << bytes;
        EXPECT_EQ(to[2], std::byte{0xee});
        EXPECT_EQ(to[bytes + 3], std::byte{0xee}) << bytes;
      }
    }
  }
}

}  // namespace
}  // namespace sennit::cpu
