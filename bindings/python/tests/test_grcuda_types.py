"""tests/test_grcuda_types.py: each type of GrCUDA's signatures, by value and behind pointers, for
kernels and for native functions. How the types are mangled is src/grcuda/mangling_test.cpp's."""

from __future__ import annotations

import subprocess

import pytest
from grcuda_program import grcuda, program  # noqa: F401

import sennit as sn

# name: its type in C++, bytes, a value that fits, one that does not.
TYPES = {
    "bool": ("bool", 1, True, 2),
    "char": ("char", 1, -128, 128),
    "sint8": ("signed char", 1, -128, -129),
    "uint8": ("unsigned char", 1, 255, 256),
    "char8": ("unsigned char", 1, 255, -1),
    "char16": ("char16_t", 2, 65535, 65536),
    "sint16": ("short", 2, -32768, 32768),
    "uint16": ("unsigned short", 2, 65535, -1),
    "char32": ("char32_t", 4, 2**32 - 1, 2**32),
    "sint32": ("int", 4, -(2**31), 2**31),
    "uint32": ("unsigned", 4, 2**32 - 1, -1),
    "wchar": ("wchar_t", 4, -(2**31), 2**31),
    "sint64": ("long", 8, -(2**63), 2.0**63),
    "uint64": ("unsigned long", 8, 2**63 - 1, 0.5),
    "sll64": ("long long", 8, -(2**63), 2.0**63),
    "ull64": ("unsigned long long", 8, 2**63 - 1, 0.5),
    "float": ("float", 4, 0.5, "1"),
    "double": ("double", 8, 0.1, "1"),
}
# What holds them all: the name of an array's elements, and of a pointer's.
WIDE = {"double": "double", "long": "sint64"}

# Names that stand for the same memory, and the arrays that a pointer to them takes.
SYNONYMS = [
    (("bool", "char8", "uint8"), ("boolean", "uint8")),
    (("char", "sint8"), ("char",)),
    (("char16", "uint16"), ("uint16",)),
    (("sint16",), ("short",)),
    (("char32", "uint32"), ("uint32",)),
    (("sint32", "wchar"), ("int",)),
    (("sint64", "sll64"), ("long",)),
    (("uint64", "ull64"), ()),
    (("float",), ("float",)),
    (("double",), ("double",)),
]
# A kernel's signature has C++'s char, which is either: what the original refuses is taken.
TAKEN_BY_KERNELS_TOO = {"char": ("uint8",)}
ARRAYS = [array for _, arrays in SYNONYMS for array in arrays]
TAKEN = {name: arrays for names, arrays in SYNONYMS for name in names}


def wide(name: str) -> str:
    return "double" if name in ("float", "double") else "long"


@pytest.fixture(scope="module")
def kernels():
    """One kernel for each type: what it was given, and how many bytes that has."""
    lines = ['extern "C" __global__ void touch(void* x) { *(char*)x = 1; }']
    for name, (cxx, *_) in TYPES.items():
        lines.append(
            f'extern "C" __global__ void put_{name}({cxx} value, {wide(name)}* out) '
            f"{{ out[0] = ({wide(name)})value; out[1] = sizeof(value); }}"
        )
    return "\n".join(lines)


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """One function for each type, which returns what it is given."""
    folder = tmp_path_factory.mktemp("types")
    lines = [
        f'extern "C" {cxx} same_{name}({cxx} value) {{ return value; }}'
        for name, (cxx, *_) in TYPES.items()
    ]
    lines.append('extern "C" const char* same_string(const char* value) { return value; }')
    lines.append('extern "C" void* same_pointer(void* value) { return value; }')
    lines.append('extern "C" void touch(void* x) { *(char*)x = 1; }')
    (folder / "types.cpp").write_text("\n".join(lines))
    path = str(folder / "types.so")
    subprocess.run(["c++", "-shared", "-fPIC", "-o", path, folder / "types.cpp"], check=True)
    return path


# ---- By value ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TYPES)
def test_a_kernel_takes_a_value_of_each_type(kernels, name):
    _, size, good, bad = TYPES[name]
    signature = f"put_{name}(value: {name}, out: out pointer {WIDE[wide(name)]})"
    put = grcuda("buildkernel")(kernels, signature)(1, 1)
    out = grcuda(f"{wide(name)}[2]")
    put(good, out)
    assert out[0] == good and out[1] == size
    with pytest.raises(sn.InvalidArgumentError, match="argument 1"):
        put(bad, out)


@pytest.mark.parametrize("name", TYPES)
def test_a_native_function_takes_and_gives_a_value_of_each_type(library, name):
    _, _, good, bad = TYPES[name]
    same = grcuda("bind")(library, f"same_{name}(value: {name}): {name}")
    assert same(good) == good
    with pytest.raises(sn.InvalidArgumentError, match="argument 1"):
        same(bad)


@pytest.mark.parametrize("name", ["uint64", "ull64"])
def test_64_bits_without_a_sign_are_taken_from_an_integer_with_one(kernels, library, name):
    out = grcuda("long[2]")
    signature = f"put_{name}(value: {name}, out: out pointer sint64)"
    grcuda("buildkernel")(kernels, signature)(1, 1)(-1, out)
    assert out[0] == -1
    assert grcuda("bind")(library, f"same_{name}(value: {name}): {name}")(-1) == -1


def test_a_float_is_rounded_from_a_double(kernels):
    out = grcuda("double[2]")
    grcuda("buildkernel")(kernels, "put_float", "float, pointer")(1, 1)(0.1, out)
    assert out[0] == 0.10000000149011612


def test_integers_are_floats_and_integral_floats_are_integers(kernels):
    build = grcuda("buildkernel")
    reals, integers = grcuda("double[2]"), grcuda("long[2]")
    build(kernels, "put_double", "double, pointer")(1, 1)(7, reals)
    build(kernels, "put_sint32", "sint32, pointer")(1, 1)(8 / 2, integers)
    assert (reals[0], integers[0]) == (7.0, 4)
    with pytest.raises(sn.InvalidArgumentError, match="argument 1"):
        build(kernels, "put_sint32", "sint32, pointer")(1, 1)(0.5, integers)


def test_a_string_is_for_native_functions_only(kernels, library):
    assert grcuda("bind")(library, "same_string(value: string): string")("text") == "text"
    with pytest.raises(sn.InvalidArgumentError, match="unsupported by-value parameter type: str"):
        grcuda("buildkernel")(kernels, "put_char(value: string, out: pointer sint64)")


def test_a_pointer_is_a_result_and_nothing_is_void(library):
    x = grcuda("float[4]")
    same = grcuda("bind")(library, "same_pointer(value: pointer float): pointer")
    assert same(x) != 0
    assert grcuda("bind")(library, "same_pointer", "(pointer): pointer")(4096) == 4096
    assert grcuda("bind")(library, "touch(x: out pointer void): void")(x) is None
    with pytest.raises(sn.InvalidArgumentError, match="a parameter cannot be void"):
        grcuda("bind")(library, "touch(x: void): void")


# ---- Behind pointers ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", TYPES)
def test_a_pointer_takes_arrays_of_its_type_and_of_its_synonyms(kernels, library, name):
    kernel = grcuda("buildkernel")(kernels, f"touch(x: out pointer {name})")(1, 1)
    function = grcuda("bind")(library, f"touch(x: out pointer {name}): void")
    for array in ARRAYS:
        for touch in (kernel, function):
            taken = TAKEN[name]
            if touch is kernel:
                taken += TAKEN_BY_KERNELS_TOO.get(name, ())
            x = grcuda(f"{array}[2]")
            if array in taken:
                touch(x)
                assert x[0] != 0
            else:
                with pytest.raises(sn.InvalidArgumentError, match="argument 1"):
                    touch(x)


@pytest.mark.parametrize("array", ARRAYS)
def test_a_pointer_without_a_type_takes_every_array(kernels, library, array):
    build, bind = grcuda("buildkernel"), grcuda("bind")
    for touch in (
        build(kernels, "touch", "pointer")(1, 1),
        build(kernels, "touch(x: inout pointer void)")(1, 1),
        bind(library, "touch", "(pointer): void"),
        bind(library, "touch(x: out pointer void): void"),
    ):
        x = grcuda(f"{array}[2]")
        touch(x)
        assert x[0] != 0
