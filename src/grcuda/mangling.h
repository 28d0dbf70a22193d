// grcuda/mangling.h: the symbols of C++ functions.
#pragma once

#include <string>

#include "grcuda/native_signature.h"

namespace sennit::grcuda {

// As the Itanium C++ ABI mangles `signature`: "_ZN2ns1fEPKfi".
std::string mangled_name(const NativeSignature& signature);

}  // namespace sennit::grcuda
