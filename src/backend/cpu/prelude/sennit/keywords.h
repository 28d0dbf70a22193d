// sennit/keywords.h: CUDA's keywords and predefined macros, in C++ that Clang compiles for a CPU.
#pragma once

// What a source may ask about its compiler. The architecture is the newest one whose features are
// all reachable from C++: code for later ones is mostly inline PTX, which a CPU cannot run. The
// frontend replaces the value when the options name an architecture.
#define __CUDACC__ 1
#define __CUDACC_RTC__ 1
#define __CUDACC_VER_MAJOR__ 12
#define __CUDACC_VER_MINOR__ 6
#define __CUDACC_VER_BUILD__ 0
#define CUDART_VERSION 12060
#define CUDA_VERSION 12060
#define SENNIT_CPU 1
#ifndef __CUDA_ARCH__
#define __CUDA_ARCH__ 700
#endif
#define __CUDA_ARCH_LIST__ __CUDA_ARCH__

// The frontend finds kernels and their bounds by these annotations; they are dropped from the IR.
#define __global__ __attribute__((annotate("sennit.kernel")))
#define __launch_bounds__(...) __attribute__((annotate("sennit.launch_bounds", __VA_ARGS__)))

#define __device__
#define __host__
#define __managed__
// `used`: the host may write what no kernel writes, so that its value must not be folded.
#define __constant__ __attribute__((used))
// The region pass makes each one an offset into the memory of the block. The attribute says that
// no initialiser has to run, and so keeps Clang from calling one at each use.
#define __shared__ __attribute__((require_constant_initialization)) thread_local

#define __grid_constant__
#define __cluster_dims__(...)
#define __maxnreg__(...)
#define __forceinline__ __inline__ __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __align__(n) __attribute__((aligned(n)))
#define __builtin_align__(n) __align__(n)
#define __device_builtin__
#define __cudart_builtin__
#define __nv_pure__ __attribute__((pure))

// For the prelude's own functions.
#define _SNT_INLINE __attribute__((always_inline)) inline

typedef decltype(sizeof(0)) size_t;
typedef decltype((char*)0 - (char*)0) ptrdiff_t;
typedef decltype(nullptr) nullptr_t;
#define NULL 0
#define offsetof(type, member) __builtin_offsetof(type, member)

typedef signed char int8_t;
typedef short int16_t;
typedef int int32_t;
typedef long int64_t;
typedef unsigned char uint8_t;
typedef unsigned short uint16_t;
typedef unsigned int uint32_t;
typedef unsigned long uint64_t;
typedef long intptr_t;
typedef unsigned long uintptr_t;
typedef unsigned char uchar;
typedef unsigned short ushort;
typedef unsigned int uint;
typedef unsigned long ulong;
