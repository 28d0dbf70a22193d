// bindings/python/src/trace.cpp: starts, stops and writes a recording.
#include "trace.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <optional>
#include <string>

#include "errors.h"

namespace sennit::python {
namespace {

// Starts and stops once: `with` is the way to use it.
class Trace {
 public:
  explicit Trace(RuntimeRef runtime) : runtime_(std::move(runtime)) {}
  Trace(Trace&&) = default;
  ~Trace() {
    if (recording_) --runtime_->traces;
  }

  void start() {
    if (trace_) raise(PyExc_RuntimeError, "a trace records once; make another: sennit.trace()");
    snt_trace* trace = nullptr;
    check(snt_trace_start(runtime_.native(), &trace));
    trace_.reset(trace);
    recording_ = true;
    ++runtime_->traces;  // launches now say where they stand
  }

  void stop() {
    if (!recording_) return;
    recording_ = false;
    --runtime_->traces;
    check(without_gil([&] { return snt_trace_stop(trace_.get()); }));
  }

  std::string summary() const {
    const char* text = nullptr;
    check(snt_trace_summary(stopped(), &text));
    return text;
  }

  void write(const std::string& path, const std::optional<std::string>& format) const {
    const std::string chosen = format.value_or(path.substr(path.rfind('.') + 1));
    snt_trace* const trace = stopped();
    check(without_gil([&] { return snt_trace_write(trace, path.c_str(), chosen.c_str()); }));
  }

 private:
  snt_trace* stopped() const {
    if (!trace_ || recording_) {
      raise(PyExc_RuntimeError, "the trace has not ended; ask for it after the with block");
    }
    return trace_.get();
  }

  RuntimeRef runtime_;
  TraceHandle trace_;
  bool recording_ = false;
};

}  // namespace

nb::object make_trace(const RuntimeRef& runtime) { return nb::cast(Trace(runtime)); }

void bind_trace(nb::module_& module) {
  nb::class_<Trace>(module, "Trace", nb::is_final(),
                    "Records operations, dependencies, streams and times, from entering its with "
                    "block to leaving it.")
      .def(
          "__enter__",
          [](nb::handle self) {
            nb::inst_ptr<Trace>(self)->start();
            return nb::borrow(self);
          },
          nb::sig("def __enter__(self) -> Trace"))
      .def(
          "__exit__", [](Trace& self, const nb::args&) { self.stop(); },
          nb::sig("def __exit__(self, *exception: object) -> None"))
      .def("summary", &Trace::summary,
           "A few lines: kernels, transfers, edges, streams, and what overlapped.")
      .def(
          "write",
          [](const Trace& self, nb::handle path, const std::optional<std::string>& format) {
            self.write(nb::str(nb::module_::import_("os").attr("fspath")(path)).c_str(), format);
          },
          nb::arg("path"), nb::arg("format") = nb::none(),
          nb::sig("def write(self, path: str | os.PathLike[str], format: str | None = None) -> "
                  "None"),
          "Writes the graph and the timeline. `format`: \"svg\", \"dot\" or \"json\"; None: as "
          "the path ends.");
}

}  // namespace sennit::python
