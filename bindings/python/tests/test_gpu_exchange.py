"""tests/test_gpu_exchange.py: what is particular to GPUs, on the fake driver of the C++ tests.

The driver (tests/doubles/fake_cuda) is there where those were built; tests/gpu/ has what needs a
GPU.
"""

from __future__ import annotations

import ctypes
import gc
import os
import pathlib

import pytest

import sennit as sn

ROOT = pathlib.Path(__file__).resolve().parents[3]
LIBRARIES = pathlib.Path(os.environ.get("SENNIT_FAKE_CUDA", ROOT / "build" / "dev"))
DRIVER = LIBRARIES / "libfake_cuda.so"

pytestmark = pytest.mark.skipif(not DRIVER.exists(), reason=f"there is no {DRIVER}")

SOURCE = """
__device__ int tally;
extern "C" __global__ void increment(int* x) { x[0] += 1; }
extern "C" __global__ void scale_tally(int* x, int by) { x[0] = tally *= by; }
"""
PTX = """// a comment
.version 8.0
.target sm_90
.address_size 64
.visible .entry increment(.param .u64 x) {
  .reg .b32 %r<3>;
  .reg .b64 %rd<2>;
  ld.param.u64 %rd1, [x];
  ld.global.u32 %r1, [%rd1];
  add.u32 %r2, %r1, 1;
  st.global.u32 [%rd1], %r2;
  ret;
}
"""

Knows = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_char_p)
Run = ctypes.CFUNCTYPE(
    ctypes.c_int,
    ctypes.c_char_p,
    ctypes.POINTER(ctypes.c_uint),
    ctypes.POINTER(ctypes.c_uint),
    ctypes.c_uint,
    ctypes.c_int,
    ctypes.POINTER(ctypes.c_void_p),
    ctypes.c_void_p,
)
Variable = ctypes.CFUNCTYPE(ctypes.c_size_t, ctypes.c_size_t, ctypes.POINTER(ctypes.c_char_p))


class Kernels(ctypes.Structure):
    """fake_cuda_kernels of fake_cuda/control.h."""

    _fields_ = (("knows", Knows), ("run", Run), ("variable", Variable))


class Gpu:
    """The fake driver, with the kernels above as Python functions."""

    def __init__(self) -> None:
        self.library = ctypes.CDLL(str(DRIVER))
        self.library.fake_cuda_variable.restype = ctypes.c_void_p
        self.library.fake_cuda_variable.argtypes = (ctypes.c_void_p, ctypes.c_char_p)
        self.library.fake_cuda_take_misuse.restype = ctypes.c_char_p
        self.kernels = Kernels(Knows(self.knows), Run(self.run), Variable(self.variable))
        self.library.fake_cuda_set_kernels(ctypes.byref(self.kernels))

    def knows(self, kernel: bytes) -> int:
        return 1  # sennit's own, too, of which nothing is asked here

    def run(self, kernel, grid, block, shared_bytes, cooperative, parameters, module) -> int:
        def pointer(index: int):
            address = ctypes.cast(parameters[index], ctypes.POINTER(ctypes.c_void_p))[0]
            return ctypes.cast(address, ctypes.POINTER(ctypes.c_int))

        if kernel == b"increment":
            pointer(0)[0] += 1
        elif kernel == b"scale_tally":
            tally = ctypes.cast(
                self.library.fake_cuda_variable(module, b"tally"), ctypes.POINTER(ctypes.c_int)
            )
            tally[0] *= ctypes.cast(parameters[1], ctypes.POINTER(ctypes.c_int))[0]
            pointer(0)[0] = tally[0]
        return 0

    def variable(self, index: int, name) -> int:
        if index > 0:
            return 0
        name[0] = b"tally"
        return 4


@pytest.fixture(scope="module")
def gpu() -> Gpu:
    return Gpu()


@pytest.fixture
def gpu_runtime(gpu: Gpu):
    options = {"cuda_driver": DRIVER, "nvrtc_library": LIBRARIES / "libfake_nvrtc.so"}
    yield sn.Runtime("cuda", cache_dir="", **options)
    gc.collect()
    assert gpu.library.fake_cuda_take_misuse() is None


@pytest.fixture
def increment(gpu_runtime: sn.Runtime) -> sn.Kernel:
    return gpu_runtime.kernel(SOURCE, "increment")


class OnlyInterface:
    """What a library without DLPack is: memory and its description."""

    def __init__(self, array: sn.Array, **changes: object) -> None:
        self.array = array
        self.__cuda_array_interface__ = array.__cuda_array_interface__ | changes


def test_a_dlpack_tensor_on_a_gpu_is_the_array_itself(gpu_runtime, increment):
    x = gpu_runtime.array([1, 2, 3], "int32")
    assert x.__dlpack_device__() == (2, 0)
    y = gpu_runtime.from_dlpack(x)
    increment[1, 1](y)
    increment[1, 1](x)
    assert x.tolist() == y.tolist() == [3, 2, 3]
    y[2] = 7
    assert x[2] == 7


def test_a_tensor_for_the_host_is_a_snapshot(gpu_runtime):
    numpy = pytest.importorskip("numpy")
    x = gpu_runtime.array([1, 2, 3], "int32")
    taken = runtime_on_the_host().from_dlpack(x.__dlpack__(dl_device=(1, 0), max_version=(1, 0)))
    x[0] = 9
    assert taken.tolist() == [1, 2, 3]
    assert numpy.asarray(x).tolist() == [9, 2, 3]


def runtime_on_the_host() -> sn.Runtime:
    return sn.Runtime("virtual")


def test_a_copy_is_another_array(gpu_runtime, increment):
    x = gpu_runtime.array([1], "int32")
    y = gpu_runtime.from_dlpack(x.__dlpack__(copy=True, max_version=(1, 0)))
    increment[1, 1](y)
    assert (x[0], y[0]) == (1, 2)


@pytest.mark.parametrize("stream", [0, -2])
def test_a_stream_that_says_nothing_is_refused(gpu_runtime, stream):
    with pytest.raises(BufferError, match="ambiguous or unknown"):
        gpu_runtime.zeros(3).__dlpack__(stream=stream)


def test_another_device_is_refused(gpu_runtime):
    with pytest.raises(BufferError, match=r"\(2, 0\)"):
        gpu_runtime.zeros(3).__dlpack__(dl_device=(2, 1))


def test_the_cuda_array_interface_describes_the_array_in_place(gpu_runtime, increment):
    x = gpu_runtime.array([[1, 2], [3, 4]], "int32")
    described = x.T.__cuda_array_interface__
    assert described["shape"] == (2, 2)
    assert described["strides"] == (4, 8)
    assert described["typestr"] == "<i4"
    assert described["version"] == 3
    assert described["stream"] > 2
    assert described["data"] == (x.__cuda_array_interface__["data"][0], False)
    assert x.__cuda_array_interface__["strides"] is None
    y = gpu_runtime.from_cuda_array(OnlyInterface(x))
    increment[1, 1](y)
    assert x.tolist() == [[2, 2], [3, 4]]


def test_the_owner_lives_as_long_as_the_array(gpu_runtime):
    x = gpu_runtime.zeros(4, "float32")
    part = OnlyInterface(x, shape=(2,), stream=None)
    y = gpu_runtime.from_cuda_array(part)
    del x, part
    gc.collect()
    y[0] = 5
    assert y.tolist() == [5, 0]


def test_a_read_only_interface_is_copied(gpu_runtime):
    x = gpu_runtime.array([1, 2], "int32")
    address = x.__cuda_array_interface__["data"][0]
    y = gpu_runtime.from_cuda_array(OnlyInterface(x, data=(address, True)))
    y[0] = 5
    assert x.tolist() == [1, 2]


def test_there_is_no_interface_without_a_gpu_or_a_name_for_the_type(gpu_runtime, runtime):
    assert not hasattr(runtime.zeros(3), "__cuda_array_interface__")
    assert not hasattr(gpu_runtime.zeros(3, "bfloat16"), "__cuda_array_interface__")
    with pytest.raises(TypeError, match="no __cuda_array_interface__"):
        gpu_runtime.from_cuda_array([1, 2])


def test_streams_of_other_libraries_are_taken_as_they_come(gpu_runtime, increment):
    class Torch:
        cuda_stream = 0

    class CuPy:
        ptr = 1

    class Core:
        def __cuda_stream__(self):
            return (0, 2)

    x = gpu_runtime.array([1], "int32")
    assert x.__cuda_array_interface__["version"] == 3  # shares it
    for stream in (1, Torch(), CuPy(), Core()):
        gpu_runtime.wait_for(stream)
        increment[1, 1](x)
        gpu_runtime.stream_wait(stream, x)
    assert x[0] == 5
    with pytest.raises(TypeError, match="is no stream"):
        gpu_runtime.wait_for("default")


def test_streams_are_refused_without_a_gpu(runtime):
    with pytest.raises(sn.UnsupportedError, match='device "cuda"'):
        runtime.wait_for(1)
    with pytest.raises(sn.UnsupportedError, match='device "cuda"'):
        runtime.stream_wait(1, runtime.zeros(3))


@pytest.mark.parametrize("code", [PTX, PTX.encode()], ids=["str", "bytes"])
def test_ptx_makes_a_kernel(gpu_runtime, code):
    kernel = gpu_runtime.kernel(code, "increment", signature="increment(x: inout pointer sint32)")
    x = gpu_runtime.array([1], "int32")
    kernel[1, 1](x)
    assert x[0] == 2


def test_machine_code_is_for_a_gpu(gpu_runtime, runtime):
    x = gpu_runtime.array([1], "int32")
    gpu_runtime.kernel(PTX, "increment")[1, 1](x)  # PTX says itself what it takes
    assert x[0] == 2
    with pytest.raises(sn.UnsupportedError, match="hold nothing that this GPU runs"):
        gpu_runtime.kernel(b"\x7fELF", "increment")
    with pytest.raises(sn.UnsupportedError, match='device "cuda"'):
        runtime.kernel(PTX, "increment", signature="pointer sint32")
    with pytest.raises(TypeError, match="not of int"):
        gpu_runtime.kernel(3, "increment")


def test_a_variable_is_an_array(gpu_runtime):
    kernel = gpu_runtime.kernel(SOURCE, "scale_tally")
    kernel.variable("tally", "int32")[:] = [3]
    x = gpu_runtime.zeros(1, "int32")
    kernel[1, 1](x, 5)
    kernel[1, 1](x, 2)
    assert x[0] == 30
    assert kernel.variable("tally", "int32", ()).item() == 30
    with pytest.raises(sn.InvalidArgumentError, match="no variable 'other'"):
        kernel.variable("other", "int32")


def test_a_cluster_is_part_of_a_configuration(gpu_runtime, increment):
    x = gpu_runtime.array([1], "int32")
    increment(4, 1, cluster=2)(x)
    increment(4, 1, cluster=(1, 1))(x)
    assert x[0] == 3
    with pytest.raises(sn.InvalidArgumentError, match="no whole number of clusters"):
        increment(4, 1, cluster=3)(x)


def test_clusters_are_refused_without_a_gpu(runtime, square):
    with pytest.raises(sn.UnsupportedError, match="no clusters of blocks"):
        square(4, 1, cluster=2)(runtime.zeros(4), 4)


def test_trim_gives_memory_back(gpu_runtime, gpu, increment):
    x = gpu_runtime.array([1], "int32")
    increment[1, 1](x)
    assert x[0] == 2
    del x
    gpu_runtime.sync()
    gpu_runtime.trim()
    gpu.library.fake_cuda_live.restype = ctypes.c_size_t
    assert gpu.library.fake_cuda_live(b"pinned") == 0
