"""tests/test_grcuda_arrays.py: device arrays as GrCUDA's documents describe them, row by row."""

from __future__ import annotations

import numpy as np
import pytest
from grcuda_program import KERNELS, grcuda, program  # noqa: F401

import sennit as sn
from sennit import polyglot

# ---- Construction ------------------------------------------------------------------------------


@pytest.mark.parametrize("type_name", ["char", "short", "int", "long", "float", "double"])
def test_an_array_expression_makes_an_array_of_zeros(type_name):
    x = grcuda(f"{type_name}[5]")
    assert len(x) == 5
    assert x[:] == [0] * 5
    x[4] = 7
    assert x[4] == 7 and x[3] == 0


def test_boolean_is_an_element_type_as_the_documents_promise():
    x = grcuda("boolean[2]")
    x[0] = True
    assert x[:] == [True, False]


def test_an_unknown_element_type_is_refused():
    with pytest.raises(sn.InvalidArgumentError, match="invalid type 'flaot'.*known: char, short"):
        grcuda("flaot[5]")


def test_an_evaluation_allocates_anew():
    a, b = grcuda("int[2]"), grcuda("int[2]")
    a[0] = 1
    assert b[0] == 0


def test_the_constructor_takes_a_type_and_dimensions():
    x = grcuda("DeviceArray")("float", 3, 4)
    assert len(x) == 3 and len(x[0]) == 4
    assert len(grcuda('DeviceArray("int", 10)')) == 10
    assert len(grcuda("CU").DeviceArray("int", 7)) == 7


def test_the_constructor_with_a_type_alone_is_a_constructor_of_that_type():
    floats = grcuda("DeviceArray")("float")
    assert len(floats(10)) == 10
    assert len(floats(2, 3, "F")[0]) == 3


def test_the_order_stands_anywhere_and_in_either_case():
    make = grcuda("DeviceArray")
    for arguments in (("F", 2, 3), (2, "f", 3), (2, 3, "F")):
        x = make("int", *arguments)
        x[1][0] = 5
        assert np.asarray(x).flags.f_contiguous and x[1][0] == 5
    with pytest.raises(sn.InvalidArgumentError, match="string option already provided"):
        make("int", 2, 3, "F", "C")
    with pytest.raises(
        sn.InvalidArgumentError,
        match="""invalid string argument 'x', only "C" or "F" are allowed""",
    ):
        make("int", 2, 3, "x")


def test_dimensions_start_at_one():
    for expression in ("float[0]", "float[2 - 3]", 'DeviceArray("int", 3, 0)'):
        with pytest.raises(sn.InvalidArgumentError, match="array dimension less than 1"):
            grcuda(expression)


def test_dimensions_may_be_integral_floats():
    assert len(grcuda("DeviceArray")("int", 8 / 2)) == 4
    with pytest.raises(sn.InvalidArgumentError, match="integer expected.*4.5"):
        grcuda("DeviceArray")("int", 4.5)


def test_an_array_has_at_least_one_dimension():
    with pytest.raises(sn.InvalidArgumentError, match="at least one dimension"):
        grcuda("DeviceArray")("float", "F")
    with pytest.raises(sn.InvalidArgumentError, match="takes at least 1 argument"):
        grcuda("DeviceArray")("float")()
    with pytest.raises(sn.InvalidArgumentError, match="takes at least 1 argument"):
        grcuda("DeviceArray")()


def test_memory_that_cannot_be_had_is_said_at_the_first_use():
    x = grcuda("long[100000 * 1024 * 1024 * 1024]")
    with pytest.raises(sn.OutOfMemoryError, match="bytes|GiB"):
        x[0] = 1


def test_sizes_have_64_bits():
    x = grcuda("char[3 * 1024 * 1024 * 1024]")
    assert len(x) == 3221225472
    # Nothing is allocated before the first use.
    with pytest.raises(IndexError):
        x[3221225472]


def test_map_makes_an_array_of_what_has_elements():
    array_map = grcuda("DeviceArray").map
    x = array_map("float", [1, 2.5, 3])
    assert x[:] == [1.0, 2.5, 3.0]
    assert array_map("int")((4, 5))[:] == [4, 5]
    same = array_map("float", x)
    same[0] = 9
    assert x[0] == 9  # an array of that type is returned as it is
    with pytest.raises(sn.InvalidArgumentError, match="cannot map from non-array to DeviceArray"):
        array_map("float", 3)
    with pytest.raises(
        sn.InvalidArgumentError, match="cannot coerce array element at index 1 to int"
    ):
        array_map("int", [1, 2.5])


# ---- Elements ----------------------------------------------------------------------------------


def test_negative_indices_slices_and_iteration_are_pythons():
    x = grcuda("int[5]")
    for i in range(5):
        x[i] = i * i
    assert x[-1] == 16
    assert x[1:4] == [1, 4, 9]
    assert x[::-2] == [16, 4, 0]
    assert list(x) == [0, 1, 4, 9, 16] and sum(x) == 30
    x[1:3] = [7, 8]
    assert x[:] == [0, 7, 8, 9, 16]
    with pytest.raises(ValueError, match="3 values for a slice of 2"):
        x[1:3] = [1, 2, 3]


@pytest.mark.parametrize("index", [5, -6, 10**12])
def test_an_index_out_of_range_is_pythons_index_error(index):
    x = grcuda("int[5]")
    with pytest.raises(IndexError):
        x[index]
    with pytest.raises(IndexError):
        x[index] = 1


@pytest.mark.parametrize(
    ("type_name", "good", "bad"),
    [
        ("char", [-128, 127, 1.0], [128, -129, 1.5]),
        ("short", [-32768, 32767, 2.0], [32768, 0.1]),
        ("int", [-(2**31), 2**31 - 1, 3.0], [2**31, 1e300]),
        ("long", [-(2**63), 2**63 - 1, 4.0], [2.0**63, float("nan")]),
        ("float", [1, 0.5, 2**24], ["1", None]),
        ("double", [1, 0.1, 2**53], ["1", [1]]),
    ],
)
def test_an_element_takes_what_fits_and_refuses_the_rest(type_name, good, bad):
    x = grcuda(f"{type_name}[1]")
    for value in good:
        x[0] = value
        assert x[0] == value
    for value in bad:
        with pytest.raises(
            sn.InvalidArgumentError, match=f"value cannot be coerced to {type_name}"
        ):
            x[0] = value


def test_numpy_numbers_are_elements():
    x = grcuda("float[2]")
    x[0] = np.float32(0.5)
    x[1] = np.int64(3)
    assert x[:] == [0.5, 3.0]


def test_a_short_array_has_two_bytes_an_element():
    x = grcuda("short[4]")
    x[0], x[1], x[2], x[3] = 1, 2, 3, 4
    assert np.asarray(x).tobytes() == np.array([1, 2, 3, 4], "int16").tobytes()


def test_an_array_keeps_its_size():
    x = grcuda("int[3]")
    with pytest.raises(TypeError, match="cannot be deleted"):
        del x[0]
    for name in ("append", "insert", "pop"):
        with pytest.raises(AttributeError):
            getattr(x, name)
    with pytest.raises(AttributeError):
        x.copyFrom = None
    assert len(x) == 3


# ---- Members -----------------------------------------------------------------------------------


def test_the_members_are_those_of_grcuda():
    x = grcuda("int[2]")
    assert dir(x) == ["copyFrom", "copyTo", "free", "isMemoryFreed"]
    assert x.pointer != 0
    with pytest.raises(AttributeError, match="no member 'shape'"):
        x.shape  # noqa: B018


def test_a_freed_array_is_refused():
    x = grcuda("int[2]")
    assert not x.isMemoryFreed and not x.isMemoryFreed()
    x.free()
    assert x.isMemoryFreed and x.isMemoryFreed()
    for use in (lambda: x[0], lambda: x.copyTo([0, 0]), lambda: x.pointer):
        with pytest.raises(sn.InvalidArgumentError, match="memory of array freed"):
            use()
    with pytest.raises(sn.InvalidArgumentError, match="memory of array freed"):
        x[0] = 1
    with pytest.raises(sn.InvalidArgumentError, match="device array already freed"):
        x.free()


def test_freeing_a_matrix_frees_its_rows():
    matrix = grcuda("int[2][2]")
    row = matrix[1]
    with pytest.raises(
        sn.InvalidArgumentError,
        match="Freeing memory directly on a MultiDimDeviceArrayView is not allowed",
    ):
        row.free()
    matrix.free()
    with pytest.raises(sn.InvalidArgumentError, match="memory of array freed"):
        row[0]


# ---- Several dimensions ------------------------------------------------------------------------


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("shape", [(3, 4), (2, 3, 4), (2, 3, 2, 3)])
def test_elements_of_several_dimensions_stand_in_their_order(order, shape):
    x = grcuda("DeviceArray")("int", *shape, order)
    expected = np.arange(np.prod(shape)).reshape(shape)
    for index in np.ndindex(*shape):
        row = x
        for i in index[:-1]:
            row = row[i]
        row[index[-1]] = int(expected[index])
    array = np.asarray(x)
    assert np.array_equal(array, expected)
    assert array.flags.f_contiguous == (order == "F")
    assert len(x) == shape[0] and len(x[0]) == shape[1]


def test_a_view_shares_its_arrays_memory():
    matrix = grcuda("float[2][3]")
    row, again = matrix[1], matrix[1]
    row[2] = 5
    assert matrix[1][2] == 5 and again[2] == 5
    assert [list(each) for each in matrix] == [[0, 0, 0], [0, 0, 5]]
    assert row.pointer == matrix.pointer + 12


def test_a_freed_matrix_gives_its_memory_back_though_rows_were_read(runtime):
    matrix = grcuda("float[64][1024]")
    matrix[3][5] = 1.0
    assert matrix[3][5] == 1 and matrix[3] is matrix[3]
    assert [row[5] for row in matrix].count(1.0) == 1
    before = runtime.statistics().live_arrays
    matrix.free()
    assert runtime.statistics().live_arrays == before - 1
    with pytest.raises(sn.InvalidArgumentError, match="memory of array freed"):
        matrix[3]


def test_a_row_cannot_be_written_as_an_element():
    matrix = grcuda("float[2][3]")
    with pytest.raises(sn.InvalidArgumentError, match="tried to write non-last dimension"):
        matrix[0] = 1.0
    with pytest.raises(IndexError):
        matrix[2]
    with pytest.raises(IndexError):
        matrix[0][3] = 1


# ---- copyFrom and copyTo -----------------------------------------------------------------------


def test_copies_from_and_to_addresses():
    source = np.arange(6, dtype="float32")
    x = grcuda("float[6]")
    x.copyFrom(int(source.ctypes.data), 6)
    assert x[:] == list(range(6))
    x.copyFrom(int(source[3:].ctypes.data), 2)
    assert x[:3] == [3, 4, 2]
    target = np.zeros(6, "float32")
    x.copyTo(int(target.ctypes.data), len(x))
    assert np.array_equal(target, np.asarray(x))


def test_without_a_count_a_matrix_is_copied_whole():
    source = np.arange(6, dtype="int32").reshape(2, 3)
    matrix = grcuda("int[2][3]")
    matrix.copyFrom(int(source.ctypes.data))
    assert np.array_equal(np.asarray(matrix), source)
    matrix = grcuda("int[2][3]")
    matrix.copyFrom(int(source.ctypes.data), 2)  # elements, and no rows
    assert np.asarray(matrix).tolist() == [[0, 1, 0], [0, 0, 0]]


def test_an_address_holds_a_column_major_array_as_its_memory_has_it():
    source = np.arange(6, dtype="int32")
    matrix = grcuda("DeviceArray")("int", 2, 3, "F")
    matrix.copyFrom(int(source.ctypes.data), 6)
    assert np.asarray(matrix).tolist() == [[0, 2, 4], [1, 3, 5]]


@pytest.mark.parametrize("to_order", ["C", "F"])
@pytest.mark.parametrize("from_order", ["C", "F"])
def test_copies_between_arrays_of_all_orders(from_order, to_order):
    make = grcuda("DeviceArray")
    source, target = make("int", 2, 3, from_order), make("int", 2, 3, to_order)
    source.copyFrom([[1, 2, 3], [4, 5, 6]])
    target.copyFrom(source)
    assert np.asarray(target).tolist() == [[1, 2, 3], [4, 5, 6]]
    back = make("double", 2, 3, from_order)
    target.copyTo(back)
    assert np.asarray(back).tolist() == [[1, 2, 3], [4, 5, 6]]


@pytest.mark.parametrize("order", ["C", "F"])
def test_copies_of_rows(order):
    matrix = grcuda("DeviceArray")("int", 3, 2, order)
    matrix[1].copyFrom([7, 8])
    line = grcuda("int[2]")
    matrix[1].copyTo(line)
    matrix[2].copyFrom(line)
    assert np.asarray(matrix).tolist() == [[0, 0], [7, 8], [7, 8]]


def test_copies_from_and_to_lists_and_buffers():
    x = grcuda("float[4]")
    x.copyFrom([1, 2, 3, 4])
    found = [0.0] * 4
    x.copyTo(found)
    assert found == [1, 2, 3, 4]
    x.copyFrom(np.array([5, 6], "float64"), 2)
    assert x[:] == [5, 6, 3, 4]
    target = np.zeros(4, "int16")
    x.copyTo(target)
    assert target.tolist() == [5, 6, 3, 4]


def test_a_copy_returns_its_array():
    x, y = grcuda("float[2]"), [0, 0]
    assert x.copyFrom([1, 2])[:] == [1, 2]
    assert x.copyTo(y)[:] == y == [1, 2]


def test_a_view_copies_no_more_than_it_has():
    matrix = grcuda("int[3][4]")
    matrix[1].copyFrom([1, 2, 3, 4])
    matrix[2].copyFrom(matrix[1], 2)
    assert [list(row) for row in matrix] == [[0] * 4, [1, 2, 3, 4], [1, 2, 0, 0]]
    with pytest.raises(sn.InvalidArgumentError, match="cannot copy 5 elements: MultiDim.*has 4"):
        matrix[1].copyTo([0] * 5, 5)


def test_a_matrix_is_copied_from_and_to_lists_of_lists():
    matrix, found = grcuda("int[2][3]"), [[0] * 3, [0] * 3]
    matrix.copyFrom([[1, 2, 3], [4, 5, 6]])
    matrix.copyTo(found)
    assert found == [[1, 2, 3], [4, 5, 6]]


def test_a_copy_is_ordered_with_kernels_before_and_after():
    build = grcuda("buildkernel")
    increment = build(KERNELS, "increment", "pointer, sint32")
    x, y = grcuda("int[1000]"), grcuda("int[1000]")
    increment(4, 32)(x, 1000)
    y.copyFrom(x, 1000)
    increment(4, 32)(x, 1000)
    increment(4, 32)(y, 1000)
    x.copyTo(y[0:0] or y, 500)
    assert (x[0], y[499], y[999]) == (2, 2, 2)
    matrix = grcuda("int[2][500]")
    increment(4, 32)(matrix, 1000)
    matrix[1].copyTo(x, 500)  # the view waits for the kernel, too
    assert x[0] == 1 and x[500] == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1, 2], 3), "cannot copy 3 elements: list has 2"),
        (([1, 2, 3, 4, 5], 5), "cannot copy 5 elements: DeviceArray.*has 4"),
        ((None,), "array or pointer expected for fromPointer"),
        (("text",), "array or pointer expected for fromPointer"),
        ((), "'copyFrom' takes 1 to 2 arguments, and was given 0"),
        (([1.5, 2, 3, 4],), "cannot coerce array element at index 0 to int: 1.5"),
    ],
)
def test_wrong_copies_are_refused(arguments, message):
    x = grcuda("int[4]")
    with pytest.raises(sn.InvalidArgumentError, match=message):
        x.copyFrom(*arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((None,), "array or pointer expected for toPointer"),
        (([0, 0], 3), "cannot copy 3 elements: list has 2"),
        (([0] * 9, 9), "cannot copy 9 elements: DeviceArray.*has 4"),
        (([0] * 4, -1), "cannot copy -1 elements"),
        (([0] * 4, 4, 4), "'copyTo' takes 1 to 2 arguments, and was given 3"),
        ((b"abcd",), "read-only"),
    ],
)
def test_wrong_copies_to_others_are_refused(arguments, message):
    with pytest.raises(sn.InvalidArgumentError, match=message):
        grcuda("int[4]").copyTo(*arguments)


def test_what_a_list_raises_is_what_the_program_sees():
    class Broken:
        def __len__(self):
            return 2

        def __getitem__(self, index):
            raise KeyError("broken")

    with pytest.raises(KeyError, match="broken"):
        grcuda("int[2]").copyFrom(Broken())


def test_the_tracked_array_is_sennits():
    x = grcuda("float[3]")
    x[1] = 2
    array = polyglot.tracked_array(x)
    assert isinstance(array, sn.Array) and array.tolist() == [0, 2, 0]
    array[0] = 9
    assert x[0] == 9
    assert np.asarray(x).tolist() == [9, 2, 0]
