// bindings/python/src/runtime.cpp: sennit.Runtime, its devices, options and statistics.
#include "runtime.h"

#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <string>
#include <vector>

#include "array.h"
#include "creation.h"
#include "device_exchange.h"
#include "dlpack.h"
#include "errors.h"
#include "kernel.h"
#include "trace.h"

namespace sennit::python {
namespace {

// Their names live as long as the runtime.
struct Device {
  nb::object runtime;
  snt_device_info info;
};

RuntimeRef ref(const Runtime& self) { return RuntimeRef(nb::find(&self)); }

// True becomes "true", 4 becomes "4".
std::string option_text(nb::handle value) {
  if (PyBool_Check(value.ptr())) return value.is(Py_True) ? "true" : "false";
  return nb::str(value).c_str();
}

void construct(Runtime* self, nb::handle device, const nb::kwargs& options) {
  const std::string device_text = device.is_none() ? "" : nb::cast<std::string>(device);
  std::vector<std::string> texts;
  for (const auto& [name, value] : options) {
    texts.push_back(nb::cast<std::string>(name));
    texts.push_back(option_text(value));
  }
  std::vector<snt_option> given;
  for (std::size_t i = 0; i < texts.size(); i += 2)
    given.push_back({texts[i].c_str(), texts[i + 1].c_str()});

  auto config = sized<snt_runtime_config>();
  config.device = device.is_none() ? nullptr : device_text.c_str();
  config.options = given.data();
  config.option_count = given.size();
  snt_runtime* runtime = nullptr;
  check(without_gil([&] { return snt_runtime_create(&config, &runtime); }));
  (new (self) Runtime)->handle.reset(runtime);
}

nb::object open_default() {
  snt_runtime* runtime = nullptr;
  check(without_gil([&] { return snt_runtime_default(&runtime); }));
  Runtime result;
  result.handle.reset(runtime);
  return nb::cast(std::move(result));
}

std::vector<Device> devices(const Runtime& self) {
  std::vector<Device> result;
  for (std::int32_t i = 0; i < snt_runtime_device_count(self.handle.get()); ++i) {
    Device device{nb::find(&self), sized<snt_device_info>()};
    check(snt_runtime_device_info(self.handle.get(), i, &device.info));
    result.push_back(std::move(device));
  }
  return result;
}

snt_statistics statistics(const Runtime& self) {
  auto result = sized<snt_statistics>();
  check(snt_runtime_statistics(self.handle.get(), &result));
  return result;
}

std::vector<snt_option_info> options() {
  std::vector<snt_option_info> result(snt_option_count(), sized<snt_option_info>());
  for (std::size_t i = 0; i < result.size(); ++i) check(snt_option_describe(i, &result[i]));
  return result;
}

void bind_values(nb::module_& module) {
  nb::class_<Device>(module, "Device", nb::is_final(), "A device of a runtime.")
      .def_prop_ro("name", [](const Device& self) { return self.info.name; })
      .def_prop_ro(
          "kind", [](const Device& self) { return self.info.kind; },
          "\"cuda\", \"cpu\" or \"virtual\"")
      .def_prop_ro("architecture", [](const Device& self) { return self.info.architecture; })
      .def_prop_ro(
          "memory_bytes", [](const Device& self) { return self.info.memory_bytes; },
          "0: not limited.")
      .def_prop_ro(
          "max_shared_bytes", [](const Device& self) { return self.info.max_shared_bytes; },
          "Of a block.")
      .def_prop_ro("max_threads_per_block",
                   [](const Device& self) { return self.info.max_threads_per_block; })
      .def_prop_ro("multiprocessors", [](const Device& self) { return self.info.multiprocessors; })
      .def("__repr__", [](const Device& self) {
        return std::string("<sennit.Device ") + self.info.kind + ": " + self.info.name + ">";
      });

  nb::class_<snt_statistics>(module, "Statistics", nb::is_final(),
                             "What a runtime has done since it was made.")
      .def_ro("operations", &snt_statistics::operations,
              "Launches, copies, fills, host reads and writes, transfers.")
      .def_ro("launches", &snt_statistics::launches)
      .def_ro("transfers", &snt_statistics::transfers, "Copies and fills that sennit added.")
      .def_ro("transfer_bytes", &snt_statistics::transfer_bytes)
      .def_ro("streams", &snt_statistics::streams, "That exist now, on all devices.")
      .def_ro("in_flight", &snt_statistics::in_flight, "Operations not known to be complete now.")
      .def_ro("live_arrays", &snt_statistics::live_arrays, "Now; views do not count.")
      .def_ro("allocated_bytes", &snt_statistics::allocated_bytes, "Device and host, now.")
      .def_ro("replays", &snt_statistics::replays, "Graphs that repeated work ran as.")
      .def_ro("replayed", &snt_statistics::replayed, "Operations and transfers that ran in them.")
      .def_ro("replay_graphs", &snt_statistics::replay_graphs, "Graphs made.")
      .def_ro("replay_updates", &snt_statistics::replay_updates,
              "Operations of graphs that were given other arguments.")
      .def_ro("replay_misses", &snt_statistics::replay_misses,
              "Times that held-back work ran one by one, as there was no graph of it yet.")
      .def_ro("replay_strays", &snt_statistics::replay_strays,
              "Times that it ran early, as something else came than in the repetitions before.")
      .def_ro("replay_waits", &snt_statistics::replay_waits,
              "Times that it ran early, as the host waited in the middle of it.")
      .def_ro("replay_timeouts", &snt_statistics::replay_timeouts,
              "Times that it ran early, as nothing came for `replay_patience_us`.")
      .def_ro("replay_trials", &snt_statistics::replay_trials,
              "Times that loops were timed with graphs and without, and decided on.")
      .def_ro("replay_gains", &snt_statistics::replay_gains, "Of these, in favour of graphs.")
      .def_ro("replay_saved_us", &snt_statistics::replay_saved_us,
              "Microseconds by those decisions: what the times differ by, over all loops since.")
      .def("__repr__", [](const snt_statistics& self) {
        return "<sennit.Statistics: " + std::to_string(self.launches) + " launches, " +
               std::to_string(self.operations) + " operations, " + std::to_string(self.in_flight) +
               " in flight>";
      });

  nb::class_<snt_option_info>(module, "Option", nb::is_final(), "An option of Runtime.")
      .def_ro("name", &snt_option_info::name)
      .def_ro("default", &snt_option_info::default_value)
      .def_ro("meaning", &snt_option_info::meaning)
      .def("__repr__", [](const snt_option_info& self) {
        return std::string("<sennit.Option ") + self.name + "='" + self.default_value +
               "': " + self.meaning + ">";
      });
  module.def("options", &options, "The options that Runtime takes, in alphabetical order.");
}

}  // namespace

bool RuntimeRef::is_idle() const {
  auto now = sized<snt_statistics>();
  const ErrorHandle error(snt_runtime_statistics(native(), &now));
  return !error && now.in_flight == 0;
}

void bind_runtime(nb::module_& module) {
  bind_values(module);
  nb::class_<Runtime>(module, "Runtime", nb::is_final(),
                      "One scheduler with its devices, arrays and kernels.")
      .def("__init__", &construct, nb::arg("device") = nb::none(), nb::arg("options"),
           nb::sig("def __init__(self, device: str | None = None, **options: object) -> None"),
           "`device`: \"cuda\", \"cpu\", \"virtual\"; None: the GPUs if there are any, else the "
           "CPU. `sennit.options()` lists the options.")
      .def(
          "array",
          [](Runtime& self, nb::handle data, nb::handle dtype, nb::handle order) {
            return array_from(ref(self), data, dtype, order_from(order));
          },
          nb::arg("data"), nb::arg("dtype") = nb::none(), nb::arg("order") = "C",
          nb::sig("def array(self, data: typing.Any, dtype: typing.Any = None, "
                  "order: str = 'C') -> Array"),
          "A new array with a copy of `data`: a number, nested sequences of numbers, a buffer, a "
          "DLPack tensor, a sennit.Array. `dtype`: that of the data; for Python numbers bool, "
          "int64, float64 or complex128.")
      .def(
          "zeros",
          [](Runtime& self, nb::handle shape, nb::handle dtype, nb::handle order) {
            return create_array(ref(self), dtype_from(dtype), shape_from(shape), order_from(order),
                                SNT_ZEROS);
          },
          nb::arg("shape"), nb::arg("dtype") = "float32", nb::arg("order") = "C",
          nb::sig("def zeros(self, shape: int | collections.abc.Sequence[int], "
                  "dtype: typing.Any = 'float32', order: str = 'C') -> Array"),
          "A new array that reads as zeros. `order`: \"C\" or \"F\".")
      .def(
          "empty",
          [](Runtime& self, nb::handle shape, nb::handle dtype, nb::handle order) {
            return create_array(ref(self), dtype_from(dtype), shape_from(shape), order_from(order),
                                SNT_EMPTY);
          },
          nb::arg("shape"), nb::arg("dtype") = "float32", nb::arg("order") = "C",
          nb::sig("def empty(self, shape: int | collections.abc.Sequence[int], "
                  "dtype: typing.Any = 'float32', order: str = 'C') -> Array"),
          "A new array whose contents are undefined.")
      .def(
          "array_from_bytes",
          [](Runtime& self, nb::handle dtype, nb::handle shape, nb::handle order, nb::bytes data) {
            return array_from_bytes(ref(self), dtype, shape, order_from(order), std::move(data));
          },
          nb::sig("def array_from_bytes(self, dtype: str, shape: tuple[int, ...], order: str, "
                  "data: bytes, /) -> Array"),
          "A new array of what Array.tobytes gave.")
      .def(
          "from_dlpack",
          [](Runtime& self, nb::handle tensor) { return from_dlpack(ref(self), tensor); },
          nb::arg("tensor"), nb::sig("def from_dlpack(self, tensor: typing.Any, /) -> Array"),
          "An array of a DLPack tensor. Shares its bytes where they are in the memory of the "
          "runtime's device and may be written, ordered after the producer's work; else a copy.")
      .def(
          "from_cuda_array",
          [](Runtime& self, nb::handle value, int device) {
            return from_cuda_array(ref(self), value, device);
          },
          nb::arg("value"), nb::arg("device") = 0,
          nb::sig("def from_cuda_array(self, value: typing.Any, /, device: int = 0) -> Array"),
          "An array of the memory of `value`, which has __cuda_array_interface__ (CuPy, Numba, "
          "PyTorch); a copy if it is read-only. `device`: of the runtime, from 0.")
      .def(
          "wait_for",
          [](Runtime& self, nb::handle stream, int device) {
            const snt_stream handle = stream_from(stream);
            ++self.submissions;
            check(snt_runtime_wait_for(self.handle.get(), device, handle));
          },
          nb::arg("stream"), nb::arg("device") = 0,
          nb::sig("def wait_for(self, stream: typing.Any, device: int = 0) -> None"),
          "All work submitted later waits for what `stream` has been given so far: an int, a "
          "torch.cuda.Stream, a cupy.cuda.Stream. Does not block. Raises BusyError while the "
          "stream is being captured.")
      .def(
          "stream_wait",
          [](Runtime& self, nb::handle stream, const Array& array) {
            const snt_stream handle = stream_from(stream);
            check(without_gil([&] {
              return snt_runtime_stream_wait(self.handle.get(), handle, array.native());
            }));
          },
          nb::arg("stream"), nb::arg("array"),
          nb::sig("def stream_wait(self, stream: typing.Any, array: Array) -> None"),
          "What `stream` is given later waits for all submitted work that uses `array`. Raises "
          "BusyError while the stream is being captured.")
      .def(
          "trim",
          [](Runtime& self) {
            check(without_gil([&] { return snt_runtime_trim(self.handle.get()); }));
          },
          "Gives memory that is kept for later arrays, of devices and page-locked, back.")
      .def(
          "kernel",
          [](Runtime& self, nb::handle source, const std::string& name, nb::handle signature,
             nb::handle options, nb::handle source_name) {
            return build_kernel(ref(self), source, name, signature, options, source_name);
          },
          nb::arg("source"), nb::arg("name"), nb::arg("signature") = nb::none(),
          nb::arg("options") = nb::tuple(), nb::kw_only(), nb::arg("source_name") = nb::none(),
          nb::sig("def kernel(self, source: str | bytes, name: str, signature: str | None = None, "
                  "options: collections.abc.Iterable[str] = (), *, "
                  "source_name: str | None = None) -> Kernel"),
          "Compiles a kernel. `source`: CUDA C++. `name`: \"saxpy\", \"scale<float, 4>\". "
          "`signature`: found in the source; else \"saxpy(n: sint32, x: in pointer float, "
          "y: inout pointer float)\" or the types alone. `options`: NVRTC's, as \"-DN=4\". "
          "`source_name` stands in the compiler's messages. For GPUs `source` may be compiled "
          "code: "
          "PTX (str or bytes), a cubin or a fatbin (bytes); `name` is then the kernel's symbol, "
          "and "
          "`signature` is required.")
      .def(
          "sync",
          [](Runtime& self) {
            check(without_gil([&] { return snt_runtime_sync(self.handle.get()); }));
          },
          "Blocks until all submitted work is done. Raises the oldest failure that nothing has "
          "reported.")
      .def("statistics", &statistics)
      .def("devices", &devices)
      .def(
          "trace", [](Runtime& self) { return make_trace(ref(self)); },
          nb::sig("def trace(self) -> Trace"),
          "Records what the runtime does: `with runtime.trace() as trace: ...`")
      .def("__repr__", [](const Runtime& self) {
        std::string text = "<sennit.Runtime";
        for (const Device& device : devices(self))
          text += std::string(" ") + device.info.kind + " (" + device.info.name + ")";
        return text + ">";
      });
  module.def("open_default_runtime", &open_default,
             nb::sig("def open_default_runtime() -> Runtime"),
             "The process's own runtime. `sennit.default_runtime` keeps one object of it.");
}

}  // namespace sennit::python
