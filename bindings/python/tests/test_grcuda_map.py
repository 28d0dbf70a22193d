"""tests/test_grcuda_map.py: Map, its members and descriptors, and shred, row by row."""

from __future__ import annotations

import pytest
from grcuda_program import KERNELS, grcuda, program  # noqa: F401

import sennit as sn


def test_a_mapped_function_computes_its_arguments():
    make = grcuda("Map")
    given = []
    a, b = make.arg("a"), make.arg("b")
    mapped = make(lambda *arguments: given.append(arguments), a, make.size(b), a)
    mapped(7, [1, 2, 3])
    assert given == [(7, 3, 7)]
    with pytest.raises(sn.InvalidArgumentError, match="takes 2 arguments"):
        mapped(7)


def test_members_and_elements_of_arguments_are_descriptors():
    make = grcuda("Map")
    argument = make.arg("a")
    mapped = make(lambda x, y: x + y, argument.x[1], argument.y.map(lambda y: 10 * y))
    assert mapped({"x": [1, 2], "y": 3}) == 32
    assert argument.x[1].describe() == "a.x[1]"
    with pytest.raises(KeyError):
        mapped({"x": [1, 2]})


def test_values_are_computed_once():
    make = grcuda("Map")
    calls = []

    def double(x):
        calls.append(x)
        return 2 * x

    mapped = make(lambda x, y: x + y, make.value("d", double, make.arg("a")), make.value("d"))
    assert mapped(4) == 16 and calls == [4]


def test_ret_chooses_what_is_returned():
    make = grcuda("Map")
    returned = make.ret(make.value("return"))(lambda x: x + 1, make.arg("a"))
    argument = make.ret(make.arg("a"))(lambda x: x + 1, make.arg("a"))
    assert (returned(1), argument(1)) == (2, 1)


def test_shredding_turns_objects_into_arrays():
    points = [{"x": 1, "y": 5}, {"x": 2, "y": 6}]
    shredded = grcuda("shred")(points)
    assert list(shredded.x) == [1, 2] and list(shredded.y) == [5, 6]
    make = grcuda("Map")
    floats = grcuda("DeviceArray").map("float")
    scale = grcuda("buildkernel")(KERNELS, "scale", "const pointer, pointer, float, sint32")
    out = grcuda("float[2]")
    points_argument = make.arg("points")
    mapped = make(
        scale(1, 2), points_argument.shred().y.map(floats), make.arg("out"), 3,
        make.size(points_argument), "scaled points",
    )  # fmt: skip
    mapped(points, out)
    assert out[:] == [15, 18]
    assert repr(mapped) == "scaled points"


def test_wrong_mappings_are_refused():
    make = grcuda("Map")
    with pytest.raises(sn.InvalidArgumentError, match="expecting executable function as first"):
        make(3)
    with pytest.raises(sn.InvalidArgumentError, match="expected argument objects"):
        make.size(3)
    mapped = make(lambda x: x, make.size(make.arg("a"), make.arg("b")))
    with pytest.raises(sn.InvalidArgumentError, match="cannot map parameter 0.*must have the same"):
        mapped([1], [1, 2])


def test_bind_gives_each_name_of_a_descriptor_its_place():
    make = grcuda("Map")
    descriptor = make.arg("points").x[1].map(lambda x: 10 * x)
    bound = descriptor.bind(["unused", "points"], [], [])
    assert bound(None, {"x": [1, 2]}) == 20
    assert repr(bound).endswith("(unused, points)")
    of_objects = descriptor.bind([], ["points"], [])  # they are shredded first
    assert of_objects([{"x": 3}, {"x": 4}]) == 40
    value = make.value("v", lambda a: a + 1, make.arg("a"))
    assert value.bind(["a"], [], [])(1) == 2
    assert value.bind([], [], ["v"])(7) == 7  # known already: its function is not called


def test_wrong_sets_of_bind_are_refused():
    descriptor = grcuda("Map").arg("a")
    with pytest.raises(sn.InvalidArgumentError, match="no argument is called 'a' in this call"):
        descriptor.bind(["b"], [], [])(1)
    with pytest.raises(sn.InvalidArgumentError, match="'a' is there twice"):
        descriptor.bind(["a"], ["a"], [])
    with pytest.raises(sn.InvalidArgumentError, match="string expected for a name in a set"):
        descriptor.bind([1], [], [])
    with pytest.raises(sn.InvalidArgumentError, match="'bind' takes 3 arguments"):
        descriptor.bind(["a"])
    with pytest.raises(sn.InvalidArgumentError, match="takes 1 argument"):
        descriptor.bind(["a"], [], [])()


def test_what_map_and_its_descriptors_have_is_listed():
    make = grcuda("Map")
    assert dir(make) == ["arg", "ret", "size", "value"]
    assert dir(make.arg("a")) == ["bind", "describe", "map", "shred"]
    assert make.arg("a").shred().y.describe() == "shred(a).y"


def test_an_object_of_arrays_passes_through_shred():
    table = {"x": [1, 2]}
    assert grcuda("shred")(table) is table
