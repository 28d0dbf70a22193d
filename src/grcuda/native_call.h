// grcuda/native_call.h: calls of native functions whose types are known at run time only (libffi).
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "grcuda/native_signature.h"

namespace sennit::grcuda {

// How the functions of one signature are called. Constant after construction.
class NativeInterface {
 public:
  // Raises Unavailable where sennit was built without libffi.
  explicit NativeInterface(const NativeSignature& signature);
  ~NativeInterface();

  // Calls `function` with the values that `arguments` point to, one for each parameter; the result,
  // of at most 8 bytes, is stored as a whole register.
  void call(void* function, void** arguments, void* result) const;

 private:
  struct Types;
  const std::unique_ptr<Types> types_;
};

}  // namespace sennit::grcuda
