// cuda_bf16.h: __nv_bfloat16 and __nv_bfloat162.
#pragma once

#include "sennit/half_conversions.h"
#include "sennit/prelude.h"

#define _SNT_T __nv_bfloat16
#define _SNT_T2 __nv_bfloat162
#define _SNT_FORMAT __snt::bfloat16_format
#define _SNT_NAME bfloat16
#define _SNT_NAME2 bfloat162
#include "sennit/half_family.inc"
#undef _SNT_T
#undef _SNT_T2
#undef _SNT_FORMAT
#undef _SNT_NAME
#undef _SNT_NAME2

typedef __nv_bfloat16 nv_bfloat16;
typedef __nv_bfloat162 nv_bfloat162;

#define CUDART_INF_BF16 __ushort_as_bfloat16(0x7f80u)
#define CUDART_NAN_BF16 __ushort_as_bfloat16(0x7fffu)
#define CUDART_MAX_NORMAL_BF16 __ushort_as_bfloat16(0x7f7fu)
#define CUDART_ONE_BF16 __ushort_as_bfloat16(0x3f80u)
#define CUDART_ZERO_BF16 __ushort_as_bfloat16(0u)
