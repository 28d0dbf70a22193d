// backend/cpu/compiler/private_memory.cpp: which addresses stand in the memory of a kernel's own.
#include "backend/cpu/compiler/private_memory.h"

#include <algorithm>
#include <numeric>

namespace sennit::cpu {

bool PrivateMemory::overlap(const Field& a, const Field& b) {
  if (!a.bytes || !b.bytes) return true;
  const std::int64_t stride = std::gcd(a.stride, b.stride);
  std::int64_t distance = b.offset - a.offset;
  if (stride == 0) return distance < *a.bytes && -distance < *b.bytes;
  distance = ((distance % stride) + stride) % stride;
  return distance < *a.bytes || stride - distance < *b.bytes;
}

bool PrivateMemory::put(ObjectId object, const Field& field, const ObjectSet& addresses) {
  if (addresses.empty()) return false;
  if (contents_.size() <= object) contents_.resize(object + 1);
  Content& content = contents_[object];
  const auto same = std::ranges::find(content, field, &Entry::field);
  if (same != content.end()) return same->addresses |= addresses;
  content.push_back({field, addresses});
  return true;
}

bool PrivateMemory::copy(ObjectId to, const Field& to_field, ObjectId from,
                         const Field& from_field) {
  if (contents_.size() <= from) return false;
  if (!to_field.is_one_place() || !from_field.is_one_place())
    return put(to, to_field, get(from, from_field));
  bool changed = false;
  const Content content = contents_[from];  // `to` may be the same object
  for (const Entry& entry : content) {
    if (!overlap(entry.field, from_field)) continue;
    Field moved = entry.field;
    if (moved.is_one_place()) {
      moved.offset += to_field.offset - from_field.offset;
    } else {
      moved = to_field;
    }
    changed |= put(to, moved, entry.addresses);
  }
  return changed;
}

ObjectSet PrivateMemory::get(ObjectId object, const Field& field) const {
  ObjectSet addresses;
  if (contents_.size() <= object) return addresses;
  for (const Entry& entry : contents_[object])
    if (overlap(entry.field, field)) addresses |= entry.addresses;
  return addresses;
}

}  // namespace sennit::cpu
