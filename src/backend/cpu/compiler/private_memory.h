// backend/cpu/compiler/private_memory.h: which addresses stand in the memory of a kernel's own.
//
// A local array, shared memory or a parameter's bytes may hold pointers. What is stored at a known
// offset is found again there; the rest is kept for the whole object.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "backend/cpu/compiler/memory_objects.h"

namespace sennit::cpu {

// Bytes of an object: those at `offset`, and at all distances from there that are multiples of
// `stride`, as of a member in an array of structs. Without a size, all of it.
struct Field {
  std::int64_t offset = 0;
  std::optional<std::int64_t> bytes;
  std::int64_t stride = 0;

  bool is_one_place() const { return bytes && stride == 0; }
  bool operator==(const Field&) const = default;
};

class PrivateMemory {
 public:
  // Adds to what may stand there. Returns whether that is new.
  bool put(ObjectId object, const Field& field, const ObjectSet& addresses);
  bool copy(ObjectId to, const Field& to_field, ObjectId from, const Field& from_field);
  ObjectSet get(ObjectId object, const Field& field) const;
  ObjectSet get_all(ObjectId object) const { return get(object, {}); }

 private:
  struct Entry {
    Field field;
    ObjectSet addresses;
  };
  using Content = std::vector<Entry>;

  static bool overlap(const Field& a, const Field& b);

  std::vector<Content> contents_;  // by object
};

}  // namespace sennit::cpu
