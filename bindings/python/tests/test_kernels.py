"""tests/test_kernels.py: building kernels, and what a launch takes."""

from __future__ import annotations

import ctypes
import enum

import numpy as np
import pytest

import sennit as sn

SCALARS = r"""
struct Pair { int first; float second; };
extern "C" __global__ void scalars(double* out, bool b, signed char i8, unsigned char u8, short i16,
                                   unsigned int u32, long long i64, unsigned long long u64,
                                   float f32, double f64, float2 c64, double2 c128, Pair pair,
                                   const float* nothing) {
  double values[] = {double(b), double(i8), double(u8), double(i16), double(u32), double(i64),
                     double(u64 >> 32), f32, f64, c64.x, c64.y, c128.x, c128.y,
                     double(pair.first), pair.second, nothing == nullptr ? 1.0 : 0.0};
  for (int i = 0; i < 16; ++i) out[i] = values[i];
}
template <typename T, int N>
__global__ void scale(T* x) { x[threadIdx.x] *= N; }
extern "C" __global__ void where(int* out) {
  int block = blockIdx.x + gridDim.x * (blockIdx.y + gridDim.y * blockIdx.z);
  int threads = blockDim.x * blockDim.y * blockDim.z;
  int thread = threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
  out[block * threads + thread] = gridDim.x * 100 + blockDim.x * 10 + blockDim.z;
}
extern "C" __global__ void through_shared(int* x) {
  extern __shared__ int words[];
  words[threadIdx.x] = x[threadIdx.x];
  __syncthreads();
  x[threadIdx.x] = words[blockDim.x - 1 - threadIdx.x];
}
#ifndef FACTOR
#define FACTOR 1
#endif
extern "C" __global__ void defined(int* x) { x[0] *= FACTOR; }
"""


@pytest.fixture(scope="module")
def scalars(runtime):
    return runtime.kernel(SCALARS, "scalars")


def test_every_kind_of_scalar_arrives(runtime, scalars):
    class Pair(ctypes.Structure):
        _fields_ = [("first", ctypes.c_int), ("second", ctypes.c_float)]

    class Small(enum.IntEnum):
        Seven = 7

    raw = np.array([(11, 0.5)], [("first", "i4"), ("second", "f4")])
    python = (True, -8, 200, -300, 2**32 - 1, -(2**40), 2**64 - 1, 0.25, 1e-300, 1 + 2j, 3 - 4j)
    numpy = (
        np.bool_(True), np.int8(-8), np.uint8(200), np.int64(-300), np.uint32(2**32 - 1),
        np.int64(-(2**40)), np.uint64(2**64 - 1), np.float16(0.25), np.float64(1e-300),
        np.complex64(1 + 2j), np.complex128(3 - 4j),
    )  # fmt: skip
    expected = [1, -8, 200, -300, 2**32 - 1, -(2**40), 2**32 - 1, 0.25, 1e-300]
    expected += [1, 2, 3, -4, 11, 0.5]  # the parts of the complex numbers and of the pair
    for values in (python, numpy):
        for pair in (Pair(11, 0.5), raw[0], raw.tobytes(), bytearray(raw.tobytes())):
            for null in (None, ctypes.c_void_p(None)):
                out = runtime.zeros(16, "float64")
                scalars[1, 1](out, *values, pair, null)
                assert out.tolist() == [*expected, 1]
    out = runtime.zeros(16, "float64")
    scalars[1, 1](out, 0, Small.Seven, *python[2:], Pair(), None)
    assert out.tolist()[:2] == [0, 7]


def test_what_a_kernel_does_not_take_is_refused_at_the_launch(runtime, axpy):
    y, x = runtime.zeros(4), runtime.zeros(4)
    launch = axpy[1, 4]
    with pytest.raises(sn.InvalidArgumentError, match=r"'axpy': 2 arguments given; .* takes 4"):
        launch(y, x)
    with pytest.raises(sn.InvalidArgumentError, match=r"argument 1 .*float64\[4\].*float32"):
        launch(runtime.zeros(4, "float64"), x, 1.0, 4)
    with pytest.raises(sn.InvalidArgumentError, match=r"argument 4 .*is the integer 4294967296"):
        launch(y, x, 1.0, 2**32)
    with pytest.raises(sn.InvalidArgumentError, match="argument 4"):
        launch(y, x, 1.0, 4.5)
    with pytest.raises(TypeError, match=r"argument 2 is numpy.ndarray; .* sennit.array\(x\)"):
        launch(y, np.zeros(4, np.float32), 1.0, 4)
    with pytest.raises(TypeError, match="argument 2 is list"):
        launch(y, [1.0], 1.0, 4)
    with pytest.raises(TypeError, match="argument 3 is str"):
        launch(y, x, "1", 4)
    with pytest.raises(OverflowError, match="64 bits"):
        launch(y, x, 1.0, 2**64)
    with pytest.raises(TypeError, match="keyword 'stream'; known: after"):
        launch(y, x, 1.0, 4, stream=1)
    with pytest.raises(sn.InvalidArgumentError, match="another runtime"):
        launch(y, sn.Runtime("cpu").zeros(4), 1.0, 4)
    assert y.tolist() == [0, 0, 0, 0]


def test_grids_and_blocks_have_up_to_three_dimensions(runtime):
    where = runtime.kernel(SCALARS, "where")
    for configured, expected in (
        (where[2, 3], 231),
        (where[(2, 2), (3, 1, 2)], 232),
        (where(np.int64(2), [3], 0), 231),
        (where[(1, 1, 2), (1,), 64], 111),
    ):
        out = runtime.zeros(24, "int32")
        configured(out)
        written = [value for value in out.tolist() if value]
        assert written and set(written) == {expected}
    for grid, block in ((0, 1), (1, 0), (-1, 1), ((1, 1, 1, 1), 1), ((), 1), (1, 2**32)):
        with pytest.raises(ValueError, match="grid|block"):
            where[grid, block]
    for grid in ("1", 1.5, None):
        with pytest.raises(TypeError, match="grid"):
            where[grid, 1]
    with pytest.raises(TypeError, match=r"k\[grid, block\]"):
        where[1]
    with pytest.raises(sn.Error, match="block.x is 10000"):
        where[1, 10_000](runtime.zeros(1, "int32"))


def test_shared_memory_is_given_by_the_third_number(runtime):
    reverse = runtime.kernel(SCALARS, "through_shared")
    x = runtime.array(list(range(64)), "int32")
    reverse[1, 64, 256](x)
    assert x.tolist() == list(reversed(range(64)))
    reverse(1, 64, 256)(x)
    reverse(1, 64, shared_bytes=256, cooperative=True)(x)
    assert x.tolist() == list(reversed(range(64)))


def test_templates_options_and_signatures(runtime):
    scale = runtime.kernel(SCALARS, "scale<double, 3>")
    x = runtime.array([1.0, 2.0])
    scale[1, 2](x)
    assert x.tolist() == [3, 6]
    defined = runtime.kernel(SCALARS, "defined", options=["-DFACTOR=5"])
    n = runtime.array([2], "int32")
    defined[1, 1](n)
    assert n[0] == 10
    named = runtime.kernel(
        SCALARS, "defined", "defined(x: inout pointer sint32)", options=["-DFACTOR=7"]
    )
    assert named.name == "defined" and "x: inout pointer" in named.signature
    assert named.launch_count == 0
    named[1, 1](n)
    assert named.launch_count == 1 and named.runtime is runtime
    assert repr(named).startswith("<sennit.Kernel defined(x: inout pointer")
    with pytest.raises(TypeError, match="list of strings"):
        runtime.kernel(SCALARS, "defined", options="-DFACTOR=5")


def test_a_kernel_is_read_from_a_path(tmp_path):
    path = tmp_path / "kernels.cu"
    path.write_text('extern "C" __global__ void one(int* x) { x[0] = 1; }')
    x = sn.zeros(1, "int32")
    sn.kernel(path, "one")[1, 1](x)
    assert x[0] == 1
    path.write_text('extern "C" __global__ void one(int* x) { x[0] = y; }')
    with pytest.raises(sn.CompileError, match="kernels.cu"):
        sn.kernel(path, "one")


def test_a_configured_kernel_is_kept_and_reused(runtime, axpy):
    first = axpy[2, 32]
    assert axpy[(2,), (32, 1)] is first and axpy(2, 32) is first
    second = axpy[4, 32]
    assert second is not first
    y = runtime.zeros(1)
    first(y, runtime.array([2.0], "float32"), 3.0, 1)
    second(y, runtime.array([2.0], "float32"), 3.0, 1)
    assert y[0] == 12
    assert repr(second).startswith("<sennit.ConfiguredKernel axpy[grid=(4, 1, 1)")


def test_slices_are_arguments(runtime, square):
    x = runtime.array(np.arange(10.0, dtype=np.float32))
    square[1, 32](x[2:4], 2)
    square[1, 32](x[8:], 2)
    assert x.tolist() == [0, 1, 4, 9, 4, 5, 6, 7, 64, 81]


def test_more_arguments_than_usual(runtime):
    count = 60
    parameters = ", ".join(f"float a{i}" for i in range(count))
    total = " + ".join(f"a{i}" for i in range(count))
    source = f'extern "C" __global__ void add(float* out, {parameters}) {{ out[0] = {total}; }}'
    out = runtime.zeros(1)
    runtime.kernel(source, "add")[1, 1](out, *map(float, range(count)))
    assert out[0] == sum(range(count))


def test_operations_are_waited_for_and_named_in_after(kernel_source):
    runtime = sn.Runtime("cpu", stream_policy="always_new")  # nothing is in order by chance
    slow_add = runtime.kernel(kernel_source, "slow_add")
    axpy = runtime.kernel(kernel_source, "axpy")
    x, y = runtime.zeros(1), runtime.zeros(1)
    x[0] = y[0] = 0
    first = slow_add[1, 1](sn.untracked(x), 50_000_000, 2.0)
    second = axpy[1, 1](y, sn.untracked(x), 1.0, 1, after=[first])
    assert repr(second).startswith("<sennit.Operation ")
    second.wait()
    assert y[0] == 2
    first.wait()
    with pytest.raises(TypeError, match="after has a int"):
        slow_add[1, 1](x, 1, 1.0, after=[3])


def test_an_untracked_array_makes_no_dependency(runtime, slow_add):
    x = runtime.zeros(1)
    x[0] = 0
    operation = slow_add[1, 1](sn.untracked(x), 20_000_000, 1.0)
    assert x.is_ready()
    operation.wait()
    assert x[0] == 1
    assert sn.untracked(x).array is x
    with pytest.raises(TypeError, match=r"untracked takes a sennit\.Array"):
        sn.untracked(3)


def test_launches_run_in_order_where_they_depend_on_each_other(runtime, axpy):
    n = 1000
    y = runtime.zeros(n)
    x = runtime.array(np.ones(n, np.float32))
    for _ in range(300):
        axpy[8, 128](y, x, 1.0, n)
        axpy[8, 128](x, y, 0.0, n)
    assert y.tolist() == [300.0] * n


def test_a_variable_of_the_code_is_an_array_that_launches_read_and_write(runtime):
    source = r"""
    __constant__ float factors[4];
    __device__ int calls;
    extern "C" __global__ void weigh(float* x, int n) {
      if (threadIdx.x == 0) calls += 1;
      if (threadIdx.x < n) x[threadIdx.x] *= factors[threadIdx.x % 4];
    }
    """
    weigh = runtime.kernel(source, "weigh")
    x = runtime.array([1, 1, 1, 1], "float32")
    weigh.variable("factors", "float32")[:] = [1, 2, 3, 4]
    weigh[1, 4](x, 4)
    factors = weigh.variable("factors", "float32", (2, 2))
    before = factors.tolist()
    factors[1, 1] = 10
    weigh[1, 4](x, 4)
    assert before == [[1, 2], [3, 4]]
    assert x.tolist() == [1, 4, 9, 40]
    assert weigh.variable("calls", "int32")[0] == 2
    with pytest.raises(sn.InvalidArgumentError, match="has 16 bytes"):
        weigh.variable("factors", "float32", 3)
