"""examples/grcuda/machine_learning.py: an ensemble of two classifiers, as a GrCUDA program.

Naive Bayes and ridge regression read the same rows, do not know of each other, and are joined by
the last kernel. Run it with `sennit run examples/grcuda/machine_learning.py [--rows N]`.
"""

import argparse

import numpy as np
import polyglot
from java.lang import System

SOURCE = r"""
#define FOR_EACH_ROW(i, n) \
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += blockDim.x * gridDim.x)

// Each feature with mean 0 and deviation 1 over all rows.
extern "C" __global__ void normalise(const int* x, float* z, int rows, int features) {
  FOR_EACH_ROW(j, features) {
    float sum = 0, squares = 0;
    for (int i = 0; i < rows; ++i) {
      const float value = x[i * features + j];
      sum += value;
      squares += value * value;
    }
    const float mean = sum / rows;
    const float deviation = sqrtf(squares / rows - mean * mean);
    for (int i = 0; i < rows; ++i) z[i * features + j] = (x[i * features + j] - mean) / deviation;
  }
}

template <typename T>
__device__ void add_products(const T* x, const float* weights, float* scores, int rows,
                             int features, int classes) {
  FOR_EACH_ROW(i, rows) {
    for (int c = 0; c < classes; ++c) {
      float sum = 0;
      for (int q = 0; q < features; ++q) sum += x[i * features + q] * weights[c * features + q];
      scores[i * classes + c] += sum;
    }
  }
}
extern "C" __global__ void bayes_scores(const int* x, const float* weights, float* scores, int rows,
                                        int features, int classes) {
  add_products(x, weights, scores, rows, features, classes);
}
extern "C" __global__ void ridge_scores(const float* x, const float* weights, float* scores,
                                        int rows, int features, int classes) {
  add_products(x, weights, scores, rows, features, classes);
}

extern "C" __global__ void row_maximum(const float* scores, float* most, int rows, int classes) {
  FOR_EACH_ROW(i, rows) {
    float found = scores[i * classes];
    for (int c = 1; c < classes; ++c) found = fmaxf(found, scores[i * classes + c]);
    most[i] = found;
  }
}

extern "C" __global__ void log_sum(const float* scores, const float* most, float* l, int rows,
                                   int classes) {
  FOR_EACH_ROW(i, rows) {
    float sum = 0;
    for (int c = 0; c < classes; ++c) sum += expf(scores[i * classes + c] - most[i]);
    l[i] = logf(sum) + most[i];
  }
}

extern "C" __global__ void add_bias(float* scores, const float* bias, int rows, int classes) {
  FOR_EACH_ROW(i, rows) {
    for (int c = 0; c < classes; ++c) scores[i * classes + c] += bias[c];
  }
}

extern "C" __global__ void exponential(float* scores, const float* l, int rows, int classes) {
  FOR_EACH_ROW(i, rows) {
    for (int c = 0; c < classes; ++c) {
      scores[i * classes + c] = expf(scores[i * classes + c] - l[i]);
    }
  }
}

extern "C" __global__ void softmax(float* scores, int rows, int classes) {
  FOR_EACH_ROW(i, rows) {
    float most = scores[i * classes], sum = 0;
    for (int c = 1; c < classes; ++c) most = fmaxf(most, scores[i * classes + c]);
    for (int c = 0; c < classes; ++c) sum += expf(scores[i * classes + c] - most);
    for (int c = 0; c < classes; ++c) {
      scores[i * classes + c] = expf(scores[i * classes + c] - most) / sum;
    }
  }
}

extern "C" __global__ void argmax(const float* a, const float* b, int* result, int rows,
                                  int classes) {
  FOR_EACH_ROW(i, rows) {
    int best = 0;
    for (int c = 1; c < classes; ++c) {
      const int at = i * classes + c, at_best = i * classes + best;
      if (a[at] + b[at] > a[at_best] + b[at_best]) best = c;
    }
    result[i] = best;
  }
}
"""

FEATURES = 40
CLASSES = 10
BLOCKS = 8
THREADS = 64


def softmax_of(scores):
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def reference(x, log_probability, prior, coefficients, bias):
    bayes = prior + x @ log_probability.T
    most = bayes.max(axis=1, keepdims=True)
    bayes = np.exp(bayes - (np.log(np.exp(bayes - most).sum(axis=1, keepdims=True)) + most))
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    return softmax_of(bayes) + softmax_of(z @ coefficients.T + bias)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=500)
    rows = parser.parse_args().rows

    random = np.random.default_rng(1)
    data = random.integers(0, 10, (rows, FEATURES)).astype("int32")
    host = {
        "log_probability": 0.1 * random.random((CLASSES, FEATURES)).astype("float32"),
        "prior": random.random(CLASSES).astype("float32"),
        "coefficients": random.random((CLASSES, FEATURES)).astype("float32"),
        "bias": random.random(CLASSES).astype("float32"),
    }

    def array(type_name, *shape):
        extents = "".join(f"[{extent}]" for extent in shape)
        return polyglot.eval(language="grcuda", string=type_name + extents)

    build = polyglot.eval(language="grcuda", string="buildkernel")
    normalise = build(SOURCE, "normalise", "const pointer, pointer, sint32, sint32")
    scores = "const pointer, const pointer, pointer, sint32, sint32, sint32"
    bayes_scores = build(SOURCE, "bayes_scores", scores)
    ridge_scores = build(SOURCE, "ridge_scores", scores)
    row_maximum = build(SOURCE, "row_maximum", "const pointer, pointer, sint32, sint32")
    log_sum = build(SOURCE, "log_sum", "const pointer, const pointer, pointer, sint32, sint32")
    add_bias = build(SOURCE, "add_bias", "pointer, const pointer, sint32, sint32")
    exponential = build(SOURCE, "exponential", "pointer, const pointer, sint32, sint32")
    softmax = build(SOURCE, "softmax", "pointer, sint32, sint32")
    argmax = build(SOURCE, "argmax", "const pointer, const pointer, pointer, sint32, sint32")

    x = array("int", rows * FEATURES)
    x.copyFrom(int(data.ctypes.data), rows * FEATURES)
    z = array("float", rows, FEATURES)
    r1, r2 = array("float", rows, CLASSES), array("float", rows, CLASSES)
    most, log_sums, result = array("float", rows), array("float", rows), array("int", rows)
    log_probability = array("float", CLASSES, FEATURES)
    coefficients = array("float", CLASSES, FEATURES)
    bias = array("float", CLASSES)
    log_probability.copyFrom(int(host["log_probability"].ctypes.data), CLASSES * FEATURES)
    coefficients.copyFrom(int(host["coefficients"].ctypes.data), CLASSES * FEATURES)
    bias.copyFrom(int(host["bias"].ctypes.data), CLASSES)
    for i in range(rows):
        for c in range(CLASSES):
            r1[i][c] = float(host["prior"][c])
            r2[i][c] = 0.0

    start = System.nanoTime()
    normalise(BLOCKS, THREADS)(x, z, rows, FEATURES)
    bayes_scores(BLOCKS, THREADS)(x, log_probability, r1, rows, FEATURES, CLASSES)
    ridge_scores(BLOCKS, THREADS)(z, coefficients, r2, rows, FEATURES, CLASSES)
    row_maximum(BLOCKS, THREADS)(r1, most, rows, CLASSES)
    log_sum(BLOCKS, THREADS)(r1, most, log_sums, rows, CLASSES)
    add_bias(BLOCKS, THREADS)(r2, bias, rows, CLASSES)
    exponential(BLOCKS, THREADS)(r1, log_sums, rows, CLASSES)
    softmax(BLOCKS, THREADS)(r1, rows, CLASSES)
    softmax(BLOCKS, THREADS)(r2, rows, CLASSES)
    argmax(BLOCKS, THREADS)(r1, r2, result, rows, CLASSES)
    first = result[0]
    print(f"{rows} rows: {(System.nanoTime() - start) / 1000:.0f} us; class {first}")

    print("rows of each class:", np.bincount(result[:], minlength=CLASSES).tolist())

    expected = reference(data, **host)
    chosen = expected[np.arange(rows), result[:]]
    # Where two classes are as good as equal, either is right.
    assert np.all(chosen > expected.max(axis=1) - 1e-3)
    print("result: correct")


if __name__ == "__main__":
    main()
