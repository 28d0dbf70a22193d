"""sennit/_host.py: arrays as NumPy's, arrays written in place, and arrays awaited.

NumPy and ml_dtypes are imported where they are needed, and not before.
"""

from __future__ import annotations

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._core import Array

from . import _core


def _bfloat16() -> Any:
    try:
        from ml_dtypes import bfloat16
    except ImportError:
        raise TypeError(
            "NumPy has no bfloat16 of its own; install ml_dtypes, or use x.view('uint16')"
        ) from None
    return bfloat16


def to_numpy(array: Array, dtype: Any, copy: bool | None) -> Any:
    """Array.__array__."""
    import numpy

    if copy and array.dtype != "bfloat16" and (dtype is None or array.dtype == dtype):
        result = numpy.empty(array.shape, array.dtype)
        array.copy_to(result)
        return result
    if array.dtype == "bfloat16":
        result = numpy.asarray(memoryview(array.view("uint16"))).view(_bfloat16())
    else:
        result = numpy.asarray(memoryview(array))
    if dtype is not None and result.dtype != dtype:
        if copy is False:
            raise ValueError(f"{array.dtype} as {dtype} takes a copy, and copy=False forbids it")
        return result.astype(dtype)
    return result.copy() if copy else result


class Writable:
    """Array.writable: opens the view when its with block is entered, and closes it at its end."""

    def __init__(self, array: Array) -> None:
        self._array = array
        self._buffer: Any = None
        self._view: Any = None

    def __enter__(self) -> Any:
        if self._buffer is not None:
            raise RuntimeError("the writable view is open already; call x.writable() again")
        caller = sys._getframe(1)
        self._buffer = _core.WritableBuffer(self._array, caller.f_code.co_filename, caller.f_lineno)
        view: Any = memoryview(self._buffer)
        try:
            import numpy
        except ImportError:
            pass
        else:
            view = numpy.asarray(view)
            if self._array.dtype == "bfloat16" and "ml_dtypes" in sys.modules:
                view = view.view(_bfloat16())
        self._view = view
        return view

    def __exit__(self, *exception: object) -> None:
        buffer, view = self._buffer, self._view
        self._buffer = self._view = None
        buffer.close()
        # Who keeps the view shall not write what is no longer theirs.
        if isinstance(view, memoryview):
            view.release()
        else:
            view.flags.writeable = False


# Waits block a thread of their own; a few threads serve any number of arrays, since whatever a
# wait waits for is done whether or not somebody waits.
_waiters: ThreadPoolExecutor | None = None


async def ready(array: Array) -> None:
    """Array.ready."""
    global _waiters
    if not array.is_ready():
        if _waiters is None:
            _waiters = ThreadPoolExecutor(max_workers=4, thread_name_prefix="sennit-wait")
        await asyncio.get_running_loop().run_in_executor(_waiters, array.wait)
    else:
        array.wait()  # does not wait, but raises a failure
