// backend/cpu/compiler/pointer_flow.cpp: where the addresses of a kernel's values come from.
#include "backend/cpu/compiler/pointer_flow.h"

#include <llvm/ADT/PostOrderIterator.h>
#include <llvm/ADT/STLExtras.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/Module.h>
#include <llvm/IR/Operator.h>
#include <llvm/TargetParser/Triple.h>

#include <numeric>
#include <utility>

#include "backend/cpu/compiler/address_arithmetic.h"
#include "backend/cpu/compiler/hook_calls.h"
#include "backend/cpu/compiler/hooks.h"

namespace sennit::cpu {

using namespace llvm;

namespace {

std::optional<std::int64_t> bytes_of(const Value* length) {
  const auto* constant = dyn_cast_or_null<ConstantInt>(length);
  if (!constant || constant->getValue().getActiveBits() > 62) return std::nullopt;
  return static_cast<std::int64_t>(constant->getZExtValue());
}

}  // namespace

PointerFlow::PointerFlow(const llvm::Function& entry, const std::vector<Parameter>& parameters)
    : module_(*entry.getParent()),
      library_data_(Triple(module_.getTargetTriple())),
      library_(library_data_),
      objects_(parameters) {
  for (unsigned i = 0; i < parameters.size(); ++i) {
    const Parameter& parameter = parameters[i];
    ObjectSet held;
    if (parameter.is_pointer || parameter.is_wide_integer) {
      held.set(i);
    } else if (parameter.bytes >= sizeof(void*)) {  // a struct may hold pointers
      held.set(objects_.loaded_integer());
    }
    memory_.put(objects_.argument(i), {}, held);
  }
  for (const llvm::Function& function : module_)
    if (!function.isDeclaration() && function.hasAddressTaken())
      exposed_functions_.push_back(&function);
  reach(entry);
  settle();
}

void PointerFlow::settle() {
  do {
    changed_ = false;
    for (std::size_t i = 0; i < order_.size(); ++i)  // grows
      for (const Instruction& instruction : *order_[i]) visit(instruction);
    if (!changed_ && !settled_) changed_ = settled_ = true;
  } while (changed_);
}

void PointerFlow::reach(const llvm::Function& function) {
  if (!reached_.insert(&function).second) return;
  functions_.push_back(&function);
  // A value is seen before its uses, but for those around a loop.
  const ReversePostOrderTraversal<const llvm::Function*> blocks(&function);
  order_.insert(order_.end(), blocks.begin(), blocks.end());
  changed_ = true;
}

// ---- Looking up --------------------------------------------------------------------------------

ObjectSet PointerFlow::of(const Value* value) const {
  if (const auto* constant = dyn_cast<Constant>(value))
    return isa<ConstantData>(constant) ? ObjectSet() : objects_.of_constant(*constant);
  return values_.lookup(value);
}

Effects PointerFlow::effects(const Instruction& instruction) const {
  return effects_of(instruction, library_);
}

std::vector<const llvm::Function*> PointerFlow::callees(const CallBase& call) const {
  std::vector<const llvm::Function*> callees;
  const ObjectSet objects = of(call.getCalledOperand());
  // A pointer that comes from nowhere may still come from somewhere.
  bool is_known = !objects.empty() || !settled_;
  for (const ObjectId id : objects) {
    const auto* function = dyn_cast_or_null<llvm::Function>(objects_[id].value);
    is_known &= function != nullptr;
    if (function && !function->isDeclaration()) callees.push_back(function);
  }
  if (is_known) return callees;
  callees.clear();
  for (const llvm::Function* function : exposed_functions_)
    if (function->arg_size() == call.arg_size() ||
        (function->isVarArg() && function->arg_size() < call.arg_size()))
      callees.push_back(function);
  return callees;
}

bool PointerFlow::is_unknown_call(const CallBase& call) const {
  if (call.getCalledFunction() || call.isInlineAsm()) return false;
  const ObjectSet objects = of(call.getCalledOperand());
  return callees(call).empty() && (settled_ || !objects.empty());
}

ObjectSet PointerFlow::stored(ObjectId object, const Field& field) const {
  if (const auto* table = dyn_cast_or_null<GlobalVariable>(objects_[object].value);
      table && table->isConstant() && table->hasInitializer())
    return of(table->getInitializer());
  return memory_.get(object, field);
}

ObjectSet PointerFlow::reachable(const ObjectSet& set) const {
  ObjectSet all = set;
  std::vector<ObjectId> pending;
  for (const ObjectId id : set) pending.push_back(id);
  while (!pending.empty()) {
    const ObjectId id = pending.back();
    pending.pop_back();
    if (!objects_.is_private(id)) continue;
    for (const ObjectId inner : stored(id, {}))
      if (all.test_and_set(inner)) pending.push_back(inner);
  }
  return all;
}

std::vector<PointerFlow::Place> PointerFlow::places(const Value* address,
                                                    std::optional<std::int64_t> bytes) const {
  const DataLayout& layout = module_.getDataLayout();
  APInt offset(64, 0);
  std::uint64_t stride = 0;
  const Value* base = address;
  while (const auto* element = dyn_cast<GEPOperator>(base)) {
    MapVector<Value*, APInt> variable;
    if (!element->collectOffset(layout, 64, variable, offset)) break;
    for (const auto& [index, scale] : variable)
      stride = std::gcd(stride, scale.abs().getZExtValue());
    base = element->getPointerOperand();
  }
  Field field;
  if (bytes && (isa<AllocaInst>(base) || isa<CallBase>(base) || isa<GlobalVariable>(base)))
    field = {offset.getSExtValue(), bytes, static_cast<std::int64_t>(stride)};
  const ObjectSet objects = of(base);
  // A call's result is one object's beginning only if it is a hook's.
  if (isa<CallBase>(base) && (objects.count() != 1 || !is_beginning(*base))) field = {};
  std::vector<Place> places;
  for (const ObjectId id : objects)
    if (objects_.is_private(id)) places.push_back({id, field});
  return places;
}

bool PointerFlow::is_followed(const Value* address) const {
  const ObjectSet objects = of(address);
  if (objects.empty()) return !settled_;
  for (const ObjectId id : objects)
    if (!objects_.is_private(id) || lost_.test(id)) return false;
  return true;
}

ObjectSet PointerFlow::load(const Value* address, std::optional<std::int64_t> bytes) const {
  ObjectSet addresses;
  if (!is_followed(address)) addresses.set(objects_.loaded_integer());
  for (const Place& place : places(address, bytes)) addresses |= stored(place.object, place.field);
  return addresses;
}

ObjectSet PointerFlow::lost_by(const Instruction& instruction) const {
  const Effects effects = this->effects(instruction);
  ObjectSet lost;
  for (const Value* value : effects.lost) lost |= of(value);
  for (const Effects::Put& put : effects.puts)
    if (!is_followed(put.address)) lost |= of(put.value);
  for (const Effects::Copy& copy : effects.copies)
    if (!is_followed(copy.to)) lost |= load(copy.from, bytes_of(copy.length));
  if (const auto* call = dyn_cast<CallBase>(&instruction)) {
    const bool is_unknown = is_unknown_call(*call);
    for (unsigned i = 0; i < call->arg_size(); ++i) {
      const auto takes = [&](const llvm::Function* callee) { return i < callee->arg_size(); };
      if (is_unknown || !all_of(callees(*call), takes)) lost |= of(call->getArgOperand(i));
    }
  }
  return reachable(lost);
}

ObjectSet PointerFlow::given_away_by(const Instruction& instruction) const {
  const auto is_null = [](const Value* value) {
    const auto* constant = dyn_cast_or_null<Constant>(value);
    return constant && (constant->isNullValue() || isa<UndefValue>(constant));
  };
  ObjectSet given_away = lost_by(instruction);
  for (const Effects::Comparison& comparison : effects(instruction).comparisons) {
    if (is_null(comparison.left) || is_null(comparison.right)) continue;
    const ObjectSet left = of(comparison.left);
    const ObjectSet right = comparison.right ? of(comparison.right) : ObjectSet();
    if (left != right || left.count() != 1) given_away |= left | right;
  }
  return given_away;
}

// ---- Flowing -----------------------------------------------------------------------------------

void PointerFlow::add(const Value* value, const ObjectSet& objects) {
  if (!objects.empty()) changed_ |= values_[value] |= objects;
}

void PointerFlow::visit(const Instruction& instruction) {
  const Effects effects = this->effects(instruction);
  for (const Effects::Put& put : effects.puts)
    store(put.address, bytes_of_type(*put.value->getType()), of(put.value));
  for (const Effects::Copy& each : effects.copies) copy(each);
  if (const auto* call = dyn_cast<CallBase>(&instruction)) {
    if (effects.runs_unknown_code) call_anything();  // it may have been told what to call
    for (const llvm::Function* callee : callees(*call)) bind(*call, *callee);
  }
  if (const auto* leave = dyn_cast<ReturnInst>(&instruction); leave && leave->getReturnValue())
    changed_ |= returns_[leave->getFunction()] |= of(leave->getReturnValue());
  changed_ |= lost_ |= lost_by(instruction);
  if (!instruction.getType()->isVoidTy()) add(&instruction, result_of(instruction, effects));
}

std::optional<std::int64_t> PointerFlow::bytes_of_type(const Type& type) const {
  const TypeSize size = module_.getDataLayout().getTypeStoreSize(const_cast<Type*>(&type));
  return static_cast<std::int64_t>(size.getFixedValue());
}

ObjectSet PointerFlow::result_of(const Instruction& instruction, const Effects& effects) {
  ObjectSet result;
  if (isa<AllocaInst>(instruction)) {
    result.set(objects_.local(instruction));
  } else if (const auto* call = dyn_cast<CallBase>(&instruction)) {
    result = result_of_call(*call, effects);
  } else if (!effects.touches.empty()) {  // loads, atomic updates
    for (const Touch& touch : effects.touches)
      result |= load(touch.address, bytes_of_type(*touch.type));
  } else if (isa<VAArgInst>(instruction)) {
    result.set(objects_.loaded_integer());
  } else {
    result =
        computed(instruction, objects_, settled_, [&](const Value* value) { return of(value); });
  }
  return as_type(std::move(result), *instruction.getType(), objects_);
}

ObjectSet PointerFlow::result_of_call(const CallBase& call, const Effects& effects) {
  ObjectSet result;
  const StringRef name = callee_name(&call);
  if (name == hooks::kArgument) {
    result.set(objects_.argument(place_operand(call)));
  } else if (name == hooks::kExchange) {
    result.set(objects_.exchange());
  } else if (name == hooks::kDynamicShared) {
    result.set(objects_.dynamic_shared());
  } else if (effects.returns_heap) {
    result.set(objects_.heap());
  } else if (const auto called = callees(call); !called.empty()) {
    for (const llvm::Function* callee : called) result |= returns_.lookup(callee);
  } else if (!name.starts_with(hooks::kPrefix)) {
    const auto* intrinsic = dyn_cast<IntrinsicInst>(&call);
    for (const Touch& touch : effects.touches)  // masked loads
      if (intrinsic && touch.type) result |= load(touch.address, bytes_of_type(*touch.type));
    if (is_unknown_call(call) || effects.runs_unknown_code) result.set(objects_.loaded_integer());
    // Other functions count, compare or search: only a pointer is an argument's.
    if (intrinsic || call.getType()->isPointerTy())
      for (const Use& argument : call.args()) result |= of(argument);
  }
  return result;
}

void PointerFlow::bind(const CallBase& call, const llvm::Function& callee) {
  reach(callee);
  for (unsigned i = 0; i < call.arg_size() && i < callee.arg_size(); ++i)
    add(callee.getArg(i), of(call.getArgOperand(i)));
}

void PointerFlow::call_anything() {
  if (std::exchange(anything_called_, true)) return;
  ObjectSet loaded;
  loaded.set(objects_.loaded_integer());
  for (const llvm::Function* function : exposed_functions_) {
    reach(*function);
    for (const Argument& argument : function->args())
      add(&argument, as_type(loaded, *argument.getType(), objects_));
  }
}

void PointerFlow::copy(const Effects::Copy& copy) {
  const auto bytes = bytes_of(copy.length);
  const std::vector<Place> from = places(copy.from, bytes);
  if (from.size() == 1 && from.front().field.is_one_place() && is_followed(copy.from) &&
      objects_[from.front().object].kind != ObjectKind::Constant) {
    for (const Place& to : places(copy.to, bytes))
      changed_ |= memory_.copy(to.object, to.field, from.front().object, from.front().field);
  } else {
    store(copy.to, bytes, load(copy.from, bytes));
  }
}

// What is not followed is lost, see lost_by.
void PointerFlow::store(const Value* address, std::optional<std::int64_t> bytes,
                        const ObjectSet& addresses) {
  for (const Place& place : places(address, bytes))
    changed_ |= memory_.put(place.object, place.field, addresses);
}

}  // namespace sennit::cpu
