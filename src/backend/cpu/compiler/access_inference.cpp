// backend/cpu/compiler/access_inference.cpp: what kernels do to memory, found in their LLVM IR.
#include "backend/cpu/compiler/access_inference.h"

#include <llvm/ADT/STLExtras.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/Module.h>

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "backend/cpu/compiler/access_evidence.h"
#include "backend/cpu/compiler/old_contents.h"
#include "backend/cpu/compiler/pointer_flow.h"

namespace sennit::cpu {

using namespace llvm;

namespace {

using Variables = std::map<const Value*, VariableUse>;  // by the variable

// Notes a use, and its first instruction.
void note(bool& use, Evidence& evidence, const Evidence& found) {
  if (!std::exchange(use, true)) evidence = found;
}

class Inference {
 public:
  Inference(const EntryPoint& entry, const llvm::Function& code, EvidenceWriter& writer)
      : flow_(code, entry.parameters), writer_(writer) {
    access_.kernel = entry.name;
    access_.parameters.resize(entry.parameters.size());
    for (const llvm::Function* function : flow_.functions())
      for (const Instruction& instruction : instructions(*function)) visit(instruction);
    find_old_contents(flow_, [&](const Instruction& instruction, const ObjectSet& objects) {
      for (const ObjectId id : objects) {
        ParameterUse& use = access_.parameters[id];
        if (!use.reads_old_contents)
          note(use.reads_old_contents, use.old_contents, writer_.write(instruction));
      }
    });
  }

  // Adds what any code of the module may touch, once its address is known to anyone.
  void touch_if_untracked(const SmallPtrSetImpl<const Value*>& known_variables) {
    if (!access_.touches_untracked) return;
    for (const Value* variable : known_variables)
      touch_variable(variable, reads_untracked_, writes_untracked_, access_.untracked);
  }

  KernelAccess take() {
    for (auto& [variable, use] : variables_) {
      use.name = variable->getName().str();
      access_.variables.push_back(std::move(use));
    }
    std::ranges::sort(access_.variables, {}, &VariableUse::name);
    return std::move(access_);
  }

  // Variables whose address this kernel gives away.
  const SmallPtrSet<const Value*, 4>& lost_variables() const { return lost_variables_; }

 private:
  void visit(const Instruction& instruction) {
    const Effects effects = flow_.effects(instruction);
    for (const Touch& touch : effects.touches) this->touch(instruction, touch);
    for (const ObjectId id : flow_.given_away_by(instruction)) lose(instruction, id);
    const auto* call = dyn_cast<CallBase>(&instruction);
    if (effects.runs_unknown_code || (call && flow_.is_unknown_call(*call)))
      untracked(instruction, true, true);
    mark_pointers(instruction);
  }

  void touch(const Instruction& instruction, const Touch& touch) {
    const ObjectSet objects = flow_.of(touch.address);
    // An address made of numbers alone. Null and undefined ones are never reached.
    if (objects.empty() && !isa<ConstantData>(touch.address))
      untracked(instruction, touch.reads, touch.writes);
    for (const ObjectId id : objects) {
      const MemoryObject& object = flow_.objects()[id];
      switch (object.kind) {
        case ObjectKind::Parameter:
        case ObjectKind::Integer: {
          ParameterUse& use = access_.parameters[id];
          const Evidence evidence = evidence_for(instruction, use.reads, use.writes, touch);
          use.is_pointer = true;
          if (touch.reads) note(use.reads, use.read, evidence);
          if (touch.writes) note(use.writes, use.write, evidence);
          break;
        }
        case ObjectKind::Variable: {
          VariableUse& use = variables_[object.value];
          touch_variable(object.value, touch.reads, touch.writes,
                         evidence_for(instruction, use.reads, use.writes, touch));
          break;
        }
        case ObjectKind::Loaded:
        case ObjectKind::LoadedInteger:
          untracked(instruction, touch.reads, touch.writes);
          break;
        default:
          break;
      }
    }
  }

  void lose(const Instruction& instruction, ObjectId id) {
    const MemoryObject& object = flow_.objects()[id];
    if (object.kind == ObjectKind::Variable) {
      lost_variables_.insert(object.value);
      touch_variable(object.value, true, true, writer_.write(instruction));
    }
    if (object.kind != ObjectKind::Parameter) return;
    ParameterUse& use = access_.parameters[id];
    if (use.escapes) return;
    const Evidence evidence = writer_.write(instruction);
    use.is_pointer = true;
    note(use.escapes, use.escape, evidence);
    note(use.reads, use.read, evidence);
    note(use.writes, use.write, evidence);
  }

  // A parameter declared as a pointer is one as soon as anything uses it.
  void mark_pointers(const Instruction& instruction) {
    for (const Value* operand : instruction.operands())
      for (const ObjectId id : flow_.of(operand))
        if (flow_.objects()[id].kind == ObjectKind::Parameter)
          access_.parameters[id].is_pointer = true;
  }

  void touch_variable(const Value* variable, bool reads, bool writes, const Evidence& evidence) {
    VariableUse& use = variables_[variable];
    if (reads) note(use.reads, use.read, evidence);
    if (writes) note(use.writes, use.write, evidence);
  }

  void untracked(const Instruction& instruction, bool reads, bool writes) {
    reads_untracked_ |= reads;
    writes_untracked_ |= writes;
    if (!access_.touches_untracked)
      note(access_.touches_untracked, access_.untracked, writer_.write(instruction));
  }

  // Writing it costs more than all else here: only for what is noted.
  Evidence evidence_for(const Instruction& instruction, bool has_read, bool has_written,
                        const Touch& touch) {
    const bool is_new = (touch.reads && !has_read) || (touch.writes && !has_written);
    return is_new ? writer_.write(instruction) : Evidence();
  }

  const PointerFlow flow_;
  EvidenceWriter& writer_;
  KernelAccess access_;
  Variables variables_;
  bool reads_untracked_ = false;
  bool writes_untracked_ = false;
  SmallPtrSet<const Value*, 4> lost_variables_;
};

// Variables whose address other variables begin with.
void add_initial_addresses(const llvm::Module& module, SmallPtrSetImpl<const Value*>& variables) {
  MemoryObjects objects({});
  for (const GlobalVariable& holder : module.globals()) {
    if (!holder.hasInitializer() || isa<ConstantData>(holder.getInitializer())) continue;
    if (holder.getName().starts_with("llvm.")) continue;  // llvm.used
    for (const ObjectId id : objects.of_constant(*holder.getInitializer()))
      if (objects[id].kind == ObjectKind::Variable) variables.insert(objects[id].value);
  }
}

}  // namespace

std::vector<KernelAccess> infer_access(const llvm::Module& module,
                                       const std::vector<EntryPoint>& entry_points) {
  EvidenceWriter writer(module);
  std::vector<std::unique_ptr<Inference>> kernels;
  SmallPtrSet<const Value*, 4> known_variables;
  add_initial_addresses(module, known_variables);
  for (const EntryPoint& entry : entry_points) {
    kernels.push_back(
        std::make_unique<Inference>(entry, *module.getFunction(entry.symbol), writer));
    for (const Value* variable : kernels.back()->lost_variables()) known_variables.insert(variable);
  }
  std::vector<KernelAccess> access;
  for (const auto& kernel : kernels) {
    kernel->touch_if_untracked(known_variables);
    access.push_back(kernel->take());
  }
  return access;
}

}  // namespace sennit::cpu
