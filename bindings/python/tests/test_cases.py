"""tests/test_cases.py: the behaviours that every binding has in common, bindings/cases.json."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import pytest

import sennit as sn

FILE = json.loads((pathlib.Path(__file__).parents[2] / "cases.json").read_text())

# Which exceptions stand for a code: those of sennit, and Python's own for mistakes in its use.
EXCEPTIONS = {
    "invalid_argument": (sn.InvalidArgumentError, ValueError, TypeError, IndexError, OverflowError),
    "busy": (sn.BusyError,),
    "compile_failed": (sn.CompileError,),
    "kernel_failed": (sn.KernelError,),
}


class Interpreter:
    def __init__(self) -> None:
        self.runtime = sn.Runtime("cpu")
        self.values: dict[str, Any] = {}

    def run(self, steps: list[dict[str, Any]]) -> None:
        for step in steps:
            (verb,) = step.keys() - {"error"}
            if "error" in step:
                expected = step["error"]
                with pytest.raises(EXCEPTIONS[expected["code"]]) as caught:
                    self.do(verb, step[verb])
                assert expected["message"] in str(caught.value)
            else:
                self.do(verb, step[verb])

    def do(self, verb: str, given: dict[str, Any]) -> None:
        result = getattr(self, verb)(**{k: v for k, v in given.items() if k != "as"})
        if "as" in given:
            self.values[given["as"]] = result

    def argument(self, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        ((kind, name),) = value.items()
        return self.values[name] if kind == "array" else sn.untracked(self.values[name])

    # ---- the verbs -------------------------------------------------------------------------------

    def zeros(self, shape, dtype):
        return self.runtime.zeros(shape, dtype)

    def array(self, data, dtype):
        return self.runtime.array(data, dtype)

    def kernel(self, name, signature=None, options=(), source=None):
        source = source or "\n".join(FILE["source"])
        return self.runtime.kernel(source, name, signature, options)

    def launch(self, kernel, grid, block, arguments, shared_bytes=0, cooperative=False, after=()):
        configured = self.values[kernel](grid, block, shared_bytes, cooperative=cooperative)
        after = [self.values[name] for name in after]
        return configured(*map(self.argument, arguments), after=after)

    def read(self, array, index, equals):
        assert self.values[array][tuple(index)] == equals

    def write(self, array, index, value):
        self.values[array][tuple(index)] = value

    def slice(self, array, ranges):
        return self.values[array][
            tuple(slice(*part) if isinstance(part, list) else part for part in ranges)
        ]

    def assign(self, array, value=None, **source):
        self.values[array][...] = self.values[source["from"]] if source else value

    def fill(self, array, value):
        self.values[array].fill(value)

    def reshape(self, array, shape):
        return self.values[array].reshape(shape)

    def copy(self, array):
        return self.values[array].copy()

    def wait(self, array=None, operation=None):
        self.values[array or operation].wait()

    def sync(self):
        self.runtime.sync()

    def expect(self, array, equals, shape=None, dtype=None):
        x = self.values[array]
        assert x.tolist() == equals
        assert shape is None or x.shape == tuple(shape)
        assert dtype is None or x.dtype == dtype

    def writable(self, array, steps):
        with self.values[array].writable():
            self.run(steps)

    def drop(self, array):
        del self.values[array]


@pytest.mark.parametrize("case", FILE["cases"], ids=lambda case: case["name"])
def test_case(case):
    Interpreter().run(case["steps"])
