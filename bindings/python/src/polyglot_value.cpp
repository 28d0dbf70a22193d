// bindings/python/src/polyglot_value.cpp: x[i], x.member, x(...) and len(x) of GrCUDA's objects.
//
// An element that the host has is read and written with the GIL, without a lock or an allocation
// but Python's own; all else gives the GIL up, since it may wait.
#include "polyglot_value.h"

#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <string>
#include <utility>
#include <vector>

#include "array.h"
#include "errors.h"
#include "polyglot_any.h"

namespace sennit::python {

PolyglotValue::PolyglotValue(PolyglotHandle handle, RuntimeRef runtime)
    : runtime_(std::move(runtime)),
      handle_(std::move(handle)),
      traits_(snt_value_traits_of(handle_.get())) {
  if (has_elements()) check(snt_value_size(handle_.get(), &size_));
}

nb::object wrap(PolyglotHandle handle, const RuntimeRef& runtime) {
  return nb::cast(PolyglotValue(std::move(handle), runtime));
}

namespace {

std::string text_from(snt_any& text) {
  const std::string copy = text.value.text;
  snt_any_release(&text);
  return copy;
}

std::string description_of(const PolyglotValue& self) {
  snt_any text{};
  check(snt_value_describe(self.native(), &text));
  return text_from(text);
}

// ---- Elements ----------------------------------------------------------------------------------

std::int64_t index_from(const PolyglotValue& self, PyObject* key) {
  if (!self.has_elements()) {
    raise(PyExc_TypeError, "%s has no elements", description_of(self).c_str());
  }
  const Py_ssize_t given = PyNumber_AsSsize_t(key, PyExc_IndexError);
  if (given == -1 && PyErr_Occurred()) raise_current();
  const std::int64_t index = given < 0 ? given + self.size() : given;
  if (index < 0 || index >= self.size()) {
    raise(PyExc_IndexError, "index %zd is out of range: %s has %lld elements", given,
          description_of(self).c_str(), static_cast<long long>(self.size()));
  }
  return index;
}

PyObject* read(PolyglotValue& self, std::int64_t index) {
  if (PyObject* const row = self.kept_row(index)) return nb::borrow(row).release().ptr();
  snt_any element;
  if (snt_value_read_now(self.native(), index, &element) != 0) {
    return object_from(element, self.runtime());
  }
  check_call(without_gil([&] { return snt_value_read(self.native(), index, &element); }));
  const bool is_object = element.kind == SNT_ANY_VALUE;
  nb::object object = owned(object_from(element, self.runtime()));
  if (is_object) self.keep_row(index, object);
  return object.release().ptr();
}

void write(const PolyglotValue& self, std::int64_t index, PyObject* value) {
  snt_any number;
  if (number_to_any(value, number) && snt_value_write_now(self.native(), index, &number) != 0) {
    return;
  }
  PolyglotArguments element(&value, 1, self.runtime());
  element.handed_over();
  ++self.runtime()->submissions;
  check_call(without_gil([&] { return snt_value_write(self.native(), index, element.data()); }));
}

// Calls `visit(index, position)` for each element of a slice.
template <typename Visit>
Py_ssize_t for_slice(const PolyglotValue& self, PyObject* key, Visit&& visit) {
  Py_ssize_t start = 0;
  Py_ssize_t stop = 0;
  Py_ssize_t step = 0;
  if (!self.has_elements()) {
    raise(PyExc_TypeError, "%s has no elements", description_of(self).c_str());
  }
  if (PySlice_Unpack(key, &start, &stop, &step) < 0) raise_current();
  const Py_ssize_t count = PySlice_AdjustIndices(self.size(), &start, &stop, step);
  for (Py_ssize_t i = 0; i < count; ++i) visit(start + i * step, i);
  return count;
}

PyObject* member_or_null(const PolyglotValue& self, const char* name) {
  snt_any member{};
  std::int32_t found = 0;
  check_call(without_gil([&] { return snt_value_member(self.native(), name, &member, &found); }));
  return found != 0 ? object_from(member, self.runtime()) : nullptr;
}

PyObject* subscript(PyObject* object, PyObject* key) noexcept {
  return guarded(static_cast<PyObject*>(nullptr), [&]() -> PyObject* {
    PolyglotValue& self = polyglot_of(object);
    if (PySlice_Check(key)) {
      const nb::object list = owned(PyList_New(0));
      for_slice(self, key, [&](Py_ssize_t index, Py_ssize_t) {
        const nb::object element = owned(read(self, index));
        if (PyList_Append(list.ptr(), element.ptr()) < 0) raise_current();
      });
      return nb::object(list).release().ptr();
    }
    if (PyUnicode_Check(key)) {  // the map of options
      PyObject* const member = member_or_null(self, PyUnicode_AsUTF8(key));
      if (member == nullptr && !PyErr_Occurred()) PyErr_SetObject(PyExc_KeyError, key);
      return member;
    }
    return read(self, index_from(self, key));
  });
}

int assign_subscript(PyObject* object, PyObject* key, PyObject* value) noexcept {
  return guarded(-1, [&] {
    const PolyglotValue& self = polyglot_of(object);
    if (value == nullptr) raise(PyExc_TypeError, "elements of an array cannot be deleted");
    if (!PySlice_Check(key)) {
      write(self, index_from(self, key), value);
      return 0;
    }
    const Py_ssize_t given = PySequence_Size(value);
    if (given < 0) raise_current();
    const Py_ssize_t wanted = for_slice(self, key, [](Py_ssize_t, Py_ssize_t) {});
    if (given != wanted) {
      raise(PyExc_ValueError, "%zd values for a slice of %zd elements: an array keeps its size",
            given, wanted);
    }
    for_slice(self, key, [&](Py_ssize_t index, Py_ssize_t position) {
      write(self, index, owned(PySequence_GetItem(value, position)).ptr());
    });
    return 0;
  });
}

Py_ssize_t length(PyObject* object) noexcept {
  const PolyglotValue& self = polyglot_of(object);
  if (self.has_elements()) return static_cast<Py_ssize_t>(self.size());
  return guarded(Py_ssize_t{-1}, [&]() -> Py_ssize_t {
    raise(PyExc_TypeError, "%s has no length", description_of(self).c_str());
  });
}

PyObject* item(PyObject* object, Py_ssize_t index) noexcept {
  return guarded(static_cast<PyObject*>(nullptr), [&]() -> PyObject* {
    PolyglotValue& self = polyglot_of(object);
    if (index < 0 || index >= self.size()) raise(PyExc_IndexError, "the end of the elements");
    return read(self, index);
  });
}

PyObject* iterate(PyObject* object) noexcept {
  return guarded(static_cast<PyObject*>(nullptr), [&]() -> PyObject* {
    const PolyglotValue& self = polyglot_of(object);
    if (!self.has_elements()) {
      raise(PyExc_TypeError, "%s has no elements", description_of(self).c_str());
    }
    return PySeqIter_New(object);
  });
}

// ---- Members, calls ----------------------------------------------------------------------------

// What NumPy and other libraries look for is that of the tracked array.
nb::object tracked_array(const PolyglotValue& self) {
  snt_array* array = nullptr;
  check(snt_value_array(self.native(), &array));
  return wrap(ArrayHandle(array), self.runtime());
}

PyObject* attribute(PyObject* object, PyObject* name) noexcept {
  PyObject* const own = PyObject_GenericGetAttr(object, name);
  if (own != nullptr || !PyErr_ExceptionMatches(PyExc_AttributeError)) return own;
  PyErr_Clear();
  return guarded(static_cast<PyObject*>(nullptr), [&]() -> PyObject* {
    PolyglotValue& self = polyglot_of(object);
    self.forget_row();
    const char* const text = PyUnicode_AsUTF8(name);
    if (text == nullptr) raise_current();
    const std::string_view wanted = text;
    if (self.has_elements() &&
        (wanted == "__array__" || wanted == "__dlpack__" || wanted == "__dlpack_device__")) {
      return PyObject_GetAttr(tracked_array(self).ptr(), name);
    }
    PyObject* const member = wanted.starts_with("__") ? nullptr : member_or_null(self, text);
    if (member == nullptr && !PyErr_Occurred()) {
      raise(PyExc_AttributeError, "%s has no member '%U'", description_of(self).c_str(), name);
    }
    return member;
  });
}

std::vector<std::string> member_names(const PolyglotValue& self) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < snt_value_member_count(self.native()); ++i) {
    snt_any name{};
    check(snt_value_member_name(self.native(), i, &name));
    names.push_back(text_from(name));
  }
  return names;
}

PyObject* call(PyObject* object, PyObject* values, PyObject* keywords) noexcept {
  return guarded(static_cast<PyObject*>(nullptr), [&]() -> PyObject* {
    const PolyglotValue& self = polyglot_of(object);
    if (keywords != nullptr && PyDict_GET_SIZE(keywords) > 0) {
      raise(PyExc_TypeError, "%s takes no keywords", description_of(self).c_str());
    }
    PolyglotArguments arguments(PySequence_Fast_ITEMS(values),
                                static_cast<std::size_t>(PyTuple_GET_SIZE(values)), self.runtime());
    snt_any result{};
    ++self.runtime()->submissions;
    arguments.handed_over();
    check_call(without_gil([&] {
      return snt_value_call(self.native(), arguments.data(), arguments.size(), &result);
    }));
    return object_from(result, self.runtime());
  });
}

int truth(PyObject* object) noexcept {
  const std::int32_t truth = snt_value_truth(polyglot_of(object).native());
  return truth < 0 ? 1 : truth;
}

PyType_Slot slots[] = {
    {Py_mp_subscript, reinterpret_cast<void*>(subscript)},
    {Py_mp_ass_subscript, reinterpret_cast<void*>(assign_subscript)},
    {Py_mp_length, reinterpret_cast<void*>(length)},
    {Py_sq_length, reinterpret_cast<void*>(length)},
    {Py_sq_item, reinterpret_cast<void*>(item)},
    {Py_tp_iter, reinterpret_cast<void*>(iterate)},
    {Py_tp_getattro, reinterpret_cast<void*>(attribute)},
    {Py_tp_call, reinterpret_cast<void*>(call)},
    {Py_nb_bool, reinterpret_cast<void*>(truth)},
    {0, nullptr},
};

// ---- Programs ----------------------------------------------------------------------------------

using ProgramHandle = Handle<snt_grcuda, snt_grcuda_release>;

struct Program {
  RuntimeRef runtime;
  ProgramHandle handle;
};

void construct(Program* self, nb::handle runtime,
               const std::vector<std::pair<std::string, std::string>>& options) {
  std::vector<snt_option> given;
  for (const auto& [name, value] : options) given.push_back({name.c_str(), value.c_str()});
  const RuntimeRef ref(runtime);
  snt_grcuda* program = nullptr;
  check(snt_grcuda_create(ref.native(), given.data(), given.size(), &program));
  new (self) Program{ref, ProgramHandle(program)};
}

nb::object eval(const Program& self, const std::string& expression) {
  snt_any result{};
  ++self.runtime->submissions;
  check_call(
      without_gil([&] { return snt_grcuda_eval(self.handle.get(), expression.c_str(), &result); }));
  return owned(object_from(result, self.runtime));
}

}  // namespace

void bind_polyglot(nb::module_& module) {
  nb::class_<PolyglotValue> value(module, "PolyglotValue", nb::is_final(), nb::type_slots(slots),
                                  "An object of a GrCUDA program: an array, a kernel, a function, "
                                  "a namespace, a device.");
  polyglot_type = reinterpret_cast<PyTypeObject*>(value.ptr());
  value.def("__repr__", &description_of)
      .def("__dir__", &member_names)
      .def("tracked_array", &tracked_array, nb::sig("def tracked_array(self) -> Array"),
           "The sennit.Array behind a device array.");

  nb::class_<Program>(module, "PolyglotProgram", nb::is_final(),
                      "A GrCUDA program: its root namespace on a runtime.")
      .def("__init__", &construct, nb::arg("runtime"), nb::arg("options"),
           nb::sig("def __init__(self, runtime: Runtime, options: "
                   "collections.abc.Sequence[tuple[str, str]]) -> None"))
      .def("eval", &eval, nb::arg("expression"),
           nb::sig("def eval(self, expression: str) -> "
                   "typing.Any"),
           "What one expression of GrCUDA's language stands for.");
}

}  // namespace sennit::python
