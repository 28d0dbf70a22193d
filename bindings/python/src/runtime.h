// bindings/python/src/runtime.h: sennit.Runtime, and the reference that its objects have to it.
#pragma once

#include <nanobind/nanobind.h>

#include <cstdint>

#include "handles.h"

namespace sennit::python {

namespace nb = nanobind;

// Guarded by the GIL, but for the handle, which never changes.
struct Runtime {
  RuntimeHandle handle;
  // Grows with everything submitted: what was found done stays so while this stays.
  std::uint64_t submissions = 1;
  int traces = 0;  // that record now
  // Kernel calls until the next look at how much is in flight, and whether it was much.
  int calls_until_look = 0;
  bool crowded = false;

  Runtime() = default;
};

// Keeps the Python object alive, so that a runtime goes after all that it made.
class RuntimeRef {
 public:
  explicit RuntimeRef(nb::handle object)
      : object_(nb::borrow(object)), runtime_(nb::inst_ptr<Runtime>(object)) {}

  Runtime* operator->() const { return runtime_; }
  snt_runtime* native() const { return runtime_->handle.get(); }
  const nb::object& object() const { return object_; }
  bool is_idle() const;  // nothing is in flight
  bool operator==(const RuntimeRef& other) const { return runtime_ == other.runtime_; }

 private:
  nb::object object_;
  Runtime* runtime_;
};

// Calls `wait` without the GIL: for all that may take over 10 microseconds.
template <typename Wait>
auto without_gil(Wait&& wait) {
  const nb::gil_scoped_release released;
  return wait();
}

void bind_runtime(nb::module_& module);

}  // namespace sennit::python
