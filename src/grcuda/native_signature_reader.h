// grcuda/native_signature_reader.h: one signature within a longer text: what the parsers of
// signatures and of NIDL files share.
#pragma once

#include "grcuda/native_signature.h"
#include "grcuda/text_reader.h"

namespace sennit::grcuda {

// Reads a NIDL signature where `reader` stands, and the space behind it.
NativeSignature read_signature(TextReader& reader, Result result);

}  // namespace sennit::grcuda
