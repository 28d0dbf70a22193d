"""sennit/polyglot.py: GrCUDA's interface, as GraalPython's programs use it.

    from sennit import polyglot

    x = polyglot.eval(language="grcuda", string="float[1000]")
    build = polyglot.eval(language="grcuda", string="buildkernel")
    square = build(source, "square(x: inout pointer float, n: sint32)")
    square(8, 128)(x, 1000)
    print(x[0])

`sennit run script.py` runs a program that says `import polyglot`, as it is. docs/grcuda.md tells
what is the same as in GrCUDA, and what is not.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from . import _core, default_runtime
from ._core import Array, PolyglotValue, Runtime

__all__ = ["eval", "export_value", "import_value", "start", "tracked_array"]

_program: _core.PolyglotProgram | None = None
_exported: dict[str, Any] = {}


def start(runtime: Runtime | None = None, options: Iterable[tuple[str, str]] = ()) -> None:
    """Makes `eval` work on `runtime` from now on; if that is None, on one that is made as `options`
    ask for, or on the default one if there are none.

    `options` are GrCUDA's, names and values; getoptions() shows them. They take effect in a runtime
    that is made here, or with the same ones: `Runtime(**dict(options))`. Without a call of this the
    first `eval` starts on the default runtime.
    """
    global _program
    given = list(options)
    if runtime is None:
        runtime = Runtime(**dict(given)) if given else default_runtime()
    _program = _core.PolyglotProgram(runtime, given)


def eval(string: str = "", language: str = "", path: str | None = None) -> Any:  # noqa: A001
    """What one expression of GrCUDA's language stands for: an array, a function, a namespace."""
    if language != "grcuda":
        raise ValueError(
            f"no language is called '{language}' here; known: grcuda. Lambdas of other languages, "
            "as GrCUDA's programs have for speed, are functions of Python's here"
        )
    if path is not None:
        with open(path) as file:
            string = file.read()
    if _program is None:
        start()
    assert _program is not None
    return _program.eval(string)


def export_value(name: str, value: Any) -> None:
    """Keeps a value under a name, for import_value."""
    _exported[name] = value


def import_value(name: str) -> Any:
    """The value that was exported under `name`."""
    return _exported[name]


def tracked_array(value: PolyglotValue) -> Array:
    """The sennit.Array behind a device array: NumPy, DLPack and the rest without a copy."""
    return value.tracked_array()
