"""tests/conftest.py: what all tests of the Python binding share."""

from __future__ import annotations

import gc

import pytest

import sennit as sn

SOURCE = r"""
extern "C" __global__ void square(float* x, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) x[i] *= x[i];
}
extern "C" __global__ void axpy(float* y, const float* x, float a, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) y[i] += a * x[i];
}
extern "C" __global__ void slow_add(float* x, int rounds, float value) {
  volatile float sink = 0;
  for (int i = 0; i < rounds; ++i) sink = sink + 1;
  if (threadIdx.x == 0) x[0] += value;
}
"""


@pytest.fixture(scope="session")
def runtime() -> sn.Runtime:
    return sn.Runtime("cpu")


@pytest.fixture(scope="session")
def kernel_source() -> str:
    return SOURCE


@pytest.fixture(scope="session")
def square(runtime: sn.Runtime) -> sn.Kernel:
    return runtime.kernel(SOURCE, "square")


@pytest.fixture(scope="session")
def axpy(runtime: sn.Runtime) -> sn.Kernel:
    return runtime.kernel(SOURCE, "axpy")


@pytest.fixture(scope="session")
def slow_add(runtime: sn.Runtime) -> sn.Kernel:
    return runtime.kernel(SOURCE, "slow_add")


@pytest.fixture(autouse=True)
def nothing_leaks(runtime: sn.Runtime):
    """Every array that a test makes is gone when it ends."""
    gc.collect()
    runtime.sync()
    before = runtime.statistics().live_arrays
    yield
    gc.collect()
    runtime.sync()
    assert runtime.statistics().live_arrays <= before
