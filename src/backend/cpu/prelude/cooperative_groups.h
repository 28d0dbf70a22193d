// cooperative_groups.h: groups of threads as objects.
#pragma once

#include "sennit/prelude.h"

namespace cooperative_groups {

namespace details {

// Any trivially copyable value, by shuffles of 4 bytes: whatever its size.
template <typename T, typename Shuffle>
_SNT_INLINE T shuffle_words(T value, Shuffle shuffle) {
  constexpr int words = (sizeof(T) + 3) / 4;
  unsigned buffer[words] = {};
  __builtin_memcpy(buffer, &value, sizeof(T));
#pragma clang loop unroll(full)
  for (int i = 0; i < words; ++i) buffer[i] = shuffle(buffer[i]);
  __builtin_memcpy(&value, buffer, sizeof(T));
  return value;
}

_SNT_INLINE unsigned block_threads() { return __snt_ntid(0) * __snt_ntid(1) * __snt_ntid(2); }

_SNT_INLINE unsigned long long block_rank() {
  return (static_cast<unsigned long long>(__snt_ctaid(2)) * __snt_nctaid(1) + __snt_ctaid(1)) *
             __snt_nctaid(0) +
         __snt_ctaid(0);
}

}  // namespace details

// ---- The block and the grid --------------------------------------------------------------------

class thread_block {
 public:
  struct arrival_token {};
  _SNT_INLINE static void sync() { __snt_bar(); }
  _SNT_INLINE static arrival_token barrier_arrive() { return {}; }
  _SNT_INLINE static void barrier_wait(arrival_token) { __snt_bar(); }
  _SNT_INLINE static unsigned thread_rank() { return __snt_lin(); }
  _SNT_INLINE static unsigned size() { return details::block_threads(); }
  _SNT_INLINE static unsigned num_threads() { return details::block_threads(); }
  _SNT_INLINE static dim3 group_index() { return blockIdx; }
  _SNT_INLINE static dim3 thread_index() { return threadIdx; }
  _SNT_INLINE static dim3 group_dim() { return blockDim; }
  _SNT_INLINE static dim3 dim_threads() { return blockDim; }
};
_SNT_INLINE thread_block this_thread_block() { return {}; }

// sync() needs a cooperative launch.
class grid_group {
 public:
  _SNT_INLINE static bool is_valid() { return true; }
  _SNT_INLINE static void sync() { __snt_gridbar(); }
  _SNT_INLINE static unsigned long long thread_rank() {
    return details::block_rank() * details::block_threads() + __snt_lin();
  }
  _SNT_INLINE static unsigned long long num_blocks() {
    return static_cast<unsigned long long>(__snt_nctaid(0)) * __snt_nctaid(1) * __snt_nctaid(2);
  }
  _SNT_INLINE static unsigned long long size() { return num_blocks() * details::block_threads(); }
  _SNT_INLINE static unsigned long long num_threads() { return size(); }
  _SNT_INLINE static unsigned long long block_rank() { return details::block_rank(); }
  _SNT_INLINE static dim3 block_index() { return blockIdx; }
  _SNT_INLINE static dim3 group_dim() { return gridDim; }
  _SNT_INLINE static dim3 dim_blocks() { return gridDim; }
};
_SNT_INLINE grid_group this_grid() { return {}; }

// ---- Parts of a warp ---------------------------------------------------------------------------

namespace details {

// What the groups within one warp have in common. A group says by `mask()` which lanes it has,
// and by `lane_of(rank)` where in the warp a rank is.
template <typename Group>
class warp_part {
 public:
  _SNT_INLINE void sync() const { __snt_warpbar(mask()); }
  _SNT_INLINE unsigned num_threads() const { return self().size(); }

  template <typename T>
  _SNT_INLINE T shfl(T value, int rank) const {
    const Group group = self();
    return shuffle_words(
        value, [=](unsigned word) { return __shfl_sync(group.mask(), word, group.lane_of(rank)); });
  }
  template <typename T>
  _SNT_INLINE T shfl_up(T value, int delta) const {
    const int rank = static_cast<int>(self().thread_rank());
    return shfl(value, rank >= delta ? rank - delta : rank);
  }
  template <typename T>
  _SNT_INLINE T shfl_down(T value, int delta) const {
    const int rank = static_cast<int>(self().thread_rank());
    return shfl(value, rank + delta < static_cast<int>(self().size()) ? rank + delta : rank);
  }
  template <typename T>
  _SNT_INLINE T shfl_xor(T value, int bits) const {
    return shfl(value, static_cast<int>(self().thread_rank()) ^ bits);
  }
  _SNT_INLINE int any(int predicate) const { return __any_sync(mask(), predicate); }
  _SNT_INLINE int all(int predicate) const { return __all_sync(mask(), predicate); }
  _SNT_INLINE unsigned ballot(int predicate) const {
    return self().pack(__ballot_sync(mask(), predicate));
  }
  template <typename T>
  _SNT_INLINE unsigned match_any(T value) const {
    return self().pack(__match_any_sync(mask(), value));
  }
  template <typename T>
  _SNT_INLINE unsigned match_all(T value, int& all) const {
    return self().pack(__match_all_sync(mask(), value, &all));
  }
  _SNT_INLINE unsigned mask() const { return self().lanes(); }

 private:
  _SNT_INLINE Group self() const { return static_cast<const Group&>(*this); }
};

}  // namespace details

// Lanes that stand together at one point of a diverged warp, in the order of their lanes.
class coalesced_group : public details::warp_part<coalesced_group> {
 public:
  _SNT_INLINE explicit coalesced_group(unsigned lanes) : lanes_(lanes) {}
  _SNT_INLINE unsigned lanes() const { return lanes_; }
  _SNT_INLINE unsigned size() const { return static_cast<unsigned>(__popc(lanes_)); }
  _SNT_INLINE unsigned thread_rank() const {
    return static_cast<unsigned>(__popc(lanes_ & ((1u << __snt::lane()) - 1u)));
  }
  _SNT_INLINE int lane_of(int rank) const {
    return static_cast<int>(__fns(lanes_, 0, rank % static_cast<int>(size()) + 1));
  }
  // The bits of the group's lanes, moved together.
  _SNT_INLINE unsigned pack(unsigned votes) const {
    unsigned packed = 0;
    int next = 0;
    for (int i = 0; i < 32; ++i) {
      packed |= (lanes_ >> i & 1u) ? (votes >> i & 1u) << next++ : 0u;
    }
    return packed;
  }
  _SNT_INLINE unsigned meta_group_size() const { return 1; }
  _SNT_INLINE unsigned meta_group_rank() const { return 0; }

 private:
  unsigned lanes_;
};
_SNT_INLINE coalesced_group coalesced_threads() { return coalesced_group(__activemask()); }

template <unsigned tile_size, typename Parent = void>
class thread_block_tile;

template <unsigned tile_size>
class thread_block_tile<tile_size, void>
    : public details::warp_part<thread_block_tile<tile_size, void>> {
  static_assert(tile_size <= 32 && (tile_size & (tile_size - 1)) == 0,
                "a tile has 1, 2, 4, 8, 16 or 32 threads here");

 public:
  _SNT_INLINE static unsigned lanes() {
    return tile_size == 32 ? 0xffffffffu : ((1u << (tile_size & 31u)) - 1u) << first_lane();
  }
  _SNT_INLINE static constexpr unsigned size() { return tile_size; }
  _SNT_INLINE static constexpr unsigned num_threads() { return tile_size; }
  _SNT_INLINE static unsigned thread_rank() { return __snt::lane() & (tile_size - 1u); }
  _SNT_INLINE static int lane_of(int rank) {
    return static_cast<int>(first_lane() | (static_cast<unsigned>(rank) & (tile_size - 1u)));
  }
  _SNT_INLINE static unsigned pack(unsigned votes) { return (votes & lanes()) >> first_lane(); }
  _SNT_INLINE static unsigned meta_group_rank() { return __snt_lin() / tile_size; }
  _SNT_INLINE static unsigned meta_group_size() {
    return (details::block_threads() + tile_size - 1) / tile_size;
  }

  // By the warp's own shuffles, whose constant shifts are contiguous loads.
  template <typename T>
  _SNT_INLINE T shfl(T value, int rank) const {
    return details::shuffle_words(
        value, [=](unsigned word) { return __shfl_sync(lanes(), word, rank, tile_size); });
  }
  template <typename T>
  _SNT_INLINE T shfl_up(T value, unsigned delta) const {
    return details::shuffle_words(
        value, [=](unsigned word) { return __shfl_up_sync(lanes(), word, delta, tile_size); });
  }
  template <typename T>
  _SNT_INLINE T shfl_down(T value, unsigned delta) const {
    return details::shuffle_words(
        value, [=](unsigned word) { return __shfl_down_sync(lanes(), word, delta, tile_size); });
  }
  template <typename T>
  _SNT_INLINE T shfl_xor(T value, int bits) const {
    return details::shuffle_words(
        value, [=](unsigned word) { return __shfl_xor_sync(lanes(), word, bits, tile_size); });
  }

 private:
  _SNT_INLINE static unsigned first_lane() { return __snt::lane() & ~(tile_size - 1u); }
};
template <unsigned tile_size, typename Parent>
class thread_block_tile : public thread_block_tile<tile_size, void> {};

template <unsigned tile_size, typename Parent>
_SNT_INLINE thread_block_tile<tile_size, Parent> tiled_partition(const Parent&) {
  return {};
}
// Tiles whose size is known when the kernel runs: 1 to 32, a power of two.
_SNT_INLINE coalesced_group tiled_partition(const thread_block&, unsigned tile_size) {
  const unsigned first = __snt::lane() & ~(tile_size - 1u);
  const unsigned tile = tile_size >= 32 ? 0xffffffffu : ((1u << tile_size) - 1u) << first;
  return coalesced_group(tile & __snt::existing_lanes());
}
_SNT_INLINE coalesced_group tiled_partition(const coalesced_group& parent, unsigned tile_size) {
  const unsigned first = parent.thread_rank() & ~(tile_size - 1u);
  unsigned lanes = 0;
  unsigned rank = 0;
  for (unsigned i = 0; i < 32; ++i) {
    if ((parent.lanes() >> i & 1u) == 0) continue;
    if (rank >= first && rank < first + tile_size) lanes |= 1u << i;
    ++rank;
  }
  return coalesced_group(lanes);
}

// The lanes of a group that give the same label, or answer alike.
template <typename Group, typename Label>
_SNT_INLINE coalesced_group labeled_partition(const Group& group, Label label) {
  return coalesced_group(__match_any_sync(group.mask(), label));
}
template <typename Group>
_SNT_INLINE coalesced_group binary_partition(const Group& group, bool predicate) {
  const unsigned yes = __ballot_sync(group.mask(), predicate);
  return coalesced_group(predicate ? yes : group.mask() & ~yes);
}

// ---- Functions of any group --------------------------------------------------------------------

template <typename Group>
_SNT_INLINE void sync(const Group& group) {
  group.sync();
}
template <typename Group>
_SNT_INLINE auto thread_rank(const Group& group) {
  return group.thread_rank();
}
template <typename Group>
_SNT_INLINE auto group_size(const Group& group) {
  return group.size();
}
// Runs `work` in one thread of the group.
template <typename Group, typename Work>
_SNT_INLINE void invoke_one(const Group& group, Work&& work) {
  if (group.thread_rank() == 0) work();
}

}  // namespace cooperative_groups
