#!/usr/bin/env python3
"""benchmarks/launch_overhead.py: what a launch costs in Python, above the call of the C function.

Run it with the interpreter that has sennit, as `./dev python` is. It needs a C compiler:
snt_kernel_launch is replaced by a function that does nothing, and the rest is the binding's own.
The bound of CONTRACT.md is 150 ns.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import timeit

STUB = """
#include <stddef.h>
#include <stdint.h>
void* snt_kernel_launch(void* kernel, const void* config, const void* arguments, size_t count,
                        uint64_t* operation) {
  *operation = 1;
  return NULL;
}
"""

KERNEL = """
extern "C" __global__ void f(float* a, float* b, float* c, float* d, int n, float x) {}
extern "C" __global__ void g(float* a, int n) {}
"""


def best_ns(statement: str, names: dict[str, object]) -> float:
    number = 20_000
    return min(timeit.repeat(statement, globals=names, number=number, repeat=25)) / number * 1e9


def measure() -> None:
    import sennit as sn

    runtime = sn.Runtime("cpu")
    names: dict[str, object] = {name: runtime.zeros(64) for name in "abcd"}
    f, g = runtime.kernel(KERNEL, "f"), runtime.kernel(KERNEL, "g")
    names |= {"f": f, "g": g, "f1": f[4, 64], "g1": g[4, 64], "n": 64, "x": 2.0}
    for statement in (
        "pass",
        "g1(a, n)",
        "f1(a, b, c, d, n, x)",
        "g[4, 64](a, n)",
        "f[4, 64](a, b, c, d, n, x)",
        "g[(4, 2), (64, 1)](a, n)",
    ):
        print(f"{best_ns(statement, names):8.1f} ns   {statement}")


def main() -> None:
    if "SENNIT_LAUNCH_STUB" in os.environ:
        return measure()
    with tempfile.TemporaryDirectory() as folder:
        library = os.path.join(folder, "stub.so")
        compiler = os.environ.get("CC", "cc")
        subprocess.run(
            [compiler, "-O2", "-shared", "-fPIC", "-x", "c", "-", "-o", library],
            input=STUB.encode(),
            check=True,
        )
        environment = {**os.environ, "LD_PRELOAD": library, "SENNIT_LAUNCH_STUB": "1"}
        sys.exit(subprocess.run([sys.executable, __file__], env=environment).returncode)


if __name__ == "__main__":
    main()
