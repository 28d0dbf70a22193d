// examples/image_pipeline/image_pipeline.cpp: sharpens a picture where it has edges, as
// image_pipeline.py does: eleven kernels for each colour channel, one line after another.
//
//   image_pipeline KERNELS.cu [IN.ppm OUT.ppm] [--svg FILE] [--device NAME]
//
// Pictures are binary PPM (P6); without IN it makes one of 1024 x 1024 pixels. The class that
// C++ programs would have is `Channel`.
#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <sennit/sennit.hpp>
#include <sstream>
#include <string>
#include <vector>

namespace {

using sennit::Array;
using sennit::Kernel;
using sennit::Runtime;

struct Picture {
  int rows = 0;
  int columns = 0;
  std::vector<unsigned char> rgb;
};

Picture read_ppm(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string magic;
  int limit = 0;
  Picture picture;
  file >> magic >> picture.columns >> picture.rows >> limit;
  file.get();
  if (!file || magic != "P6" || limit != 255) {
    throw std::runtime_error(path + " is no binary PPM with 255 levels");
  }
  picture.rgb.resize(3 * static_cast<std::size_t>(picture.rows) *
                     static_cast<std::size_t>(picture.columns));
  file.read(reinterpret_cast<char*>(picture.rgb.data()),
            static_cast<std::streamsize>(picture.rgb.size()));
  return picture;
}

void write_ppm(const std::string& path, const Picture& picture) {
  std::ofstream file(path, std::ios::binary);
  file << "P6\n" << picture.columns << ' ' << picture.rows << "\n255\n";
  file.write(reinterpret_cast<const char*>(picture.rgb.data()),
             static_cast<std::streamsize>(picture.rgb.size()));
  if (!file) throw std::runtime_error("cannot write " + path);
}

// Circles on a slope: edges of every direction.
Picture made_up(int side) {
  Picture picture{side, side, {}};
  for (int i = 0; i < side; ++i) {
    for (int j = 0; j < side; ++j) {
      const double radius = std::hypot(i - side / 2, j - side / 2);
      const double ring = 0.5 + 0.5 * std::sin(radius / 12);
      for (int channel = 0; channel < 3; ++channel) {
        picture.rgb.push_back(
            static_cast<unsigned char>(255 * (0.6 * ring + 0.4 * (channel == 0 ? i : j) / side)));
      }
    }
  }
  return picture;
}

std::vector<float> gaussian(int diameter, double sigma) {
  std::vector<float> mask;
  double sum = 0;
  for (int y = -(diameter / 2); y <= diameter / 2; ++y) {
    for (int x = -(diameter / 2); x <= diameter / 2; ++x) {
      mask.push_back(static_cast<float>(std::exp(-(x * x + y * y) / (2 * sigma * sigma))));
      sum += mask.back();
    }
  }
  for (float& value : mask) value = static_cast<float>(value / sum);
  return mask;
}

struct Kernels {
  Kernel blur, sobel, maximum, minimum, extend, unsharpen, combine;
};

// The arrays of one channel, and the program that runs on them.
class Channel {
 public:
  Channel(const Runtime& runtime, int rows, int columns)
      : rows_(rows),
        columns_(columns),
        small_(runtime.array(gaussian(3, 1))),
        large_(runtime.array(gaussian(5, 10))),
        wide_(runtime.array(gaussian(3, 5))),
        smallest_(runtime.empty<float>({1})),
        largest_(runtime.empty<float>({1})) {
    for (Array<float>* image : {&image_, &blurred_small_, &blurred_large_, &blurred_, &mask_small_,
                                &mask_large_, &sharp_, &half_done_, &result_}) {
      *image = runtime.empty<float>({rows, columns});
    }
  }

  // Submits everything and returns at once.
  const Array<float>& run(const Kernels& k, std::span<const float> pixels) {
    const int n = rows_ * columns_;
    const sennit::Dim3 tiles{32, 32}, tile{32, 8}, blocks{256}, threads{256};
    image_.write(pixels);
    smallest_[0] = 1e30f;
    largest_[0] = 0.0f;

    k.blur(tiles, tile)(image_, blurred_small_, rows_, columns_, small_, 3);
    k.blur(tiles, tile)(image_, blurred_large_, rows_, columns_, large_, 5);
    k.blur(tiles, tile)(image_, blurred_, rows_, columns_, wide_, 3);
    k.sobel(tiles, tile)(blurred_small_, mask_small_, rows_, columns_);
    k.sobel(tiles, tile)(blurred_large_, mask_large_, rows_, columns_);
    k.maximum(blocks, threads)(mask_large_, largest_, n);
    k.minimum(blocks, threads)(mask_large_, smallest_, n);
    k.extend(blocks, threads)(mask_large_, smallest_, largest_, n);
    k.unsharpen(blocks, threads)(image_, blurred_, sharp_, 0.5f, n);
    k.combine(blocks, threads)(sharp_, blurred_large_, mask_large_, half_done_, n);
    k.combine(blocks, threads)(half_done_, blurred_small_, mask_small_, result_, n);
    return result_;
  }

 private:
  int rows_, columns_;
  Array<float> small_, large_, wide_, smallest_, largest_;
  Array<float> image_{nullptr}, blurred_small_{nullptr}, blurred_large_{nullptr}, blurred_{nullptr},
      mask_small_{nullptr}, mask_large_{nullptr}, sharp_{nullptr}, half_done_{nullptr},
      result_{nullptr};
};

int run(const std::vector<std::string>& arguments) {
  std::vector<std::string> files;
  std::string svg, device = "auto";
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--svg" && i + 1 < arguments.size()) {
      svg = arguments[++i];
    } else if (arguments[i] == "--device" && i + 1 < arguments.size()) {
      device = arguments[++i];
    } else {
      files.push_back(arguments[i]);
    }
  }
  if (files.empty()) {
    std::cerr << "usage: image_pipeline KERNELS.cu [IN.ppm OUT.ppm] [--svg FILE] [--device NAME]\n";
    return 2;
  }
  std::ifstream file(files[0]);
  std::stringstream source;
  source << file.rdbuf();
  if (!file) throw std::runtime_error("cannot read " + files[0]);

  const Picture picture = files.size() > 1 ? read_ppm(files[1]) : made_up(1024);
  const Runtime runtime(device);
  const auto kernel = [&](const char* name) { return runtime.kernel(source.str(), name); };
  const Kernels kernels{kernel("gaussian_blur"), kernel("sobel"),  kernel("maximum"),
                        kernel("minimum"),       kernel("extend"), kernel("unsharpen"),
                        kernel("combine")};

  const std::size_t pixels = picture.rgb.size() / 3;
  std::vector<Channel> channels;
  std::vector<std::vector<float>> planes(3, std::vector<float>(pixels));
  for (std::size_t c = 0; c < 3; ++c) {
    channels.emplace_back(runtime, picture.rows, picture.columns);
    for (std::size_t i = 0; i < pixels; ++i) {
      planes[c][i] = static_cast<float>(picture.rgb[3 * i + c]) / 255.0f;
    }
  }
  sennit::Trace trace = runtime.trace();
  for (std::size_t c = 0; c < 3; ++c) channels[c].run(kernels, planes[c]);
  trace.stop();
  std::cout << runtime.device_names().at(0) << '\n' << trace.summary();
  if (!svg.empty()) trace.write(svg);

  Picture out = picture;
  for (std::size_t c = 0; c < 3; ++c) {
    const auto values = channels[c].run(kernels, planes[c]).snapshot();
    for (std::size_t i = 0; i < pixels; ++i) {
      out.rgb[3 * i + c] =
          static_cast<unsigned char>(255 * std::fmin(1.0f, std::fmax(0.0f, values[i])) + 0.5f);
    }
  }
  if (files.size() > 2) write_ppm(files[2], out);
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  try {
    return run({arguments + 1, arguments + count});
  } catch (const std::exception& error) {
    std::cerr << "image_pipeline: " << error.what() << '\n';
    return 1;
  }
}
