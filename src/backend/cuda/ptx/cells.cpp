#include "backend/cuda/ptx/cells.h"

#include <algorithm>

namespace sennit::cuda::ptx {
namespace {

constexpr std::uint32_t kSlotBytes = 8;  // of an address

}  // namespace

std::uint32_t Cells::add_object(Space space) {
  objects_.push_back({space, false, kUnassigned, kUnassigned, {}});
  return static_cast<std::uint32_t>(objects_.size() - 1);
}

void Cells::add(Origins& cell, Origins value) {
  const Origins joined = sets_.join(cell, value);
  if (joined == cell) return;
  cell = joined;
  ++version_;
}

void Cells::store(std::uint32_t object, std::uint32_t offset, std::uint32_t bytes, Origins value) {
  Object& at = objects_[object];
  add(at.all, value);
  add(shelf(at.space).all, value);
  if (offset == Origin::kAnywhere || bytes == 0) {
    add(at.somewhere, value);
    return;
  }
  const std::uint32_t last = (offset + bytes - 1) / kSlotBytes;
  for (std::uint32_t slot = offset / kSlotBytes; slot <= last; ++slot) add(at.slots[slot], value);
}

Origins Cells::load(std::uint32_t object, std::uint32_t offset, std::uint32_t bytes) {
  const Object& at = objects_[object];
  Origins value = sets_.join(shelf(at.space).anywhere, at.exposed ? sets_.loaded() : kUnassigned);
  if (offset == Origin::kAnywhere || bytes == 0) return sets_.join(value, at.all);
  value = sets_.join(value, at.somewhere);
  const std::uint32_t last = (offset + bytes - 1) / kSlotBytes;
  for (std::uint32_t slot = offset / kSlotBytes; slot <= last; ++slot) {
    if (const auto found = at.slots.find(slot); found != at.slots.end()) {
      value = sets_.join(value, found->second);
    }
  }
  return value;
}

void Cells::store_anywhere(Space space, Origins value) {
  add(shelf(space).anywhere, value);
  add(shelf(space).all, value);
}

Origins Cells::load_anywhere(Space space) { return sets_.join(shelf(space).all, sets_.loaded()); }

void Cells::copy(std::uint32_t to, std::uint32_t from) {
  if (to == from) return;
  const Origins anywhere = load(from, Origin::kAnywhere, 0);
  add(objects_[to].all, anywhere);
  add(shelf(objects_[to].space).all, anywhere);
  add(objects_[to].somewhere,
      sets_.join(objects_[from].somewhere, objects_[from].exposed ? sets_.loaded() : kUnassigned));
  for (const auto& [slot, value] : objects_[from].slots) add(objects_[to].slots[slot], value);
}

void Cells::expose(std::uint32_t object) {
  if (objects_[object].exposed) return;
  objects_[object].exposed = true;
  ++version_;
}

}  // namespace sennit::cuda::ptx
