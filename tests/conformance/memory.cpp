// conformance/memory.cpp: allocations, copies and fills.
#include <algorithm>
#include <limits>

#include "conformance/conformance.h"

namespace sennit::conformance {
namespace {

class Memory : public Conformance {
 protected:
  static constexpr std::size_t kLarge = (5 << 20) + 13;
  static std::vector<unsigned char> pattern(std::size_t bytes) {
    std::vector<unsigned char> values(bytes);
    for (std::size_t i = 0; i < bytes; ++i)
      values[i] = static_cast<unsigned char>(i * 31 + i / 251);
    return values;
  }
};
SENNIT_CONFORMANCE_SUITE(Memory);

TEST_P(Memory, AllocationsAreAlignedAndDistinct) {
  std::vector<std::unique_ptr<Allocation>> allocations;
  std::vector<std::uintptr_t> ends;
  for (const std::size_t bytes : {1u, 255u, 256u, 257u, 4096u, 100003u, 5000000u}) {
    allocations.push_back(device().allocate(bytes));
    EXPECT_EQ(allocations.back()->bytes(), bytes);
    const auto begin = reinterpret_cast<std::uintptr_t>(allocations.back()->address());
    EXPECT_EQ(begin % 256, 0u);
    for (std::size_t i = 0; i + 1 < allocations.size(); ++i) {
      const auto other = reinterpret_cast<std::uintptr_t>(allocations[i]->address());
      EXPECT_TRUE(begin + bytes <= other || other + allocations[i]->bytes() <= begin);
    }
  }
}

TEST_P(Memory, HostAllocationsAreReadByTheHost) {
  const auto allocation = device().allocate_host(10000);
  std::memset(allocation->address(), 0x5a, 10000);
  EXPECT_EQ(static_cast<unsigned char*>(allocation->address())[9999], 0x5a);
}

TEST_P(Memory, MoreThanThereIsRaisesOutOfMemory) {
  EXPECT_EQ(code_of([&] { device().allocate(std::numeric_limits<std::size_t>::max() / 2); }),
            ErrorCode::OutOfMemory);
}

TEST_P(Memory, CopiesOfAllSizesArriveWhole) {
  for (const std::size_t bytes : {std::size_t{1}, std::size_t{3}, std::size_t{64},
                                  std::size_t{1001}, std::size_t{65536}, kLarge}) {
    const std::vector<unsigned char> values = pattern(bytes);
    const Buffer<unsigned char> first(*this, values);
    const Buffer<unsigned char> second(*this, bytes, 0xee);
    copy_and_wait(second.data(), first.data(), bytes, 0, 0);
    EXPECT_EQ(second.read(), values) << bytes;
  }
}

TEST_P(Memory, CopiesMoveJustTheirRange) {
  constexpr std::size_t kBytes = 1000;
  const Buffer<unsigned char> to(*this, kBytes, 0xee);
  const std::vector<unsigned char> values = pattern(kBytes);
  copy_and_wait(to.data() + 7, values.data() + 3, 501, 0, CopyCommand::kHost);
  const std::vector<unsigned char> result = to.read();
  for (std::size_t i = 0; i < kBytes; ++i) {
    const bool inside = i >= 7 && i < 508;
    ASSERT_EQ(result[i], inside ? values[i - 4] : 0xee) << i;
  }
}

TEST_P(Memory, FillsRepeatPatternsOfEveryLength) {
  for (const std::uint32_t pattern_bytes : {1u, 2u, 4u, 8u, 16u}) {
    for (const std::size_t repeats :
         {std::size_t{1}, std::size_t{3}, std::size_t{1000}, kLarge / pattern_bytes}) {
      FillCommand fill;
      fill.pattern_bytes = pattern_bytes;
      for (std::size_t i = 0; i < pattern_bytes; ++i) fill.pattern[i] = std::byte(i * 13 + 1);
      fill.bytes = repeats * pattern_bytes;
      // Aligned as the pattern's element, not more.
      const std::size_t offset = pattern_bytes;
      const Buffer<std::byte> to(*this, fill.bytes + 64, std::byte{0xee});
      fill.to = to.data() + offset;
      const auto s = stream();
      s->enqueue(fill, 0);
      finish(*s);
      const std::vector<std::byte> result = to.read();
      EXPECT_EQ(std::memcmp(result.data() + offset, fill.pattern.data(), pattern_bytes), 0);
      EXPECT_EQ(std::memcmp(result.data() + offset, result.data() + offset + pattern_bytes,
                            fill.bytes - pattern_bytes),
                0)
          << repeats << " times " << pattern_bytes;
      EXPECT_EQ(result[offset - 1], std::byte{0xee});
      EXPECT_EQ(result[offset + fill.bytes], std::byte{0xee});
    }
  }
}

TEST_P(Memory, CopiesOfSeveralStreamsDoNotMixUp) {
  constexpr std::size_t kCount = 300000;
  std::vector<Buffer<int>> from, to;
  std::vector<std::unique_ptr<Stream>> streams;
  for (int i = 0; i < 4; ++i) {
    from.emplace_back(*this, kCount, i + 1);
    to.emplace_back(*this, kCount, 0);
    streams.push_back(stream());
  }
  for (std::size_t i = 0; i < streams.size(); ++i) {
    streams[i]->enqueue(CopyCommand{to[i].data(), from[i].data(), kCount * sizeof(int), 0, 0}, 0);
  }
  for (std::size_t i = 0; i < streams.size(); ++i) {
    finish(*streams[i]);
    EXPECT_EQ(to[i].read(), std::vector<int>(kCount, static_cast<int>(i) + 1));
  }
}

}  // namespace
}  // namespace sennit::conformance
