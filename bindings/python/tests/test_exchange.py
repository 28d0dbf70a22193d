"""tests/test_exchange.py: buffers, NumPy, DLPack, writable views, and awaiting."""

from __future__ import annotations

import asyncio
import gc
import io
import threading
import time

import numpy as np
import pytest

import sennit as sn


def test_asarray_is_a_read_only_snapshot_without_a_copy(runtime, square):
    x = runtime.array(np.arange(4, dtype=np.float32))
    before = np.asarray(x)
    again = np.asarray(x)
    assert before.ctypes.data == again.ctypes.data
    assert not before.flags.writeable
    square[1, 4](x, 4)
    x[0] = 50
    assert before.tolist() == [0, 1, 2, 3]
    assert np.asarray(x).tolist() == [50, 1, 4, 9]


def test_a_snapshot_outlives_its_array(runtime):
    x = runtime.array(np.arange(1000))
    snapshot = np.asarray(x[10:20])
    del x
    gc.collect()
    runtime.zeros(1000, "int64").fill(7)
    runtime.sync()
    assert snapshot.tolist() == list(range(10, 20))
    del snapshot


def test_array_protocol_converts_and_copies_on_demand(runtime):
    x = runtime.array([1.5, 2.5])
    assert np.asarray(x, np.int32).tolist() == [1, 2]
    copy = np.array(x)
    copy[0] = 9
    assert x[0] == 1.5
    assert x.__array__(copy=True).flags.writeable
    assert not x.__array__().flags.writeable
    with pytest.raises(ValueError, match="copy=False"):
        x.__array__(np.float32, copy=False)
    assert (np.asarray(x) + x).tolist() == [3, 5]
    assert np.sum(x) == 4


@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_are_copied_to_numpys(runtime, order):
    values = np.arange(3_000_000, dtype="float32").reshape(1000, 3000)  # a large copy
    x = runtime.array(values, order=order)
    out = np.zeros_like(values)
    x.copy_to(out)
    assert (out == values).all()
    part = np.zeros((2, 5), "float32")
    x[2:4, 10:20:2].copy_to(part)
    assert (part == values[2:4, 10:20:2]).all()
    assert (np.array(x) == values).all()


def test_only_a_writable_buffer_of_the_same_shape_and_type_is_copied_to(runtime):
    x = runtime.zeros((2, 3), "float32")
    with pytest.raises(ValueError, match=r"float32\[2, 3\].*format 'd'.*\(2, 3\)"):
        x.copy_to(np.zeros((2, 3)))
    with pytest.raises(ValueError, match=r"shape \(3, 2\)"):
        x.copy_to(np.zeros((3, 2), "float32"))
    read_only = np.zeros((2, 3), "float32")
    read_only.flags.writeable = False
    with pytest.raises((BufferError, ValueError)):
        x.copy_to(read_only)
    with pytest.raises((BufferError, ValueError)):
        x.copy_to(np.zeros((2, 6), "float32")[:, ::2])


def test_buffers_are_what_the_consumer_asks_for(runtime):
    x = runtime.array([[1, 2, 3], [4, 5, 6]], "int32")
    view = memoryview(x)
    assert (view.format, view.shape, view.strides, view.readonly) == ("i", (2, 3), (12, 4), True)
    assert view.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert bytes(x) == x.tobytes() == np.asarray(x).tobytes()
    assert memoryview(x.T).strides == (4, 12)
    with pytest.raises(BufferError, match="contiguous"):
        io.BytesIO().write(x[:, ::2])
    with pytest.raises(TypeError):
        io.BytesIO(b"12345678").readinto(x)


# ---- DLPack -------------------------------------------------------------------------------------


class Producer:
    """A tensor of NumPy's that says what it was asked."""

    def __init__(self, data: np.ndarray, versioned: bool = True) -> None:
        self.data = data
        self.versioned = versioned

    def __dlpack__(self, **keywords):
        if not self.versioned and keywords:
            raise TypeError("what keywords?")
        return self.data.__dlpack__(**keywords)

    def __dlpack_device__(self):
        return self.data.__dlpack_device__()


@pytest.mark.parametrize("versioned", [True, False])
def test_dlpack_tensors_are_shared_on_the_cpu(runtime, square, versioned):
    data = np.arange(6, dtype=np.float32)
    x = runtime.from_dlpack(Producer(data, versioned))
    assert x.tolist() == [0, 1, 2, 3, 4, 5]
    square[1, 8](x, 6)
    runtime.sync()
    assert data.tolist() == [0, 1, 4, 9, 16, 25]
    y = runtime.array(Producer(data, versioned))
    y[0] = 5
    runtime.sync()
    assert data[0] == 0


def test_dlpack_keeps_strides(runtime):
    data = np.arange(24).reshape(4, 6)[::2, 1:4]
    assert runtime.from_dlpack(data).tolist() == data.tolist()


def test_from_dlpack_refuses_what_it_cannot_take(runtime):
    with pytest.raises(TypeError, match="no __dlpack__"):
        runtime.from_dlpack([1])


def test_numpy_takes_arrays_by_dlpack(runtime):
    x = runtime.array(np.arange(6).reshape(2, 3))
    assert x.__dlpack_device__() == (1, 0)
    view = np.from_dlpack(x)
    assert view.tolist() == x.tolist() and not view.flags.writeable
    x[0] = 9
    assert view.tolist() == [[0, 1, 2], [3, 4, 5]]
    copy = np.from_dlpack(x, copy=True)
    copy[0] = 1
    assert x[0].tolist() == [9, 9, 9]
    assert np.from_dlpack(x.T).tolist() == np.asarray(x).T.tolist()


def test_old_dlpack_exports_a_copy_that_may_be_written(runtime):
    x = runtime.array(np.arange(3))
    capsule = x.__dlpack__()
    assert "dltensor" in repr(capsule) and "versioned" not in repr(capsule)
    y = runtime.from_dlpack(capsule)
    y[0] = 7
    assert (x[0], y[0]) == (0, 7)
    with pytest.raises(ValueError):
        runtime.from_dlpack(capsule)
    with pytest.raises(BufferError, match="copy"):
        x.__dlpack__(copy=False)
    with pytest.raises(BufferError, match="stream"):
        x.__dlpack__(stream=1)
    with pytest.raises(BufferError, match="CPU"):
        x.__dlpack__(dl_device=(2, 0))


def test_an_unused_capsule_frees_its_tensor(runtime):
    x = runtime.array(np.arange(3))
    for version in (None, (1, 0)):
        for _ in range(10):
            x.__dlpack__(max_version=version)


# ---- writable views ------------------------------------------------------------------------------


def test_a_writable_view_writes_in_place(runtime, square):
    x = runtime.array(np.arange(4, dtype=np.float32))
    square[1, 4](x, 4)
    with x.writable() as view:
        assert isinstance(view, np.ndarray) and view.tolist() == [0, 1, 4, 9]
        view += 1
        with pytest.raises(sn.BusyError, match="test_exchange.py"):
            square[1, 4](x, 4)
        with pytest.raises(sn.BusyError, match="close the view"):
            x[0]
    assert x.tolist() == [1, 2, 5, 10]
    with pytest.raises(ValueError, match="read-only"):
        view[0] = 3
    square[1, 4](x, 4)
    assert x.tolist() == [1, 4, 25, 100]


def test_a_writable_view_of_a_slice_has_its_strides(runtime):
    x = runtime.zeros((3, 4), "int16")
    with x[::2, 1:3].writable() as view:
        view[...] = [[1, 2], [3, 4]]
    assert x.tolist() == [[0, 1, 2, 0], [0, 0, 0, 0], [0, 3, 4, 0]]


def test_a_writable_view_is_closed_when_its_block_raises(runtime):
    x = runtime.zeros(2)
    with pytest.raises(KeyError), x.writable() as view:
        view[0] = 1
        raise KeyError
    assert x.tolist() == [1, 0]
    manager = x.writable()
    with manager:
        with pytest.raises(RuntimeError, match="open already"):
            manager.__enter__()
    with manager as view:
        view[1] = 2
    assert x.tolist() == [1, 2]


# ---- waiting -------------------------------------------------------------------------------------


def test_ready_is_awaited_while_the_loop_goes_on(runtime, slow_add):
    async def main():
        arrays = [runtime.zeros(1) for _ in range(12)]
        for x in arrays:
            slow_add[1, 1](x, 20_000_000, 1.0)
        ticks = 0

        async def tick():
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep(0.001)

        ticking = asyncio.create_task(tick())
        await asyncio.gather(*(x.ready() for x in arrays))
        assert all(x.is_ready() for x in arrays)
        ticking.cancel()
        assert ticks > 3
        await arrays[0].ready()
        assert [x[0] for x in arrays] == [1] * len(arrays)

    asyncio.run(main())


def read_after_another_slice(x):
    assert x[-1] == 0  # done; x[0] is not
    assert not x.is_ready()
    assert x[0] == 1


def write_after_another_slice(x):
    x[-1] = 3
    x[0] = 4
    assert (x[0], x[-1]) == (4, 3)


@pytest.mark.parametrize(
    "wait",
    [
        lambda x: x[0],
        read_after_another_slice,
        write_after_another_slice,
        sn.Array.wait,
        np.asarray,
        sn.Array.tolist,
        lambda x: x.runtime.sync(),
    ],
)
def test_other_threads_run_while_one_waits(runtime, slow_add, wait):
    x = runtime.zeros(100_000)
    x[-1] = 0
    slow_add[1, 1](x[:1], 100_000_000, 1.0)
    seen = []

    def other():
        while not done.is_set():
            seen.append(time.perf_counter())
            done.wait(0.001)

    done = threading.Event()
    thread = threading.Thread(target=other)
    thread.start()
    start = time.perf_counter()
    assert not x.is_ready()
    wait(x)
    end = time.perf_counter()
    done.set()
    thread.join()
    assert sum(start < moment < end for moment in seen) > 3


def test_several_threads_use_one_runtime(runtime, square):
    def work(index: int) -> None:
        for _ in range(30):
            x = runtime.array(np.full(64, index, np.float32))
            square[1, 64](x, 64)
            x[3:5] = x[:2]
            results.append(x.tolist() == [index**2] * 64)

    results: list[bool] = []
    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 120 and all(results)
