// backend/cuda/cuda_image.cpp: reads and writes compiled programs.
#include "backend/cuda/cuda_image.h"

#include <cstring>
#include <string_view>

#include "base/error.h"
#include "base/text.h"

namespace sennit::cuda {
namespace {

constexpr std::string_view kMagic = "sennit-cuda-2\n";

class Writer {
 public:
  void add(const void* data, std::size_t bytes) {
    const std::uint64_t size = bytes;
    append(&size, sizeof size);
    append(data, bytes);
  }
  void add(std::string_view text) { add(text.data(), text.size()); }
  void append(const void* data, std::size_t bytes) {
    const auto* first = static_cast<const std::byte*>(data);
    bytes_.insert(bytes_.end(), first, first + bytes);
  }
  std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : rest_(bytes) {}
  std::span<const std::byte> next() {
    std::uint64_t size = 0;
    if (rest_.size() < sizeof size) refuse();
    std::memcpy(&size, rest_.data(), sizeof size);
    rest_ = rest_.subspan(sizeof size);
    if (rest_.size() < size) refuse();
    const auto part = rest_.first(static_cast<std::size_t>(size));
    rest_ = rest_.subspan(part.size());
    return part;
  }
  std::string text() {
    const auto part = next();
    return {reinterpret_cast<const char*>(part.data()), part.size()};
  }

 private:
  [[noreturn]] static void refuse() {
    raise(ErrorCode::InvalidArgument, "a compiled CUDA program is cut short");
  }
  std::span<const std::byte> rest_;
};

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Each ends with '\n'.
std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

}  // namespace

std::vector<std::byte> write_image(const CudaImage& image) {
  Writer writer;
  writer.append(kMagic.data(), kMagic.size());
  std::string names;
  for (const auto& [name, lowered] : image.names) names += format("{}\n{}\n", name, lowered);
  writer.add(names);
  writer.add(image.cubin.data(), image.cubin.size());
  writer.add(image.ptx);
  std::string waiting;
  for (const std::string& kernel : image.waiting) waiting += kernel + '\n';
  writer.add(waiting);
  return writer.take();
}

CudaImage CudaImage::read(std::span<const std::byte> bytes) {
  CudaImage image;
  const std::string_view text = as_text(bytes);
  if (text.starts_with(kMagic)) {
    Reader reader(bytes.subspan(kMagic.size()));
    const std::vector<std::string> lines = lines_of(reader.text());
    for (std::size_t i = 0; i + 1 < lines.size(); i += 2) {
      image.names.emplace_back(lines[i], lines[i + 1]);
    }
    image.cubin = reader.next();
    image.ptx = reader.text();
    image.waiting = lines_of(reader.text());
    return image;
  }
  constexpr std::string_view kElf = "\177ELF";
  constexpr std::string_view kFatbin = "\x50\xed\x55\xba";
  if (text.starts_with(kElf) || text.starts_with(kFatbin)) {
    image.cubin = bytes;
    return image;
  }
  if (text.find(".version") != std::string_view::npos &&
      text.find(".target") != std::string_view::npos) {
    image.ptx = std::string(text.substr(0, text.find('\0')));
    return image;
  }
  raise(ErrorCode::InvalidArgument,
        format("{} of kernel code are neither PTX, nor a cubin, nor a fatbin",
               format_bytes(bytes.size())));
}

}  // namespace sennit::cuda
