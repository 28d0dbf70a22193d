// benchmarks/suite/kernels/ml.cu: an ensemble of two classifiers, naive Bayes (nb) and ridge
// regression (rr). x and z are rows x features, scores are rows x classes, both by rows.

// z = x with each feature shifted and scaled to mean 0 and deviation 1. A thread takes a whole
// feature, so few threads run: the benchmark wants a long kernel that leaves the device to others.
extern "C" __global__ void rr_1(const int* x, float* z, int rows, int features) {
  for (int j = blockIdx.x * blockDim.x + threadIdx.x; j < features; j += blockDim.x * gridDim.x) {
    long long sum = 0;
    long long sum_of_squares = 0;
    for (int i = 0; i < rows; ++i) {
      const int value = x[i * features + j];
      sum += value;
      sum_of_squares += value * value;
    }
    const double mean = (double)sum / rows;
    const double variance = (double)sum_of_squares / rows - mean * mean;
    const float shift = (float)mean;
    const float scale = variance > 0.0 ? (float)(1.0 / sqrt(variance)) : 0.0f;
    for (int i = 0; i < rows; ++i) {
      z[i * features + j] = ((float)x[i * features + j] - shift) * scale;
    }
  }
}

// scores += x * weights, where weights is classes x features. A thread takes a row.
template <typename T>
__device__ inline void add_product(const T* x, const float* weights, float* scores, int rows,
                                   int features, int classes) {
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < rows; i += blockDim.x * gridDim.x) {
    for (int c = 0; c < classes; ++c) {
      float sum = 0.0f;
      for (int j = 0; j < features; ++j) {
        sum += (float)x[i * features + j] * weights[c * features + j];
      }
      scores[i * classes + c] += sum;
    }
  }
}

extern "C" __global__ void nb_1(const int* x, const float* log_probabilities, float* scores,
                                int rows, int features, int classes) {
  add_product(x, log_probabilities, scores, rows, features, classes);
}

extern "C" __global__ void rr_2(const float* z, const float* coefficients, float* scores, int rows,
                                int features, int classes) {
  add_product(z, coefficients, scores, rows, features, classes);
}

// highest = the largest score of each row.
extern "C" __global__ void nb_2(const float* scores, float* highest, int rows, int classes) {
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < rows; i += blockDim.x * gridDim.x) {
    float best = scores[i * classes];
    for (int c = 1; c < classes; ++c) best = fmaxf(best, scores[i * classes + c]);
    highest[i] = best;
  }
}

// log_sums = the logarithm of the sum of the exponentials of each row.
extern "C" __global__ void nb_3(const float* scores, const float* highest, float* log_sums,
                                int rows, int classes) {
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < rows; i += blockDim.x * gridDim.x) {
    float sum = 0.0f;
    for (int c = 0; c < classes; ++c) sum += expf(scores[i * classes + c] - highest[i]);
    log_sums[i] = logf(sum) + highest[i];
  }
}

// scores = exp(scores - log_sums): probabilities.
extern "C" __global__ void nb_4(float* scores, const float* log_sums, int rows, int classes) {
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < rows; i += blockDim.x * gridDim.x) {
    for (int c = 0; c < classes; ++c) {
      scores[i * classes + c] = expf(scores[i * classes + c] - log_sums[i]);
    }
  }
}

// scores += biases, one for each class.
extern "C" __global__ void rr_3(float* scores, const float* biases, int rows, int classes) {
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < rows; i += blockDim.x * gridDim.x) {
    for (int c = 0; c < classes; ++c) scores[i * classes + c] += biases[c];
  }
}

extern "C" __global__ void softmax(float* scores, int rows, int classes) {
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < rows; i += blockDim.x * gridDim.x) {
    float best = scores[i * classes];
    for (int c = 1; c < classes; ++c) best = fmaxf(best, scores[i * classes + c]);
    float sum = 0.0f;
    for (int c = 0; c < classes; ++c) sum += expf(scores[i * classes + c] - best);
    for (int c = 0; c < classes; ++c) {
      scores[i * classes + c] = expf(scores[i * classes + c] - best) / sum;
    }
  }
}

// winners = the class with the largest sum of both scores.
extern "C" __global__ void argmax(const float* a, const float* b, int* winners, int rows,
                                  int classes) {
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < rows; i += blockDim.x * gridDim.x) {
    int winner = 0;
    float best = a[i * classes] + b[i * classes];
    for (int c = 1; c < classes; ++c) {
      const float score = a[i * classes + c] + b[i * classes + c];
      if (score > best) {
        best = score;
        winner = c;
      }
    }
    winners[i] = winner;
  }
}
