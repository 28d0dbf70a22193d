// grcuda/native_function.h: functions of shared libraries, run as operations on the host.
#pragma once

#include <memory>
#include <string>

#include "base/mutex.h"
#include "grcuda/native_call.h"
#include "grcuda/native_signature.h"
#include "grcuda/value.h"
#include "runtime/runtime.h"

namespace sennit::grcuda {

// The library is opened and the symbol found at the first call. A call runs when the arrays among
// its arguments are ready, and in order with all that uses them; one whose result is void returns
// at once. The function runs on a thread of the runtime's, and must not call sennit or CUDA.
class NativeFunction final : public Value {
 public:
  NativeFunction(std::shared_ptr<Runtime> runtime, std::string library, NativeSignature signature);

  std::string describe() const override;
  bool is_executable() const override { return true; }
  // Raises Unavailable: "unable to load shared library ...", "... not found in ...".
  Any call(std::span<const Any> arguments) override;

 private:
  void* function();

  // Constant after construction.
  const std::shared_ptr<Runtime> runtime_;
  const std::string library_;
  const NativeSignature signature_;
  const std::shared_ptr<const NativeInterface> interface_;

  Mutex mutex_;
  void* function_ SENNIT_GUARDED_BY(mutex_) = nullptr;
};

}  // namespace sennit::grcuda
