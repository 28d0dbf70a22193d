#!/usr/bin/env python3
"""benchmarks/element_access.py: what x[i] costs on arrays of GrCUDA programs, beside NumPy's.

Run it with the interpreter that has sennit, as `./dev python` is. The host has the array's bytes,
as in a loop that fills or reads it. The bound is 60 ns an element. Of a matrix, rows are read one
after another: the next row costs once what making an object does.
"""

from __future__ import annotations

import timeit


def best_ns(statement: str, names: dict[str, object]) -> float:
    number = 50_000
    return min(timeit.repeat(statement, globals=names, number=number, repeat=25)) / number * 1e9


def main() -> None:
    import numpy as np

    import sennit as sn
    from sennit import polyglot

    polyglot.start(sn.Runtime("cpu"))
    x = polyglot.eval(language="grcuda", string="float[1000]")
    n = polyglot.eval(language="grcuda", string="int[1000]")
    m = polyglot.eval(language="grcuda", string="float[10][100]")
    x[7] = 1.0
    n[7] = 1
    m[7][7] = 1.0
    names = {"x": x, "n": n, "m": m, "i": 7, "value": 2.5}
    names |= {"a": np.zeros(1000, "float32"), "b": np.zeros((10, 100), "float32")}
    for statement in (
        *("pass", "x[i]", "n[i]", "x[i] = value", "n[i] = 3", "m[i][i]", "m[i][i] = value"),
        *("a[i]", "a[i] = value", "b[i][i]", "b[i][i] = value"),  # NumPy's
    ):
        print(f"{best_ns(statement, names):8.1f} ns   {statement}")
    for title, statement in (
        ("element of a loop that reads", "for e in x: pass"),
        ("element of a loop that reads by index", "for i in range(1000): x[i]"),
        ("element of a loop that writes", "for i in range(1000): x[i] = value"),
    ):
        ns = min(timeit.repeat(statement, globals=names, number=100, repeat=25)) / 100 / 1000 * 1e9
        print(f"{ns:8.1f} ns   {title}")


if __name__ == "__main__":
    main()
