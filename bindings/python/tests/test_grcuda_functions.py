"""tests/test_grcuda_functions.py: the root namespace and its functions, row by row."""

from __future__ import annotations

import subprocess

import numpy as np
import pytest
from grcuda_program import KERNELS, grcuda, program  # noqa: F401

import sennit as sn
from sennit import polyglot

# ---- Expressions -------------------------------------------------------------------------------


def test_the_root_namespace_contains_itself_and_is_sorted():
    cu = grcuda("CU")
    names = dir(cu)
    assert names == sorted(names)
    assert {"CU", "DeviceArray", "bind", "bindall", "bindkernel", "buildkernel"} <= set(names)
    for expression in ("bind", "::bind", "CU::bind"):
        assert repr(grcuda(expression)) == "function 'bind'"
    assert dir(cu.CU) == names


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("nothing", "Function or namespace 'nothing' not found; namespace 'CU' has: "),
        ("CU::nothing", "Function or namespace 'CU::nothing' not found"),
        ("nothing(1)", "function 'nothing' not found"),
        ("CU(1)", "function 'CU' not found: namespace 'CU' cannot be called"),
        ("BLAS::cublasSaxpy", "'BLAS::cublasSaxpy' not found: sennit has no bindings of this"),
        ("int[", "expected an integer"),
    ],
)
def test_what_is_not_there_is_named_with_what_is(expression, message):
    with pytest.raises(sn.InvalidArgumentError, match=message):
        grcuda(expression)


@pytest.mark.parametrize(
    "name",
    "CU DeviceArray Map bind bindall bindkernel buildkernel getdevice getdevices getoptions "
    "shred".split(),
)
def test_the_root_has_every_name_of_the_document(name):
    cu = grcuda("CU")
    assert name in dir(cu)
    assert repr(getattr(cu, name)) == repr(grcuda(name)) == repr(grcuda(f"CU::{name}"))


def test_nothing_of_a_namespace_can_be_written():
    cu = grcuda("CU")
    for name in ("bind", "new"):
        with pytest.raises(AttributeError):
            setattr(cu, name, 1)
    with pytest.raises(AttributeError):
        del cu.bind


@pytest.mark.parametrize(
    ("expression", "check"),
    [
        ("float[100]", lambda x: len(x) == 100),
        ("float [ 10 * (1 + 2) - 3 % 2 ] // comment", lambda x: len(x) == 29),
        ("/* a matrix */ int[3][4]", lambda x: len(x[2]) == 4),
        ('DeviceArray("float", 100)', lambda x: len(x) == 100),
        ('DeviceArray("float", 2, 3, "F")', lambda x: len(x[0]) == 3),
        ("DeviceArray(float, 5)", lambda x: len(x) == 5),
        ("getdevices()", lambda x: x[0].id == 0),
        ("getdevice(1 - 1)", lambda x: x.id == 0),
        ("cudaDeviceSynchronize()", lambda x: x is None),
        ("buildkernel", lambda x: "buildkernel" in repr(x)),
        ("::buildkernel", lambda x: "buildkernel" in repr(x)),
        ("CU::buildkernel", lambda x: "buildkernel" in repr(x)),
    ],
)
def test_an_expression_of_each_kind_is_evaluated(expression, check):
    assert check(grcuda(expression))


@pytest.mark.parametrize(
    "expression",
    ["", "1", "float[]", "float[n]", "float[-1]", "float[1.5]", "float[1", "f(", "f(1,)", "f(1)(2)",
     "CU::", "BLAS::f(1)", "CU::ML::x", "a b", 'f("a\nb")', "f('a')", "float[1] float[2]"],
)  # fmt: skip
def test_what_is_no_expression_is_refused_with_its_place(expression):
    with pytest.raises(sn.InvalidArgumentError, match=r"line \d+, column \d+"):
        grcuda(expression)


def test_another_language_is_refused():
    with pytest.raises(ValueError, match="no language is called 'js'"):
        polyglot.eval(language="js", string="x => x")


# ---- bind and bindall --------------------------------------------------------------------------

LIBRARY = """
#include <string.h>
#include <stdint.h>
#ifdef __cplusplus
#define C extern "C"
#else
#define C
#endif
C void saxpy(int n, float a, const float* x, float* y) {
  for (int i = 0; i < n; ++i) y[i] += a * x[i];
}
C double sum(const double* x, long n) {
  double total = 0;
  for (long i = 0; i < n; ++i) total += x[i];
  return total;
}
C int length(const char* text) { return (int)strlen(text); }
C signed char narrow(signed char a, short b, unsigned char c) { return (signed char)(a + b + c); }
C const char* name(void) { return "a library"; }
C float half(float x) { return x / 2; }
namespace ns { namespace inner {
  void twice(int* x, int n) { for (int i = 0; i < n; ++i) x[i] *= 2; }
} }
int plain(int x) { return x + 1; }
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    folder = tmp_path_factory.mktemp("library")
    (folder / "library.cpp").write_text(LIBRARY)
    path = folder / "library.so"
    command = ["c++", "-shared", "-fPIC", "-o", str(path), str(folder / "library.cpp")]
    subprocess.run(command, check=True)
    return str(path)


@pytest.mark.parametrize(
    "signature",
    [
        ("saxpy(n: sint32, a: float, x: in pointer float, y: inout pointer float): void",),
        ("saxpy(n: sint32, a: float, x: in pointer float, y: out pointer float): void",),
        ("saxpy", "(sint32, float, const pointer, pointer): void"),
    ],
)
def test_a_native_function_is_ordered_with_kernels(library, signature):
    saxpy = grcuda("bind")(library, *signature)
    scale = grcuda("buildkernel")(KERNELS, "scale", "const pointer, pointer, float, sint32")
    x, y = grcuda("float[1000]"), grcuda("float[1000]")
    x[999] = 1
    for _ in range(10):
        scale(8, 128)(x, y, 3, 1000)  # y = 3 x
        assert saxpy(1000, 2, x, y) is None  # y = 5 x
        scale(8, 128)(y, x, 0.5, 1000)  # x = 2.5 x
    assert x[999] == pytest.approx(2.5**10) and y[999] == 2 * x[999]


def test_native_functions_have_results_of_all_kinds(library):
    bind = grcuda("bind")
    x = grcuda("double[100]")
    x[3], x[99] = 1.5, 2
    assert bind(library, "sum(x: in pointer double, n: sint64): double")(x, 100) == 3.5
    assert bind(library, "length(text: string): sint32")("four") == 4
    assert bind(library, "narrow(a: sint8, b: sint16, c: uint8): sint8")(-100, 20, 30) == -50
    assert bind(library, "name(): string")() == "a library"
    assert bind(library, "half", "(float): float")(3) == 1.5
    assert bind(library, "sum", "(pointer, sint64): double")(0, 0) == 0.0
    values = np.ones(4)
    address = int(values.ctypes.data)
    assert bind(library, "sum", "(pointer, sint64): double")(address, 4) == 4.0


def test_an_array_is_native_memory_by_its_pointer(library):
    x = grcuda("double[4]")
    x[3] = 2.5
    assert grcuda("bind")(library, "sum", "(pointer, sint64): double")(x.pointer, 4) == 2.5


def test_cxx_functions_are_found_by_their_mangled_names(library):
    bind = grcuda("bind")
    x = grcuda("int[3]")
    x[2] = 21
    bind(library, "cxx ns::inner::twice(x: inout pointer sint32, n: sint32): void")(x, 3)
    assert x[2] == 42
    assert bind(library, "cxx plain(x: sint32): sint32")(41) == 42


def test_the_same_array_may_be_given_twice(library):
    x = grcuda("float[4]")
    x[1] = 2
    grcuda("bind")(library, "saxpy", "(sint32, float, const pointer, pointer): void")(4, 3, x, x)
    assert x[:] == [0, 8, 0, 0]


def test_expressions_bind_too(library):
    assert grcuda(f'bind("{library}", "cxx plain(x: sint32): sint32")')(1) == 2


@pytest.mark.parametrize(
    ("signature", "error", "message"),
    [
        ("gone(): void", sn.UnavailableError, "gone not found in .*library.so"),
        ("plain(x: sint32): sint32", sn.UnavailableError, "begin its signature with 'cxx'"),
        ("half(x: float)", sn.InvalidArgumentError, 'expected ":" and return type'),
        ("half(x: float): flout", sn.InvalidArgumentError, "invalid type: 'flout'"),
    ],
)
def test_a_function_that_cannot_be_bound_is_refused(library, signature, error, message):
    with pytest.raises(error, match=message):
        grcuda("bind")(library, signature)(*([1] if "x:" in signature else []))


def test_wrong_arguments_of_native_functions_are_refused(library):
    bind = grcuda("bind")
    sum_ = bind(library, "sum(x: in pointer double, n: sint64): double")
    with pytest.raises(
        sn.InvalidArgumentError,
        match="device array of float cannot be used as pointer argument double",
    ):
        sum_(grcuda("float[4]"), 4)
    with pytest.raises(sn.InvalidArgumentError, match="takes 2 arguments, and was given 1"):
        sum_(grcuda("double[4]"))
    with pytest.raises(sn.InvalidArgumentError, match="value 200 is out of range for type sint8"):
        bind(library, "narrow(a: sint8, b: sint16, c: uint8): sint8")(200, 0, 0)
    with pytest.raises(sn.UnavailableError, match="unable to load shared library 'none.so'"):
        bind("none.so", "f(): void")()
    with pytest.raises(sn.InvalidArgumentError, match="bind function requires two or three"):
        bind(library)


def test_bindall_fills_a_namespace(library, tmp_path):
    nidl = tmp_path / "library.nidl"
    nidl.write_text(
        "chostfuncs {\n  half(x: float): float\n  length(text: string): sint32\n}\n"
        "hostfuncs ns::inner { twice(x: inout pointer sint32, n: sint32): void }\n"
    )
    found = grcuda("bindall")("my::library", library, str(nidl))
    assert dir(found) == ["half", "length", "twice"]
    assert grcuda("my").library.half(5) == 2.5
    x = grcuda("int[1]")
    x[0] = 4
    found.twice(x, 1)
    assert x[0] == 8
    with pytest.raises(sn.InvalidArgumentError, match="'half' already exists in namespace"):
        grcuda("bindall")("my::library", library, str(nidl))


def test_bindall_binds_kernels(tmp_path):
    (tmp_path / "kernels.cu").write_text(KERNELS)
    (tmp_path / "kernels.nidl").write_text(
        "ckernels { increment(x: inout pointer sint32, n: sint32) }\n"
        "kernels ns { twice(x: inout pointer sint32) }\n"
    )
    found = grcuda("bindall")("k", str(tmp_path / "kernels.cu"), str(tmp_path / "kernels.nidl"))
    x = grcuda("int[4]")
    found.increment(1, 4)(x, 4)
    found.twice(1, 1)(x)
    assert x[:] == [2, 1, 1, 1]
    assert found.increment.launchCount == 1


def test_wrong_bindings_of_files_are_refused(tmp_path):
    bindall = grcuda("bindall")
    nidl = tmp_path / "both.nidl"
    nidl.write_text("chostfuncs { f(): void } ckernels { k() }")
    with pytest.raises(sn.InvalidArgumentError, match="can either bind kernel or host function"):
        bindall("a", "x.so", str(nidl))
    nidl.write_text("chostfuncs { f(: void }")
    with pytest.raises(sn.InvalidArgumentError, match=r"NIDL parse error: \[.*both.nidl\], line 1"):
        bindall("a", "x.so", str(nidl))
    nidl.write_text("")
    with pytest.raises(sn.InvalidArgumentError, match='"1a" is not a name in "1a"'):
        bindall("1a", "x.so", str(nidl))


# ---- Devices and options -----------------------------------------------------------------------


def test_devices_are_listed_and_numbered():
    devices = grcuda("getdevices()")
    assert len(devices) == grcuda("cudaGetDeviceCount()") == 1
    device = grcuda("getdevice(0)")
    assert device.id == devices[0].id == 0
    assert device.isCurrent()
    device.setCurrent()
    assert dir(device) == ["id", "isCurrent", "properties", "setCurrent"]
    with pytest.raises(sn.InvalidArgumentError, match="there is no device 1"):
        grcuda("getdevice(1)")


def test_device_properties_are_read_only_members():
    properties = grcuda("getdevice(0)").properties
    assert properties.deviceName.startswith("CPU")
    assert properties.totalDeviceMemory > 0
    assert 0 < properties.freeDeviceMemory <= properties.totalDeviceMemory
    assert properties.maxThreadsPerBlock == grcuda("cudaDeviceGetAttribute(1, 0)") == 1024
    assert "warpSize" in dir(properties) and properties.warpSize == 32
    with pytest.raises(AttributeError):
        properties.warpSpeed  # noqa: B018


def test_the_current_device_is_one_of_them():
    assert grcuda("cudaGetDevice()") == 0
    grcuda("cudaSetDevice(0)")
    with pytest.raises(sn.InvalidArgumentError, match="the selected GPU is not valid: 1"):
        grcuda("cudaSetDevice(1)")


def test_options_are_a_map_of_texts():
    options = grcuda("getoptions()")
    assert options["grcuda.ExecutionPolicy"] == "async"
    pairs = [list(pair) for pair in options]
    assert ["grcuda.NumberOfGPUs", "1"] in pairs
    assert [name for name, _ in pairs] == sorted((name for name, _ in pairs), key=str.lower)
    with pytest.raises(KeyError):
        options["grcuda.Nothing"]
    with pytest.raises(IndexError):
        options[len(options)]
    with pytest.raises(sn.InvalidArgumentError):
        options[0] = "x"


def test_options_take_effect_in_the_runtime():
    given = [("grcuda.ExecutionPolicy", "sync"), ("grcuda.RetrieveNewStreamPolicy", "fifo")]
    polyglot.start(options=given)
    options = grcuda("getoptions()")
    assert options["grcuda.ExecutionPolicy"] == "sync"
    assert options["grcuda.RetrieveNewStreamPolicy"] == "reuse"
    with pytest.raises(sn.InvalidArgumentError, match="async, sync, default"):
        polyglot.start(options=[("grcuda.ExecutionPolicy", "later")])
    with pytest.raises(sn.InvalidArgumentError, match="grcuda.DependencyPolicy"):
        sn.Runtime("cpu", **{"grcuda.DependencePolicy": "with-const"})
