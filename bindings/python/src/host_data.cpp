// bindings/python/src/host_data.cpp: buffers and nested sequences, packed as elements.
#include "host_data.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "dtype.h"
#include "errors.h"
#include "scalar.h"
#include "strided.h"

namespace sennit::python {
namespace {

// How many dimensions a nested sequence may have before it is taken for one that contains itself.
constexpr std::size_t kMaxNesting = SNT_MAX_DIMENSIONS;

bool is_bfloat16(nb::handle value) {
  return find_dtype(nb::getattr(value, "dtype", nb::none())) == SNT_BFLOAT16;
}

}  // namespace

HostData::HostData(HostData&& other) noexcept
    : dtype_(other.dtype_),
      shape_(std::move(other.shape_)),
      data_(other.data_),
      own_(std::move(other.own_)),
      buffer_(std::exchange(other.buffer_, std::nullopt)) {}

HostData::~HostData() {
  if (buffer_) PyBuffer_Release(&*buffer_);
}

std::size_t HostData::count() const { return static_cast<std::size_t>(element_count(shape_)); }
std::size_t HostData::bytes() const { return count() * snt_dtype_bytes(dtype_); }

void HostData::adopt(std::vector<unsigned char> bytes) {
  own_ = std::move(bytes);
  data_ = own_.data();
}

void HostData::convert_to(snt_dtype dtype) {
  if (dtype == dtype_) return;
  std::vector<unsigned char> converted(count() * snt_dtype_bytes(dtype));
  convert_elements(dtype_, data_, dtype, converted.data(), count());
  dtype_ = dtype;
  adopt(std::move(converted));
}

bool HostData::broadcast_to(std::span<const std::int64_t> shape) {
  const std::size_t item_bytes = snt_dtype_bytes(dtype_);
  const Broadcast how = broadcast(shape_, c_strides(shape_, item_bytes), shape);
  if (!how.possible) return false;
  const auto wanted = static_cast<std::size_t>(element_count(shape));
  if (wanted != count()) {
    std::vector<unsigned char> repeated(wanted * item_bytes);
    pack_strided(repeated.data(), data_, shape, how.strides, item_bytes);
    adopt(std::move(repeated));
  }
  shape_.assign(shape.begin(), shape.end());
  return true;
}

HostData HostData::of(snt_dtype dtype, std::span<const std::int64_t> shape,
                      std::vector<unsigned char> bytes) {
  HostData result;
  result.dtype_ = dtype;
  result.shape_.assign(shape.begin(), shape.end());
  result.adopt(std::move(bytes));
  return result;
}

// ---- buffers -----------------------------------------------------------------------------------

std::optional<HostData> HostData::from_buffer(nb::handle value) {
  if (!PyObject_CheckBuffer(value.ptr())) return std::nullopt;
  HostData result;
  Py_buffer& buffer = result.buffer_.emplace();
  if (PyObject_GetBuffer(value.ptr(), &buffer, PyBUF_FULL_RO) < 0) {
    result.buffer_.reset();
    nb::python_error error;  // takes the exception, so that what follows may run
    // The buffer protocol has no bfloat16; such an array is seen as 16-bit integers.
    if (!is_bfloat16(value) || !nb::hasattr(value, "view")) throw error;
    auto words = from_buffer(value.attr("view")("uint16"));
    if (words) words->dtype_ = SNT_BFLOAT16;
    return words;
  }
  const auto item_bytes = static_cast<std::size_t>(buffer.itemsize);
  const std::optional<snt_dtype> dtype = dtype_of_format(buffer.format, item_bytes);
  if (!dtype || snt_dtype_bytes(*dtype) != item_bytes) {
    raise(PyExc_TypeError, "elements of format '%s' (%zd bytes) are none that arrays have",
          buffer.format == nullptr ? "B" : buffer.format, buffer.itemsize);
  }
  if (buffer.ndim > SNT_MAX_DIMENSIONS) {
    raise(PyExc_ValueError, "an array has at most %d dimensions", SNT_MAX_DIMENSIONS);
  }
  result.dtype_ = *dtype;
  result.shape_.assign(buffer.shape, buffer.shape + buffer.ndim);
  result.data_ = static_cast<const unsigned char*>(buffer.buf);
  if (buffer.suboffsets != nullptr || !PyBuffer_IsContiguous(&buffer, 'C')) {
    std::vector<unsigned char> packed(result.bytes());
    if (buffer.suboffsets == nullptr) {
      const std::vector<std::int64_t> strides(buffer.strides, buffer.strides + buffer.ndim);
      pack_strided(packed.data(), result.data_, result.shape_, strides, item_bytes);
    } else if (PyBuffer_ToContiguous(packed.data(), &buffer, buffer.len, 'C') < 0) {
      raise_current();
    }
    result.adopt(std::move(packed));
  }
  return result;
}

// ---- nested sequences --------------------------------------------------------------------------

// Reads nested sequences twice: what they hold, and then the numbers.
class SequenceReader {
 public:
  HostData read(nb::handle value, std::optional<snt_dtype> dtype) {
    look(value, 0);
    result_.dtype_ = dtype.value_or(kDtypeOfRank[static_cast<std::size_t>(rank_)]);
    item_bytes_ = snt_dtype_bytes(result_.dtype_);
    bytes_.reserve(result_.bytes());
    store(value, 0);
    result_.adopt(std::move(bytes_));
    return std::move(result_);
  }

 private:
  // Each holds what those before it hold.
  enum class Rank { Bool, Int, Float, Complex };
  static constexpr snt_dtype kDtypeOfRank[] = {SNT_BOOL, SNT_INT64, SNT_FLOAT64, SNT_COMPLEX128};

  static Rank rank_of(nb::handle number) {
    PyObject* const object = number.ptr();
    if (PyBool_Check(object)) return Rank::Bool;
    if (PyIndex_Check(object)) return Rank::Int;
    if (PyComplex_Check(object)) return Rank::Complex;
    return std::strncmp(Py_TYPE(object)->tp_name, "numpy.bool", 10) == 0 ? Rank::Bool : Rank::Float;
  }

  static nb::object sequence(nb::handle value) {
    if (PyUnicode_Check(value.ptr()) || !PySequence_Check(value.ptr())) {
      raise(PyExc_TypeError,
            "cannot make elements of %.200s; numbers, nested sequences of numbers, buffers and "
            "DLPack tensors are taken",
            Py_TYPE(value.ptr())->tp_name);
    }
    return owned(PySequence_Fast(value.ptr(), "a sequence"));
  }

  void look(nb::handle value, std::size_t depth) {
    if (is_number(value)) {
      if (depth != result_.shape_.size()) ragged();
      leaf_seen_ = true;
      rank_ = std::max(rank_, rank_of(value));
      return;
    }
    if (depth == kMaxNesting) {
      raise(PyExc_ValueError, "an array has at most %d dimensions", SNT_MAX_DIMENSIONS);
    }
    const nb::object items = sequence(value);
    const Py_ssize_t count = PySequence_Fast_GET_SIZE(items.ptr());
    if (depth == result_.shape_.size()) {
      if (leaf_seen_) ragged();
      result_.shape_.push_back(count);
    } else if (result_.shape_[depth] != count) {
      ragged();
    }
    // Nothing is below an empty sequence: numbers are, at the next depth.
    if (count == 0) leaf_seen_ = true, rank_ = std::max(rank_, Rank::Float);
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(items.ptr()); ++i)
      look(PySequence_Fast_GET_ITEM(items.ptr(), i), depth + 1);
  }

  void store(nb::handle value, std::size_t depth) {
    if (depth == result_.shape_.size()) {
      Element element;
      store_number(value, result_.dtype_, element.bytes);
      bytes_.insert(bytes_.end(), element.bytes, element.bytes + item_bytes_);
      return;
    }
    const nb::object items = sequence(value);
    if (PySequence_Fast_GET_SIZE(items.ptr()) != result_.shape_[depth]) ragged();
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(items.ptr()); ++i)
      store(PySequence_Fast_GET_ITEM(items.ptr(), i), depth + 1);
  }

  [[noreturn]] static void ragged() {
    raise(PyExc_ValueError, "the nested sequences have different lengths or depths");
  }

  HostData result_;
  std::vector<unsigned char> bytes_;
  std::size_t item_bytes_ = 0;
  Rank rank_ = Rank::Bool;
  bool leaf_seen_ = false;
};

HostData HostData::from_sequence(nb::handle value, std::optional<snt_dtype> dtype) {
  return SequenceReader().read(value, dtype);
}

}  // namespace sennit::python
