"""sennit/_java.py: the little of Java's library that GrCUDA's Python programs use.

GraalPython lets a program say `from java.lang import System`; the clock is what they want of it.
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import time
import types


class System:
    """java.lang.System: its clocks, and the properties that have a meaning here."""

    @staticmethod
    def nanoTime() -> int:  # noqa: N802
        """Nanoseconds of a clock that only moves forward."""
        return time.perf_counter_ns()

    @staticmethod
    def currentTimeMillis() -> int:  # noqa: N802
        """Milliseconds since 1970."""
        return time.time_ns() // 1_000_000

    @staticmethod
    def getProperty(name: str, default: str | None = None) -> str | None:  # noqa: N802
        """A property of the machine, or `default` where there is none of that name."""
        return _PROPERTIES.get(name, lambda: default)()


_PROPERTIES = {
    "file.separator": lambda: os.sep,
    "java.io.tmpdir": tempfile.gettempdir,
    "line.separator": lambda: os.linesep,
    "os.arch": platform.machine,
    "os.name": platform.system,
    "os.version": platform.release,
    "path.separator": lambda: os.pathsep,
    "user.dir": os.getcwd,
    "user.home": lambda: os.path.expanduser("~"),
    "user.name": lambda: os.environ.get("USER", ""),
}


def install() -> None:
    """Makes `from java.lang import System` work, unless a package `java` is there already."""
    if "java" in sys.modules:
        return
    java = types.ModuleType("java")
    lang = types.ModuleType("java.lang")
    lang.System = System  # type: ignore[attr-defined]
    java.lang = lang  # type: ignore[attr-defined]
    sys.modules["java"] = java
    sys.modules["java.lang"] = lang
