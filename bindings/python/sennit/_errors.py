"""sennit/_errors.py: the exceptions, and which one each error code of the library becomes."""

from __future__ import annotations


class Error(Exception):
    """All that sennit raises about a runtime, an array, a kernel or a device.

    Mistakes in the use of Python itself raise Python's own exceptions: IndexError for an index out
    of range, TypeError for a value that is no number, BufferError for a buffer that cannot be had.
    """


class InvalidArgumentError(Error, ValueError):
    """The same call can never work: a wrong shape, kernel name, argument, option or range."""


class OutOfMemoryError(Error, MemoryError):
    """A device or the host has no memory left. Release arrays, then try again."""


class UnavailableError(Error):
    """A driver, compiler, backend or file is absent on this machine."""


class CompileError(Error):
    """The kernel's source is wrong."""

    @property
    def log(self) -> str:
        """What the compiler said, line by line."""
        return str(self).partition("\n")[2] or str(self)


class KernelError(Error):
    """A kernel failed while it ran: an assertion, a trap, or an access outside its memory.

    Raised by the first read, wait or sync that depends on the kernel.
    """


class DeviceLostError(Error):
    """The device is gone for this process. What the host has of its arrays stays readable."""


class BusyError(Error):
    """A writable view of the array is open; close it first."""


class UnsupportedError(Error):
    """Valid, but this device cannot do it."""


class InternalError(Error):
    """A bug in sennit; please report it."""


# By snt_code.
_BY_CODE = {
    1: InvalidArgumentError,
    2: OutOfMemoryError,
    3: UnavailableError,
    4: CompileError,
    5: KernelError,
    6: DeviceLostError,
    7: BusyError,
    8: UnsupportedError,
    9: InternalError,
}


def from_code(code: int, message: str) -> Error:
    """The exception for an error of the library. The extension module raises it."""
    return _BY_CODE.get(code, Error)(message)
