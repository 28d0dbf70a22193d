// backend/cuda/ptx/interpreter_memory.cpp: loads and stores: what lies in memory that only the
// kernel sees is followed, what is put anywhere else escapes.
#include <algorithm>

#include "backend/cuda/ptx/interpreter.h"

namespace sennit::cuda::ptx {
namespace {

bool is_origin_of_object(const Origin& origin) { return origin.kind == OriginKind::Object; }

bool holds_objects_only(Space space) {
  return space == Space::Shared || space == Space::Local || space == Space::Param;
}

}  // namespace

void Interpreter::touch(Touch touch, Space space, Origins address) {
  if (sink_ != nullptr && touch != Touch::None) sink_->on_access(touch, space, address);
}

// Calls `visit` for each object of `space` that the address may be in.
template <typename Visit>
Interpreter::Reached Interpreter::for_each_object(Space space, Origins address, Visit visit) {
  // Copied: what is visited may add sets.
  const std::span<const Origin> items = sets_.items(address);
  const std::vector<Origin> origins(items.begin(), items.end());
  Reached reached{false, origins.empty()};
  for (const Origin& origin : origins) {
    if (!is_origin_of_object(origin)) {
      reached.other = true;
    } else if (space == Space::Generic || cells_.space(origin.index) == space) {
      reached.object = true;
      visit(origin);
    }
  }
  return reached;
}

Origins Interpreter::load(Space space, Origins address, std::uint32_t bytes) {
  Origins result = kUnassigned;
  const auto [object, other] = for_each_object(space, address, [&](const Origin& origin) {
    result = sets_.join(result, cells_.load(origin.index, origin.offset, bytes));
  });
  if (holds_objects_only(space)) {
    return object ? result : cells_.load_anywhere(space);
  }
  return other || !object ? sets_.join(result, sets_.loaded()) : result;
}

void Interpreter::store(Space space, Origins address, std::uint32_t bytes, Origins value) {
  if (value == kUnassigned) return;
  const auto [object, other] = for_each_object(space, address, [&](const Origin& origin) {
    cells_.store(origin.index, origin.offset, bytes, value);
  });
  if (holds_objects_only(space)) {
    if (!object) cells_.store_anywhere(space, value);
    return;
  }
  if (other || !object) escape(value);
}

// With an object goes all that it holds.
void Interpreter::escape(Origins value) {
  if (!sets_.has_address(value)) return;
  std::vector<Origins> open = {value};
  std::vector<std::uint32_t> seen;
  while (!open.empty()) {
    const Origins next = open.back();
    open.pop_back();
    if (sink_ != nullptr) sink_->on_escape(next);
    const std::span<const Origin> items = sets_.items(next);
    const std::vector<Origin> origins(items.begin(), items.end());
    for (const Origin& origin : origins) {
      if (!is_origin_of_object(origin)) continue;
      if (std::find(seen.begin(), seen.end(), origin.index) != seen.end()) continue;
      seen.push_back(origin.index);
      cells_.expose(origin.index);
      open.push_back(cells_.contents(origin.index));
    }
    steps_ -= static_cast<std::int64_t>(1 + seen.size());
  }
}

void Interpreter::access_memory() {
  const OpcodeRule& rule = *instruction_->opcode.rule;
  const std::uint32_t bytes = rule.is_plain ? instruction_->opcode.bytes : 0;  // 0: not known
  const FlowOperand* result = nullptr;
  const FlowOperand* addresses[3] = {};
  bool is_tensor[3] = {};
  std::vector<const FlowOperand*> sources;
  std::size_t count = 0;
  for (std::uint32_t i = 0; i < instruction_->operand_count; ++i) {
    const FlowOperand& at = operand(i);
    if (at.kind == Operand::Kind::Address) {
      if (count == 3) continue;
      // "[map, {%r1, %r2}]": the address of a description of an array.
      is_tensor[count] = instruction_->source->operands[i].parts.size() > 1;
      addresses[count++] = &at;
    } else if (i == 0 && rule.has_result) {
      result = &at;
    } else {
      sources.push_back(&at);
    }
  }

  Origins address[3] = {};
  for (std::size_t i = 0; i < count; ++i) {
    const auto base = references(*addresses[i]);
    address[i] = base.size() == 1 || is_tensor[i]
                     ? (base.empty() ? sets_.number() : value(base.front()))
                     : value(*addresses[i]);
    if (address[i] == kUnassigned && !lenient_) return;
  }
  // What a copy moves, before it is put down.
  Origins moved = kUnassigned;
  for (std::size_t i = 0; i < count; ++i) {
    const Space space = instruction_->opcode.spaces[i];
    if (is_tensor[i]) {
      touch(Touch::Read, Space::Generic, address[i]);
      if (sink_ != nullptr) sink_->on_untracked_access(rule.touches[i]);
    } else {
      touch(rule.touches[i], space, address[i]);
    }
    if (i == 1 && rule.touches[1] == Touch::Read) {
      moved = is_tensor[1] ? sets_.loaded() : load(space, address[1], 0);
    }
  }
  const bool is_copy = rule.touches[1] == Touch::Read;
  const Space space = instruction_->opcode.spaces[0];
  if (count == 0) {
    if (result != nullptr) assign(*result, sets_.loaded());
    return;
  }

  // What was there is returned before it is replaced.
  if (result != nullptr) {
    const auto parts = references(*result);
    Origins at = address[0];
    for (std::size_t i = 0; i < parts.size(); ++i) {
      assign(parts[i], load(space, at, bytes), false);
      at = sets_.add_constant(at, bytes);
    }
  }
  if (rule.touches[0] == Touch::Read) return;
  if (is_copy) {
    if (is_tensor[0]) {
      escape(moved);
    } else {
      store(space, address[0], 0, moved);
    }
    return;
  }
  for (const FlowOperand* const operand : sources) {
    Origins at = address[0];
    for (const Reference& part : references(*operand)) {
      store(space, at, bytes, value(part));
      if (operand->kind == Operand::Kind::Vector) at = sets_.add_constant(at, bytes);
    }
  }
}

void Interpreter::touch_texture() {
  const OpcodeRule& rule = *instruction_->opcode.rule;
  if (sink_ != nullptr) sink_->on_untracked_access(rule.touches[0]);
  for (std::uint32_t i = 0; i < instruction_->operand_count; ++i) {
    const FlowOperand& at = operand(i);
    if (i == 0 && rule.has_result && at.kind != Operand::Kind::Address) {
      assign(at, sets_.loaded());
    } else if (at.kind != Operand::Kind::Address) {
      escape(value(at));
    }
  }
}

void Interpreter::execute_unknown() {
  for (std::uint32_t i = 0; i < instruction_->operand_count; ++i) {
    const FlowOperand& at = operand(i);
    const Origins taken = value(at);
    if (at.kind == Operand::Kind::Address) touch(Touch::ReadWrite, Space::Generic, taken);
    escape(taken);
    if (at.kind == Operand::Kind::Address) store(Space::Generic, taken, 0, sets_.loaded());
  }
  // Its first operand may be its result, or a source as the others.
  if (instruction_->operand_count > 0 && operand(0).kind != Operand::Kind::Address) {
    assign(operand(0), sets_.loaded(), /*weak=*/true);
  }
}

}  // namespace sennit::cuda::ptx
