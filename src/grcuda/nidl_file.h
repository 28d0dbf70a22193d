// grcuda/nidl_file.h: NIDL files, which list what is in a library, for `bindall`.
//
//   file   := group*
//   group  := ('kernels' | 'hostfuncs') [name ('::' name)*] '{' signature* '}'    C++: mangled
//           | ('ckernels' | 'chostfuncs') '{' signature* '}'                      extern "C"
//
// Signatures are those of native_signature.h without 'cxx'.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "grcuda/native_signature.h"

namespace sennit::grcuda {

struct NidlEntry {
  bool is_kernel = false;
  NativeSignature signature;
};

// `name` is the file's, for messages. Raises InvalidArgument: "NIDL parse error: [name ...".
std::vector<NidlEntry> parse_nidl_file(std::string_view text, const std::string& name);

}  // namespace sennit::grcuda
