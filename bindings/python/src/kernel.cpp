// bindings/python/src/kernel.cpp: building kernels and configuring launches.
#include "kernel.h"

#include <nanobind/stl/string.h>

#include <cstring>
#include <limits>
#include <string_view>
#include <vector>

#include "array.h"
#include "creation.h"
#include "dtype.h"
#include "errors.h"

namespace sennit::python {
namespace {

std::uint32_t extent_from(nb::handle value, const char* what) {
  const nb::object integer = owned(PyNumber_Index(value.ptr()));
  int overflow = 0;
  const long long extent = PyLong_AsLongLongAndOverflow(integer.ptr(), &overflow);
  if (overflow != 0 || extent < 0 || extent > std::numeric_limits<std::uint32_t>::max()) {
    raise(PyExc_ValueError, "%s: %S is not possible; it is from 0 to 4294967295", what,
          integer.ptr());
  }
  return static_cast<std::uint32_t>(extent);
}

void extents_from(nb::handle value, const char* what, std::uint32_t (&out)[3]) {
  out[0] = out[1] = out[2] = 1;
  if (PyIndex_Check(value.ptr())) {
    out[0] = extent_from(value, what);
  } else if (PyTuple_Check(value.ptr()) || PyList_Check(value.ptr())) {
    const Py_ssize_t count = PySequence_Fast_GET_SIZE(value.ptr());
    if (count < 1 || count > 3) {
      raise(PyExc_ValueError, "%s has %zd dimensions; it takes one to three", what, count);
    }
    for (Py_ssize_t i = 0; i < count; ++i)
      out[i] = extent_from(PySequence_Fast_GET_ITEM(value.ptr(), i), what);
  } else {
    raise(PyExc_TypeError, "%s is %R; it takes an int or a tuple of one to three", what,
          value.ptr());
  }
  for (const std::uint32_t extent : out) {
    // The C ABI would take 0 for 1.
    if (extent == 0)
      raise(PyExc_ValueError, "%s is %R; each extent is at least 1", what, value.ptr());
  }
}

bool same(const snt_launch_config& a, const snt_launch_config& b) {
  return std::memcmp(a.grid, b.grid, sizeof a.grid) == 0 &&
         std::memcmp(a.block, b.block, sizeof a.block) == 0 && a.shared_bytes == b.shared_bytes &&
         a.cooperative == b.cooperative && std::memcmp(a.cluster, b.cluster, sizeof a.cluster) == 0;
}

// k[grid, block] and k[grid, block, shared_bytes]
PyObject* kernel_subscript(PyObject* self, PyObject* key) noexcept {
  return guarded(static_cast<PyObject*>(nullptr), [&]() -> PyObject* {
    const Py_ssize_t count = PyTuple_Check(key) ? PyTuple_GET_SIZE(key) : 0;
    if (count != 2 && count != 3) {
      raise(PyExc_TypeError,
            "a kernel is configured by k[grid, block] or "
            "k[grid, block, shared_bytes]");
    }
    return configure(*nb::inst_ptr<Kernel>(self), PyTuple_GET_ITEM(key, 0),
                     PyTuple_GET_ITEM(key, 1),
                     count == 3 ? nb::handle(PyTuple_GET_ITEM(key, 2)) : nb::handle(), false,
                     nb::handle())
        .release()
        .ptr();
  });
}

PyType_Slot kernel_slots[] = {
    {Py_mp_subscript, reinterpret_cast<void*>(kernel_subscript)},
    {0, nullptr},
};

std::string kernel_repr(const Kernel& self) {
  return std::string("<sennit.Kernel ") + snt_kernel_signature(self.kernel.get()) + ">";
}

// What users give as the code of a kernel.
class Code {
 public:
  explicit Code(nb::handle given) {
    if (PyBytes_Check(given.ptr())) {
      text_ = {PyBytes_AS_STRING(given.ptr()),
               static_cast<std::size_t>(PyBytes_GET_SIZE(given.ptr()))};
      is_image_ = true;
      return;
    }
    Py_ssize_t bytes = 0;
    if (!PyUnicode_Check(given.ptr())) {
      raise(PyExc_TypeError,
            "a kernel is made of a str (CUDA C++ or PTX) or bytes (PTX, a cubin, a fatbin), not of "
            "%.200s",
            Py_TYPE(given.ptr())->tp_name);
    }
    const char* const first = PyUnicode_AsUTF8AndSize(given.ptr(), &bytes);
    if (first == nullptr) raise_current();
    text_ = {first, static_cast<std::size_t>(bytes)};
    is_image_ = is_ptx(text_);
  }
  const char* data() const { return text_.data(); }  // ends with a zero
  std::size_t bytes() const { return text_.size(); }
  bool is_image() const { return is_image_; }

 private:
  // Behind comments, PTX starts with its version, which C++ cannot.
  static bool is_ptx(std::string_view text) {
    for (;;) {
      const std::size_t start = text.find_first_not_of(" \t\r\n");
      if (start == std::string_view::npos) return false;
      text.remove_prefix(start);
      if (!text.starts_with("//")) return text.starts_with(".version");
      const std::size_t end = text.find('\n');
      if (end == std::string_view::npos) return false;
      text.remove_prefix(end);
    }
  }

  std::string_view text_;
  bool is_image_ = false;
};

nb::object variable(const Kernel& kernel, const std::string& name, nb::handle dtype,
                    nb::handle shape) {
  const snt_dtype type = dtype_from(dtype);
  std::vector<std::int64_t> extents;
  if (!shape.is_none()) extents = shape_from(shape);
  static constexpr std::int64_t kNone[1] = {};
  const std::int64_t* const given = extents.empty() ? kNone : extents.data();
  snt_array* array = nullptr;
  check(without_gil([&] {
    return snt_kernel_variable(kernel.kernel.get(), name.c_str(), type,
                               static_cast<std::int32_t>(extents.size()),
                               shape.is_none() ? nullptr : given, &array);
  }));
  return wrap(ArrayHandle(array), kernel.runtime);
}

}  // namespace

nb::object configure(Kernel& kernel, nb::handle grid, nb::handle block, nb::handle shared_bytes,
                     bool cooperative, nb::handle cluster) {
  auto config = sized<snt_launch_config>();
  extents_from(grid, "grid", config.grid);
  extents_from(block, "block", config.block);
  if (shared_bytes.is_valid()) config.shared_bytes = extent_from(shared_bytes, "shared_bytes");
  config.cooperative = cooperative ? 1 : 0;
  if (cluster.is_valid() && !cluster.is_none()) extents_from(cluster, "cluster", config.cluster);
  if (kernel.last.is_valid() && same(config, nb::inst_ptr<ConfiguredKernel>(kernel.last)->config))
    return kernel.last;
  ConfiguredKernel configured;
  configured.kernel.reset(snt_kernel_retain(kernel.kernel.get()));
  configured.runtime_object = kernel.runtime.object();
  configured.runtime = nb::inst_ptr<Runtime>(configured.runtime_object);
  configured.config = config;
  kernel.last = wrap(std::move(configured));
  return kernel.last;
}

nb::object build_kernel(const RuntimeRef& runtime, nb::handle source, const std::string& name,
                        nb::handle signature, nb::handle options, nb::handle source_name) {
  const auto optional_text = [](nb::handle text) {
    return text.is_none() ? std::string() : nb::cast<std::string>(text);
  };
  if (nb::isinstance<nb::str>(options)) {
    raise(PyExc_TypeError, "options is the string %R; it takes a list of strings", options.ptr());
  }
  const std::string signature_text = optional_text(signature);
  const std::string source_name_text = optional_text(source_name);
  std::vector<std::string> option_texts;
  for (const nb::handle option : options) option_texts.push_back(nb::cast<std::string>(option));
  std::vector<const char*> option_pointers;
  for (const std::string& option : option_texts) option_pointers.push_back(option.c_str());

  auto config = sized<snt_kernel_config>();
  const Code code(source);
  config.source = code.is_image() ? nullptr : code.data();
  config.image = code.is_image() ? code.data() : nullptr;
  config.image_bytes = code.is_image() ? code.bytes() : 0;
  config.name = name.c_str();
  config.signature = signature.is_none() ? nullptr : signature_text.c_str();
  config.source_name = source_name.is_none() ? nullptr : source_name_text.c_str();
  config.options = option_pointers.data();
  config.option_count = option_pointers.size();
  snt_kernel* kernel = nullptr;
  check(without_gil([&] { return snt_kernel_build(runtime.native(), &config, &kernel); }));
  return nb::cast(Kernel(KernelHandle(kernel), runtime));
}

void bind_kernel(nb::module_& module) {
  nb::class_<Kernel>(module, "Kernel", nb::is_final(), nb::type_slots(kernel_slots),
                     "A compiled kernel. k[grid, block](...) launches it.")
      .def(
          "__call__",
          [](Kernel& self, nb::handle grid, nb::handle block, nb::handle shared_bytes,
             bool cooperative, nb::handle cluster) {
            return configure(self, grid, block, shared_bytes, cooperative, cluster);
          },
          nb::arg("grid"), nb::arg("block"), nb::arg("shared_bytes") = 0, nb::kw_only(),
          nb::arg("cooperative") = false, nb::arg("cluster") = nb::none(),
          nb::sig("def __call__(self, grid: int | tuple[int, ...], block: int | tuple[int, ...], "
                  "shared_bytes: int = 0, *, cooperative: bool = False, "
                  "cluster: int | tuple[int, ...] | None = None) -> ConfiguredKernel"),
          "Configures a launch: blocks, threads of a block, and bytes of dynamic shared memory. "
          "`cooperative`: all blocks are resident at once, so grid.sync() is allowed. "
          "`cluster`: blocks that share distributed shared memory; it divides the grid.")
      .def("variable", &variable, nb::arg("name"), nb::arg("dtype"), nb::arg("shape") = nb::none(),
           nb::sig("def variable(self, name: str, dtype: typing.Any, "
                   "shape: int | collections.abc.Sequence[int] | None = None) -> Array"),
           "The __device__ or __constant__ variable `name` of the kernel's code as an array, which "
           "is read and written like any other: k.variable(\"factors\", \"float32\")[:] = values. "
           "`shape`: one dimension. Launches from now on are ordered with it.")
      .def_prop_ro("name", [](const Kernel& self) { return snt_kernel_name(self.kernel.get()); })
      .def_prop_ro(
          "signature", [](const Kernel& self) { return snt_kernel_signature(self.kernel.get()); },
          "\"saxpy(n: sint32, x: in pointer float, y: inout pointer float)\"")
      .def_prop_ro("launch_count",
                   [](const Kernel& self) { return snt_kernel_launch_count(self.kernel.get()); })
      .def_prop_ro(
          "runtime", [](const Kernel& self) { return self.runtime.object(); },
          nb::sig("def runtime(self) -> Runtime"))
      .def("__repr__", &kernel_repr);
}

}  // namespace sennit::python
