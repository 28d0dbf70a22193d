// capi/boundary.h: the only place where exceptions become error objects.
#pragma once

#include <new>
#include <string>

#include "base/error.h"
#include "sennit/sennit.h"

struct snt_error {
  snt_code code;
  std::string message;
};

namespace sennit::capi {

// For when there is no memory for an error. Never freed.
snt_error* no_memory_error() noexcept;

inline snt_error* make_error(snt_code code, const char* message) noexcept {
  try {
    return new snt_error{code, message};
  } catch (...) {
    return no_memory_error();
  }
}

// Runs `body` and returns NULL, or the error that it threw.
template <typename Body>
snt_error* guarded(Body&& body) noexcept {
  try {
    body();
    return nullptr;
  } catch (const Error& error) {
    return make_error(static_cast<snt_code>(error.code()), error.what());
  } catch (const std::bad_alloc&) {
    return make_error(SNT_OUT_OF_MEMORY, "out of host memory");
  } catch (const std::exception& error) {
    return make_error(SNT_INTERNAL, error.what());
  } catch (...) {
    return make_error(SNT_INTERNAL, "unknown exception");
  }
}

// Raises InvalidArgument if a pointer that must not be NULL is.
template <typename T>
T& required(T* pointer, const char* name) {
  if (pointer == nullptr) {
    raise(ErrorCode::InvalidArgument, std::string("'") + name + "' is NULL");
  }
  return *pointer;
}

// A struct of the caller, who may be older than this library: fields past its size are zero. One
// that is newer is taken as far as this library knows it.
template <typename Struct>
Struct taken(const Struct& given) {
  Struct known{};
  if (given.struct_size < sizeof given.struct_size) {
    raise(ErrorCode::InvalidArgument,
          "a struct's struct_size is not set; use SNT_INIT, or set it to sizeof(the struct)");
  }
  const std::size_t bytes = given.struct_size < sizeof known ? given.struct_size : sizeof known;
  __builtin_memcpy(&known, &given, bytes);
  return known;
}

// Gives `value` to a caller's struct, as far as the caller knows it.
template <typename Struct>
void give(const Struct& value, Struct* out) {
  required(out, "out");
  const std::size_t size = out->struct_size;
  if (size < sizeof size) {
    raise(ErrorCode::InvalidArgument,
          "a struct's struct_size is not set; use SNT_INIT, or set it to sizeof(the struct)");
  }
  __builtin_memcpy(out, &value, size < sizeof value ? size : sizeof value);
  out->struct_size = size;
}

}  // namespace sennit::capi
