// bindings/python/src/assignment.cpp: numbers, arrays and host data, written to elements and views.
#include "assignment.h"

#include <algorithm>
#include <vector>

#include "dlpack.h"
#include "errors.h"
#include "scalar.h"
#include "strided.h"

namespace sennit::python {
namespace {

[[noreturn]] void shapes_differ(std::span<const std::int64_t> from, const Array& to) {
  raise(PyExc_ValueError, "cannot broadcast a value of shape %R to %U", tuple_of(from).ptr(),
        description(to).ptr());
}

void write_element(Array& array, const std::int64_t* index, const Element& element) {
  snt_error* error = nullptr;
  array.write_with([&] {
    error = snt_array_write_element(array.native(), index, element.bytes, array.item_bytes());
  });
  check(error);
}

void fill_with(Array& array, const Element& element) {
  ++array.runtime()->submissions;
  check(snt_array_fill(array.native(), element.bytes, array.item_bytes()));
}

void write_data(Array& view, HostData data) {
  data.convert_to(view.dtype());
  const std::vector<std::int64_t> shape(data.shape().begin(), data.shape().end());
  if (!data.broadcast_to(view.shape())) shapes_differ(shape, view);
  // Without the GIL: it waits for whoever uses the bytes, and copies.
  check(without_gil([&] { return snt_array_write(view.native(), data.data(), data.bytes()); }));
}

void assign_data(Array& view, HostData data) {
  if (data.count() == 1 && static_cast<int>(data.shape().size()) <= view.dimensions()) {
    // A number that happens to be in a buffer is checked as other numbers are.
    const nb::object number = owned(number_from(data.dtype(), data.data()));
    if (data.shape().empty()) return fill(view, number);
    data.convert_to(view.dtype());
    Element element;
    std::copy_n(data.data(), view.item_bytes(), element.bytes);
    return fill_with(view, element);
  }
  write_data(view, std::move(data));
}

void assign_array(Array& view, Array& from) {
  if (from.dtype() == view.dtype() && from.runtime() == view.runtime()) {
    const Broadcast how = broadcast(from.shape(), from.strides(), view.shape());
    if (!how.possible) shapes_differ(from.shape(), view);
    const bool same_shape = std::ranges::equal(from.shape(), view.shape());
    const nb::object stretched =
        same_shape ? nb::object() : view_of(from, from.dtype(), view.shape(), how.strides, 0);
    snt_array* const source = same_shape ? from.native() : array_of(stretched.ptr()).native();
    ++view.runtime()->submissions;
    return check(snt_array_copy(view.native(), source));
  }
  write_data(view, read_all(from));
}

}  // namespace

void assign_element(Array& array, const std::int64_t* index, nb::handle value) {
  Element element;
  nb::object number = nb::borrow(value);
  if (Array* from = find_array(value)) {
    if (from->size() != 1) shapes_differ(from->shape(), array);
    number = value.attr("item")();
  }
  store_number(number, array.dtype(), element.bytes);
  write_element(array, index, element);
}

void fill(Array& array, nb::handle number) {
  Element element;
  store_number(number, array.dtype(), element.bytes);
  fill_with(array, element);
}

void assign(Array& view, nb::handle value) {
  if (Array* from = find_array(value)) return assign_array(view, *from);
  if (PyLong_Check(value.ptr()) || PyFloat_Check(value.ptr()) || PyComplex_Check(value.ptr()))
    return fill(view, value);
  if (auto data = HostData::from_buffer(value)) return assign_data(view, std::move(*data));
  if (has_dlpack(value)) {
    const nb::object imported = from_dlpack(view.runtime(), value);
    return assign_array(view, array_of(imported.ptr()));
  }
  if (is_number(value)) return fill(view, value);
  write_data(view, HostData::from_sequence(value, view.dtype()));
}

HostData read_all(const Array& array) {
  std::vector<unsigned char> bytes(array.bytes());
  check(without_gil([&] { return snt_array_read(array.native(), bytes.data(), bytes.size()); }));
  return HostData::of(array.dtype(), array.shape(), std::move(bytes));
}

}  // namespace sennit::python
