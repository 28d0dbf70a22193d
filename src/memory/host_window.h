// memory/host_window.h: which bytes the host may touch without asking the scheduler.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/access.h"

namespace sennit {

// One byte range in one atomic word, in granules of 64 bytes, so that a plain load or store by
// the host costs one atomic load to check. The scheduler opens and closes it under its lock;
// a store enters it, so that closing waits for stores that are under way.
class HostWindow {
 public:
  static constexpr std::size_t kGranule = 64;

  // REQUIRES: `range.begin` is a multiple of kGranule, as is `range.end` unless it is the end of
  // the storage.
  void open(ByteRange range) {
    word_.store(
        (std::uint64_t{range.begin / kGranule} << 32) | ((range.end + kGranule - 1) / kGranule),
        std::memory_order_release);
  }
  // Waits for a store that is inside (a few instructions); after this none is.
  void close() {
    std::uint64_t word = word_.load(std::memory_order_relaxed);
    while (word != 0) {
      if (word == kEntered) {
        word = word_.load(std::memory_order_relaxed);
      } else if (word_.compare_exchange_weak(word, 0, std::memory_order_acq_rel)) {
        return;
      }
    }
  }
  bool is_open() const { return word_.load(std::memory_order_relaxed) != 0; }

  // Whether the bytes [begin, end) may be loaded now.
  bool contains(std::size_t begin, std::size_t end) const {
    return contains(word_.load(std::memory_order_acquire), begin, end);
  }
  // Enters for a store to [begin, end); false if it must take the scheduler's way. `leave` soon.
  bool enter(std::size_t begin, std::size_t end, std::uint64_t& token) {
    token = word_.load(std::memory_order_relaxed);
    return contains(token, begin, end) &&
           word_.compare_exchange_strong(token, kEntered, std::memory_order_acq_rel);
  }
  void leave(std::uint64_t token) { word_.store(token, std::memory_order_release); }

  // The largest range of whole granules inside `range` (the last may end with `storage_bytes`).
  static ByteRange inside(ByteRange range, std::size_t storage_bytes) {
    const std::size_t begin = (range.begin + kGranule - 1) / kGranule * kGranule;
    const std::size_t end =
        range.end == storage_bytes ? storage_bytes : range.end / kGranule * kGranule;
    return begin < end ? ByteRange{begin, end} : ByteRange{};
  }

 private:
  static constexpr std::uint64_t kEntered = ~std::uint64_t{0};

  static bool contains(std::uint64_t word, std::size_t begin, std::size_t end) {
    return word != kEntered && begin / kGranule >= (word >> 32) &&
           (end + kGranule - 1) / kGranule <= (word & 0xffffffffu);
  }

  std::atomic<std::uint64_t> word_{0};
};

}  // namespace sennit
