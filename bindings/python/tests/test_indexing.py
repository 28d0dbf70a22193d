"""tests/test_indexing.py: x[...] and x[...] = value mean what they mean to NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sennit as sn

x_runtime = sn.Runtime("cpu")  # hypothesis takes no fixtures

shapes = st.lists(st.integers(0, 4), min_size=0, max_size=4).map(tuple)
bounds = st.none() | st.integers(-6, 6)
slices = st.builds(slice, bounds, bounds, st.none() | st.integers(-3, 3).filter(bool))


@st.composite
def arrays_and_keys(draw):
    """A shape and a key, of integers, slices, None and at most one Ellipsis, that fits it."""
    shape = draw(shapes)
    key = []
    used = draw(st.integers(0, len(shape)))
    for extent in shape[:used]:
        integers = st.integers(-extent, extent - 1) if extent else st.nothing()
        key.append(draw(integers | slices))
    if draw(st.booleans()):
        at = draw(st.integers(0, len(key)))
        # What stands behind an Ellipsis counts from the last dimension.
        behind = [draw(slices) for _ in key[at:]]
        key[at:] = [Ellipsis, *behind]
    for _ in range(draw(st.integers(0, 2))):
        key.insert(draw(st.integers(0, len(key))), None)
    return shape, tuple(key) if len(key) != 1 or draw(st.booleans()) else key[0]


def data_of(shape: tuple[int, ...]) -> np.ndarray:
    return np.arange(np.prod(shape, dtype=int), dtype=np.int32).reshape(shape)


@settings(max_examples=300, deadline=None)
@given(case=arrays_and_keys(), order=st.sampled_from("CF"))
def test_reading_selects_what_numpy_selects(case, order):
    shape, key = case
    data = data_of(shape)
    x = x_runtime.array(data, order=order)
    expected, found = data[key], x[key]
    if isinstance(expected, np.ndarray):
        assert isinstance(found, sn.Array) and found.shape == expected.shape
        np.testing.assert_array_equal(np.asarray(found), expected)
        assert found.tolist() == expected.tolist()
    else:
        assert type(found) is int and found == expected


@settings(max_examples=300, deadline=None)
@given(case=arrays_and_keys(), kind=st.sampled_from(["number", "numpy", "array", "list"]))
def test_assigning_writes_what_numpy_writes(case, kind):
    shape, key = case
    data = data_of(shape)
    x = x_runtime.array(data)
    value = np.asarray(data[key]) * 2 + 1
    given_value = {
        "number": lambda: 77,
        "numpy": lambda: value,
        "array": lambda: x_runtime.array(value),
        # An empty list does not tell the extents behind the first empty one.
        "list": lambda: value.tolist() if value.size else value,
    }[kind]()
    x[key] = given_value
    data[key] = 77 if kind == "number" else value
    np.testing.assert_array_equal(np.asarray(x), data)


@settings(max_examples=100, deadline=None)
@given(first=arrays_and_keys(), key=slices)
def test_views_of_views_compose(first, key):
    shape, outer = first
    data = data_of(shape)
    expected = data[outer]
    if not isinstance(expected, np.ndarray) or expected.ndim == 0:
        return
    view = x_runtime.array(data)[outer][key]
    np.testing.assert_array_equal(np.asarray(view), expected[key])


def test_a_view_shares_bytes_in_both_directions(runtime):
    x = runtime.zeros((4, 4), "int32")
    row, column, block = x[1], x[:, 2], x[::2, ::-1]
    row[2] = 5
    assert column[1] == 5 and x[1, 2] == 5
    block[:] = 3
    assert x.tolist()[0] == [3, 3, 3, 3] and row[2] == 5
    x.T[0] = 8
    assert x[:, 0].tolist() == [8, 8, 8, 8]


def test_values_are_broadcast(runtime):
    data = np.zeros((2, 3, 4))
    x = runtime.array(data)
    for value in (
        np.arange(4.0),
        np.arange(3.0)[:, None],
        np.arange(2.0).reshape(2, 1, 1),
        np.full((1, 1, 3, 1), 5.0),
        np.array([6.0]),
    ):
        for given_value in (value, runtime.array(value), value.tolist()):
            x[:] = data[:] = 0
            x[...] = given_value
            data[...] = value
            np.testing.assert_array_equal(np.asarray(x), data)
    with pytest.raises(ValueError, match=r"value of shape \(5,\) to float64\[2, 3, 4\]"):
        x[:] = np.zeros(5)
    with pytest.raises(ValueError, match="broadcast"):
        x[:] = runtime.zeros(5, "float64")


def test_overlapping_copies_are_as_if_through_a_temporary(runtime):
    data = np.arange(10)
    x = runtime.array(data)
    x[1:] = x[:-1]
    data[1:] = data[:-1].copy()
    assert x.tolist() == data.tolist()
    x[:] = x[::-1]
    data[:] = data[::-1].copy()
    assert x.tolist() == data.tolist()


def test_values_of_other_types_are_converted(runtime):
    x = runtime.zeros(3, "int32")
    x[:] = np.array([1.9, -1.9, 3.0])
    assert x.tolist() == [1, -1, 3]
    x[:] = runtime.array([7.5, 8.5, 9.5])
    assert x.tolist() == [7, 8, 9]
    other = sn.Runtime("cpu")
    x[:] = other.array([4, 5, 6], "int32")
    assert x.tolist() == [4, 5, 6]


def test_numbers_must_fit(runtime):
    x = runtime.zeros(3, "int8")
    x[0] = 127.0
    assert x[0] == 127
    for value in (128, -129, 2**70):
        with pytest.raises(OverflowError, match="does not fit in int8"):
            x[0] = value
    with pytest.raises(ValueError, match="no integer"):
        x[:] = 1.5
    with pytest.raises(TypeError, match="complex"):
        x[0] = 1j
    with pytest.raises(TypeError):
        x[0] = "1"
    with pytest.raises(TypeError):
        x.fill(None)
    u = runtime.zeros(1, "uint64")
    u[0] = 2**64 - 1
    assert u[0] == 2**64 - 1
    with pytest.raises(OverflowError):
        u[0] = -1


def test_bad_indices_are_refused(runtime):
    x = runtime.zeros((2, 3))
    for key in (2, -3, (0, 3), (0, 0, 0), (..., ...), 2**70):
        with pytest.raises(IndexError):
            x[key]
        with pytest.raises(IndexError):
            x[key] = 1
    for key in ("0", 1.0, [0], np.array([True, False]), True):
        with pytest.raises(TypeError, match="indexed by"):
            x[key]
    with pytest.raises(ValueError, match="zero"):
        x[::0]
    with pytest.raises(TypeError, match="deleted"):
        del x[0]


def test_iteration_and_length(runtime):
    assert list(runtime.array([1, 2, 3])) == [1, 2, 3]
    rows = list(runtime.array([[1, 2], [3, 4]]))
    assert [row.tolist() for row in rows] == [[1, 2], [3, 4]]
    scalar = runtime.array(5)
    assert scalar[()] == 5 and scalar.item() == 5 and int(scalar) == 5 and float(scalar) == 5.0
    assert bool(scalar)
    for use in (len, list, lambda x: x[0]):
        with pytest.raises((TypeError, IndexError)):
            use(scalar)
    with pytest.raises(ValueError, match="one"):
        bool(runtime.zeros(2))


def test_reshape_is_a_view(runtime):
    x = runtime.array(list(range(6)))
    y = x.reshape(2, -1)
    assert y.shape == (2, 3) and x.reshape((3, 2)).shape == (3, 2) and y.reshape(-1).shape == (6,)
    y[1, 0] = 9
    assert x[3] == 9
    with pytest.raises(ValueError, match=r"cannot reshape int64\[6\] to \(4, -1\)"):
        x.reshape(4, -1)
    with pytest.raises(ValueError, match="contiguous"):
        y.T.reshape(6)
    assert y.T.shape == (3, 2) and y.T.strides == tuple(reversed(y.strides))
