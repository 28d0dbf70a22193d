"""examples/grcuda/hits.py: hubs and authorities of a graph, as a GrCUDA program.

Each iteration multiplies by the graph and by its transpose, sums, and divides; the two halves
depend on each other crosswise, and the host resets the counters in between. Run it with
`sennit run examples/grcuda/hits.py [--vertices N] [--iterations N]`.
"""

import argparse

import numpy as np
import polyglot
from java.lang import System

DEGREE = 3
BLOCK = 64
BLOCKS = 16

SOURCE = """
// Four threads a row; a warp fetches eight rows at a time.
extern "C" __global__ void spmv(int* row_counter, const int* ptr, const int* idx, const int* val,
                                const float* vector, float* result, int rows) {
  const int lane = threadIdx.x % 4;
  const int vector_in_warp = threadIdx.x % 32 / 4;
  int row = 0;
  if (threadIdx.x % 32 == 0) row = atomicAdd(row_counter, 8);
  row = __shfl_sync(0xffffffff, row, 0) + vector_in_warp;
  while (__any_sync(0xffffffff, row < rows)) {
    float sum = 0;
    if (row < rows) {
      for (int i = ptr[row] + lane; i < ptr[row + 1]; i += 4) sum += val[i] * vector[idx[i]];
    }
    for (int offset = 2; offset > 0; offset /= 2) {
      sum += __shfl_down_sync(0xffffffff, sum, offset, 4);
    }
    if (row < rows && lane == 0) result[row] = sum;
    if (threadIdx.x % 32 == 0) row = atomicAdd(row_counter, 8);
    row = __shfl_sync(0xffffffff, row, 0) + vector_in_warp;
  }
}

extern "C" __global__ void sum(const float* x, float* result, int n) {
  float total = 0;
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += blockDim.x * gridDim.x) {
    total += x[i];
  }
  for (int offset = 16; offset > 0; offset /= 2) {
    total += __shfl_down_sync(0xffffffff, total, offset);
  }
  if (threadIdx.x % 32 == 0) atomicAdd(result, total);
}

extern "C" __global__ void divide(const float* x, float* y, const float* by, int n) {
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += blockDim.x * gridDim.x) {
    y[i] = x[i] / by[0];
  }
}
"""


def random_graph(n, random):
    """Each vertex has DEGREE neighbours: row offsets, columns and values."""
    idx = np.concatenate([np.sort(random.choice(n, DEGREE, replace=False)) for _ in range(n)])
    ptr = np.arange(0, DEGREE * n + 1, DEGREE)
    return ptr.astype("int32"), idx.astype("int32"), np.ones(DEGREE * n, "int32")


def transposed(n, ptr, idx):
    rows = np.repeat(np.arange(n), np.diff(ptr))
    order = np.lexsort((rows, idx))
    new_ptr = np.zeros(n + 1, "int32")
    np.cumsum(np.bincount(idx, minlength=n), out=new_ptr[1:])
    return new_ptr, rows[order].astype("int32"), np.ones(len(idx), "int32")


def sparse(matrix, x, n):
    ptr, idx, _ = matrix
    rows = np.repeat(np.arange(n), np.diff(ptr))
    return np.bincount(rows, weights=x[idx], minlength=n)


def reference(graph, transpose, n, iterations):
    authorities, hubs = np.ones(n), np.ones(n)
    for _ in range(iterations):
        new_authorities = sparse(transpose, hubs, n)
        new_hubs = sparse(graph, authorities, n)
        authorities = new_authorities / new_authorities.sum()
        hubs = new_hubs / new_hubs.sum()
    return authorities, hubs


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--vertices", type=int, default=2000)
    parser.add_argument("--iterations", type=int, default=5)
    options = parser.parse_args()
    n = options.vertices

    random = np.random.default_rng(1)
    graph = random_graph(n, random)
    transpose = transposed(n, graph[0], graph[1])

    def array(type_name, size):
        return polyglot.eval(language="grcuda", string=f"{type_name}[{size}]")

    build = polyglot.eval(language="grcuda", string="buildkernel")
    spmv = build(
        SOURCE,
        "spmv",
        "pointer, const pointer, const pointer, const pointer, const pointer, pointer, sint32",
    )
    sum_ = build(SOURCE, "sum", "const pointer, pointer, sint32")
    divide = build(SOURCE, "divide", "const pointer, pointer, const pointer, sint32")

    on_device = []
    for matrix in (graph, transpose):
        arrays = [array("int", len(part)) for part in matrix]
        for target, part in zip(arrays, matrix, strict=True):
            target.copyFrom(int(part.ctypes.data), len(part))
        on_device.append(arrays)
    (ptr, idx, val), (ptr2, idx2, val2) = on_device
    auth1, auth2, hub1, hub2 = (array("float", n) for _ in range(4))
    auth_norm, hub_norm = array("float", 1), array("float", 1)
    row_counter_1, row_counter_2 = array("int", 1), array("int", 1)
    for i in range(n):
        auth1[i] = hub1[i] = 1.0

    start = System.nanoTime()
    for _ in range(options.iterations):
        spmv(n // BLOCK + 1, BLOCK)(row_counter_1, ptr2, idx2, val2, hub1, auth2, n)
        spmv(n // BLOCK + 1, BLOCK)(row_counter_2, ptr, idx, val, auth1, hub2, n)
        sum_(BLOCKS, BLOCK)(auth2, auth_norm, n)
        sum_(BLOCKS, BLOCK)(hub2, hub_norm, n)
        divide(BLOCKS, BLOCK)(auth2, auth1, auth_norm, n)
        divide(BLOCKS, BLOCK)(hub2, hub1, hub_norm, n)
        auth_norm[0] = 0.0
        hub_norm[0] = 0.0
        row_counter_1[0] = 0
        row_counter_2[0] = 0
    authority, hub = auth1[0], hub1[0]
    print(f"{options.iterations} iterations: {(System.nanoTime() - start) / 1000:.0f} us")

    print(f"vertex 0: authority {authority:.7f}, hub {hub:.7f}")
    print("authorities:", " ".join(f"{value:.7f}" for value in auth1[:10]), "...")

    authorities, hubs = reference(graph, transpose, n, options.iterations)
    assert np.allclose(auth1[:], authorities, rtol=1e-4, atol=1e-9)
    assert np.allclose(hub1[:], hubs, rtol=1e-4, atol=1e-9)
    print("result: correct")


if __name__ == "__main__":
    main()
