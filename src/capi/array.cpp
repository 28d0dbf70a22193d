// capi/array.cpp: arrays, their elements and bulk contents.
#include "base/text.h"
#include "capi/boundary.h"
#include "capi/handles.h"

using sennit::Array;
using sennit::ErrorCode;
using sennit::capi::checked_dtype;
using sennit::capi::extents;
using sennit::capi::guarded;
using sennit::capi::required;

namespace {

void check_bytes(const char* what, size_t given, size_t wanted, const Array& array) {
  if (given == wanted) return;
  sennit::raise(ErrorCode::InvalidArgument,
                sennit::format("{} {} takes {} bytes; {} were given", what,
                               array.layout().to_string(), wanted, given));
}

}  // namespace

extern "C" {

snt_error* snt_array_create(snt_runtime* runtime, const snt_array_config* config,
                            snt_array** out_array) {
  return guarded([&] {
    const snt_array_config given = sennit::capi::taken(required(config, "config"));
    required(out_array, "out_array");
    if (given.order != SNT_ORDER_C && given.order != SNT_ORDER_F) {
      sennit::raise(ErrorCode::InvalidArgument,
                    sennit::format("order {}; it is SNT_ORDER_C or SNT_ORDER_F", given.order));
    }
    const Array array =
        required(runtime, "runtime")
            .runtime->create_array(checked_dtype(given.dtype),
                                   extents(given.shape, given.dimensions, "shape"),
                                   given.order == SNT_ORDER_F ? sennit::Order::F : sennit::Order::C,
                                   given.initial == SNT_EMPTY);
    *out_array = new snt_array(runtime, array);
  });
}

snt_error* snt_array_view(snt_array* array, snt_dtype dtype, int32_t dimensions,
                          const int64_t* shape, const int64_t* strides_bytes, int64_t offset_bytes,
                          snt_array** out_view) {
  return guarded([&] {
    required(out_view, "out_view");
    const Array view =
        required(array, "array")
            .array.view_of(checked_dtype(dtype), extents(shape, dimensions, "shape"),
                           extents(strides_bytes, dimensions, "strides_bytes"), offset_bytes);
    *out_view = new snt_array(array->owner, view);
  });
}

snt_array* snt_array_retain(snt_array* array) { return sennit::capi::retain(array); }
void snt_array_release(snt_array* array) { sennit::capi::release(array); }

snt_error* snt_array_info_get(const snt_array* array, snt_array_info* out_info) {
  return guarded([&] {
    const Array& of = required(array, "array").array;
    const sennit::Layout& layout = of.layout();
    snt_array_info info{};
    info.dtype = static_cast<snt_dtype>(layout.dtype());
    info.dimensions = layout.dimensions();
    info.shape = layout.shape().data();
    info.strides_bytes = layout.strides_bytes().data();
    info.size = layout.size();
    info.offset_bytes = layout.offset_bytes();
    info.storage_bytes = of.storage().bytes;
    info.storage_id = of.storage().serial;
    info.c_contiguous = layout.c_contiguous();
    info.f_contiguous = layout.f_contiguous();
    info.is_view = of.is_view();
    sennit::capi::give(info, out_info);
  });
}

snt_error* snt_array_address(snt_array* array, void** out_address) {
  return guarded([&] {
    const sennit::Array& given = required(array, "array").array;
    required(out_address, "out_address");
    *out_address =
        given.layout().size() == 0
            ? nullptr
            : given.runtime().scheduler().expose(given.storage()) + given.layout().offset_bytes();
  });
}

snt_runtime* snt_array_runtime(const snt_array* array) {
  return array != nullptr ? array->owner : nullptr;
}

snt_error* snt_array_read_element(snt_array* array, const int64_t* index, void* out_value,
                                  size_t bytes) {
  return guarded([&] {
    const Array& of = required(array, "array").array;
    if (bytes != of.layout().element_bytes()) {
      check_bytes("reading an element of", bytes, of.layout().element_bytes(), of);
    }
    of.read_element(of.layout().element_at(index), out_value);
  });
}

snt_error* snt_array_write_element(snt_array* array, const int64_t* index, const void* value,
                                   size_t bytes) {
  return guarded([&] {
    const Array& of = required(array, "array").array;
    if (bytes != of.layout().element_bytes()) {
      check_bytes("writing an element of", bytes, of.layout().element_bytes(), of);
    }
    of.write_element(of.layout().element_at(index), value);
  });
}

snt_error* snt_array_read(snt_array* array, void* out_data, size_t bytes) {
  return guarded([&] {
    const Array& of = required(array, "array").array;
    check_bytes("reading", bytes, of.layout().bytes(), of);
    if (bytes > 0) of.read(&required(static_cast<std::byte*>(out_data), "out_data"));
  });
}

snt_error* snt_array_write(snt_array* array, const void* data, size_t bytes) {
  return guarded([&] {
    const Array& of = required(array, "array").array;
    check_bytes("writing", bytes, of.layout().bytes(), of);
    if (bytes > 0) of.write(&required(static_cast<const std::byte*>(data), "data"));
  });
}

snt_error* snt_array_fill(snt_array* array, const void* value, size_t bytes) {
  return guarded([&] {
    const Array& of = required(array, "array").array;
    check_bytes("filling with an element of", bytes, of.layout().element_bytes(), of);
    of.fill(&required(static_cast<const std::byte*>(value), "value"));
  });
}

snt_error* snt_array_copy(snt_array* to, snt_array* from) {
  return guarded([&] { required(to, "to").array.copy_from(required(from, "from").array); });
}

int32_t snt_array_is_ready(snt_array* array) {
  int32_t ready = 1;
  snt_error_release(guarded([&] { ready = required(array, "array").array.is_ready() ? 1 : 0; }));
  return ready;
}

snt_error* snt_array_wait(snt_array* array) {
  return guarded([&] { required(array, "array").array.wait(); });
}

// ---- host views ----

snt_error* snt_array_snapshot(snt_array* array, snt_view** out_view) {
  return guarded([&] {
    required(out_view, "out_view");
    *out_view = new snt_view{sennit::HostView::snapshot(required(array, "array").array)};
  });
}

snt_error* snt_array_open_writable(snt_array* array, const char* file, int32_t line,
                                   snt_view** out_view) {
  return guarded([&] {
    required(out_view, "out_view");
    *out_view =
        new snt_view{sennit::HostView::writable(required(array, "array").array, {file, line})};
  });
}

void* snt_view_data(const snt_view* view) { return view != nullptr ? view->view->data() : nullptr; }

void snt_view_close(snt_view* view) {
  if (view != nullptr) view->view->close();
}

void snt_view_release(snt_view* view) { delete view; }

}  // extern "C"
