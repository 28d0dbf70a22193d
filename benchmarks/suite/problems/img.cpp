// benchmarks/suite/problems/img.cpp: the inputs and the answer of IMG.
#include <algorithm>
#include <cmath>

#include "problems/problems.h"

namespace suite {
namespace {

// rows x columns floats; what lies outside counts as 0.
class Image {
 public:
  explicit Image(int side)
      : side_(side), values_(static_cast<std::size_t>(side) * static_cast<std::size_t>(side)) {}
  int side() const { return side_; }
  std::size_t size() const { return values_.size(); }
  float& operator[](std::size_t i) { return values_[i]; }
  float operator[](std::size_t i) const { return values_[i]; }
  float at(int row, int column) const {
    if (row < 0 || row >= side_ || column < 0 || column >= side_) return 0;
    return values_[static_cast<std::size_t>(row) * static_cast<std::size_t>(side_) +
                   static_cast<std::size_t>(column)];
  }
  const std::vector<float>& values() const { return values_; }

 private:
  int side_;
  std::vector<float> values_;
};

// An image whose pixel is pixel(row, column).
template <typename Pixel>
Image by_pixel(int side, const Pixel& pixel) {
  Image out(side);
  const auto columns = static_cast<std::size_t>(side);
  parallel_for(out.size(), [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      out[i] = pixel(static_cast<int>(i / columns), static_cast<int>(i % columns));
    }
  });
  return out;
}

Image blur(const Image& image, std::span<const float> mask, int diameter) {
  const int radius = diameter / 2;
  return by_pixel(image.side(), [&](int row, int column) {
    float sum = 0;
    for (int y = -radius; y <= radius; ++y) {
      for (int x = -radius; x <= radius; ++x) {
        sum += image.at(row + y, column + x) *
               mask[static_cast<std::size_t>((y + radius) * diameter + x + radius)];
      }
    }
    return sum;
  });
}

Image sobel(const Image& image) {
  return by_pixel(image.side(), [&](int i, int j) {
    const auto at = [&](int y, int x) { return image.at(i + y, j + x); };
    const float across =
        (at(-1, 1) + 2 * at(0, 1) + at(1, 1)) - (at(-1, -1) + 2 * at(0, -1) + at(1, -1));
    const float down =
        (at(1, -1) + 2 * at(1, 0) + at(1, 1)) - (at(-1, -1) + 2 * at(-1, 0) + at(-1, 1));
    return std::sqrt(across * across + down * down);
  });
}

HostData gaussian(int diameter, double sigma) {
  const int radius = diameter / 2;
  HostData mask = HostData::of<float>(static_cast<std::size_t>(diameter * diameter));
  const auto weights = mask.as<float>();
  double sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const int y = static_cast<int>(i) / diameter - radius;
    const int x = static_cast<int>(i) % diameter - radius;
    weights[i] = static_cast<float>(std::exp(-(x * x + y * y) / (2 * sigma * sigma)));
    sum += weights[i];
  }
  for (float& weight : weights) weight = static_cast<float>(weight / sum);
  return mask;
}

HostData picture_of(const ImagePipeline& problem) {
  using P = ImagePipeline;
  const auto pixels = problem.constants[P::kImage].as<float>();
  Image image(problem.side);
  for (std::size_t i = 0; i < image.size(); ++i) image[i] = pixels[i];
  const auto mask = [&](int index) {
    return problem.constants[static_cast<std::size_t>(index)].as<float>();
  };
  const Image small = blur(image, mask(P::kSmallMask), P::kSmallDiameter);
  const Image large = blur(image, mask(P::kLargeMask), P::kLargeDiameter);
  const Image unsharpen = blur(image, mask(P::kUnsharpenMask), P::kUnsharpenDiameter);
  const Image small_edges = sobel(small);
  const Image large_edges = sobel(large);
  const auto [low, high] =
      std::minmax_element(large_edges.values().begin(), large_edges.values().end());
  const float least = *low;
  const float scale = 5 / (*high - least);
  return HostData::generate<float>(image.size(), [&](std::size_t i) {
    const float edge = std::min(1.0f, (large_edges[i] - least) * scale);
    const float sharp =
        std::clamp(image[i] * (1 + P::kAmount) - unsharpen[i] * P::kAmount, 0.0f, 1.0f);
    const float mixed = sharp * edge + large[i] * (1 - edge);
    return mixed * small_edges[i] + small[i] * (1 - small_edges[i]);
  });
}

}  // namespace

std::unique_ptr<Problem> ImagePipeline::prepare(std::int64_t size) {
  auto problem = std::make_unique<ImagePipeline>();
  problem->side = static_cast<int>(size);
  const auto columns = static_cast<std::size_t>(size);
  const std::size_t pixels = columns * columns;
  // The stretch divides by the largest edge, which rounding moves.
  problem->outputs = {{"picture", ElementType::kFloat32, pixels, 1e-3}};
  problem->constants.push_back(HostData::generate<float>(pixels, [=](std::size_t i) {
    const double row = static_cast<double>(i / columns) / static_cast<double>(columns);
    const double column = static_cast<double>(i % columns) / static_cast<double>(columns);
    return 0.5 + 0.3 * std::sin(40 * row) * std::cos(30 * column) + 0.2 * (noise(1, i) - 0.5);
  }));
  problem->constants.push_back(gaussian(kSmallDiameter, 1));
  problem->constants.push_back(gaussian(kLargeDiameter, 10));
  problem->constants.push_back(gaussian(kUnsharpenDiameter, 5));

  // One set: the image stays on the device, and implementations spoil the last picture instead.
  InputSet set;
  set.inputs.push_back(HostData::generate<float>(1, [](std::size_t) { return 0; }));
  set.inputs.push_back(HostData::generate<float>(1, [](std::size_t) { return 1000; }));
  set.expected.push_back(picture_of(*problem));
  problem->sets.push_back(std::move(set));
  return problem;
}

}  // namespace suite
