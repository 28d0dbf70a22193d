// backend/cuda/ptx/cells.h: what lies in local, shared and parameter memory: the values that were
// ever put there. Addresses stored there are followed, not lost.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "backend/cuda/ptx/opcodes.h"
#include "backend/cuda/ptx/origins.h"

namespace sennit::cuda::ptx {

class Cells {
 public:
  explicit Cells(OriginSets& sets) : sets_(sets) {}

  // A variable of local, shared or parameter memory.
  std::uint32_t add_object(Space space);
  Space space(std::uint32_t object) const { return objects_[object].space; }

  // Puts `value`, of `bytes`, at `offset` (Origin::kAnywhere: somewhere in it). Values only add up.
  void store(std::uint32_t object, std::uint32_t offset, std::uint32_t bytes, Origins value);
  Origins load(std::uint32_t object, std::uint32_t offset, std::uint32_t bytes);
  // Somewhere in all objects of the space.
  void store_anywhere(Space space, Origins value);
  Origins load_anywhere(Space space);
  // All that was ever put into the object.
  Origins contents(std::uint32_t object) { return load(object, Origin::kAnywhere, 0); }
  // Adds all that is in one to the other, each value where it is.
  void copy(std::uint32_t to, std::uint32_t from);

  // Code that we do not see may read and write it from now on.
  void expose(std::uint32_t object);

  // Grows with each change.
  std::uint64_t version() const { return version_; }

 private:
  struct Object {
    Space space = Space::Local;
    bool exposed = false;
    Origins somewhere = kUnassigned;  // stored at no known offset
    Origins all = kUnassigned;
    std::unordered_map<std::uint32_t, Origins> slots;  // of 8 bytes, by number
  };
  struct Shelf {  // what is known of a whole space
    Origins anywhere = kUnassigned;
    Origins all = kUnassigned;
  };
  void add(Origins& cell, Origins value);
  Shelf& shelf(Space space) { return shelves_[static_cast<std::size_t>(space)]; }

  OriginSets& sets_;
  std::vector<Object> objects_;
  Shelf shelves_[6];
  std::uint64_t version_ = 0;
};

}  // namespace sennit::cuda::ptx
