// sennit/atomics.h: CUDA's atomic functions, in the three scopes; each returns the old value.
//
// They are relaxed, as CUDA's are. Those on the block's own shared memory become plain accesses
// in the region pass.
#pragma once

#include "sennit/keywords.h"

namespace __snt {

// Replaces the old value by `change` of it, once more whenever another thread came between.
template <typename T, typename Change>
_SNT_INLINE T atomic_update(T* address, Change change) {
  T old = __atomic_load_n(address, __ATOMIC_RELAXED);
  for (;;) {
    const T next = change(old);
    if (__atomic_compare_exchange_n(address, &old, next, false, __ATOMIC_RELAXED,
                                    __ATOMIC_RELAXED)) {
      return old;
    }
  }
}

}  // namespace __snt

#define _SNT_SCOPES(T, name, declared, called)                \
  _SNT_INLINE T name##_block declared { return name called; } \
  _SNT_INLINE T name##_system declared { return name called; }

#define _SNT_ATOMIC(T, name, builtin)                                                           \
  _SNT_INLINE T name(T* address, T value) { return builtin(address, value, __ATOMIC_RELAXED); } \
  _SNT_SCOPES(T, name, (T * address, T value), (address, value))

#define _SNT_ATOMIC_EXCHANGE(T)                                 \
  _SNT_INLINE T atomicExch(T* address, T value) {               \
    T old;                                                      \
    __atomic_exchange(address, &value, &old, __ATOMIC_RELAXED); \
    return old;                                                 \
  }                                                             \
  _SNT_SCOPES(T, atomicExch, (T * address, T value), (address, value))

#define _SNT_ATOMIC_CAS(T)                                                         \
  _SNT_INLINE T atomicCAS(T* address, T expected, T value) {                       \
    __atomic_compare_exchange(address, &expected, &value, false, __ATOMIC_RELAXED, \
                              __ATOMIC_RELAXED);                                   \
    return expected;                                                               \
  }                                                                                \
  _SNT_SCOPES(T, atomicCAS, (T * address, T expected, T value), (address, expected, value))

// Stores `expression` of `old` and `value`.
#define _SNT_ATOMIC_UPDATE(name, expression)                                        \
  _SNT_INLINE unsigned name(unsigned* address, unsigned value) {                    \
    return __snt::atomic_update(address, [=](unsigned old) { return expression; }); \
  }                                                                                 \
  _SNT_SCOPES(unsigned, name, (unsigned* address, unsigned value), (address, value))

_SNT_ATOMIC(int, atomicAdd, __atomic_fetch_add)
_SNT_ATOMIC(unsigned, atomicAdd, __atomic_fetch_add)
_SNT_ATOMIC(unsigned long long, atomicAdd, __atomic_fetch_add)
_SNT_ATOMIC(float, atomicAdd, __atomic_fetch_add)
_SNT_ATOMIC(double, atomicAdd, __atomic_fetch_add)
_SNT_ATOMIC(int, atomicSub, __atomic_fetch_sub)
_SNT_ATOMIC(unsigned, atomicSub, __atomic_fetch_sub)

_SNT_ATOMIC(int, atomicMin, __atomic_fetch_min)
_SNT_ATOMIC(unsigned, atomicMin, __atomic_fetch_min)
_SNT_ATOMIC(long long, atomicMin, __atomic_fetch_min)
_SNT_ATOMIC(unsigned long long, atomicMin, __atomic_fetch_min)
_SNT_ATOMIC(int, atomicMax, __atomic_fetch_max)
_SNT_ATOMIC(unsigned, atomicMax, __atomic_fetch_max)
_SNT_ATOMIC(long long, atomicMax, __atomic_fetch_max)
_SNT_ATOMIC(unsigned long long, atomicMax, __atomic_fetch_max)

_SNT_ATOMIC(int, atomicAnd, __atomic_fetch_and)
_SNT_ATOMIC(unsigned, atomicAnd, __atomic_fetch_and)
_SNT_ATOMIC(unsigned long long, atomicAnd, __atomic_fetch_and)
_SNT_ATOMIC(int, atomicOr, __atomic_fetch_or)
_SNT_ATOMIC(unsigned, atomicOr, __atomic_fetch_or)
_SNT_ATOMIC(unsigned long long, atomicOr, __atomic_fetch_or)
_SNT_ATOMIC(int, atomicXor, __atomic_fetch_xor)
_SNT_ATOMIC(unsigned, atomicXor, __atomic_fetch_xor)
_SNT_ATOMIC(unsigned long long, atomicXor, __atomic_fetch_xor)

_SNT_ATOMIC_EXCHANGE(int)
_SNT_ATOMIC_EXCHANGE(unsigned)
_SNT_ATOMIC_EXCHANGE(unsigned long long)
_SNT_ATOMIC_EXCHANGE(float)

_SNT_ATOMIC_CAS(int)
_SNT_ATOMIC_CAS(unsigned)
_SNT_ATOMIC_CAS(unsigned long long)
_SNT_ATOMIC_CAS(unsigned short)

_SNT_ATOMIC_UPDATE(atomicInc, old >= value ? 0 : old + 1)
_SNT_ATOMIC_UPDATE(atomicDec, old == 0 || old > value ? value : old - 1)

#undef _SNT_ATOMIC_UPDATE
