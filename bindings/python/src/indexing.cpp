// bindings/python/src/indexing.cpp: keys, turned into an element or a view.
#include "indexing.h"

#include "assignment.h"
#include "errors.h"
#include "scalar.h"

namespace sennit::python {
namespace {

std::int64_t checked_index(Py_ssize_t given, std::int64_t extent, int axis) {
  const std::int64_t index = given < 0 ? given + extent : given;
  if (index < 0 || index >= extent) {
    raise(PyExc_IndexError, "index %zd is out of range for axis %d, which has %lld elements", given,
          axis, static_cast<long long>(extent));
  }
  return index;
}

// Goes through a key's parts and fills in a selection.
class Selector {
 public:
  explicit Selector(const Array& array) : array_(array) {}

  Selection run(std::span<PyObject* const> parts) {
    int taken = 0;  // dimensions that the parts name
    int ellipses = 0;
    for (PyObject* part : parts) {
      if (part == Py_Ellipsis) {
        ++ellipses;
      } else if (part != Py_None) {
        ++taken;
      }
    }
    if (taken > array_.dimensions()) {
      raise(PyExc_IndexError, "%d indices for an array of %d dimensions", taken,
            array_.dimensions());
    }
    if (ellipses > 1) raise(PyExc_IndexError, "an index has at most one Ellipsis ('...')");
    const int rest = array_.dimensions() - taken;
    for (PyObject* part : parts) {
      if (part == Py_Ellipsis) {
        keep(rest);
      } else if (part == Py_None) {
        add(1, 0);
      } else if (PySlice_Check(part)) {
        slice(part);
      } else {
        integer(part);
      }
    }
    if (ellipses == 0) keep(rest);
    selection_.is_element =
        ellipses == 0 && selection_.dimensions == 0 && integers_ == array_.dimensions();
    return selection_;
  }

 private:
  void add(std::int64_t extent, std::int64_t stride) {
    if (selection_.dimensions == SNT_MAX_DIMENSIONS) {
      raise(PyExc_IndexError, "a view has at most %d dimensions", SNT_MAX_DIMENSIONS);
    }
    const auto at = static_cast<std::size_t>(selection_.dimensions++);
    selection_.shape[at] = extent;
    selection_.strides[at] = stride;
  }

  std::int64_t extent() const { return array_.shape()[static_cast<std::size_t>(axis_)]; }
  std::int64_t stride() const { return array_.strides()[static_cast<std::size_t>(axis_)]; }

  void keep(int count) {
    for (; count > 0; --count, ++axis_) add(extent(), stride());
  }

  void slice(PyObject* part) {
    Py_ssize_t start = 0;
    Py_ssize_t stop = 0;
    Py_ssize_t step = 0;
    if (PySlice_Unpack(part, &start, &stop, &step) < 0) raise_current();
    const Py_ssize_t count = PySlice_AdjustIndices(extent(), &start, &stop, step);
    if (count > 0) selection_.offset_bytes += start * stride();
    // With fewer than two elements the step leads nowhere, and may be too large to multiply.
    add(count, count > 1 ? step * stride() : stride());
    ++axis_;
  }

  [[noreturn]] static void refuse(PyObject* part) {
    raise(PyExc_TypeError,
          "an array is indexed by integers, slices, Ellipsis and None, not by %.200s; "
          "numpy.asarray(x) can be indexed by more",
          Py_TYPE(part)->tp_name);
  }

  void integer(PyObject* part) {
    if (!PyIndex_Check(part) || PyBool_Check(part)) refuse(part);
    const Py_ssize_t given = PyNumber_AsSsize_t(part, PyExc_IndexError);
    if (given == -1 && PyErr_Occurred()) {
      // An array of NumPy's is an index if it has one element only.
      if (PyErr_ExceptionMatches(PyExc_TypeError)) refuse(part);
      raise_current();
    }
    const std::int64_t index = checked_index(given, extent(), axis_);
    selection_.index[static_cast<std::size_t>(integers_++)] = index;
    selection_.offset_bytes += index * stride();
    ++axis_;
  }

  const Array& array_;
  int axis_ = 0;  // of the array, the next to be named
  int integers_ = 0;
  Selection selection_;
};

PyObject* read_element(Array& array, const std::int64_t* index) {
  Element element;
  snt_error* error = nullptr;
  array.read_with([&] {
    error = snt_array_read_element(array.native(), index, element.bytes, array.item_bytes());
  });
  check(error);
  return number_from(array.dtype(), element.bytes);
}

}  // namespace

Selection select(const Array& array, PyObject* key) {
  Selector selector(array);
  if (!PyTuple_Check(key)) return selector.run({&key, 1});
  return selector.run(
      {PySequence_Fast_ITEMS(key), static_cast<std::size_t>(PyTuple_GET_SIZE(key))});
}

PyObject* array_subscript(PyObject* self, PyObject* key) noexcept {
  return guarded<>(static_cast<PyObject*>(nullptr), [&]() -> PyObject* {
    Array& array = array_of(self);
    if (PyLong_CheckExact(key) && array.dimensions() == 1) {
      const Py_ssize_t given = PyLong_AsSsize_t(key);
      if (given == -1 && PyErr_Occurred()) {
        raise(PyExc_IndexError, "index %S is out of range", key);
      }
      const std::int64_t index = checked_index(given, array.shape()[0], 0);
      return read_element(array, &index);
    }
    const Selection selection = select(array, key);
    if (selection.is_element) return read_element(array, selection.index.data());
    return view_of(array, array.dtype(), selection.view_shape(), selection.view_strides(),
                   selection.offset_bytes)
        .release()
        .ptr();
  });
}

int array_assign_subscript(PyObject* self, PyObject* key, PyObject* value) noexcept {
  return guarded(-1, [&] {
    if (value == nullptr) raise(PyExc_TypeError, "elements of an array cannot be deleted");
    Array& array = array_of(self);
    const Selection selection = select(array, key);
    if (selection.is_element) {
      assign_element(array, selection.index.data(), value);
    } else {
      const nb::object view = view_of(array, array.dtype(), selection.view_shape(),
                                      selection.view_strides(), selection.offset_bytes);
      assign(array_of(view.ptr()), value);
    }
    return 0;
  });
}

}  // namespace sennit::python
