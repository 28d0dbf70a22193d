// sennit/builtins.h: threadIdx, blockIdx, blockDim, gridDim, warpSize.
#pragma once

#include "sennit/hooks.h"
#include "sennit/vector_types.h"

// A variable whose members are calls of a hook, so that the region pass sees every use.
#define _SNT_INDEX(variable, hook)                                                \
  struct __snt_##variable {                                                       \
    _SNT_INLINE unsigned get_x() const { return hook(0); }                        \
    _SNT_INLINE unsigned get_y() const { return hook(1); }                        \
    _SNT_INLINE unsigned get_z() const { return hook(2); }                        \
    __declspec(property(get = get_x)) unsigned x;                                 \
    __declspec(property(get = get_y)) unsigned y;                                 \
    __declspec(property(get = get_z)) unsigned z;                                 \
    _SNT_INLINE operator uint3() const { return {hook(0), hook(1), hook(2)}; }    \
    _SNT_INLINE operator dim3() const { return dim3(hook(0), hook(1), hook(2)); } \
  };                                                                              \
  static constexpr __snt_##variable variable{};

_SNT_INDEX(threadIdx, __snt_tid)
_SNT_INDEX(blockIdx, __snt_ctaid)
_SNT_INDEX(blockDim, __snt_ntid)
_SNT_INDEX(gridDim, __snt_nctaid)
#undef _SNT_INDEX

static constexpr int warpSize = 32;

namespace __snt {
_SNT_INLINE unsigned lane() { return __snt_lin() & 31u; }
}  // namespace __snt
