// bindings/python/src/strided.h: walks over elements in memory that are not one behind the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sennit::python {

// Packs the elements at `source` (bytes between neighbours: `strides`; zero repeats one, negative
// goes backwards) one behind the other, in C order.
void pack_strided(unsigned char* target, const unsigned char* source,
                  std::span<const std::int64_t> shape, std::span<const std::int64_t> strides,
                  std::size_t item_bytes);

// Of a contiguous C-ordered array.
std::vector<std::int64_t> c_strides(std::span<const std::int64_t> shape, std::size_t item_bytes);

// Strides by which elements of `shape` are read as if they had `target` (NumPy's broadcasting).
// Not possible if the shapes do not go together.
struct Broadcast {
  bool possible = false;
  std::vector<std::int64_t> strides;
};
Broadcast broadcast(std::span<const std::int64_t> shape, std::span<const std::int64_t> strides,
                    std::span<const std::int64_t> target);

inline std::int64_t element_count(std::span<const std::int64_t> shape) {
  std::int64_t count = 1;
  for (const std::int64_t extent : shape) count *= extent;
  return count;
}

}  // namespace sennit::python
