// backend/cpu/compiler/memory_objects.cpp: the pieces of memory that a kernel's pointers can reach.
#include "backend/cpu/compiler/memory_objects.h"

#include <llvm/IR/Constants.h>
#include <llvm/IR/Function.h>
#include <llvm/IR/GlobalVariable.h>

namespace sennit::cpu {

using namespace llvm;

MemoryObjects::MemoryObjects(const std::vector<Parameter>& parameters)
    : parameters_(static_cast<unsigned>(parameters.size())) {
  for (unsigned i = 0; i < parameters_; ++i)
    objects_.push_back({parameters[i].is_pointer ? ObjectKind::Parameter : ObjectKind::Integer, i});
  for (unsigned i = 0; i < parameters_; ++i) objects_.push_back({ObjectKind::Argument, i});
  for (const ObjectKind kind : {ObjectKind::Loaded, ObjectKind::LoadedInteger, ObjectKind::Heap,
                                ObjectKind::Shared, ObjectKind::Shared})
    objects_.push_back({kind});
}

ObjectId MemoryObjects::find(ObjectKind kind, const Value& value) {
  const auto [place, is_new] = by_value_.try_emplace(&value, objects_.size());
  if (is_new) objects_.push_back({kind, 0, &value});
  return place->second;
}

ObjectId MemoryObjects::local(const Value& alloca) { return find(ObjectKind::Local, alloca); }

ObjectId MemoryObjects::global(const GlobalVariable& variable) {
  if (variable.isThreadLocal()) {  // __shared__, see prelude/sennit/keywords.h
    return variable.isDeclaration() ? dynamic_shared() : find(ObjectKind::Shared, variable);
  }
  return find(variable.isConstant() ? ObjectKind::Constant : ObjectKind::Variable, variable);
}

ObjectSet MemoryObjects::of_constant(const Constant& constant) {
  ObjectSet objects;
  if (const auto* variable = dyn_cast<GlobalVariable>(&constant)) {
    objects.set(global(*variable));
  } else if (isa<llvm::Function>(constant)) {
    objects.set(find(ObjectKind::Function, constant));
  } else {  // expressions and aggregates; blocks' addresses are no memory
    for (const Use& operand : constant.operands())
      if (const auto* inner = dyn_cast<Constant>(operand)) objects |= of_constant(*inner);
  }
  return objects;
}

bool MemoryObjects::is_private(ObjectId id) const {
  switch (objects_[id].kind) {
    case ObjectKind::Argument:
    case ObjectKind::Constant:
    case ObjectKind::Local:
    case ObjectKind::Shared:
      return true;
    default:
      return false;
  }
}

bool MemoryObjects::is_certain(ObjectId id) const {
  const ObjectKind kind = objects_[id].kind;
  return kind != ObjectKind::Integer && kind != ObjectKind::LoadedInteger;
}

bool MemoryObjects::has_certain(const ObjectSet& set) const {
  for (const ObjectId id : set)
    if (is_certain(id)) return true;
  return false;
}

}  // namespace sennit::cpu
