"""tests/test_creation.py: arrays of everything that may become one."""

from __future__ import annotations

import array as python_array
import ctypes
import pickle
from copy import copy, deepcopy

import numpy as np
import pytest

import sennit as sn

NUMPY_NAMES = (
    "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 "
    "float16 float32 float64 complex64 complex128"
).split()


@pytest.mark.parametrize("name", NUMPY_NAMES)
def test_each_element_type_survives_the_way_in_and_out(runtime, name):
    data = np.array([[0, 1, 2], [3, 4, 5]]).astype(name)
    x = runtime.array(data)
    assert x.dtype == name and x.dtype == data.dtype and x.shape == (2, 3)
    assert np.asarray(x).dtype == data.dtype
    np.testing.assert_array_equal(np.asarray(x), data)
    assert x.tolist() == data.tolist()
    assert x[1, 2] == data[1, 2].item() and type(x[1, 2]) is type(data[1, 2].item())


def test_bfloat16_goes_through_ml_dtypes(runtime):
    ml_dtypes = pytest.importorskip("ml_dtypes")
    data = np.array([1.5, -2, 3e38, np.inf], ml_dtypes.bfloat16)
    x = runtime.array(data)
    assert x.dtype == "bfloat16" and x.dtype == ml_dtypes.bfloat16
    assert np.asarray(x).dtype == ml_dtypes.bfloat16
    np.testing.assert_array_equal(np.asarray(x), data)
    assert x[0] == 1.5
    x[0] = ml_dtypes.bfloat16(2.5)
    assert x[0] == 2.5
    with pytest.raises(BufferError, match="uint16"):
        memoryview(x)
    assert np.asarray(x.view("uint16")).dtype == np.uint16
    with x.writable() as view:
        view[1] = 7
    assert x[1] == 7


@pytest.mark.parametrize("name", ["float16", "bfloat16"])
def test_numbers_are_rounded_to_half_precision_as_numpy_rounds_them(runtime, name):
    dtype = name if name == "float16" else pytest.importorskip("ml_dtypes").bfloat16
    values = np.concatenate(
        [
            np.random.default_rng(1).normal(size=500) * 10.0 ** np.arange(-10, 10).repeat(25),
            [1.00390625, 1.01171875],  # halfway between two bfloat16
            [0.0, -0.0, 65504, 65519.99, 65520, 2**-24, 2**-25, 6e-8, np.inf, -np.inf, 1e300],
        ]
    )
    with np.errstate(over="ignore"):
        expected = values.astype(dtype)
    x = runtime.zeros(len(values), name)
    for i, value in enumerate(values):
        x[i] = float(value)
    wrong = np.asarray(x.view("uint16")) != expected.view(np.uint16)
    if name == "bfloat16":  # ml_dtypes rounds twice, through float: it may be further away
        wrong &= np.isfinite(values)
        found, theirs = np.asarray(x).astype(float)[wrong], expected.astype(float)[wrong]
        wrong[wrong] = np.abs(found - values[wrong]) >= np.abs(theirs - values[wrong])
    assert not wrong.any(), values[wrong]
    np.testing.assert_array_equal(np.array(x.tolist()), np.asarray(x).astype(float))


def test_python_numbers_choose_their_type(runtime):
    assert runtime.array([True, False]).dtype == "bool"
    assert runtime.array([True, 2]).dtype == "int64"
    assert runtime.array([1, 2.0]).dtype == "float64"
    assert runtime.array([1, 2j]).dtype == "complex128"
    assert runtime.array(3).shape == ()
    assert runtime.array([]).shape == (0,)
    assert runtime.array([[], []]).shape == (2, 0)
    assert runtime.array([[1, 2], (3, 4)], "float32").tolist() == [[1.0, 2.0], [3.0, 4.0]]


@pytest.mark.parametrize("data", [[1, [2]], [[1], [2, 3]], [[1], 2], [[], [1]]])
def test_ragged_data_is_refused(runtime, data):
    with pytest.raises(ValueError, match="different lengths"):
        runtime.array(data)


@pytest.mark.parametrize("data", ["text", None, object(), {"a": 1}, [None], ["1"]])
def test_what_is_no_number_is_refused(runtime, data):
    with pytest.raises(TypeError):
        runtime.array(data)


def test_buffers_of_every_kind_are_taken(runtime):
    assert runtime.array(b"\x01\x02").tolist() == [1, 2]
    assert runtime.array(python_array.array("i", [1, -2])).dtype == "int32"
    assert runtime.array((ctypes.c_double * 2)(1.5, 2.5)).tolist() == [1.5, 2.5]
    data = np.arange(24, dtype=np.int32).reshape(2, 3, 4)
    for view in (data[::-1, ::2, 1:], data.T, np.asfortranarray(data), data[:, :0]):
        np.testing.assert_array_equal(np.asarray(runtime.array(view)), view)
    assert runtime.array(np.float32(2.5)).shape == ()
    with pytest.raises(ValueError, match="byte order"):
        runtime.array(data.astype(">i4"))
    with pytest.raises(TypeError, match="elements"):
        runtime.array(np.array([object()]))


def test_a_given_type_converts_as_astype_does(runtime):
    data = np.array([-1.5, 0.0, 2.75, 100.0])
    for name in ("int32", "bool", "float16", "complex64", "int8"):
        expected = data.astype(name)
        np.testing.assert_array_equal(np.asarray(runtime.array(data, name)), expected)
        np.testing.assert_array_equal(
            np.asarray(runtime.array(runtime.array(data), name)), expected
        )


def test_zeros_and_empty_take_shapes_types_and_orders(runtime):
    assert runtime.zeros(3).tolist() == [0.0, 0.0, 0.0]
    x = runtime.zeros((2, 3), np.int16, "F")
    assert (x.shape, x.strides, x.dtype) == ((2, 3), (2, 4), "int16")
    assert (x.ndim, x.size, x.nbytes, x.itemsize, len(x)) == (2, 6, 12, 2, 2)
    assert runtime.empty([2, 0]).tolist() == [[], []]
    with pytest.raises(ValueError, match="order"):
        runtime.zeros(3, order="K")
    with pytest.raises(ValueError):
        runtime.zeros(-1)
    with pytest.raises(TypeError, match="shape"):
        runtime.zeros("3")
    with pytest.raises(sn.InvalidArgumentError, match="float31.*known: .*float32"):
        runtime.zeros(3, "float31")


def test_element_types_compare_as_their_names(runtime):
    float32 = sn.dtype("float32")
    assert float32 == "float32" == float32 and float32 == np.float32 == float32
    assert float32 == np.dtype("float32") and float32 != "float64" and float32 != np.dtype(">f4")
    assert {float32: 1}["float32"] == 1
    assert sn.dtype(float) == "float64" and sn.dtype(int) == "int64" and sn.dtype(bool) == "bool"
    assert np.dtype(float32) == np.float32 and np.zeros(2, float32).dtype == np.float32
    assert repr(float32) == "sennit.dtype('float32')" and str(float32) == "float32"
    assert pickle.loads(pickle.dumps(float32)) == float32
    assert float32 != 3 and float32 != None  # noqa: E711
    with pytest.raises(TypeError, match="no element type"):
        sn.dtype(np.dtype("datetime64[s]"))


def test_copies_are_independent(runtime):
    x = runtime.array([[1, 2], [3, 4]])
    for other in (x.copy(), copy(x), deepcopy(x), runtime.array(x), x.T.copy().T):
        x[0, 0] = 1
        assert other.tolist() == x.tolist()
        x[0, 0] = 9
        assert other[0, 0] == 1


@pytest.mark.parametrize("order", ["C", "F"])
def test_pickling_copies(order):
    x = sn.array([[1.5, 2.5, 3.5], [4.5, 5.5, 6.5]], "float16", order)
    y = pickle.loads(pickle.dumps(x))
    assert (y.dtype, y.strides, y.tolist()) == (x.dtype, x.strides, x.tolist())
    assert pickle.loads(pickle.dumps(x[:, 1])).tolist() == [2.5, 5.5]


def test_repr_says_what_it_is_without_waiting(runtime, slow_add):
    x = runtime.zeros((2, 3))
    assert repr(x) == "<sennit.Array float32[2, 3], ready>"
    slow_add[1, 1](x, 300_000_000, 1.0)
    assert repr(x) == "<sennit.Array float32[2, 3], being written>"
    x.wait()
    assert x.is_ready()
