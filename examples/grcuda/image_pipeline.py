"""examples/grcuda/image_pipeline.py: sharpens an image where it has edges, as a GrCUDA program.

Three blurs, two edge masks, a normalisation and two blends: up to four of them run at the same
time. Run it with `sennit run examples/grcuda/image_pipeline.py [--side N]`.
"""

import argparse

import numpy as np
import polyglot
from java.lang import System

SOURCE = r"""
extern "C" __global__ void gaussian_blur(const float* image, float* result, int rows, int columns,
                                         const float* mask, int diameter) {
  extern __shared__ float weights[];
  for (int i = threadIdx.y * blockDim.x + threadIdx.x; i < diameter * diameter;
       i += blockDim.x * blockDim.y) {
    weights[i] = mask[i];
  }
  __syncthreads();
  const int radius = diameter / 2;
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < rows; i += blockDim.x * gridDim.x) {
    for (int j = blockIdx.y * blockDim.y + threadIdx.y; j < columns; j += blockDim.y * gridDim.y) {
      float sum = 0;
      for (int x = -radius; x <= radius; ++x) {
        for (int y = -radius; y <= radius; ++y) {
          const int row = i + x, column = j + y;
          if (row < 0 || column < 0 || row >= rows || column >= columns) continue;
          sum += weights[(x + radius) * diameter + y + radius] * image[row * columns + column];
        }
      }
      result[i * columns + j] = sum;
    }
  }
}

extern "C" __global__ void sobel(const float* image, float* result, int rows, int columns) {
  const int horizontal[3][3] = {{-1, -2, -1}, {0, 0, 0}, {1, 2, 1}};
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < rows; i += blockDim.x * gridDim.x) {
    for (int j = blockIdx.y * blockDim.y + threadIdx.y; j < columns; j += blockDim.y * gridDim.y) {
      float x = 0, y = 0;
      for (int u = -1; u <= 1; ++u) {
        for (int v = -1; v <= 1; ++v) {
          const int row = i + u, column = j + v;
          if (row < 0 || column < 0 || row >= rows || column >= columns) continue;
          x += horizontal[u + 1][v + 1] * image[row * columns + column];
          y += horizontal[v + 1][u + 1] * image[row * columns + column];
        }
      }
      result[i * columns + j] = sqrtf(x * x + y * y);
    }
  }
}

__device__ float atomic_extreme(float* address, float value, bool is_maximum) {
  int* const as_int = (int*)address;
  int old = *as_int;
  while (is_maximum ? __int_as_float(old) < value : __int_as_float(old) > value) {
    const int seen = old;
    old = atomicCAS(as_int, seen, __float_as_int(value));
    if (old == seen) break;
  }
  return __int_as_float(old);
}

extern "C" __global__ void maximum(const float* x, float* result, int n) {
  float most = -1000;
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += blockDim.x * gridDim.x) {
    most = fmaxf(most, x[i]);
  }
  for (int offset = 16; offset > 0; offset /= 2) {
    most = fmaxf(most, __shfl_down_sync(0xffffffff, most, offset));
  }
  if (threadIdx.x % 32 == 0) atomic_extreme(result, most, true);
}

extern "C" __global__ void minimum(const float* x, float* result, int n) {
  float least = 1000;
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += blockDim.x * gridDim.x) {
    least = fminf(least, x[i]);
  }
  for (int offset = 16; offset > 0; offset /= 2) {
    least = fminf(least, __shfl_down_sync(0xffffffff, least, offset));
  }
  if (threadIdx.x % 32 == 0) atomic_extreme(result, least, false);
}

extern "C" __global__ void extend(float* x, const float* least, const float* most, int n) {
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += blockDim.x * gridDim.x) {
    x[i] = fminf(1.0f, 5 * (x[i] - *least) / (*most - *least));
  }
}

extern "C" __global__ void unsharpen(const float* x, const float* y, float* result, float amount,
                                     int n) {
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += blockDim.x * gridDim.x) {
    result[i] = fminf(1.0f, fmaxf(0.0f, x[i] * (1 + amount) - y[i] * amount));
  }
}

extern "C" __global__ void combine(const float* x, const float* y, const float* mask, float* result,
                                   int n) {
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += blockDim.x * gridDim.x) {
    result[i] = x[i] * mask[i] + y[i] * (1 - mask[i]);
  }
}
"""

BLOCKS = 8
THREADS = 64
# name: diameter, sigma
MASKS = {"small": (3, 1.0), "large": (5, 10.0), "unsharpen": (3, 5.0)}
AMOUNT = 0.5


def gaussian(diameter, sigma):
    at = np.arange(diameter) - diameter // 2
    mask = np.exp(-(at[:, None] ** 2 + at[None, :] ** 2) / (2 * sigma**2))
    return (mask / mask.sum()).astype("float32")


def filtered(image, mask):
    """What the mask makes of the image, which is 0 around its edges."""
    radius = len(mask) // 2
    padded = np.pad(image, radius)
    rows, columns = image.shape
    return sum(
        mask[x, y] * padded[x : x + rows, y : y + columns] for x, y in np.ndindex(*mask.shape)
    )


def edges(image):
    horizontal = np.array([[-1, -2, -1], [0, 0, 0], [1, 2, 1]])
    return np.hypot(filtered(image, horizontal), filtered(image, horizontal.T))


def reference(image):
    small, large, smooth = (filtered(image, gaussian(*MASKS[name])) for name in MASKS)
    small_mask, large_mask = edges(small), edges(large)
    least, most = large_mask.min(), large_mask.max()
    large_mask = np.minimum(1, 5 * (large_mask - least) / (most - least))
    sharp = np.clip((1 + AMOUNT) * image - AMOUNT * smooth, 0, 1)
    image2 = sharp * large_mask + large * (1 - large_mask)
    return image2 * small_mask + small * (1 - small_mask)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--side", type=int, default=96)
    side = parser.parse_args().side
    n = side * side

    cu = polyglot.eval(language="grcuda", string="CU")

    def matrix():
        return polyglot.eval(language="grcuda", string=f"float[{side}][{side}]")

    def kernel(signature):
        return cu.buildkernel(SOURCE, signature)

    blur = kernel(
        "gaussian_blur(image: in pointer float, result: out pointer float, rows: sint32, "
        "columns: sint32, mask: in pointer float, diameter: sint32)"
    )
    sobel = kernel(
        "sobel(image: in pointer float, result: out pointer float, rows: sint32, columns: sint32)"
    )
    maximum = kernel("maximum(x: in pointer float, result: inout pointer float, n: sint32)")
    minimum = kernel("minimum(x: in pointer float, result: inout pointer float, n: sint32)")
    extend = kernel(
        "extend(x: inout pointer float, least: in pointer float, most: in pointer float, n: sint32)"
    )
    unsharpen = kernel(
        "unsharpen(x: in pointer float, y: in pointer float, result: out pointer float, "
        "amount: float, n: sint32)"
    )
    combine = kernel(
        "combine(x: in pointer float, y: in pointer float, mask: in pointer float, "
        "result: out pointer float, n: sint32)"
    )

    image, image2, image3 = matrix(), matrix(), matrix()
    blurred = {name: matrix() for name in MASKS}
    mask_small, mask_large, sharp = matrix(), matrix(), matrix()
    most, least = cu.DeviceArray("float", 1), cu.DeviceArray("float", 1)
    weights = {}
    for name, (diameter, sigma) in MASKS.items():
        weights[name] = cu.DeviceArray("float", diameter, diameter)
        values = gaussian(diameter, sigma)
        for i in range(diameter):
            for j in range(diameter):
                weights[name][i][j] = float(values[i, j])

    picture = np.random.default_rng(1).random((side, side)).astype("float32")
    image.copyFrom(int(picture.ctypes.data), n)
    most[0], least[0] = -1000.0, 1000.0

    flat, square = (BLOCKS, THREADS), ((BLOCKS / 2, BLOCKS / 2), (8, 8))
    start = System.nanoTime()
    for name, (diameter, _) in MASKS.items():
        blur(*square, 4 * diameter**2)(image, blurred[name], side, side, weights[name], diameter)
    sobel(*square)(blurred["small"], mask_small, side, side)
    sobel(*square)(blurred["large"], mask_large, side, side)
    maximum(*flat)(mask_large, most, n)
    minimum(*flat)(mask_large, least, n)
    extend(*flat)(mask_large, least, most, n)
    unsharpen(*flat)(image, blurred["unsharpen"], sharp, AMOUNT, n)
    combine(*flat)(sharp, blurred["large"], mask_large, image2, n)
    combine(*flat)(image2, blurred["small"], mask_small, image3, n)
    first = image3[0][0]
    print(f"{side} x {side}: {(System.nanoTime() - start) / 1000:.0f} us; {first:.5f}")

    found = np.zeros((side, side), "float32")
    image3.copyTo(int(found.ctypes.data), n)
    print(f"mean of the rows: {' '.join(f'{row.mean():.5f}' for row in found[:8])} ...")
    assert np.allclose(found, reference(picture), atol=1e-3)
    print("result: correct")


if __name__ == "__main__":
    main()
