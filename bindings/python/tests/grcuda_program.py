"""tests/grcuda_program.py: a GrCUDA program's start, for the tests of its interface."""

from __future__ import annotations

from typing import Any

import pytest

import sennit as sn
from sennit import polyglot

KERNELS = r"""
extern "C" __global__ void increment(int* x, int n) {
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) x[i] += 1;
}
extern "C" __global__ void scale(const float* x, float* y, float factor, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) y[i] = factor * x[i];
}
extern "C" __global__ void index_2d(int* out, int columns) {
  int row = blockIdx.y * blockDim.y + threadIdx.y;
  int column = blockIdx.x * blockDim.x + threadIdx.x;
  out[row * columns + column] = 100 * row + column;
}
extern "C" __global__ void shared_sum(const int* x, int* out) {
  extern __shared__ int cache[];
  cache[threadIdx.x] = x[threadIdx.x];
  __syncthreads();
  if (threadIdx.x == 0) {
    int sum = 0;
    for (int i = 0; i < blockDim.x; ++i) sum += cache[i];
    *out = sum;
  }
}
extern "C" __global__ void put(int* out, char c, short s, unsigned u, long long l, double d,
                               bool b) {
  out[0] = c; out[1] = s; out[2] = (int)(u / 2);
  out[3] = (int)(l >> 32); out[4] = (int)d; out[5] = b;
}
template <typename T> __global__ void increment_any(T* x, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) x[i] += T(1);
}
namespace ns { __global__ void twice(int* x) { x[0] *= 2; } }
"""


def grcuda(expression: str) -> Any:
    return polyglot.eval(language="grcuda", string=expression)


@pytest.fixture(autouse=True)
def program(runtime: sn.Runtime):
    """The program of this test, on the runtime that `nothing_leaks` watches."""
    polyglot.start(runtime, [("grcuda.ExecutionPolicy", "async")])
    yield
    polyglot._program = None
