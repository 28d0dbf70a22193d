// grcuda/native_call.cpp: the only file that knows libffi, which is linked statically.
#include "grcuda/native_call.h"

#include "base/error.h"
#include "base/text.h"

#ifdef SENNIT_HAS_LIBFFI
#include <ffi.h>
#endif

namespace sennit::grcuda {

#ifdef SENNIT_HAS_LIBFFI

struct NativeInterface::Types {
  ffi_cif interface;
  std::vector<ffi_type*> parameters;
};

namespace {

ffi_type* type_of(const NativeType& type, bool is_pointer) {
  if (is_pointer || type.kind == NativeKind::String) return &ffi_type_pointer;
  if (type.kind == NativeKind::Void) return &ffi_type_void;
  switch (*type.dtype) {
    case Dtype::Bool:
    case Dtype::UInt8:
      return &ffi_type_uint8;
    case Dtype::Int8:
      return &ffi_type_sint8;
    case Dtype::Int16:
      return &ffi_type_sint16;
    case Dtype::UInt16:
      return &ffi_type_uint16;
    case Dtype::Int32:
      return &ffi_type_sint32;
    case Dtype::UInt32:
      return &ffi_type_uint32;
    case Dtype::Int64:
      return &ffi_type_sint64;
    case Dtype::UInt64:
      return &ffi_type_uint64;
    case Dtype::Float32:
      return &ffi_type_float;
    case Dtype::Float64:
      return &ffi_type_double;
    default:
      fail("a native type that C does not have");
  }
}

}  // namespace

NativeInterface::NativeInterface(const NativeSignature& signature)
    : types_(std::make_unique<Types>()) {
  for (const NativeParameter& parameter : signature.parameters) {
    types_->parameters.push_back(type_of(*parameter.type, parameter.is_pointer));
  }
  ffi_type* const result = type_of(*signature.result, signature.result_is_pointer);
  if (ffi_prep_cif(&types_->interface, FFI_DEFAULT_ABI,
                   static_cast<unsigned>(types_->parameters.size()), result,
                   types_->parameters.data()) != FFI_OK) {
    fail(format("libffi refuses the signature of '{}'", signature.name));
  }
}

void NativeInterface::call(void* function, void** arguments, void* result) const {
  ffi_call(&types_->interface, reinterpret_cast<void (*)()>(function), result, arguments);
}

#else

struct NativeInterface::Types {};

NativeInterface::NativeInterface(const NativeSignature& signature) {
  raise(ErrorCode::Unavailable,
        format("cannot call the native function '{}': sennit was built without libffi; install "
               "libffi-dev and build it again",
               signature.name));
}

void NativeInterface::call(void*, void**, void*) const {}

#endif

NativeInterface::~NativeInterface() = default;

}  // namespace sennit::grcuda
