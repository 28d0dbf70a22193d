// benchmarks/suite/kernels/img.cu: blurs, edges and the mixture of images.
//
// Images are rows x columns floats from 0 to 1. Every kernel strides over its grid, so any grid
// fits any image.

// out = image correlated with a diameter x diameter mask; what lies outside counts as 0.
extern "C" __global__ void gaussian_blur(const float* image, float* out, int rows, int columns,
                                         const float* mask, int diameter) {
  const int radius = diameter / 2;
  for (int i = blockIdx.y * blockDim.y + threadIdx.y; i < rows; i += blockDim.y * gridDim.y) {
    for (int j = blockIdx.x * blockDim.x + threadIdx.x; j < columns; j += blockDim.x * gridDim.x) {
      float sum = 0.0f;
      for (int y = -radius; y <= radius; ++y) {
        for (int x = -radius; x <= radius; ++x) {
          const int row = i + y;
          const int column = j + x;
          if (row >= 0 && row < rows && column >= 0 && column < columns) {
            sum += image[row * columns + column] * mask[(y + radius) * diameter + x + radius];
          }
        }
      }
      out[i * columns + j] = sum;
    }
  }
}

__device__ float pixel(const float* image, int row, int column, int rows, int columns) {
  return row >= 0 && row < rows && column >= 0 && column < columns ? image[row * columns + column]
                                                                   : 0.0f;
}

// out = the length of the Sobel gradient of image.
extern "C" __global__ void sobel(const float* image, float* out, int rows, int columns) {
  for (int i = blockIdx.y * blockDim.y + threadIdx.y; i < rows; i += blockDim.y * gridDim.y) {
    for (int j = blockIdx.x * blockDim.x + threadIdx.x; j < columns; j += blockDim.x * gridDim.x) {
      const float a = pixel(image, i - 1, j - 1, rows, columns);
      const float b = pixel(image, i - 1, j, rows, columns);
      const float c = pixel(image, i - 1, j + 1, rows, columns);
      const float d = pixel(image, i, j - 1, rows, columns);
      const float f = pixel(image, i, j + 1, rows, columns);
      const float g = pixel(image, i + 1, j - 1, rows, columns);
      const float h = pixel(image, i + 1, j, rows, columns);
      const float k = pixel(image, i + 1, j + 1, rows, columns);
      const float across = (c + 2.0f * f + k) - (a + 2.0f * d + g);
      const float down = (g + 2.0f * h + k) - (a + 2.0f * b + c);
      out[i * columns + j] = sqrtf(across * across + down * down);
    }
  }
}

// The largest (smallest) of n values into result[0], which holds a start value. Values >= 0 have
// the order of their bits as integers.
extern "C" __global__ void maximum(const float* values, float* result, int n) {
  float best = 0.0f;
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += blockDim.x * gridDim.x) {
    best = fmaxf(best, values[i]);
  }
  for (int step = 16; step > 0; step /= 2) {
    best = fmaxf(best, __shfl_down_sync(0xffffffffu, best, step));
  }
  if (threadIdx.x % 32 == 0) atomicMax((int*)result, __float_as_int(best));
}

extern "C" __global__ void minimum(const float* values, float* result, int n) {
  float best = 1e30f;
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += blockDim.x * gridDim.x) {
    best = fminf(best, values[i]);
  }
  for (int step = 16; step > 0; step /= 2) {
    best = fminf(best, __shfl_down_sync(0xffffffffu, best, step));
  }
  if (threadIdx.x % 32 == 0) atomicMin((int*)result, __float_as_int(best));
}

// Stretches values to 0..1 by their smallest and largest, times five, and cuts at 1.
extern "C" __global__ void extend(float* values, const float* smallest, const float* largest,
                                  int n) {
  const float low = smallest[0];
  const float scale = 5.0f / (largest[0] - low);
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += blockDim.x * gridDim.x) {
    values[i] = fminf(1.0f, (values[i] - low) * scale);
  }
}

// out = image sharpened by what a blur took from it.
extern "C" __global__ void unsharpen(const float* image, const float* blurred, float* out,
                                     float amount, int n) {
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += blockDim.x * gridDim.x) {
    const float sharp = image[i] * (1.0f + amount) - blurred[i] * amount;
    out[i] = fminf(1.0f, fmaxf(0.0f, sharp));
  }
}

// out = x where mask is 1, y where it is 0, and the mixture between.
extern "C" __global__ void combine(const float* x, const float* y, const float* mask, float* out,
                                   int n) {
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += blockDim.x * gridDim.x) {
    out[i] = x[i] * mask[i] + y[i] * (1.0f - mask[i]);
  }
}
