// sennit/synchronization.h: barriers of a block, memory fences.
#pragma once

#include "sennit/hooks.h"
#include "sennit/keywords.h"

_SNT_INLINE void __syncthreads() { __snt_bar(); }

// How many threads of the block that have not left give a `predicate` other than 0.
_SNT_INLINE int __syncthreads_count(int predicate) {
  static __shared__ int count;
  __snt_bar();  // an earlier call's count has been read
  count = 0;    // by every thread: any of them may have left the kernel
  __snt_bar();
  if (predicate) __atomic_fetch_add(&count, 1, __ATOMIC_RELAXED);
  __snt_bar();
  return count;
}
_SNT_INLINE int __syncthreads_or(int predicate) { return __syncthreads_count(predicate) != 0; }
_SNT_INLINE int __syncthreads_and(int predicate) { return __syncthreads_count(!predicate) == 0; }

_SNT_INLINE void __syncwarp(unsigned mask = 0xffffffffu) { __snt_warpbar(mask); }

// The threads of a block share one thread of the machine: what the compiler keeps in order is in
// order for all of them.
_SNT_INLINE void __threadfence_block() { __atomic_signal_fence(__ATOMIC_SEQ_CST); }
_SNT_INLINE void __threadfence() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
_SNT_INLINE void __threadfence_system() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }

// Hints to a GPU's scheduler.
_SNT_INLINE void __nanosleep(unsigned) {}
_SNT_INLINE void __prof_trigger(int) {}
