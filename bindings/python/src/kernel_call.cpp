// bindings/python/src/kernel_call.cpp: k[grid, block](...), the path that every launch takes.
//
// It allocates one object, the operation that it returns. The GIL is kept: a submission takes less
// than giving it up and getting it back does, unless so much is in flight that it waits for room.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <structmember.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "arguments.h"
#include "array.h"
#include "errors.h"
#include "kernel.h"

namespace sennit::python {
namespace {

constexpr std::size_t kUsualArguments = 24;
// How often the kernel call looks at how much is in flight, and what it takes for much. Well below
// what makes a submission wait on any device.
constexpr int kCallsBetweenLooks = 64;
constexpr std::uint64_t kCrowd = 512;

PyTypeObject* operation_type = nullptr;

// Whether a launch may have to wait for room.
bool is_crowded(Runtime& runtime) {
  if (--runtime.calls_until_look > 0) return runtime.crowded;
  runtime.calls_until_look = kCallsBetweenLooks;
  auto statistics = sized<snt_statistics>();
  snt_error* const error = snt_runtime_statistics(runtime.handle.get(), &statistics);
  snt_error_release(error);
  runtime.crowded = error == nullptr && statistics.in_flight > kCrowd;
  return runtime.crowded;
}

// An int or float that is exactly that, and an array, are packed here; the rest is rare.
inline void pack_argument(PyObject* value, const char* kernel, std::size_t position,
                          std::optional<KeptArguments>& kept, snt_argument& out) {
  PyTypeObject* const type = Py_TYPE(value);
  if (type == array_type) {
    out.kind = SNT_ARGUMENT_ARRAY;
    out.bytes = 0;
    out.value.array = array_of(value).native();
  } else if (type == &PyFloat_Type) {
    out.kind = SNT_ARGUMENT_FLOAT;
    out.bytes = 0;
    out.value.f = PyFloat_AS_DOUBLE(value);
  } else if (type == &PyLong_Type) {
    int overflow = 0;
    out.kind = SNT_ARGUMENT_INT;
    out.bytes = 0;
    out.value.i = PyLong_AsLongLongAndOverflow(value, &overflow);
    if (overflow != 0) pack_other_argument(value, kernel, position, kept, out);
  } else {
    pack_other_argument(value, kernel, position, kept, out);
  }
}

// The operations in after=[...].
std::vector<snt_operation> operations_from(nb::handle after) {
  if (after.is_none()) return {};
  std::vector<snt_operation> ids;
  for (const nb::handle operation : after) {
    if (Py_TYPE(operation.ptr()) != operation_type) {
      raise(PyExc_TypeError, "after has a %.200s; it takes what launches return",
            Py_TYPE(operation.ptr())->tp_name);
    }
    ids.push_back(nb::inst_ptr<Operation>(operation)->id);
  }
  return ids;
}

// The arrays in touches=[...].
std::vector<snt_array*> arrays_from(nb::handle touches) {
  std::vector<snt_array*> arrays;
  for (const nb::handle array : touches) {
    if (Py_TYPE(array.ptr()) != array_type) {
      raise(PyExc_TypeError, "touches has a %.200s; it takes arrays",
            Py_TYPE(array.ptr())->tp_name);
    }
    arrays.push_back(array_of(array.ptr()).native());
  }
  return arrays;
}

// The call's keywords, kept while it lasts.
struct Keywords {
  std::vector<snt_operation> after;
  std::optional<std::vector<snt_array*>> touches;

  void parse(PyObject* names, PyObject* const* values) {
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); ++i) {
      PyObject* const name = PyTuple_GET_ITEM(names, i);
      if (PyUnicode_CompareWithASCIIString(name, "after") == 0) {
        after = operations_from(values[i]);
      } else if (PyUnicode_CompareWithASCIIString(name, "touches") == 0) {
        if (values[i] != Py_None) touches = arrays_from(values[i]);
      } else {
        raise(PyExc_TypeError, "a launch has no keyword '%U'; known: after, touches", name);
      }
    }
  }
  void give(snt_launch_config& config) const {
    static snt_array* const none = nullptr;
    config.after = after.data();
    config.after_count = after.size();
    if (!touches) return;
    config.touches = touches->empty() ? &none : touches->data();
    config.touch_count = touches->size();
  }
};

// Where Python is now. Only for traces: it costs as much as the launch.
void locate_caller(snt_launch_config& config) {
  PyFrameObject* const frame = PyEval_GetFrame();  // borrowed
  if (frame == nullptr) return;
  const nb::object code = owned(reinterpret_cast<PyObject*>(PyFrame_GetCode(frame)));
  config.file = snt_intern(nb::str(code.attr("co_filename")).c_str());
  config.line = PyFrame_GetLineNumber(frame);
}

nb::object make_operation(const ConfiguredKernel& configured, snt_operation id) {
  nb::object result = nb::inst_alloc(reinterpret_cast<PyObject*>(operation_type));
  new (nb::inst_ptr<Operation>(result))
      Operation{configured.runtime_object, configured.runtime->handle.get(), id};
  nb::inst_mark_ready(result);
  return result;
}

PyObject* launch(ConfiguredKernel& configured, PyObject* const* values, std::size_t count,
                 PyObject* keyword_names) {
  std::array<snt_argument, kUsualArguments> usual;
  std::vector<snt_argument> many;
  snt_argument* arguments = usual.data();
  if (count > usual.size()) {
    many.resize(count);
    arguments = many.data();
  }
  const char* const name = snt_kernel_name(configured.kernel.get());
  std::optional<KeptArguments> kept;
  for (std::size_t i = 0; i < count; ++i) pack_argument(values[i], name, i, kept, arguments[i]);

  Runtime& runtime = *configured.runtime;
  const snt_launch_config* config = &configured.config;
  snt_launch_config special;
  Keywords keywords;
  if (keyword_names != nullptr || runtime.traces > 0) {
    special = configured.config;
    if (keyword_names != nullptr) keywords.parse(keyword_names, values + count);
    keywords.give(special);
    if (runtime.traces > 0) locate_caller(special);
    config = &special;
  }

  snt_operation id = 0;
  snt_error* error = nullptr;
  const auto submit = [&] {
    error = snt_kernel_launch(configured.kernel.get(), config, arguments, count, &id);
  };
  ++runtime.submissions;
  if (configured.launched && !is_crowded(runtime)) {
    submit();
  } else {
    configured.launched = true;
    without_gil(submit);
  }
  check(error);
  return make_operation(configured, id).release().ptr();
}

PyObject* call(PyObject* self, PyObject* const* values, std::size_t flagged_count,
               PyObject* keyword_names) noexcept {
  return guarded(static_cast<PyObject*>(nullptr), [&] {
    return launch(*nb::inst_ptr<ConfiguredKernel>(self), values,
                  static_cast<std::size_t>(PyVectorcall_NARGS(flagged_count)), keyword_names);
  });
}

// Where CPython finds ConfiguredKernel::vectorcall: nanobind puts a C++ object right behind the 8
// bytes that it adds to PyObject. `wrap` checks it.
constexpr Py_ssize_t kVectorcallOffset = sizeof(PyObject) + 8;

PyMemberDef configured_members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, kVectorcallOffset, READONLY, nullptr},
    {nullptr, 0, 0, 0, nullptr},
};

PyType_Slot configured_slots[] = {
    {Py_tp_call, reinterpret_cast<void*>(PyVectorcall_Call)},
    {Py_tp_members, configured_members},
    {0, nullptr},
};

std::string configured_repr(const ConfiguredKernel& self) {
  const auto extent = [](const std::uint32_t(&extents)[3]) {
    return "(" + std::to_string(extents[0]) + ", " + std::to_string(extents[1]) + ", " +
           std::to_string(extents[2]) + ")";
  };
  return std::string("<sennit.ConfiguredKernel ") + snt_kernel_name(self.kernel.get()) +
         "[grid=" + extent(self.config.grid) + ", block=" + extent(self.config.block) +
         ", shared_bytes=" + std::to_string(self.config.shared_bytes) + "]>";
}

}  // namespace

nb::object wrap(ConfiguredKernel configured) {
  configured.vectorcall = call;
  nb::object result = nb::cast(std::move(configured));
  const vectorcallfunc* slot = &nb::inst_ptr<ConfiguredKernel>(result)->vectorcall;
  if (reinterpret_cast<const char*>(slot) !=
      reinterpret_cast<const char*>(result.ptr()) + kVectorcallOffset) {
    raise(PyExc_SystemError, "this nanobind lays objects out otherwise; see kernel_call.cpp");
  }
  return result;
}

void bind_kernel_call(nb::module_& module) {
  nb::class_<Operation> operation(module, "Operation", nb::is_final(), nb::pooled(),
                                  "A submitted launch: for `after`, and to wait for.");
  operation
      .def(
          "wait",
          [](const Operation& self) {
            check(without_gil([&] { return snt_operation_wait(self.runtime, self.id); }));
          },
          "Blocks until the launch is done; raises its failure.")
      .def("__repr__", [](const Operation& self) {
        return "<sennit.Operation " + std::to_string(self.id) + ">";
      });
  operation_type = reinterpret_cast<PyTypeObject*>(operation.ptr());

  nb::class_<ConfiguredKernel> configured(
      module, "ConfiguredKernel", nb::is_final(), nb::type_slots(configured_slots),
      "A kernel with its grid and block: calling it with the kernel's arguments launches it, at "
      "once, and returns an Operation. The keyword `after` names operations to run after; "
      "`touches` the arrays that the kernel comes to through pointers in memory (without it, and "
      "if the code shows that it may follow such pointers: all whose `pointer` was asked for).");
  configured.def("__repr__", &configured_repr);
  auto* const type = reinterpret_cast<PyTypeObject*>(configured.ptr());
  type->tp_flags |= Py_TPFLAGS_HAVE_VECTORCALL;
  PyType_Modified(type);
}

}  // namespace sennit::python
