#include "backend/cuda/ptx/effects.h"

#include <algorithm>

#include "backend/cuda/ptx/printer.h"

namespace sennit::cuda::ptx {
namespace {

bool reads(Touch touch) { return touch == Touch::Read || touch == Touch::ReadWrite; }
bool writes(Touch touch) { return touch == Touch::Write || touch == Touch::ReadWrite; }

bool is_parameter(const Origin& origin) {
  return origin.kind == OriginKind::Parameter || origin.kind == OriginKind::Candidate;
}
// Used as an address it is one, whatever else it may be.
bool is_unmarked(const Origin& origin) { return origin.kind == OriginKind::Unmarked; }

// Text of the source, which the compiler keeps in variables that nobody can name.
bool is_string(std::string_view name) {
  return name.starts_with("$str") || name.starts_with("__unnamed_");
}

}  // namespace

Effects::Effects(const FlowModule& module, const OriginSets& sets,
                 const std::vector<Declaration>& parameters)
    : module_(module), sets_(sets), parameters_(parameters.size()) {
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    parameters_[i].is_pointer = parameters[i].has(".ptr");
  }
}

void Effects::on_block(std::uint32_t context, std::uint32_t block) {
  block_events_ = &events_[{context, block}];
}

void Effects::add_event(Event::Kind kind, std::uint32_t index) {
  block_events_->push_back({kind, index, instruction_});
}

void Effects::on_barrier() { add_event(Event::Kind::Barrier); }
void Effects::on_call(std::uint32_t context) { add_event(Event::Kind::Call, context); }

void Effects::on_access(Touch touch, Space space, Origins address) {
  if (space == Space::Shared || space == Space::Local || space == Space::Param) return;
  const std::span<const Origin> origins = sets_.items(address);
  bool known = false, nowhere = origins.empty();
  for (const Origin& origin : origins) {
    if ((is_parameter(origin) || is_unmarked(origin)) && origin.index < parameters_.size()) {
      Parameter& parameter = parameters_[origin.index];
      parameter.is_pointer = true;
      if (reads(touch)) {
        parameter.read.note(instruction_);
        add_event(Event::Kind::Read, origin.index);
      }
      if (writes(touch)) {
        parameter.write.note(instruction_);
        // It counts as written only where it is, and no other.
        if (origins.size() == 1 && !instruction_->guarded) {
          add_event(Event::Kind::Write, origin.index);
        }
      }
      known = true;
      nowhere |= is_unmarked(origin);
    } else if (origin.kind == OriginKind::Variable) {
      touch_variable(origin.index, touch);
      known = true;
    } else if (origin.kind == OriginKind::Number || origin.kind == OriginKind::Loaded ||
               (origin.kind == OriginKind::Null && origins.size() == 1)) {
      nowhere = true;
    }
  }
  if (space == Space::Const) {
    if (!known) touch_all_constants();
  } else if (nowhere) {
    on_untracked_access(touch);
  }
}

void Effects::touch_variable(std::uint32_t index, Touch touch) {
  const ModuleVariable& variable = module_.variables[index];
  if (variable.space != Space::Global && variable.space != Space::Const) return;
  if (is_string(variable.name)) return;
  Variable& found = variables_[index];
  if (reads(touch)) found.read.note(instruction_);
  if (writes(touch) && variable.space != Space::Const) found.write.note(instruction_);
}

void Effects::touch_all_constants() {
  for (std::uint32_t i = 0; i < module_.variables.size(); ++i) {
    if (module_.variables[i].space == Space::Const) touch_variable(i, Touch::Read);
  }
}

void Effects::on_untracked_access(Touch touch) {
  if (reads(touch)) untracked_read_.note(instruction_);
  if (writes(touch)) untracked_write_.note(instruction_);
}

void Effects::on_escape(Origins value) {
  for (const Origin& origin : sets_.items(value)) {
    if (is_parameter(origin) && origin.index < parameters_.size()) {
      parameters_[origin.index].is_pointer |= origin.kind == OriginKind::Parameter;
      parameters_[origin.index].escape.note(instruction_);
    } else if (origin.kind == OriginKind::Variable) {
      escaped_variables_.insert(origin.index);
    }
  }
}

void Effects::on_compare(Origins a, Origins b) {
  if (sets_.is_null(a) || sets_.is_null(b) || sets_.share_one_base(a, b)) return;
  for (const Origins set : {a, b}) {
    for (const Origin& origin : sets_.items(set)) {
      if (!is_parameter(origin) || origin.index >= parameters_.size()) continue;
      Parameter& parameter = parameters_[origin.index];
      parameter.is_pointer |= origin.kind == OriginKind::Parameter;
      parameter.escape.note(instruction_);
    }
  }
}

Evidence Effects::evidence(const Found& found) const {
  if (!found) return {};
  Evidence result;
  result.instruction = print(*found.instruction->source);
  if (const Location* const at = found.instruction->location) {
    if (const auto file = module_.files.find(at->file); file != module_.files.end()) {
      result.source = std::string(file->second) + ":" + std::to_string(at->line);
    }
  }
  return result;
}

void Effects::finish(const Interpreter& interpreter) {
  const auto old = old_contents(interpreter, events_, parameters_.size());
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    parameters_[i].old_contents.instruction = old[i];
  }
  events_.clear();
}

KernelAccess Effects::take(const std::vector<bool>& exposed) {
  KernelAccess access;
  access.touches_untracked = untracked_read_ || untracked_write_;
  access.untracked = evidence(untracked_write_ ? untracked_write_ : untracked_read_);
  for (Parameter& found : parameters_) {
    ParameterUse& use = access.parameters.emplace_back();
    use.is_pointer = found.is_pointer;
    use.escapes = static_cast<bool>(found.escape);
    use.reads = found.read || found.escape;
    use.writes = found.write || found.escape;
    use.reads_old_contents = found.old_contents || found.escape;
    use.read = evidence(found.read ? found.read : found.escape);
    use.write = evidence(found.write ? found.write : found.escape);
    use.escape = evidence(found.escape);
    use.old_contents = evidence(found.old_contents ? found.old_contents : found.escape);
  }
  if (access.touches_untracked) {
    for (std::uint32_t i = 0; i < exposed.size(); ++i) {
      if (!exposed[i]) continue;
      instruction_ = untracked_read_.instruction;
      if (untracked_read_) touch_variable(i, Touch::Read);
      instruction_ = untracked_write_.instruction;
      if (untracked_write_) touch_variable(i, Touch::Write);
    }
  }
  for (const auto& [index, found] : variables_) {
    if (!found.read && !found.write) continue;
    VariableUse use;
    use.name = module_.variables[index].name;
    use.reads = static_cast<bool>(found.read);
    use.writes = static_cast<bool>(found.write);
    use.read = evidence(found.read);
    use.write = evidence(found.write);
    access.variables.push_back(std::move(use));
  }
  std::sort(access.variables.begin(), access.variables.end(),
            [](const VariableUse& a, const VariableUse& b) { return a.name < b.name; });
  return access;
}

}  // namespace sennit::cuda::ptx
