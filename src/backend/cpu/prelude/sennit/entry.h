// sennit/entry.h: calls a kernel with the parameters of the launch.
#pragma once

#include "sennit/hooks.h"

namespace __snt {

template <typename T, T... I>
struct indices {};

template <auto kernel>
struct entry;

template <typename... Parameters, bool no_throw, void (*kernel)(Parameters...) noexcept(no_throw)>
struct entry<kernel> {
  template <int... I>
  _SNT_INLINE static void call(indices<int, I...>) {
    kernel(*static_cast<Parameters*>(__snt_arg(I))...);
  }
  _SNT_INLINE static void run() { call(__make_integer_seq<indices, int, sizeof...(Parameters)>{}); }
};

}  // namespace __snt
