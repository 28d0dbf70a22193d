// mma.h: tensor cores, which a CPU has not; using them is refused with the line.
#pragma once

#include "sennit/unsupported.h"

namespace nvcuda {
namespace wmma {

struct matrix_a;
struct matrix_b;
struct accumulator;
struct row_major;
struct col_major;
enum layout_t { mem_row_major, mem_col_major };

template <typename Use, int m, int n, int k, typename T, typename Layout = void>
struct _SNT_UNAVAILABLE("tensor cores (WMMA)") fragment;
#define _SNT_NO_WMMA(name)                \
  template <typename... Arguments>        \
  _SNT_UNAVAILABLE("tensor cores (WMMA)") \
  void name(Arguments&&...);
_SNT_NO_WMMA(load_matrix_sync)
_SNT_NO_WMMA(store_matrix_sync)
_SNT_NO_WMMA(fill_fragment)
_SNT_NO_WMMA(mma_sync)
#undef _SNT_NO_WMMA

}  // namespace wmma
}  // namespace nvcuda
