// bindings/python/src/polyglot_any.cpp: conversions, and the functions by which the library uses
// Python's lists, buffers and functions.
#include "polyglot_any.h"

#include <atomic>
#include <optional>
#include <utility>

#include "array.h"
#include "dtype.h"
#include "errors.h"
#include "polyglot_value.h"

namespace sennit::python {
namespace {

// What the library holds of a Python object.
struct Borrowed {
  nb::object object;
  RuntimeRef runtime;
  nb::object last;  // read from it: a text in it is borrowed until the next one
  std::optional<Py_buffer> buffer;
  std::atomic<int> references = 1;
};

Borrowed& borrowed(void* user) { return *static_cast<Borrowed*>(user); }

// Runs a callback's body with the GIL. Nonzero with Python's exception set: see check_call.
template <typename Body>
std::int32_t with_gil(Body&& body) noexcept {
  const nb::gil_scoped_acquire acquired;
  return guarded(1, [&] {
    body();
    return 0;
  });
}

void retain(void* user) { borrowed(user).references.fetch_add(1, std::memory_order_relaxed); }

void release(void* user) {
  Borrowed* const self = &borrowed(user);
  if (self->references.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  const nb::gil_scoped_acquire acquired;
  if (self->buffer) PyBuffer_Release(&*self->buffer);
  delete self;
}

void any_from(nb::handle value, const RuntimeRef& runtime, snt_any& out, snt_foreign& foreign);

// For what a callback returns: the library copies the struct before it calls again.
void result_from(Borrowed& self, nb::object value, snt_any* out) {
  static thread_local snt_foreign foreign;
  self.last = std::move(value);
  any_from(self.last, self.runtime, *out, foreign);
  if (out->kind == SNT_ANY_VALUE) snt_value_retain(out->value.object);
}

std::int32_t size(void* user, std::int64_t* out) {
  return with_gil([&] {
    const Py_ssize_t length = PyObject_Length(borrowed(user).object.ptr());
    if (length < 0) raise_current();
    *out = length;
  });
}

std::int32_t read(void* user, std::int64_t index, snt_any* out) {
  return with_gil([&] {
    Borrowed& self = borrowed(user);
    result_from(self, owned(PySequence_GetItem(self.object.ptr(), index)), out);
  });
}

// What is lent for the length of a call to Python: the library keeps it.
nb::object lent_object(const snt_any& lent, const RuntimeRef& runtime) {
  snt_any copy = lent;
  if (copy.kind == SNT_ANY_VALUE) snt_value_retain(copy.value.object);
  if (copy.kind == SNT_ANY_TEXT) return nb::str(copy.value.text);
  if (copy.kind == SNT_ANY_FOREIGN) retain(copy.value.user);
  return owned(object_from(copy, runtime));
}

std::int32_t write(void* user, std::int64_t index, const snt_any* element) {
  return with_gil([&] {
    Borrowed& self = borrowed(user);
    const nb::object value = lent_object(*element, self.runtime);
    if (PySequence_SetItem(self.object.ptr(), index, value.ptr()) < 0) raise_current();
  });
}

std::int32_t member(void* user, const char* name, snt_any* out) {
  return with_gil([&] {
    Borrowed& self = borrowed(user);
    PyObject* const object = self.object.ptr();
    result_from(self,
                owned(PyDict_Check(object) ? PyMapping_GetItemString(object, name)
                                           : PyObject_GetAttrString(object, name)),
                out);
  });
}

std::int32_t call(void* user, const snt_any* arguments, std::size_t count, snt_any* out) {
  return with_gil([&] {
    Borrowed& self = borrowed(user);
    const nb::object tuple = owned(PyTuple_New(static_cast<Py_ssize_t>(count)));
    for (std::size_t i = 0; i < count; ++i) {
      PyTuple_SET_ITEM(tuple.ptr(), static_cast<Py_ssize_t>(i),
                       lent_object(arguments[i], self.runtime).release().ptr());
    }
    result_from(self, owned(PyObject_CallObject(self.object.ptr(), tuple.ptr())), out);
  });
}

std::int32_t buffer(void* user, snt_foreign_buffer* out) {
  const nb::gil_scoped_acquire acquired;
  return guarded(1, [&] {
    Borrowed& self = borrowed(user);
    if (!self.buffer) {
      Py_buffer view;
      const int flags = PyBUF_FORMAT | PyBUF_C_CONTIGUOUS;
      if (PyObject_GetBuffer(self.object.ptr(), &view, flags | PyBUF_WRITABLE) < 0) {
        PyErr_Clear();
        if (PyObject_GetBuffer(self.object.ptr(), &view, flags) < 0) {
          PyErr_Clear();
          return 1;
        }
      }
      self.buffer = view;
    }
    const Py_buffer& view = *self.buffer;
    const char* const format = view.format != nullptr ? view.format : "B";
    const auto dtype = dtype_of_format(format, static_cast<std::size_t>(view.itemsize));
    if (!dtype) return 1;
    out->data = view.buf;
    out->dtype = *dtype;
    out->writable = view.readonly ? 0 : 1;
    out->size = view.len / view.itemsize;
    return 0;
  });
}

void foreign_from(nb::handle value, const RuntimeRef& runtime, snt_foreign& foreign) {
  PyObject* const object = value.ptr();
  const bool is_sequence = PySequence_Check(object) && !PyDict_Check(object);
  foreign = sized<snt_foreign>();
  foreign.description = Py_TYPE(object)->tp_name;
  foreign.release = release;
  foreign.retain = retain;
  foreign.member = member;
  if (is_sequence) {
    foreign.size = size;
    foreign.read = read;
    foreign.write = write;
    if (PyObject_CheckBuffer(object)) foreign.buffer = buffer;
  }
  if (PyCallable_Check(object)) foreign.call = call;
  foreign.user = new Borrowed{nb::borrow(value), runtime, {}, {}};
}

// Values are lent, not retained. `foreign` is filled in if the object is Python's own.
void any_from(nb::handle value, const RuntimeRef& runtime, snt_any& out, snt_foreign& foreign) {
  PyObject* const object = value.ptr();
  out = snt_any{};
  if (number_to_any(object, out) || object == Py_None) return;
  if (PyLong_Check(object)) {
    raise(PyExc_OverflowError, "%S does not fit in 64 bits", object);
  }
  if (const PolyglotValue* known = find_polyglot(value)) {
    out.kind = SNT_ANY_VALUE;
    out.value.object = known->native();
  } else if (PyUnicode_Check(object)) {
    out.kind = SNT_ANY_TEXT;
    out.value.text = PyUnicode_AsUTF8(object);
    if (out.value.text == nullptr) raise_current();
  } else if (PyIndex_Check(object) && !PySequence_Check(object)) {  // NumPy's integers
    out.kind = SNT_ANY_INT;
    out.value.i = PyLong_AsLongLong(owned(PyNumber_Index(object)).ptr());
    if (out.value.i == -1 && PyErr_Occurred()) raise_current();
  } else if (PyFloat_Check(object) || (PyNumber_Check(object) && !PySequence_Check(object))) {
    out.kind = SNT_ANY_FLOAT;
    out.value.f = PyFloat_AsDouble(object);
    if (out.value.f == -1.0 && PyErr_Occurred()) raise_current();
  } else {
    foreign_from(value, runtime, foreign);
    out.kind = SNT_ANY_FOREIGN;
    out.value.foreign = &foreign;
  }
}

}  // namespace

PolyglotArguments::PolyglotArguments(PyObject* const* values, std::size_t count,
                                     const RuntimeRef& runtime)
    : anys_(count), foreign_(count) {
  try {
    for (std::size_t i = 0; i < count; ++i) any_from(values[i], runtime, anys_[i], foreign_[i]);
  } catch (...) {
    for (snt_foreign& foreign : foreign_) {
      if (foreign.user != nullptr) foreign.release(foreign.user);
    }
    throw;
  }
}

PolyglotArguments::~PolyglotArguments() {
  if (handed_over_) return;
  for (snt_foreign& foreign : foreign_) {
    if (foreign.user != nullptr) foreign.release(foreign.user);
  }
}

PyObject* object_from(snt_any& result, const RuntimeRef& runtime) {
  switch (result.kind) {
    case SNT_ANY_NOTHING:
      Py_RETURN_NONE;
    case SNT_ANY_BOOL:
      return PyBool_FromLong(result.value.i != 0);
    case SNT_ANY_INT:
      return PyLong_FromLongLong(result.value.i);
    case SNT_ANY_FLOAT:
      return PyFloat_FromDouble(result.value.f);
    case SNT_ANY_TEXT: {
      PyObject* const text = PyUnicode_FromString(result.value.text);
      snt_any_release(&result);
      return text;
    }
    case SNT_ANY_FOREIGN: {
      nb::object object = borrowed(result.value.user).object;
      release(result.value.user);
      return object.release().ptr();
    }
    default:
      return wrap(PolyglotHandle(result.value.object), runtime).release().ptr();
  }
}

void check_call(snt_error* error) {
  if (PyErr_Occurred()) {
    snt_error_release(error);
    raise_current();
  }
  check(error);
}

}  // namespace sennit::python
