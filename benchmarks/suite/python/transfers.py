"""python/transfers.py: NumPy's memory to the GPU and back, as a user of sennit or CuPy does it.

One array goes over the link before or after a kernel that does next to nothing; the kernel and its
answer are in the time, as in the C++ suite. The NumPy array is there before, and was touched.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from launches import SOURCE

import sennit as sn

Run = Callable[[int], tuple[float, float, bool]]


class Sennit:
    def __init__(self, runtime: sn.Runtime, elements: int) -> None:
        self.put = runtime.kernel(SOURCE, "put")
        self.array = runtime.zeros(elements, "float32")
        self.one = runtime.zeros(1, "float32")

    def upload(self, values: np.ndarray) -> float:
        self.array[...] = values
        self.put[1, 1](self.array, self.one)
        return self.one[0]

    def set_one(self, value: float) -> None:
        self.one[0] = value

    def download(self, out: np.ndarray) -> float:
        self.put[1, 1](self.one, self.array)
        self.array.copy_to(out)
        return out[0]


class Cupy:
    def __init__(self, _runtime: sn.Runtime, elements: int) -> None:
        import cupy

        self.put = cupy.RawKernel(SOURCE, "put")
        self.array = cupy.zeros(elements, "float32")
        self.one = cupy.zeros(1, "float32")

    def upload(self, values: np.ndarray) -> float:
        self.array.set(values)
        self.put((1,), (1,), (self.array, self.one))
        return float(self.one[0])

    def set_one(self, value: float) -> None:
        self.one.fill(value)

    def download(self, out: np.ndarray) -> float:
        self.put((1,), (1,), (self.one, self.array))
        self.array.get(out=out)
        return float(out[0])


def uploader(contender: Any, elements: int) -> Run:
    sets = [np.full(elements, value, "float32") for value in (1, 2)]

    def once(iteration: int) -> tuple[float, float, bool]:
        values = sets[iteration % 2]
        start = time.perf_counter_ns()
        answer = contender.upload(values)
        end = time.perf_counter_ns()
        return (end - start) / 1e3, 0.0, bool(answer == values[0])

    return once


def downloader(contender: Any, elements: int) -> Run:
    out = np.ones(elements, "float32")

    def once(iteration: int) -> tuple[float, float, bool]:
        contender.set_one(iteration)
        start = time.perf_counter_ns()
        answer = contender.download(out)
        end = time.perf_counter_ns()
        return (end - start) / 1e3, 0.0, bool(answer == iteration)

    return once


def benchmarks(
    runtime: sn.Runtime, sizes: dict[str, list[int]]
) -> Iterator[tuple[str, int, dict[str, Run]]]:
    """Name, bytes, and what to run. `sizes`: bytes, by name."""
    contenders: dict[str, Any] = {"sennit-naive": Sennit}
    if runtime.devices()[0].kind == "cuda":
        try:
            Cupy(runtime, 1)
            contenders["cupy"] = Cupy
        except Exception as error:  # not installed, or not for this machine
            print(f"cupy is not measured: {type(error).__name__}: {error}")
    for name, make in (("upload-pageable", uploader), ("download-pageable", downloader)):
        for size in sizes.get(name, []):
            elements = size // 4
            made = {who: found(runtime, elements) for who, found in contenders.items()}
            yield name, size, {who: make(one, elements) for who, one in made.items()}
