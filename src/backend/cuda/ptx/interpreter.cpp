#include "backend/cuda/ptx/interpreter.h"

#include <algorithm>

namespace sennit::cuda::ptx {
namespace {

// A mask below this keeps less than an address: the test of its alignment.
constexpr std::int64_t kSmallMask = 4096;
constexpr int kRefinements = 2;

bool holds_objects_only(Space space) {
  return space == Space::Shared || space == Space::Local || space == Space::Param;
}

}  // namespace

Interpreter::Interpreter(const FlowModule& module, OriginSets& sets, std::int64_t& steps)
    : module_(module), sets_(sets), steps_(steps), cells_(sets) {
  dynamic_shared_ = cells_.add_object(Space::Shared);
  for (const ModuleVariable& variable : module.variables) {
    const bool is_dynamic = variable.space == Space::Shared &&
                            declared_bytes(*variable.declaration, *variable.declarator) == 0;
    module_objects_.push_back(is_dynamic || !holds_objects_only(variable.space)
                                  ? dynamic_shared_
                                  : cells_.add_object(variable.space));
  }
  for (const FlowFunction& function : module.functions) {
    all_instructions_ += function.instructions.size();
  }
}

bool Interpreter::run(std::uint32_t kernel, std::span<const Origins> parameters) {
  const std::uint32_t root = add_context(kernel, 0, false);
  current_ = root;
  const std::vector<Reference>& formals = module_.functions[kernel].parameters;
  for (std::size_t i = 0; i < formals.size() && i < parameters.size(); ++i) {
    if (formals[i].kind == Reference::Kind::Local) {
      cells_.store(object_of(formals[i]), Origin::kAnywhere, 0, parameters[i]);
    }
  }
  settle();
  lenient_ = true;
  settle();
  // What a register was given before all was known of its sources is forgotten: what is known now
  // is true of every run, and so is what follows from it.
  refining_ = true;
  for (int round = 0; round < kRefinements && steps_ >= 0; ++round) {
    for (std::uint32_t i = 0; i < contexts_.size(); ++i) walk(i);
  }
  return steps_ >= 0;
}

void Interpreter::report(EffectSink& sink) {
  sink_ = &sink;
  for (std::uint32_t i = 0; i < contexts_.size(); ++i) walk(i);
  sink_ = nullptr;
}

void Interpreter::settle() {
  std::uint64_t version = 0;
  do {
    changed_ = false;
    version = cells_.version();
    for (std::uint32_t i = 0; i < contexts_.size(); ++i) walk(i);
  } while ((changed_ || cells_.version() != version) && steps_ >= 0);
}

void Interpreter::walk(std::uint32_t context) {
  current_ = context;
  flow_ = &function(context);
  for (std::uint32_t block = 0; block < flow_->blocks.size() && steps_ >= 0; ++block) {
    if (contexts_[context].reached[block]) walk_block(block);
  }
}

void Interpreter::walk_block(std::uint32_t block) {
  state_ = contexts_[current_].states[block];
  if (sink_ != nullptr) sink_->on_block(current_, block);
  const FlowBlock& at = flow_->blocks[block];
  steps_ -= 1 + (at.end - at.first) +
            static_cast<std::int64_t>(flow_->tracked_count * at.successors.size() / 8);
  for (std::uint32_t i = at.first; i < at.end && steps_ >= 0; ++i) {
    instruction_ = &flow_->instructions[i];
    if (sink_ != nullptr) sink_->on_instruction(*instruction_);
    execute(*instruction_);
  }
  leave_block(at);
}

void Interpreter::leave_block(const FlowBlock& block) {
  Context& context = contexts_[current_];
  for (const std::uint32_t successor : block.successors) {
    if (!context.reached[successor]) {
      context.reached[successor] = true;
      changed_ = true;
    }
    std::vector<Origins>& start = context.states[successor];
    for (std::size_t i = 0; i < state_.size(); ++i) {
      const Origins joined = sets_.join(start[i], state_[i]);
      changed_ |= joined != start[i];
      start[i] = joined;
    }
  }
}

// ---- Values ------------------------------------------------------------------------------------

Origins Interpreter::value(const Reference& reference) {
  switch (reference.kind) {
    case Reference::Kind::Register: {
      const std::uint32_t tracked = flow_->tracked[reference.index];
      const Origins found = tracked == FlowFunction::kOnce
                                ? contexts_[current_].registers[reference.index]
                                : state_[tracked];
      if (found == kUnassigned && lenient_) return sets_.number();
      return sets_.add_constant(found, reference.value);
    }
    case Reference::Kind::Constant:
      return reference.value == 0 ? sets_.null() : sets_.number();
    case Reference::Kind::Local:
      return sets_.add_constant(sets_.of({OriginKind::Object, object_of(reference), 0}),
                                reference.value);
    case Reference::Kind::Module:
      if (!holds_objects_only(module_.variables[reference.index].space)) {
        return sets_.of({OriginKind::Variable, reference.index});
      }
      return sets_.add_constant(sets_.of({OriginKind::Object, module_objects_[reference.index], 0}),
                                reference.value);
    case Reference::Kind::Function:
      return sets_.of({OriginKind::Function, reference.index});
    case Reference::Kind::Driver:
      return sets_.of(OriginKind::Fresh);
    case Reference::Kind::Sink:
    case Reference::Kind::Unknown:
      break;
  }
  return sets_.number();
}

Origins Interpreter::value(const FlowOperand& operand) {
  Origins result = kUnassigned;
  for (const Reference& reference : references(operand)) {
    const Origins part = value(reference);
    if (part == kUnassigned) return kUnassigned;
    const bool mixes = operand.kind == Operand::Kind::Expression && result != kUnassigned;
    result = mixes ? sets_.mix(result, part) : sets_.join(result, part);
  }
  return result == kUnassigned ? sets_.number() : result;
}

// Of the instruction at hand, behind its result.
Origins Interpreter::source(std::uint32_t index) {
  return index + 1 < instruction_->operand_count ? value(operand(index + 1)) : sets_.number();
}

bool Interpreter::source_constant(std::uint32_t index, std::int64_t& value) const {
  if (index + 1 >= instruction_->operand_count) return false;
  const FlowOperand& at = operand(index + 1);
  if (at.kind != Operand::Kind::Number) return false;
  value = flow_->references[at.first].value;
  return true;
}

// Combines the sources that matter, or is unassigned if one of them still is.
template <typename Combine>
Origins Interpreter::fold(Combine combine) {
  std::uint32_t count = instruction_->operand_count;
  if (const std::uint32_t limit = instruction_->opcode.rule->sources; limit != 0) {
    count = std::min(count, limit + 1);
  }
  Origins result = kUnassigned;
  for (std::uint32_t i = 1; i < count; ++i) {
    const Origins next = value(operand(i));
    if (next == kUnassigned) return kUnassigned;
    result = combine(result, next);
  }
  return result;
}

void Interpreter::assign(const Reference& reference, Origins value, bool weak) {
  if (reference.kind != Reference::Kind::Register || value == kUnassigned) return;
  const std::uint32_t tracked = flow_->tracked[reference.index];
  if (tracked != FlowFunction::kOnce) {
    const bool keeps = weak || instruction_->guarded || reference.partial;
    state_[tracked] = keeps ? sets_.join(state_[tracked], value) : value;
    return;
  }
  Origins& at = contexts_[current_].registers[reference.index];
  const bool replaces = refining_ && flow_->assigned_once && !weak;
  const Origins now = replaces ? value : sets_.join(at, value);
  changed_ |= now != at;
  at = now;
}

// All parts of a vector; of a choice ("%r1|%p1") the first, the others are predicates.
void Interpreter::assign(const FlowOperand& operand, Origins value, bool weak) {
  bool first = true;
  for (const Reference& reference : references(operand)) {
    const bool is_flag = operand.kind == Operand::Kind::Choice && !first;
    assign(reference, is_flag ? sets_.number() : value, weak);
    first = false;
  }
}

// The result of an instruction that touches no memory.
Origins Interpreter::compute() {
  const auto join = [&](Origins a, Origins b) { return sets_.join(a, b); };
  const auto compare = [&](Origins a, Origins b) {
    if (sink_ != nullptr) sink_->on_compare(a, b);
  };
  std::int64_t constant = 0;
  switch (instruction_->opcode.rule->meaning) {
    case Meaning::Copy:
      return fold(join);
    case Meaning::Trust:
      return sets_.trust(fold(join));
    case Meaning::Convert: {
      const Opcode& opcode = instruction_->opcode;
      const Origins converted = fold(join);
      return opcode.bytes < opcode.previous_bytes ? sets_.widen(converted) : converted;
    }
    case Meaning::Add:
      if (source_constant(1, constant)) return sets_.add_constant(source(0), constant);
      return fold([&](Origins a, Origins b) { return a == kUnassigned ? b : sets_.add(a, b); });
    case Meaning::MultiplyAdd: {
      const Origins a = source(0), b = source(1), c = source(2);
      if (a == kUnassigned || b == kUnassigned || c == kUnassigned) return kUnassigned;
      return sets_.add(sets_.scale(a, b), c);
    }
    case Meaning::Subtract: {
      const Origins a = source(0), b = source(1);
      if (a == kUnassigned || b == kUnassigned) return kUnassigned;
      if (source_constant(1, constant)) {
        return sets_.add_constant(
            a, static_cast<std::int64_t>(0 - static_cast<std::uint64_t>(constant)));
      }
      if (sets_.has_address(a) && sets_.has_address(b)) compare(a, b);
      return sets_.subtract(a, b);
    }
    case Meaning::And:
      if (source_constant(1, constant)) {
        const bool cuts = constant >= 0 && constant < kSmallMask;
        return cuts ? sets_.number() : sets_.anywhere(source(0));
      }
      return fold([&](Origins a, Origins b) { return a == kUnassigned ? b : sets_.mix(a, b); });
    case Meaning::Mix: {
      const Origins mixed =
          fold([&](Origins a, Origins b) { return a == kUnassigned ? b : sets_.mix(a, b); });
      const bool is_one =
          instruction_->operand_count == 2 || instruction_->opcode.rule->sources == 1;
      return is_one && mixed != kUnassigned ? sets_.mix(mixed, sets_.number()) : mixed;
    }
    case Meaning::Scale:
      // The upper half of an address goes back to its place.
      if (instruction_->opcode.bytes == 8 && source_constant(1, constant) && constant == 32) {
        const Origins shifted = source(0);
        if (sets_.has_address(shifted)) return sets_.anywhere(shifted);
      }
      return fold([&](Origins a, Origins b) { return sets_.scale(a, b); });
    case Meaning::Compare: {
      const Origins a = source(0);
      compare(a, instruction_->opcode.rule->sources == 1 ? a : source(1));
      return sets_.number();
    }
    case Meaning::Extremum:
      compare(source(0), source(1));
      return fold(join);
    default:
      return sets_.number();
  }
}

void Interpreter::execute(const FlowInstruction& instruction) {
  const OpcodeRule& rule = *instruction.opcode.rule;
  switch (rule.meaning) {
    case Meaning::Memory:
      access_memory();
      break;
    case Meaning::Texture:
      touch_texture();
      break;
    case Meaning::Call:
      call();
      break;
    case Meaning::Unknown:
      execute_unknown();
      break;
    case Meaning::Allocate: {
      const auto number = static_cast<std::uint32_t>(&instruction - flow_->instructions.data());
      auto& stack = contexts_[current_].stack;
      if (!stack.contains(number)) stack[number] = cells_.add_object(Space::Local);
      if (instruction.operand_count > 0) {
        assign(operand(0), sets_.of({OriginKind::Object, stack[number], 0}));
      }
      break;
    }
    case Meaning::Branch:
    case Meaning::IndexedBranch:
    case Meaning::Return:
    case Meaning::Exit:
      break;
    default:
      if (!rule.has_result) break;
      if (instruction.operand_count > 0) assign(operand(0), compute());
  }
  // All threads that are behind it have met it.
  if (rule.is_barrier && !instruction.guarded && sink_ != nullptr) sink_->on_barrier();
}

}  // namespace sennit::cuda::ptx
