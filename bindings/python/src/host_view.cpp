// bindings/python/src/host_view.cpp: snapshots and writable views behind the buffer protocol.
#include "host_view.h"

#include <nanobind/stl/string.h>

#include <algorithm>
#include <span>
#include <string>

#include "dtype.h"
#include "errors.h"

namespace sennit::python {
namespace {

// The buffer protocol's shapes are Py_ssize_t, the arrays' int64_t.
Py_ssize_t* buffer_extents(const std::int64_t* values) {
  static_assert(sizeof(Py_ssize_t) == sizeof(std::int64_t));
  return const_cast<Py_ssize_t*>(reinterpret_cast<const Py_ssize_t*>(values));
}

// Raises BufferError if a buffer of the array is not what the consumer's flags ask for.
void check_request(const Array& array, int flags) {
  const snt_array_info& info = array.info();
  const bool c = info.c_contiguous != 0;
  const bool f = info.f_contiguous != 0;
  if ((flags & PyBUF_C_CONTIGUOUS) == PyBUF_C_CONTIGUOUS && !c) {
    raise(PyExc_BufferError, "the array is not contiguous in C order; use x.copy()");
  }
  if ((flags & PyBUF_F_CONTIGUOUS) == PyBUF_F_CONTIGUOUS && !f) {
    raise(PyExc_BufferError, "the array is not contiguous in Fortran order");
  }
  if ((flags & PyBUF_ANY_CONTIGUOUS) == PyBUF_ANY_CONTIGUOUS && !c && !f) {
    raise(PyExc_BufferError, "the array is not contiguous; use x.copy()");
  }
  if ((flags & PyBUF_STRIDES) != PyBUF_STRIDES && !c) {
    raise(PyExc_BufferError,
          "the array is not contiguous, and the consumer takes no strides; use "
          "x.copy()");
  }
}

void describe(const Array& array, void* data, int flags, const char* format, bool read_only,
              Py_buffer* buffer) {
  const snt_array_info& info = array.info();
  buffer->buf = data;
  buffer->len = static_cast<Py_ssize_t>(array.bytes());
  buffer->itemsize = static_cast<Py_ssize_t>(array.item_bytes());
  buffer->readonly = read_only ? 1 : 0;
  buffer->ndim = info.dimensions;
  buffer->format = (flags & PyBUF_FORMAT) != 0 ? const_cast<char*>(format) : nullptr;
  buffer->shape = (flags & PyBUF_ND) != 0 ? buffer_extents(info.shape) : nullptr;
  buffer->strides =
      (flags & PyBUF_STRIDES) == PyBUF_STRIDES ? buffer_extents(info.strides_bytes) : nullptr;
  buffer->suboffsets = nullptr;
}

}  // namespace

int array_get_buffer(PyObject* self, Py_buffer* buffer, int flags) noexcept {
  buffer->obj = nullptr;
  return guarded(-1, [&] {
    const Array& array = array_of(self);
    if ((flags & PyBUF_WRITABLE) != 0) {
      raise(PyExc_BufferError,
            "a buffer of an array is a read-only snapshot; to write it, use "
            "`with x.writable() as view`");
    }
    const char* format = buffer_format(array.dtype());
    if (format == nullptr) {
      raise(PyExc_BufferError,
            "the buffer protocol has no %s; numpy.asarray(x) does, with "
            "ml_dtypes installed, and x.view('uint16') always",
            snt_dtype_name(array.dtype()));
    }
    check_request(array, flags);
    snt_view* view = nullptr;
    check(without_gil([&] { return snt_array_snapshot(array.native(), &view); }));
    describe(array, snt_view_data(view), flags, format, true, buffer);
    buffer->internal = view;
    buffer->obj = Py_NewRef(self);
    return 0;
  });
}

void array_release_buffer(PyObject*, Py_buffer* buffer) noexcept {
  snt_view_release(static_cast<snt_view*>(buffer->internal));
}

// ---- copies ------------------------------------------------------------------------------------

namespace {

struct WritableMemory {
  explicit WritableMemory(nb::handle of) {
    if (PyObject_GetBuffer(of.ptr(), &buffer, PyBUF_CONTIG | PyBUF_FORMAT) < 0) raise_current();
  }
  ~WritableMemory() { PyBuffer_Release(&buffer); }
  WritableMemory(const WritableMemory&) = delete;
  WritableMemory& operator=(const WritableMemory&) = delete;

  Py_buffer buffer;
};

}  // namespace

void copy_to(const Array& self, nb::handle out) {
  const WritableMemory memory(out);
  const Py_buffer& buffer = memory.buffer;
  // The buffer protocol has no bfloat16: such elements are given as 16-bit integers.
  const snt_dtype wanted = self.dtype() == SNT_BFLOAT16 ? SNT_UINT16 : self.dtype();
  const std::span<const Py_ssize_t> shape(buffer.shape, static_cast<std::size_t>(buffer.ndim));
  if (dtype_of_format(buffer.format, static_cast<std::size_t>(buffer.itemsize)) != wanted ||
      !std::ranges::equal(shape, self.shape())) {
    raise(PyExc_ValueError,
          "%U is copied to a buffer of its own shape and element type; this one has elements of "
          "format '%s' and shape %R",
          description(self).ptr(), buffer.format == nullptr ? "B" : buffer.format,
          tuple_of(shape).ptr());
  }
  check(without_gil([&] { return snt_array_read(self.native(), buffer.buf, self.bytes()); }));
}

// ---- writable ----------------------------------------------------------------------------------

namespace {

// A writable view while it is open. Buffers of it keep its memory after it is closed.
struct WritableBuffer {
  WritableBuffer(nb::object of, ViewHandle handle)
      : array(std::move(of)), view(std::move(handle)) {}

  nb::object array;
  ViewHandle view;
  bool open = true;
};

int writable_get_buffer(PyObject* self, Py_buffer* buffer, int flags) noexcept {
  buffer->obj = nullptr;
  return guarded(-1, [&] {
    const WritableBuffer& writable = *nb::inst_ptr<WritableBuffer>(self);
    if (!writable.open) raise(PyExc_BufferError, "the writable view is closed");
    const Array& array = array_of(writable.array.ptr());
    check_request(array, flags);
    const char* format = buffer_format(array.dtype());
    describe(array, snt_view_data(writable.view.get()), flags, format == nullptr ? "H" : format,
             false, buffer);
    buffer->obj = Py_NewRef(self);
    return 0;
  });
}

PyType_Slot writable_slots[] = {
    {Py_bf_getbuffer, reinterpret_cast<void*>(writable_get_buffer)},
    {0, nullptr},
};

}  // namespace

void bind_writable_buffer(nb::module_& module) {
  nb::class_<WritableBuffer>(module, "WritableBuffer", nb::is_final(),
                             nb::type_slots(writable_slots),
                             "An open writable view, as a buffer. See Array.writable.")
      .def(
          "__init__",
          [](WritableBuffer* self, nb::object of, const std::string& file, int line) {
            const Array* array = find_array(of);
            if (array == nullptr) raise(PyExc_TypeError, "an array is needed");
            const char* kept = snt_intern(file.c_str());
            snt_view* view = nullptr;
            check(without_gil(
                [&] { return snt_array_open_writable(array->native(), kept, line, &view); }));
            new (self) WritableBuffer(std::move(of), ViewHandle(view));
          },
          nb::arg("array"), nb::arg("file"), nb::arg("line"),
          nb::sig("def __init__(self, array: Array, file: str, line: int) -> None"))
      .def(
          "close",
          [](WritableBuffer& self) {
            self.open = false;
            snt_view_close(self.view.get());
          },
          "Ends the view: what was written is the array's contents.");
}

}  // namespace sennit::python
