// backend/cuda/ptx/interpreter_calls.cpp: how values get into functions and back.
#include <algorithm>

#include "backend/cuda/ptx/interpreter.h"

namespace sennit::cuda::ptx {
namespace {

// Calls of their own, at most; and the instructions in them, as a multiple of the module's.
constexpr std::size_t kMaxContexts = 256;
constexpr std::uint64_t kMaxClones = 4;
constexpr std::uint64_t kMinCloned = 20000;

// True if a format that we know prints a string: only then is what its arguments point at read.
bool prints_strings(const Tokens& format) {
  bool percent = false;
  for (const std::string& token : format) {
    std::int64_t c = 0;
    if (!integer_value(token, c)) continue;
    if (c == '%') {
      percent = !percent;
    } else if (percent && c == 's') {
      return true;
    } else if (percent && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) && c != 'l' &&
               c != 'h' && c != 'z' && c != 'j' && c != 't') {
      percent = false;
    }
  }
  return false;
}

}  // namespace

std::uint32_t Interpreter::object_of(const Reference& local) {
  const FlowVariable& variable =
      module_.functions[contexts_[current_].function].variables[local.index];
  if (variable.space == Space::Shared) {
    // Of a block, not of a call. Unsized arrays all start at the same address.
    if (variable.bytes == 0) return dynamic_shared_;
    const std::pair key(contexts_[current_].function, local.index);
    const auto found = shared_objects_.find(key);
    if (found != shared_objects_.end()) return found->second;
    return shared_objects_[key] = cells_.add_object(Space::Shared);
  }
  return contexts_[current_].first_object + local.index;
}

std::uint32_t Interpreter::add_context(std::uint32_t function, std::uint32_t parent, bool shared) {
  const FlowFunction& flow = module_.functions[function];
  Context context;
  context.function = function;
  context.parent = parent;
  context.shared = shared;
  context.registers.resize(flow.register_count);
  context.states.assign(flow.blocks.size(), std::vector<Origins>(flow.tracked_count));
  context.reached.resize(flow.blocks.size());
  if (!flow.blocks.empty()) context.reached[0] = true;
  for (std::size_t i = 0; i < flow.variables.size(); ++i) {
    const std::uint32_t object = cells_.add_object(flow.variables[i].space);
    if (i == 0) context.first_object = object;
  }
  cloned_instructions_ += flow.instructions.size();
  contexts_.push_back(std::move(context));
  changed_ = true;
  return static_cast<std::uint32_t>(contexts_.size() - 1);
}

std::uint32_t Interpreter::context_for(std::uint32_t function, bool exact) {
  const auto number = static_cast<std::uint32_t>(instruction_ - flow_->instructions.data());
  const std::pair key(number, function);
  if (const auto found = contexts_[current_].calls.find(key);
      found != contexts_[current_].calls.end()) {
    return found->second;
  }
  std::uint32_t result = 0;
  bool found = false;
  // Recursion: the context that we are in already.
  for (std::uint32_t at = current_; !contexts_[current_].shared;) {
    if (contexts_[at].function == function) {
      result = at;
      found = true;
      break;
    }
    if (at == 0) break;
    at = contexts_[at].parent;
  }
  const bool shares = !exact || contexts_[current_].shared || contexts_.size() >= kMaxContexts ||
                      cloned_instructions_ > kMaxClones * all_instructions_ + kMinCloned;
  if (!found && shares) {
    const auto known = shared_contexts_.find(function);
    result = known != shared_contexts_.end() ? known->second : add_context(function, 0, true);
    shared_contexts_[function] = result;
  } else if (!found) {
    result = add_context(function, current_, false);
  }
  contexts_[current_].calls[key] = result;
  return result;
}

Interpreter::CallOperands Interpreter::call_operands() const {
  CallOperands call;
  bool named = false;
  for (std::uint32_t i = 0; i < instruction_->operand_count; ++i) {
    const FlowOperand& at = operand(i);
    if (at.kind == Operand::Kind::Group) {
      (named ? call.arguments : call.results) = references(at);
    } else if (!named && at.count == 1) {
      call.callee = flow_->references[at.first];
      named = true;
    }
  }
  return call;
}

void Interpreter::call() {
  const CallOperands operands = call_operands();
  if (operands.callee.kind == Reference::Kind::Function) {
    const FlowFunction& callee = module_.functions[operands.callee.index];
    if (!callee.blocks.empty()) return enter(operands.callee.index, operands, true);
    if (const KnownFunction* const known = find_known_function(callee.function->name)) {
      return call_known(*known, operands);
    }
    return call_unknown(operands);
  }
  std::vector<std::uint32_t> callees = instruction_->callees;
  if (callees.empty()) {
    const Origins target = value(operands.callee);
    if (target == kUnassigned) return;
    for (const Origin& origin : sets_.items(target)) {
      if (origin.kind != OriginKind::Function) {
        callees.clear();
        break;
      }
      callees.push_back(origin.index);
    }
  }
  const bool has_bodies = std::all_of(callees.begin(), callees.end(), [&](std::uint32_t callee) {
    return !module_.functions[callee].blocks.empty();
  });
  if (callees.empty() || !has_bodies) return call_unknown(operands);
  for (const std::uint32_t callee : callees) enter(callee, operands, true);
}

void Interpreter::enter(std::uint32_t function, const CallOperands& operands, bool exact) {
  const std::uint32_t callee = context_for(function, exact);
  const FlowFunction& flow = module_.functions[function];
  steps_ -= static_cast<std::int64_t>(8 + flow.parameters.size());  // as so many instructions
  const std::uint32_t caller = current_;
  const auto callee_object = [&](const Reference& local) {
    return contexts_[callee].first_object + local.index;
  };
  const auto add_to_register = [&](const Reference& formal, Origins value) {
    Origins& at = contexts_[callee].registers[formal.index];
    const Origins joined = sets_.join(at, value);
    changed_ |= joined != at;
    at = joined;
  };
  for (std::size_t i = 0; i < flow.parameters.size(); ++i) {
    const Reference& formal = flow.parameters[i];
    const bool given = i < operands.arguments.size();
    const bool is_memory = given && operands.arguments[i].kind == Reference::Kind::Local;
    if (formal.kind == Reference::Kind::Register) {
      add_to_register(formal, argument(operands, i));
    } else if (formal.kind == Reference::Kind::Local && is_memory) {
      cells_.copy(callee_object(formal), object_of(operands.arguments[i]));
    } else if (formal.kind == Reference::Kind::Local) {
      cells_.store(callee_object(formal), Origin::kAnywhere, 0, argument(operands, i));
    }
  }
  for (std::size_t i = 0; i < flow.results.size() && i < operands.results.size(); ++i) {
    const Reference& formal = flow.results[i];
    const Reference& result = operands.results[i];
    if (formal.kind == Reference::Kind::Local && result.kind == Reference::Kind::Local) {
      cells_.copy(object_of(result), callee_object(formal));
      continue;
    }
    const Origins returned = formal.kind == Reference::Kind::Register
                                 ? contexts_[callee].registers[formal.index]
                                 : cells_.contents(callee_object(formal));
    if (result.kind == Reference::Kind::Local) {
      cells_.store(object_of(result), Origin::kAnywhere, 0, returned);
    } else {
      assign(result, returned, /*weak=*/true);
    }
  }
  current_ = caller;
  if (sink_ != nullptr) sink_->on_call(callee);
}

// All that an argument holds.
Origins Interpreter::argument(const CallOperands& operands, std::size_t index) {
  if (index >= operands.arguments.size()) return sets_.number();
  const Reference& given = operands.arguments[index];
  if (given.kind != Reference::Kind::Local) return value(given);
  return cells_.contents(object_of(given));
}

void Interpreter::set_results(const CallOperands& operands, Origins value) {
  for (const Reference& result : operands.results) {
    if (result.kind == Reference::Kind::Local) {
      cells_.store(object_of(result), Origin::kAnywhere, 0, value);
    } else {
      assign(result, value, false);
    }
  }
}

void Interpreter::call_known(const KnownFunction& known, const CallOperands& operands) {
  using Effect = KnownFunction::Effect;
  switch (known.effect) {
    case Effect::Prints: {
      const Origins text = argument(operands, 0), buffer = argument(operands, 1);
      touch(Touch::Read, Space::Generic, text);
      const std::span<const Origin> items = sets_.items(text);
      const bool known_text = items.size() == 1 && items.front().kind == OriginKind::Variable;
      if (known_text &&
          !prints_strings(module_.variables[items.front().index].declarator->initializer)) {
        break;
      }
      // Without arguments there is no buffer.
      if (sets_.has_address(buffer)) {
        touch(Touch::Read, Space::Generic, load(Space::Generic, buffer, 0));
      }
      break;
    }
    case Effect::ReadsText:
      for (std::size_t i = 0; i < operands.arguments.size(); ++i) {
        const Origins text = argument(operands, i);
        if (sets_.has_address(text)) touch(Touch::Read, Space::Generic, text);
      }
      break;
    case Effect::Waits:
      if (sink_ != nullptr && !instruction_->guarded) sink_->on_barrier();
      break;
    case Effect::Frees:
      for (const Origin& origin : sets_.items(argument(operands, 0))) {
        if (origin.kind == OriginKind::Fresh || origin.kind == OriginKind::Loaded ||
            origin.kind == OriginKind::Null) {
          continue;
        }
        escape(argument(operands, 0));
        break;
      }
      break;
    case Effect::Allocates:
    case Effect::None:
      break;
  }
  set_results(operands,
              known.effect == Effect::Allocates ? sets_.of(OriginKind::Fresh) : sets_.number());
}

// It may do to what it is given, and to what was handed out before, whatever it likes; so may the
// functions of the module whose addresses are known to anybody.
void Interpreter::call_unknown(const CallOperands& operands) {
  for (std::size_t i = 0; i < operands.arguments.size(); ++i) escape(argument(operands, i));
  if (sink_ != nullptr) sink_->on_untracked_access(Touch::ReadWrite);
  steps_ -= static_cast<std::int64_t>(module_.functions.size() / 16);
  for (std::uint32_t i = 0; i < module_.functions.size(); ++i) {
    if (module_.function_address_taken[i] && !module_.functions[i].blocks.empty()) {
      enter(i, operands, false);
    }
  }
  set_results(operands, sets_.loaded());
}

}  // namespace sennit::cuda::ptx
