// benchmarks/suite/problems/dl.cpp: the inputs and the answers of DL.
#include <algorithm>

#include "problems/problems.h"

namespace suite {
namespace {

constexpr int kDiameter = DeepLearning::kDiameter;
constexpr int kStride = DeepLearning::kStride;
constexpr int kPool = DeepLearning::kPool;

// side x side x channels, the channel running fastest.
struct Picture {
  Picture(int side_, int channels_)
      : side(side_),
        channels(channels_),
        values(static_cast<std::size_t>(side_) * static_cast<std::size_t>(side_) *
               static_cast<std::size_t>(channels_)) {}
  std::size_t index(int row, int column, int channel) const {
    return (static_cast<std::size_t>(row) * static_cast<std::size_t>(side) +
            static_cast<std::size_t>(column)) *
               static_cast<std::size_t>(channels) +
           static_cast<std::size_t>(channel);
  }
  int side, channels;
  std::vector<float> values;
};

// Calls body(row) for each of `rows`, in parallel.
void by_rows(int rows, const std::function<void(int)>& body) {
  const auto count = static_cast<std::size_t>(std::max(rows, 0));
  const auto run = [&](std::size_t begin, std::size_t end) {
    for (std::size_t row = begin; row < end; ++row) body(static_cast<int>(row));
  };
  parallel_for(count, run, count * 64);
}

Picture convolved(const Picture& in, std::span<const float> masks, int filters) {
  Picture out(in.side / kStride, filters);
  const int valid = out.side - kDiameter / 2;
  by_rows(valid, [&](int i) {
    for (int j = 0; j < valid; ++j) {
      for (int m = 0; m < filters; ++m) {
        float sum = 0;
        for (int y = 0; y < kDiameter; ++y) {
          for (int x = 0; x < kDiameter; ++x) {
            for (int c = 0; c < in.channels; ++c) {
              const int mask = ((m * kDiameter + y) * kDiameter + x) * in.channels + c;
              sum += masks[static_cast<std::size_t>(mask)] *
                     in.values[in.index(i * kStride + y, j * kStride + x, c)];
            }
          }
        }
        out.values[out.index(i, j, m)] = std::max(0.0f, sum);
      }
    }
  });
  return out;
}

Picture pooled(const Picture& in) {
  Picture out(in.side / kPool, in.channels);
  by_rows(out.side, [&](int i) {
    for (int j = 0; j < out.side; ++j) {
      for (int c = 0; c < in.channels; ++c) {
        float sum = 0;
        for (int y = 0; y < kPool; ++y) {
          for (int x = 0; x < kPool; ++x) {
            sum += in.values[in.index(i * kPool + y, j * kPool + x, c)];
          }
        }
        out.values[out.index(i, j, c)] = sum / (kPool * kPool);
      }
    }
  });
  return out;
}

Picture branch(const DeepLearning& problem, const HostData& input, int masks1, int masks2) {
  Picture image(problem.side, 1);
  const auto pixels = input.as<float>();
  std::copy(pixels.begin(), pixels.end(), image.values.begin());
  const auto constant = [&](int index) {
    return problem.constants[static_cast<std::size_t>(index)].as<float>();
  };
  return convolved(pooled(convolved(image, constant(masks1), DeepLearning::kFilters1)),
                   constant(masks2), DeepLearning::kFilters2);
}

HostData masks(std::uint64_t seed, int count) {
  return HostData::generate<float>(static_cast<std::size_t>(count),
                                   [=](std::size_t i) { return noise(seed, i) - 0.4; });
}

}  // namespace

std::unique_ptr<Problem> DeepLearning::prepare(std::int64_t size) {
  auto problem = std::make_unique<DeepLearning>();
  problem->side = static_cast<int>(size);
  const auto pixels = static_cast<std::size_t>(size) * static_cast<std::size_t>(size);
  const auto joined = static_cast<std::size_t>(problem->size2()) * 2;
  problem->outputs = {{"score", ElementType::kFloat32, 1, 1e-3},
                      {"joined", ElementType::kFloat32, joined, 1e-3, 0, false}};
  problem->constants.push_back(masks(1, kMasks1));
  problem->constants.push_back(masks(2, kMasks2));
  problem->constants.push_back(masks(3, kMasks1));
  problem->constants.push_back(masks(4, kMasks2));
  // Positive, and small enough for the score to stay near 1 at each size.
  problem->constants.push_back(HostData::generate<float>(
      joined, [=](std::size_t i) { return noise(5, i) / static_cast<double>(joined); }));

  for (const double brightness : {1.0, 2.0}) {
    InputSet set;
    for (const std::uint64_t seed : {6u, 7u}) {
      set.inputs.push_back(HostData::generate<float>(
          pixels, [=](std::size_t i) { return brightness * noise(seed, i); }));
    }
    set.inputs.push_back(HostData::generate<float>(1, [](std::size_t) { return 0; }));

    const Picture x = branch(*problem, set.inputs[kX], kMasksX1, kMasksX2);
    const Picture y = branch(*problem, set.inputs[kY], kMasksY1, kMasksY2);
    const auto dense = problem->constants[kDense].as<float>();
    HostData both = HostData::generate<float>(joined, [&](std::size_t i) {
      return i < x.values.size() ? x.values[i] : y.values[i - x.values.size()];
    });
    double score = 0;
    for (std::size_t i = 0; i < joined; ++i) score += double{dense[i]} * both.as<float>()[i];
    set.expected.push_back(HostData::generate<float>(1, [=](std::size_t) { return score; }));
    set.expected.push_back(std::move(both));
    problem->sets.push_back(std::move(set));
  }
  return problem;
}

}  // namespace suite
