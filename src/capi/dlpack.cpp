// capi/dlpack.cpp: exchange of arrays through DLPack.
#include "runtime/dlpack.h"

#include "capi/boundary.h"
#include "capi/handles.h"

using sennit::capi::guarded;
using sennit::capi::required;

extern "C" {

snt_error* snt_array_to_dlpack(snt_array* array, int32_t versioned, void** out_managed) {
  return guarded([&] {
    const sennit::Array& of = required(array, "array").array;
    required(out_managed, "out_managed");
    *out_managed = versioned != 0 ? static_cast<void*>(sennit::to_dlpack_versioned(of))
                                  : static_cast<void*>(sennit::to_dlpack(of));
  });
}

snt_error* snt_array_from_dlpack(snt_runtime* runtime, void* managed, int32_t versioned,
                                 snt_array** out_array) {
  return guarded([&] {
    sennit::Runtime& of = *required(runtime, "runtime").runtime;
    required(out_array, "out_array");
    if (managed == nullptr) sennit::raise(sennit::ErrorCode::InvalidArgument, "'managed' is NULL");
    const sennit::Array array =
        versioned != 0
            ? sennit::from_dlpack(of, static_cast<sennit::DLManagedTensorVersioned*>(managed))
            : sennit::from_dlpack(of, static_cast<sennit::DLManagedTensor*>(managed));
    *out_array = new snt_array(runtime, array);
  });
}

}  // extern "C"
