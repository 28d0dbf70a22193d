// cuda_fp16.h: __half and __half2.
#pragma once

#include "sennit/half_conversions.h"
#include "sennit/prelude.h"

#define _SNT_T __half
#define _SNT_T2 __half2
#define _SNT_FORMAT __snt::half_format
#define _SNT_NAME half
#define _SNT_NAME2 half2
#include "sennit/half_family.inc"
#undef _SNT_T
#undef _SNT_T2
#undef _SNT_FORMAT
#undef _SNT_NAME
#undef _SNT_NAME2

typedef __half half;
typedef __half2 half2;
typedef __half __nv_half;
typedef __half2 __nv_half2;

#define CUDART_INF_FP16 __ushort_as_half(0x7c00u)
#define CUDART_NAN_FP16 __ushort_as_half(0x7fffu)
#define CUDART_MAX_NORMAL_FP16 __ushort_as_half(0x7bffu)
#define CUDART_ONE_FP16 __ushort_as_half(0x3c00u)
#define CUDART_ZERO_FP16 __ushort_as_half(0u)
