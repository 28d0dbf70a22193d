// kernel/argument_errors.h: what is said of arguments that a kernel does not take.
#pragma once

#include "kernel/arguments.h"

namespace sennit {

[[noreturn]] void raise_wrong_count(const Signature& signature, std::size_t given);
// `argument` was given for parameter `index`, from 0, and cannot be bound to it.
[[noreturn]] void raise_wrong_argument(const Signature& signature, std::size_t index,
                                       const Argument& argument);

}  // namespace sennit
