"""python/launches.py: what a launch costs in Python: sennit, CuPy, cuda.core, PyTorch, Numba.

A burst of 256 launches of a kernel that adds 1 to a value, each waiting for the last, and one
kernel whose result the host reads. Others are measured where they are installed and see a GPU.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from applications import KERNELS

import sennit as sn

Run = Callable[[int], tuple[float, float, bool]]
BURST = 256
SOURCE = (KERNELS / "overhead.cu").read_text()


class Sennit:
    def __init__(self, runtime: sn.Runtime) -> None:
        self.touch = runtime.kernel(SOURCE, "touch")
        self.value = runtime.zeros(1, "float32")
        self.runtime = runtime

    def reset(self) -> None:
        self.value.fill(0)
        self.runtime.sync()

    def launch(self, times: int) -> None:
        touch, value = self.touch, self.value
        for _ in range(times):
            touch[1, 1](value)

    def read(self) -> float:
        return self.value[0]


class CupyRawKernel:
    def __init__(self) -> None:
        import cupy

        self.cupy = cupy
        self.touch = cupy.RawKernel(SOURCE, "touch")
        self.value = cupy.zeros(1, "float32")

    def reset(self) -> None:
        self.value.fill(0)
        self.cupy.cuda.Device().synchronize()

    def launch(self, times: int) -> None:
        touch, arguments = self.touch, (self.value,)
        for _ in range(times):
            touch((1,), (1,), arguments)

    def read(self) -> float:
        return float(self.value[0])


class Pytorch:
    """An operation of its own: it has no kernels from source."""

    def __init__(self) -> None:
        import torch

        if not torch.cuda.is_available():
            raise ImportError("PyTorch sees no GPU")
        self.torch = torch
        self.value = torch.zeros(1, device="cuda")

    def reset(self) -> None:
        self.value.zero_()
        self.torch.cuda.synchronize()

    def launch(self, times: int) -> None:
        value = self.value
        for _ in range(times):
            value.add_(1.0)

    def read(self) -> float:
        return self.value.item()


class CudaCore:
    def __init__(self) -> None:
        import cupy  # for the memory

        try:
            from cuda.core import Device, LaunchConfig, Program, ProgramOptions, launch
        except ImportError:  # before its names were stable
            from cuda.core.experimental import (
                Device,
                LaunchConfig,
                Program,
                ProgramOptions,
                launch,
            )

        self.cupy, self.start = cupy, launch
        device = Device()
        device.set_current()
        self.stream = device.create_stream()
        architecture = "".join(f"{part}" for part in device.compute_capability)
        options = ProgramOptions(std="c++17", arch=f"sm_{architecture}")
        code = Program(SOURCE, code_type="c++", options=options).compile("cubin")
        self.touch = code.get_kernel("touch")
        self.config = LaunchConfig(grid=1, block=1)
        self.value = cupy.zeros(1, "float32")

    def reset(self) -> None:
        self.value.fill(0)
        self.cupy.cuda.Device().synchronize()

    def launch(self, times: int) -> None:
        start, stream, config, touch = self.start, self.stream, self.config, self.touch
        address = self.value.data.ptr
        for _ in range(times):
            start(stream, config, touch, address)

    def read(self) -> float:
        self.stream.sync()
        return float(self.value[0])


class Numba:
    def __init__(self) -> None:
        import numpy
        from numba import cuda

        if not cuda.is_available():
            raise ImportError("Numba sees no GPU")

        @cuda.jit("void(float32[:])")
        def touch(x):
            x[0] += 1

        self.cuda = cuda
        self.touch = touch[1, 1]
        self.zero = numpy.zeros(1, "float32")
        self.value = cuda.to_device(self.zero)

    def reset(self) -> None:
        self.value.copy_to_device(self.zero)
        self.cuda.synchronize()

    def launch(self, times: int) -> None:
        touch, value = self.touch, self.value
        for _ in range(times):
            touch(value)

    def read(self) -> float:
        return float(self.value[0])


def contenders(runtime: sn.Runtime) -> dict[str, Any]:
    found: dict[str, Any] = {"sennit-naive": Sennit(runtime)}
    if runtime.devices()[0].kind != "cuda":
        return found
    others = {
        "cupy-rawkernel": CupyRawKernel,
        "pytorch": Pytorch,
        "cuda-core": CudaCore,
        "numba": Numba,
    }
    for name, make in others.items():
        try:
            found[name] = make()
        except Exception as error:  # not installed, or not for this machine: the others go on
            print(f"{name} is not measured: {type(error).__name__}: {error}")
    return found


def runner(contender: Any, tasks: int) -> Run:
    def once(_iteration: int) -> tuple[float, float, bool]:
        contender.reset()
        start = time.perf_counter_ns()
        contender.launch(tasks)
        submitted = time.perf_counter_ns()
        value = contender.read()
        end = time.perf_counter_ns()
        return (end - start) / 1e3, (submitted - start) / 1e3, value == tasks

    return once


def benchmarks(runtime: sn.Runtime) -> Iterator[tuple[str, int, dict[str, Run]]]:
    """Name, number of tasks, and what to run."""
    found = contenders(runtime)
    for benchmark, tasks in (("chain", BURST), ("scalar-read", 1)):
        yield benchmark, tasks, {name: runner(each, tasks) for name, each in found.items()}
