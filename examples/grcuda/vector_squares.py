"""examples/grcuda/vector_squares.py: the sum of x^2 - y^2, as a GrCUDA program.

Two kernels that know nothing of each other, and one that needs both. Run it with
`sennit run examples/grcuda/vector_squares.py [--elements N] [--iterations N]`.
"""

import argparse

import polyglot
from java.lang import System

SOURCE = """
extern "C" __global__ void square(const float* x, float* y, int n) {
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += blockDim.x * gridDim.x) {
    y[i] = x[i] * x[i];
  }
}

__inline__ __device__ float warp_sum(float value) {
  for (int offset = 16; offset > 0; offset /= 2) {
    value += __shfl_down_sync(0xffffffff, value, offset);
  }
  return value;
}

extern "C" __global__ void reduce(const float* x, const float* y, float* result, int n) {
  float sum = 0;
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += blockDim.x * gridDim.x) {
    sum += x[i] - y[i];
  }
  sum = warp_sum(sum);
  if (threadIdx.x % warpSize == 0) atomicAdd(result, sum);
}
"""

BLOCKS = 16
THREADS = 128


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--elements", type=int, default=10_000)
    parser.add_argument("--iterations", type=int, default=3)
    options = parser.parse_args()
    n = options.elements

    build = polyglot.eval(language="grcuda", string="buildkernel")
    square = build(SOURCE, "square", "const pointer, pointer, sint32")
    reduce = build(SOURCE, "reduce", "const pointer, const pointer, pointer, sint32")
    x = polyglot.eval(language="grcuda", string=f"float[{n}]")
    y = polyglot.eval(language="grcuda", string=f"float[{n}]")
    x1 = polyglot.eval(language="grcuda", string=f"float[{n}]")
    y1 = polyglot.eval(language="grcuda", string=f"float[{n}]")
    result = polyglot.eval(language="grcuda", string="float[1]")

    expected = sum((1 / (i + 1)) ** 2 - (2 / (i + 1)) ** 2 for i in range(n))
    for iteration in range(options.iterations):
        for i in range(n):
            x[i] = 1 / (i + 1)
            y[i] = 2 / (i + 1)
        result[0] = 0.0
        start = System.nanoTime()
        square(BLOCKS, THREADS)(x, x1, n)
        square(BLOCKS, THREADS)(y, y1, n)
        reduce(BLOCKS, THREADS)(x1, y1, result, n)
        found = result[0]
        elapsed_us = (System.nanoTime() - start) / 1000
        print(f"iteration {iteration}: {found:.5f}, {elapsed_us:.0f} us")
        assert abs(found - expected) < 1e-3, f"expected {expected:.5f}"
    assert square.launchCount == 2 * options.iterations
    print("result: correct")


if __name__ == "__main__":
    main()
