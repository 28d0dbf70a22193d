// benchmarks/suite/kernels/dl.cu: two convolutional branches and their dense join. Images are
// rows x columns x channels, the channel running fastest.

// out = max(0, in convolved with `filters` masks of diameter x diameter x channels, every
// `stride`-th pixel). The masks are staged in shared memory, which holds them all.
extern "C" __global__ void conv2d(float* out, const float* in, const float* masks, int rows,
                                  int columns, int channels, int diameter, int filters,
                                  int stride) {
  extern __shared__ float staged[];
  const int mask_size = diameter * diameter * channels;
  for (int i = threadIdx.y * blockDim.x + threadIdx.x; i < mask_size * filters;
       i += blockDim.x * blockDim.y) {
    staged[i] = masks[i];
  }
  __syncthreads();

  const int radius = diameter / 2;
  const int out_rows = rows / stride;
  const int out_columns = columns / stride;
  // The last row and column would need pixels from beyond the image: they stay as they are.
  for (int i = blockIdx.y * blockDim.y + threadIdx.y; i < out_rows - radius;
       i += blockDim.y * gridDim.y) {
    for (int j = blockIdx.x * blockDim.x + threadIdx.x; j < out_columns - radius;
         j += blockDim.x * gridDim.x) {
      for (int m = 0; m < filters; ++m) {
        float sum = 0.0f;
        for (int y = 0; y < diameter; ++y) {
          const float* row = in + ((i * stride + y) * columns + j * stride) * channels;
          const float* mask = staged + m * mask_size + y * diameter * channels;
          for (int k = 0; k < diameter * channels; ++k) sum += mask[k] * row[k];
        }
        out[(i * out_columns + j) * filters + m] = fmaxf(0.0f, sum);
      }
    }
  }
}

// out = the mean of each size x size window of in, every `size`-th pixel.
extern "C" __global__ void mean_pooling(float* out, const float* in, int rows, int columns,
                                        int channels, int size) {
  const int out_rows = rows / size;
  const int out_columns = columns / size;
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < out_rows; i += blockDim.x * gridDim.x) {
    for (int j = blockIdx.y * blockDim.y + threadIdx.y; j < out_columns;
         j += blockDim.y * gridDim.y) {
      for (int c = blockIdx.z * blockDim.z + threadIdx.z; c < channels;
           c += blockDim.z * gridDim.z) {
        float sum = 0.0f;
        for (int y = 0; y < size; ++y) {
          for (int x = 0; x < size; ++x) {
            sum += in[((i * size + y) * columns + j * size + x) * channels + c];
          }
        }
        out[(i * out_columns + j) * channels + c] = sum / (float)(size * size);
      }
    }
  }
}

extern "C" __global__ void concat(float* out, const float* x, const float* y, int n) {
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += blockDim.x * gridDim.x) {
    out[i] = x[i];
    out[n + i] = y[i];
  }
}

// Adds the dot product of x and y to result[0].
extern "C" __global__ void dot_product(const float* x, const float* y, float* result, int n) {
  float sum = 0.0f;
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += blockDim.x * gridDim.x) {
    sum += x[i] * y[i];
  }
  for (int step = 16; step > 0; step /= 2) sum += __shfl_down_sync(0xffffffffu, sum, step);
  if (threadIdx.x % 32 == 0) atomicAdd(result, sum);
}
