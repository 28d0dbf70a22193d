// access_agreement/traced_array.cpp: an array for a kernel's parameter, between two guard zones.
#include "access_agreement/traced_array.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

namespace sennit::access_corpus {
namespace {

constexpr std::size_t kElements = 1 << 12;
constexpr std::size_t kGuardBytes = 4096;
constexpr std::size_t kAlignment = 64;
constexpr std::byte kGuard{0xa5};

template <typename T, typename Make>
void fill(std::span<std::byte> bytes, Make make) {
  for (std::size_t at = 0; at + sizeof(T) <= bytes.size(); at += sizeof(T)) {
    const T value = static_cast<T>(make());
    std::memcpy(bytes.data() + at, &value, sizeof value);
  }
}

bool is_integer(std::string_view type) {
  for (const char* name : {"char", "short", "int", "long"})
    if (type.find(name) != type.npos) return true;
  return false;
}

void fill_array(const cpu::Parameter& parameter, std::span<std::byte> bytes, int size,
                std::mt19937_64& random) {
  const std::string& type = parameter.type;
  const auto index = [&] { return random() % static_cast<unsigned>(size); };
  if (std::ranges::count(type, '*') > 1) return;  // null
  if (type.find("double") != type.npos) {
    fill<double>(bytes, [&] { return 0.25 * static_cast<double>(random() % 16) - 1; });
  } else if (!is_integer(type)) {
    fill_with_floats(bytes, random);
  } else if (parameter.pointee_bytes == 1) {
    fill<std::uint8_t>(bytes, index);
  } else if (parameter.pointee_bytes == 2) {
    fill<std::uint16_t>(bytes, index);
  } else if (parameter.pointee_bytes == 4) {
    fill<std::uint32_t>(bytes, index);
  } else {
    fill<std::uint64_t>(bytes, index);
  }
}

}  // namespace

void fill_with_floats(std::span<std::byte> bytes, std::mt19937_64& random) {
  fill<float>(bytes, [&] { return 0.25f * static_cast<float>(random() % 16) - 1; });
}

TracedArray::TracedArray(const cpu::Parameter& parameter, int size, std::mt19937_64& random)
    : bytes_(kElements * std::max<std::size_t>(parameter.pointee_bytes, 1)) {
  memory_.resize(bytes_ + 2 * kGuardBytes + kAlignment);
  const std::size_t past =
      reinterpret_cast<std::uintptr_t>(memory_.data() + kGuardBytes) % kAlignment;
  begin_ = kGuardBytes + (past ? kAlignment - past : 0);
  fill_array(parameter, {data(), bytes_}, size, random);
  std::fill_n(memory_.begin(), begin_, kGuard);
  std::fill(memory_.begin() + static_cast<std::ptrdiff_t>(begin_ + bytes_), memory_.end(), kGuard);
}

bool TracedArray::holds(const std::byte* address, std::uint64_t bytes) const {
  const std::byte* begin = memory_.data() + begin_;
  return address >= begin && address + bytes <= begin + bytes_;
}

bool TracedArray::is_near(const std::byte* address) const {
  return address >= memory_.data() && address < memory_.data() + memory_.size();
}

std::ptrdiff_t TracedArray::distance(const std::byte* address) const {
  const std::byte* begin = memory_.data() + begin_;
  return address < begin ? begin - address : address - (begin + bytes_);
}

bool TracedArray::guards_are_whole() const {
  const auto is_guard = [](std::byte byte) { return byte == kGuard; };
  const auto begin = memory_.begin() + static_cast<std::ptrdiff_t>(begin_);
  return std::all_of(memory_.begin(), begin, is_guard) &&
         std::all_of(begin + static_cast<std::ptrdiff_t>(bytes_), memory_.end(), is_guard);
}

}  // namespace sennit::access_corpus
