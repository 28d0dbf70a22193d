// kernel/access_narrowing.h: what a kernel's declaration says of its arrays, and what its code
// does.
#pragma once

#include <cstdint>

#include "backend/kernel_access.h"
#include "kernel/signature.h"

namespace sennit {

// Where the modes of a signature come from, for messages.
enum class DeclaredBy : std::uint8_t {
  Source,     // `const` in the source
  Signature,  // in, out, inout of a signature
  GrCuda,     // likewise, of a GrCUDA program; there `in` may be untrue, to drop dependencies
};

// `declared` with the mode that `code` shows for each pointer: none, read, or read and written. A
// declaration narrows what could not be followed, and spares old contents where it says "out".
// Raises InvalidArgument, naming kernel, parameter and instruction, where the code does what the
// declaration says it does not: writes what is read-only; reads old contents of, or never writes,
// what is "out". A GrCUDA program's untrue `in` is overruled instead, with a warning.
Signature narrowed_signature(const Signature& declared, const KernelAccess& code,
                             DeclaredBy declared_by);

// Whether launches may touch memory beside what their arguments say: pointers in memory, in
// structs, or made of numbers.
bool touches_untracked(const Signature& signature, const KernelAccess& code);

}  // namespace sennit
