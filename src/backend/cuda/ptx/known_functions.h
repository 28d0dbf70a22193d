// backend/cuda/ptx/known_functions.h: functions of CUDA's device library that have no body in PTX,
// and what they do: one table.
#pragma once

#include <string_view>

namespace sennit::cuda::ptx {

struct KnownFunction {
  enum class Effect {
    None,
    Prints,  // vprintf: the text that its first argument points at, and the strings in its second
    ReadsText,  // __assertfail: what its arguments point at
    Allocates,  // returns memory that nobody else knows
    Frees,      // what was allocated so
    Waits,      // for other threads, as a barrier does
  };
  std::string_view name;
  Effect effect = Effect::None;
};

// Null if it is not known: then it may do anything.
const KnownFunction* find_known_function(std::string_view name);

}  // namespace sennit::cuda::ptx
