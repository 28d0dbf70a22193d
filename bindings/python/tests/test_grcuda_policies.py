"""tests/test_grcuda_policies.py: small graphs of every shape under every combination of GrCUDA's
options, as in its own tests: each gives the sequential answer."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from grcuda_program import grcuda

from sennit import polyglot

N = 1000

SOURCE = """
extern "C" __global__ void square(float* x, int n) {
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += blockDim.x * gridDim.x) {
    x[i] = x[i] * x[i];
  }
}
extern "C" __global__ void square_to(const float* x, float* y, int n) {
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += blockDim.x * gridDim.x) {
    y[i] = x[i] * x[i];
  }
}
extern "C" __global__ void difference(const float* x, const float* y, float* z, int n) {
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += blockDim.x * gridDim.x) {
    z[i] = x[i] - y[i];
  }
}
extern "C" __global__ void reduce(const float* x, float* result, int n) {
  float sum = 0;
  if (blockIdx.x == 0 && threadIdx.x == 0) {
    for (int i = 0; i < n; ++i) sum += x[i];
    *result = sum;
  }
}
"""

OPTIONS = {
    "ExecutionPolicy": ["async", "sync"],
    "DependencyPolicy": ["no-const", "with-const"],
    "RetrieveNewStreamPolicy": ["reuse", "always-new"],
    "RetrieveParentStreamPolicy": [
        "same-as-parent",
        "disjoint",
        "multigpu-early-disjoint",
        "multigpu-disjoint",
    ],
    "InputPrefetch": ["true", "false"],
    "ForceStreamAttach": ["true", "false"],
}
COMBINATIONS = [
    dict(zip(OPTIONS, each, strict=True)) for each in itertools.product(*OPTIONS.values())
]


class Program:
    """The kernels, configured, and arrays with known contents."""

    def __init__(self):
        build = grcuda("buildkernel")
        config = (4, 64)
        self.square = build(SOURCE, "square", "pointer, sint32")(*config)
        self.square_to = build(SOURCE, "square_to", "const pointer, pointer, sint32")(*config)
        self.difference = build(
            SOURCE, "difference", "const pointer, const pointer, pointer, sint32"
        )(*config)
        self.reduce = build(SOURCE, "reduce", "const pointer, pointer, sint32")(*config)

    def array(self, first=None):
        """Zeros, or `first` / (i + 1)."""
        x = grcuda(f"float[{N}]")
        if first is not None:
            x.copyFrom(self.values(first))
        return x

    @staticmethod
    def values(first):
        return (first / np.arange(1, N + 1)).astype("float32")


def same(found, expected):
    assert np.allclose(np.asarray(found), expected, rtol=1e-5)


X, Y = Program.values(1.0), Program.values(2.0)


def a_kernel_and_a_read(p):
    x = p.array(1.0)
    p.square(x, N)
    assert x[1] == 0.25 and x[N - 1] == X[-1] ** 2


def two_kernels_one_after_the_other(p):
    x, y = p.array(1.0), p.array(2.0)
    p.square(x, N)
    p.square(y, N)
    assert (x[0], y[0]) == (1, 4)
    z = p.array()
    p.difference(x, y, z, N)
    same(z, X**2 - Y**2)


def a_join(p):
    x, y, z, result = p.array(1.0), p.array(2.0), p.array(), grcuda("float[1]")
    p.square(x, N)
    p.square(y, N)
    p.difference(x, y, z, N)
    p.reduce(z, result, N)
    assert result[0] == pytest.approx(-4.93, abs=0.01)


def a_join_of_parallel_readers(p):
    x, y, x1, y1, z = p.array(1.0), p.array(2.0), p.array(), p.array(), p.array()
    p.square_to(x, x1, N)
    p.square_to(x, y1, N)
    p.square_to(y, y1, N)
    p.difference(x1, y1, z, N)
    same(z, X**2 - Y**2)
    assert x[0] == 1


def a_pipeline_with_a_copy_in_the_middle(p):
    x, y, z, result = p.array(1.0), p.array(2.0), p.array(), grcuda("float[1]")
    p.square(x, N)
    y.copyFrom(x, N)
    p.square(y, N)
    p.difference(x, y, z, N)
    p.reduce(z, result, N)
    assert result[0] == pytest.approx(float(np.sum(X**2 - X**4, dtype="float64")), rel=1e-4)


def a_fork_that_reads_and_writes(p):
    x, y, z = p.array(1.0), p.array(), p.array()
    p.square(x, N)
    p.square_to(x, y, N)
    p.square_to(x, z, N)
    p.square(x, N)
    same(y, X**4)
    same(z, X**4)
    same(x, X**4)


def a_diamond(p):
    x, y, z, w = p.array(1.0), p.array(), p.array(), p.array()
    p.square(x, N)
    p.square_to(x, y, N)
    p.difference(x, y, z, N)
    p.square(y, N)
    p.difference(z, y, w, N)
    same(w, (X**2 - X**4) - X**8)


def host_accesses_between_kernels(p):
    x, y = p.array(1.0), p.array()
    for step in range(4):
        p.square_to(x, y, N)
        x[0] = step + 2.0  # after the kernel has read x
        assert y[0] == (1.0 if step == 0 else (step + 1.0) ** 2)
        y[1] = 0.5
        p.square(y, N)
        assert y[1] == 0.25
    assert x[0] == 5


GRAPHS = [
    a_kernel_and_a_read,
    two_kernels_one_after_the_other,
    a_join,
    a_join_of_parallel_readers,
    a_pipeline_with_a_copy_in_the_middle,
    a_fork_that_reads_and_writes,
    a_diamond,
    host_accesses_between_kernels,
]


@pytest.mark.parametrize("options", COMBINATIONS, ids=lambda each: "-".join(each.values()))
def test_every_combination_of_options_gives_the_sequential_answer(options):
    polyglot.start(options=[(f"grcuda.{name}", value) for name, value in options.items()])
    try:
        program = Program()
        for graph in GRAPHS:
            graph(program)
    finally:
        polyglot._program = None
