// sennit/memory.h: printf, the heap, copies, loads and stores with cache hints, clocks, traps.
#pragma once

#include "sennit/hooks.h"
#include "sennit/keywords.h"

extern "C" {
int printf(const char*, ...) __attribute__((format(printf, 1, 2)));
void* malloc(size_t);
void free(void*);
void* memcpy(void*, const void*, size_t);
void* memmove(void*, const void*, size_t);
void* memset(void*, int, size_t);
int memcmp(const void*, const void*, size_t);
size_t strlen(const char*);
int strcmp(const char*, const char*);
}

_SNT_INLINE void* operator new(size_t, void* place) noexcept { return place; }
_SNT_INLINE void* operator new[](size_t, void* place) noexcept { return place; }

// A CPU's caches need no hints.
#define _SNT_LOAD(name)                  \
  template <typename T>                  \
  _SNT_INLINE T name(const T* address) { \
    return *address;                     \
  }
_SNT_LOAD(__ldg)
_SNT_LOAD(__ldca)
_SNT_LOAD(__ldcg)
_SNT_LOAD(__ldcs)
_SNT_LOAD(__ldcv)
_SNT_LOAD(__ldlu)
#undef _SNT_LOAD
#define _SNT_STORE(name)                                   \
  template <typename T>                                    \
  _SNT_INLINE void name(T* address, decltype(T()) value) { \
    *address = value;                                      \
  }
_SNT_STORE(__stwb)
_SNT_STORE(__stcg)
_SNT_STORE(__stcs)
_SNT_STORE(__stwt)
#undef _SNT_STORE

_SNT_INLINE long long clock64() { return __snt_clock(); }
_SNT_INLINE int clock() { return static_cast<int>(__snt_clock()); }
_SNT_INLINE void __trap() { __snt_trap(); }
_SNT_INLINE void __brkpt() { __snt_trap(); }

_SNT_INLINE size_t __cvta_generic_to_shared(const void* address) {
  return reinterpret_cast<size_t>(address);
}
_SNT_INLINE size_t __cvta_generic_to_global(const void* address) {
  return reinterpret_cast<size_t>(address);
}
