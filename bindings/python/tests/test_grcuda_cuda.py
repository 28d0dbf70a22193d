"""tests/test_grcuda_cuda.py: the cuda... functions of the root namespace, each by name."""

from __future__ import annotations

import time

import numpy as np
import pytest
from grcuda_program import KERNELS, grcuda, program  # noqa: F401

import sennit as sn

# As GrCUDA's documents list them; cudaEventSynchronize is CUDA's own, and belongs to the others.
FUNCTIONS = """
    cudaDeviceCanAccessPeer cudaDeviceDisablePeerAccess cudaDeviceEnablePeerAccess
    cudaDeviceGetAttribute cudaDeviceReset cudaDeviceSynchronize cudaEventCreate cudaEventDestroy
    cudaEventElapsedTime cudaEventRecord cudaEventSynchronize cudaFree cudaGetDevice
    cudaGetDeviceCount cudaGetErrorString cudaMalloc cudaMallocManaged cudaMemAdvise cudaMemcpy
    cudaMemcpyAsync cudaMemPrefetchAsync cudaProfilerStart cudaProfilerStop cudaSetDevice
    cudaStreamAttachMemAsync cudaStreamCreate cudaStreamDestroy cudaStreamSynchronize
    cudaStreamWaitEvent
""".split()


def test_the_root_has_them_all_and_no_others():
    assert [name for name in dir(grcuda("CU")) if name.startswith("cuda")] == sorted(FUNCTIONS)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_each_has_a_test_of_its_name(name):
    assert any(test.startswith(f"test_{name}_") for test in globals())


@pytest.mark.parametrize("name", FUNCTIONS)
def test_each_refuses_a_wrong_number_of_arguments(name):
    with pytest.raises(sn.InvalidArgumentError, match=f"'{name}' takes .*given 9"):
        grcuda(name)(*[0] * 9)


@pytest.fixture
def increment():
    return grcuda("buildkernel")(KERNELS, "increment", "pointer, sint32")


@pytest.fixture
def stream():
    return grcuda("cudaStreamCreate()")


# ---- Devices -----------------------------------------------------------------------------------


def test_cudaDeviceGetAttribute_goes_by_cudas_numbers():
    assert grcuda("cudaDeviceGetAttribute(1, 0)") == 1024  # threads of a block
    assert grcuda("cudaDeviceGetAttribute(10, 0)") == 32  # threads of a warp
    with pytest.raises(
        sn.InvalidArgumentError, match=r"invalid argument\(1\) in cudaDeviceGetAttribute.*999999"
    ):
        grcuda("cudaDeviceGetAttribute(999999, 0)")
    with pytest.raises(sn.InvalidArgumentError, match="there is no device 7"):
        grcuda("cudaDeviceGetAttribute(1, 7)")


def test_cudaDeviceReset_leaves_arrays_as_they_are(increment):
    x = grcuda("int[64]")
    increment(1, 64)(x, 64)
    assert grcuda("cudaDeviceReset()") is None
    increment(1, 64)(x, 64)
    assert x[63] == 2


def test_cudaDeviceSynchronize_waits_for_all(increment):
    x = grcuda("int[64]")
    for _ in range(50):
        increment(1, 64)(x, 64)
    assert grcuda("cudaDeviceSynchronize()") is None
    assert x[0] == 50


def test_cudaGetDevice_is_what_was_set():
    assert grcuda("cudaGetDevice()") == 0


def test_cudaGetDeviceCount_counts_what_getdevices_lists():
    assert grcuda("cudaGetDeviceCount()") == len(grcuda("getdevices()")) == 1


def test_cudaSetDevice_takes_a_device_that_is_there():
    assert grcuda("cudaSetDevice(0)") is None
    for device in ("1", "0 - 1"):
        with pytest.raises(sn.InvalidArgumentError, match="the selected GPU is not valid"):
            grcuda(f"cudaSetDevice({device})")


def test_cudaGetErrorString_has_cudas_words():
    assert grcuda("cudaGetErrorString(0)") == "no error"
    assert grcuda("cudaGetErrorString(700)") == "an illegal memory access was encountered"
    assert grcuda("cudaGetErrorString(12345)") == "unrecognized error code"


def test_cudaDeviceCanAccessPeer_is_for_two_devices():
    assert grcuda("cudaDeviceCanAccessPeer(0, 0)") == 0
    with pytest.raises(sn.InvalidArgumentError, match="there is no device 1"):
        grcuda("cudaDeviceCanAccessPeer(0, 1)")


def test_cudaDeviceEnablePeerAccess_checks_its_device():
    assert grcuda("cudaDeviceEnablePeerAccess(0)") is None
    with pytest.raises(sn.InvalidArgumentError, match="there is no device 3"):
        grcuda("cudaDeviceEnablePeerAccess(3)")


def test_cudaDeviceDisablePeerAccess_checks_its_device():
    assert grcuda("cudaDeviceDisablePeerAccess(0)") is None
    with pytest.raises(sn.InvalidArgumentError, match="there is no device 3"):
        grcuda("cudaDeviceDisablePeerAccess(3)")


def test_cudaProfilerStart_has_no_effect():
    assert grcuda("cudaProfilerStart()") is None


def test_cudaProfilerStop_has_no_effect():
    assert grcuda("cudaProfilerStop()") is None


# ---- Memory ------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", ["cudaMalloc(32)", "cudaMallocManaged(32)"])
def test_cudaMalloc_and_its_like_give_memory_that_kernels_take(call):
    source, target = np.arange(8, dtype="float32"), np.zeros(8, "float32")
    pointer = grcuda(call)
    grcuda("cudaMemcpy")(pointer, int(source.ctypes.data), 32)
    scale = grcuda("buildkernel")(KERNELS, "scale", "const pointer, pointer, float, sint32")
    scale(1, 8)(pointer, pointer, 2, 8)
    grcuda("cudaMemcpy")(int(target.ctypes.data), pointer, 32)
    assert target.tolist() == (2 * source).tolist()
    grcuda("cudaFree")(pointer)


def test_cudaMalloc_refuses_what_is_no_size():
    for size in ("0", "0 - 1"):
        with pytest.raises(sn.InvalidArgumentError):
            grcuda(f"cudaMalloc({size})")


def test_cudaMallocManaged_takes_the_flags_of_the_documents():
    assert repr(grcuda("cudaMallocManaged(16, 1)")).startswith("GPUPointer")


def test_cudaFree_frees_what_cudaMalloc_gave_and_nothing_else():
    pointer, x = grcuda("cudaMalloc(32)"), grcuda("float[8]")
    assert grcuda("cudaFree")(pointer) is None
    with pytest.raises(sn.InvalidArgumentError, match="was freed"):
        grcuda("cudaMemcpy")(pointer, x, 4)
    for other in (pointer, x, 4096):
        with pytest.raises(sn.InvalidArgumentError, match="freed|expected GPUPointer or Little"):
            grcuda("cudaFree")(other)


def test_cudaMemcpy_finds_the_direction_by_itself():
    copy = grcuda("cudaMemcpy")
    source, target = np.arange(8, dtype="float32"), np.zeros(8, "float32")
    pointer, x = grcuda("cudaMalloc(32)"), grcuda("float[8]")
    copy(pointer, int(source.ctypes.data), 32)  # from the host
    copy(x, pointer, 32)  # between memory of both kinds
    assert x[:] == source.tolist()
    copy(int(target.ctypes.data), x, 16, 4)  # to the host, with the kind that CUDA wants
    assert target.tolist() == [0, 1, 2, 3, 0, 0, 0, 0]
    copy(int(target.ctypes.data), int(source[4:].ctypes.data), 16)
    assert target.tolist() == [4, 5, 6, 7, 0, 0, 0, 0]
    with pytest.raises(
        sn.InvalidArgumentError, match=r"invalid argument\(1\) in cudaMemcpy: 33 bytes"
    ):
        copy(pointer, int(source.ctypes.data), 33)


def test_cudaMemcpyAsync_is_ordered_with_kernels_and_takes_a_stream(increment, stream):
    x, target = grcuda("int[64]"), np.zeros(64, "int32")
    copy = grcuda("cudaMemcpyAsync")
    increment(1, 64)(x, 64)
    copy(int(target.ctypes.data), x, 256)
    assert target.tolist() == [1] * 64
    increment(1, 64, stream)(x, 64)
    copy(int(target.ctypes.data), x, 256, 2, stream)
    grcuda("cudaStreamSynchronize")(stream)
    assert target.tolist() == [2] * 64


# ---- Hints on managed memory -------------------------------------------------------------------


def test_cudaMemPrefetchAsync_is_checked_and_has_no_effect(stream):
    x = grcuda("int[64]")
    x[0] = 3
    prefetch = grcuda("cudaMemPrefetchAsync")
    prefetch(x, 256, 0)
    prefetch(x, 256, -1, stream)
    assert x[0] == 3
    with pytest.raises(sn.InvalidArgumentError, match="257 bytes"):
        prefetch(x, 257, 0)
    with pytest.raises(sn.InvalidArgumentError, match="there is no device 5"):
        prefetch(x, 256, 5)


def test_cudaMemAdvise_is_checked_and_has_no_effect():
    x = grcuda("int[64]")
    grcuda("cudaMemAdvise")(x, 256, 1, 0)
    with pytest.raises(sn.InvalidArgumentError, match="257 bytes"):
        grcuda("cudaMemAdvise")(x, 257, 1, 0)


def test_cudaStreamAttachMemAsync_is_checked_and_has_no_effect(increment, stream):
    x, y = grcuda("int[64]"), grcuda("int[64]")
    attach = grcuda("cudaStreamAttachMemAsync")
    for array in (x, y):
        attach(stream, array)
    attach(grcuda("cudaStreamCreate()"), x)  # to another one
    attach(stream, x, 1)
    attach(x)
    increment(1, 64, stream)(x, 64)
    assert x[0] == 1
    with pytest.raises(sn.InvalidArgumentError, match="argument 1 is .*a stream of cudaStream"):
        attach(x, x)


# ---- Streams -----------------------------------------------------------------------------------


def test_cudaStreamCreate_makes_handles_that_differ():
    streams = [grcuda("cudaStreamCreate()") for _ in range(8)]
    assert len({repr(stream) for stream in streams}) == 8


def test_cudaStreamSynchronize_waits_for_the_launches_of_the_stream(increment, stream):
    x = grcuda("int[64]")
    for _ in range(20):
        increment(1, 64, 0, stream)(x, 64)
    grcuda("cudaStreamSynchronize")(stream)
    assert x[63] == 20


def test_cudaStreamDestroy_ends_the_use_of_a_stream(increment, stream):
    x = grcuda("int[64]")
    increment(1, 64, stream)(x, 64)
    grcuda("cudaStreamDestroy")(stream)
    assert x[0] == 1
    for use in (
        lambda: increment(1, 64, stream)(x, 64),
        lambda: grcuda("cudaStreamSynchronize")(stream),
        lambda: grcuda("cudaStreamDestroy")(stream),
    ):
        with pytest.raises(sn.InvalidArgumentError, match="was destroyed"):
            use()


# ---- Events ------------------------------------------------------------------------------------


def test_cudaEventCreate_makes_handles_that_differ():
    events = [grcuda("cudaEventCreate()") for _ in range(8)]
    assert len({repr(event) for event in events}) == 8


def test_cudaEventDestroy_ends_the_use_of_an_event(stream):
    event = grcuda("cudaEventCreate()")
    grcuda("cudaEventDestroy")(event)
    for use in (
        lambda: grcuda("cudaEventRecord")(event, stream),
        lambda: grcuda("cudaStreamWaitEvent")(stream, event),
        lambda: grcuda("cudaEventDestroy")(event),
    ):
        with pytest.raises(sn.InvalidArgumentError, match="was destroyed"):
            use()


def test_cudaEventRecord_takes_an_event_and_a_stream(stream):
    event = grcuda("cudaEventCreate()")
    assert grcuda("cudaEventRecord")(event, stream) is None
    with pytest.raises(sn.InvalidArgumentError, match="argument 1 is .*an event of cudaEventCreat"):
        grcuda("cudaEventRecord")(stream, event)


def test_cudaStreamWaitEvent_joins_two_streams(increment):
    first, second = grcuda("cudaStreamCreate()"), grcuda("cudaStreamCreate()")
    x, y = grcuda("int[64]"), grcuda("int[64]")
    increment(1, 64, first)(x, 64)
    increment(1, 64, second)(y, 64)
    event = grcuda("cudaEventCreate()")
    grcuda("cudaEventRecord")(event, first)
    grcuda("cudaStreamWaitEvent")(second, event)
    increment(1, 64, second)(x, 64)
    grcuda("cudaStreamSynchronize")(second)
    assert (x[0], y[0]) == (2, 1)


def test_cudaEventSynchronize_waits_for_what_was_recorded(increment, stream):
    x, event = grcuda("int[64]"), grcuda("cudaEventCreate()")
    increment(1, 64, stream)(x, 64)
    grcuda("cudaEventRecord")(event, stream)
    assert grcuda("cudaEventSynchronize")(event) is None
    assert x[0] == 1


def test_cudaEventElapsedTime_is_what_passed_between_two_events_in_ms(kernel_source, stream):
    slow = grcuda("buildkernel")(kernel_source, "slow_add", "pointer, sint32, float")(1, 1, stream)
    x = grcuda("float[1]")
    start, end = grcuda("cudaEventCreate()"), grcuda("cudaEventCreate()")
    record, elapsed = grcuda("cudaEventRecord"), grcuda("cudaEventElapsedTime")
    slow(x, 1, 1)
    before = time.perf_counter()
    record(start, stream)
    slow(x, 20_000_000, 1)
    record(end, stream)
    ms = elapsed(start, end)
    bound = 1000 * (time.perf_counter() - before)
    assert 1 < ms < bound  # 20 million additions, one after another
    assert elapsed(end, start) == -ms
    out = grcuda("float[1]")
    assert elapsed(out, start, end) == ms and out[0] == pytest.approx(ms)


def test_cudaEventElapsedTime_refuses_an_event_that_was_never_recorded(stream):
    start, end = grcuda("cudaEventCreate()"), grcuda("cudaEventCreate()")
    grcuda("cudaEventRecord")(start, stream)
    with pytest.raises(sn.InvalidArgumentError, match=r"\(400\).*was never recorded"):
        grcuda("cudaEventElapsedTime")(start, end)
