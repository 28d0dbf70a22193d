// backend/cpu/compiler/image.cpp: what Image::bytes of this backend hold.
#include "backend/cpu/compiler/image.h"

#include <bit>
#include <cstring>
#include <string_view>
#include <type_traits>

#include "base/error.h"
#include "base/text.h"

namespace sennit::cpu {

namespace {

static_assert(std::endian::native == std::endian::little);

constexpr char kMagic[8] = {'s', 'e', 'n', 'n', 'i', 't', 'C', 'P'};

// One list of fields for both directions: `archive(field)` writes or reads.
template <typename Archive>
void visit(Archive& archive, LoweredState& state) {
  archive(state.kind);
  archive(state.whole_warp);
}
template <typename Archive>
void visit(Archive& archive, ImageKernel& kernel) {
  archive(kernel.name);
  archive(kernel.lowered_name);
  archive(kernel.parameter_bytes);
  archive(kernel.max_threads);
  archive(kernel.code.symbol);
  archive(kernel.code.states);
  archive(kernel.code.frame_bytes);
  archive(kernel.code.uniform_bytes);
  archive(kernel.code.static_shared_bytes);
  archive(kernel.code.uses_warps);
  archive(kernel.code.uses_grid_sync);
}
template <typename Archive>
void visit(Archive& archive, ImageVariable& variable) {
  archive(variable.name);
  archive(variable.symbol);
  archive(variable.bytes);
}
template <typename Archive>
void visit(Archive& archive, ImageContent& content) {
  archive(content.architecture);
  archive(content.kernels);
  archive(content.variables);
  archive(content.object);
}

template <typename T>
concept Scalar = std::is_arithmetic_v<T> || std::is_enum_v<T>;

class Writer {
 public:
  template <typename T>
  void operator()(T& value) {
    if constexpr (Scalar<T>) {
      append(&value, sizeof value);
    } else {
      visit(*this, value);
    }
  }
  void operator()(std::string& text) {
    length(text.size());
    append(text.data(), text.size());
  }
  template <typename T>
  void operator()(std::vector<T>& list) {
    length(list.size());
    if constexpr (Scalar<T>) {
      append(list.data(), list.size() * sizeof(T));
    } else {
      for (T& item : list) (*this)(item);
    }
  }
  void length(std::uint64_t count) { append(&count, sizeof count); }
  std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  void append(const void* from, std::size_t count) {
    const auto* begin = static_cast<const std::byte*>(from);
    bytes_.insert(bytes_.end(), begin, begin + count);
  }
  std::vector<std::byte> bytes_;
};

class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : left_(bytes) {}
  template <typename T>
  void operator()(T& value) {
    if constexpr (Scalar<T>) {
      take(&value, sizeof value);
    } else {
      visit(*this, value);
    }
  }
  void operator()(std::string& text) {
    text.resize(length(1));
    take(text.data(), text.size());
  }
  template <typename T>
  void operator()(std::vector<T>& list) {
    if constexpr (Scalar<T>) {
      list.resize(length(sizeof(T)));
      take(list.data(), list.size() * sizeof(T));
    } else {
      list.resize(length(1));
      for (T& item : list) (*this)(item);
    }
  }
  bool at_end() const { return left_.empty(); }

 private:
  // Of a list of items with at least `item_bytes` each: what cannot be is not allocated.
  std::size_t length(std::size_t item_bytes) {
    std::uint64_t count = 0;
    take(&count, sizeof count);
    if (count > left_.size() / item_bytes) cut_short();
    return static_cast<std::size_t>(count);
  }
  void take(void* to, std::size_t count) {
    if (count > left_.size()) cut_short();
    if (count) std::memcpy(to, left_.data(), count);
    left_ = left_.subspan(count);
  }
  [[noreturn]] static void cut_short() {
    raise(ErrorCode::InvalidArgument,
          "the CPU image is cut short or damaged; compile the kernels again");
  }
  std::span<const std::byte> left_;
};

}  // namespace

std::vector<std::byte> pack(const ImageContent& content) {
  Writer writer;
  std::uint32_t version = kImageVersion;
  for (char letter : kMagic) writer(letter);
  writer(version);
  writer(const_cast<ImageContent&>(content));  // a writer changes nothing
  return writer.take();
}

ImageContent unpack(std::span<const std::byte> bytes) {
  Reader reader(bytes);
  std::uint32_t version = 0;
  char magic[sizeof kMagic] = {};
  if (bytes.size() >= sizeof magic)
    for (char& letter : magic) reader(letter);
  if (std::memcmp(magic, kMagic, sizeof magic) != 0)
    raise(ErrorCode::InvalidArgument,
          "these bytes are no image of the CPU backend; load them on the backend that made them");
  reader(version);
  if (version != kImageVersion)
    raise(ErrorCode::InvalidArgument,
          format("the CPU image has version {}, this library reads version {}; compile the "
                 "kernels again",
                 version, kImageVersion));
  ImageContent content;
  reader(content);
  if (!reader.at_end())
    raise(ErrorCode::InvalidArgument,
          "the CPU image has bytes behind its end; compile the kernels again");
  return content;
}

}  // namespace sennit::cpu
