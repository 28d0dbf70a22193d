"""sennit/__init__.py: launch GPU kernels one after another; sennit runs them as a graph.

    import sennit as sn

    x = sn.array(data)                             # a list, a NumPy array, a DLPack tensor, ...
    square = sn.kernel(source, "square")           # CUDA C++; access modes are found in it
    square[blocks, threads](x, len(x))             # returns at once
    print(x[0])                                    # waits only for what x needs

What is here works on the default runtime; `Runtime` makes others, with the same methods.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

from ._core import (
    Array,
    ConfiguredKernel,
    Device,
    Kernel,
    Operation,
    Option,
    Runtime,
    Statistics,
    Trace,
    open_default_runtime,
    options,
    untracked,
    version,
)
from ._core import Dtype as dtype
from ._errors import (
    BusyError,
    CompileError,
    DeviceLostError,
    Error,
    InternalError,
    InvalidArgumentError,
    KernelError,
    OutOfMemoryError,
    UnavailableError,
    UnsupportedError,
)

__version__ = version()

__all__ = [
    "Array",
    "BusyError",
    "CompileError",
    "ConfiguredKernel",
    "Device",
    "DeviceLostError",
    "Error",
    "InternalError",
    "InvalidArgumentError",
    "Kernel",
    "KernelError",
    "Operation",
    "Option",
    "OutOfMemoryError",
    "Runtime",
    "Statistics",
    "Trace",
    "UnavailableError",
    "UnsupportedError",
    "array",
    "default_runtime",
    "devices",
    "dtype",
    "empty",
    "from_cuda_array",
    "from_dlpack",
    "kernel",
    "options",
    "statistics",
    "stream_wait",
    "sync",
    "trace",
    "trim",
    "untracked",
    "wait_for",
    "zeros",
]

_default: Runtime | None = None


def default_runtime() -> Runtime:
    """The process's own runtime, with the options of the environment (SENNIT_...)."""
    global _default
    if _default is None:
        _default = open_default_runtime()
    return _default


def array(data: Any, dtype: Any = None, order: str = "C") -> Array:
    """A new array with a copy of `data`: see Runtime.array."""
    return default_runtime().array(data, dtype, order)


def zeros(shape: int | Sequence[int], dtype: Any = "float32", order: str = "C") -> Array:
    """A new array that reads as zeros."""
    return default_runtime().zeros(shape, dtype, order)


def empty(shape: int | Sequence[int], dtype: Any = "float32", order: str = "C") -> Array:
    """A new array whose contents are undefined."""
    return default_runtime().empty(shape, dtype, order)


def from_dlpack(tensor: Any, /) -> Array:
    """An array of a DLPack tensor: see Runtime.from_dlpack."""
    return default_runtime().from_dlpack(tensor)


def from_cuda_array(value: Any, /, device: int = 0) -> Array:
    """An array of an object with __cuda_array_interface__: see Runtime.from_cuda_array."""
    return default_runtime().from_cuda_array(value, device)


def kernel(
    source: str | bytes | os.PathLike[str],
    name: str,
    signature: str | None = None,
    options: Iterable[str] = (),
    *,
    source_name: str | None = None,
) -> Kernel:
    """Makes a kernel of a source or of compiled code: see Runtime.kernel. A path is read."""
    if isinstance(source, os.PathLike):
        path = os.fspath(source)
        source_name = source_name or path
        with open(path, "rb") as file:
            content = file.read()
        is_code = content.startswith((b"\x7fELF", b"\x50\xed\x55\xba"))
        source = content if is_code else content.decode()
    return default_runtime().kernel(source, name, signature, options, source_name=source_name)


def wait_for(stream: Any, device: int = 0) -> None:
    """All work submitted later waits for a CUDA stream: see Runtime.wait_for."""
    default_runtime().wait_for(stream, device)


def stream_wait(stream: Any, array: Array) -> None:
    """A CUDA stream waits for the work that uses an array: see Runtime.stream_wait."""
    array.runtime.stream_wait(stream, array)


def trim() -> None:
    """Gives memory that is kept for later arrays back to the system."""
    default_runtime().trim()


def sync() -> None:
    """Blocks until all submitted work is done."""
    default_runtime().sync()


def statistics() -> Statistics:
    """What the default runtime has done since it was made."""
    return default_runtime().statistics()


def devices() -> list[Device]:
    """The devices of the default runtime."""
    return default_runtime().devices()


def trace(runtime: Runtime | None = None) -> Trace:
    """Records what a runtime does: `with sn.trace() as trace: ...`, then `trace.summary()`."""
    return (runtime or default_runtime()).trace()


def _unpickle(dtype: str, shape: tuple[int, ...], order: str, data: bytes) -> Array:
    return default_runtime().array_from_bytes(dtype, shape, order, data)
