// backend/cpu/compiler/address_arithmetic.cpp: which addresses a computed value has been made of.
#include "backend/cpu/compiler/address_arithmetic.h"

#include <llvm/IR/Constants.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/IntrinsicInst.h>

#include "backend/cpu/compiler/hook_calls.h"
#include "backend/cpu/compiler/hooks.h"

namespace sennit::cpu {

using namespace llvm;

namespace {

constexpr std::uint64_t kLowBits = 0x7f;  // too few to make an address of

ObjectSet certain_of(const ObjectSet& set, const MemoryObjects& objects) {
  ObjectSet certain;
  for (const ObjectId id : set)
    if (objects.is_certain(id)) certain.set(id);
  return certain;
}

// `address + number` points where the address does; of two alike either may be the address.
ObjectSet sum(const ObjectSet& left, const ObjectSet& right, const MemoryObjects& objects) {
  const bool left_certain = objects.has_certain(left), right_certain = objects.has_certain(right);
  if (left_certain && !right_certain) return left;
  if (right_certain && !left_certain) return right;
  return left | right;
}

bool is_low_bits(const BinaryOperator& operation) {
  const auto* constant = dyn_cast<ConstantInt>(operation.getOperand(1));
  if (!constant) return false;
  switch (operation.getOpcode()) {
    case Instruction::And:
      return constant->getValue().ule(kLowBits);
    case Instruction::URem:
    case Instruction::SRem:
      return constant->getValue().ule(kLowBits + 1);
    default:
      return false;
  }
}

ObjectSet of_operation(const BinaryOperator& operation, const ObjectSet& left,
                       const ObjectSet& right, const MemoryObjects& objects) {
  if (operation.getType()->isFPOrFPVectorTy() || is_low_bits(operation)) return {};
  switch (operation.getOpcode()) {
    case Instruction::Sub:
      // The distance of two elements of one array says nothing of where it lies.
      if (left == right && left.count() == 1) return {};
      return sum(left, right, objects);
    case Instruction::Mul:
    case Instruction::Shl:
    case Instruction::LShr:
    case Instruction::AShr:
    case Instruction::UDiv:
    case Instruction::SDiv:
      return certain_of(left | right, objects);  // a number that is scaled is an index
    default:
      return sum(left, right, objects);
  }
}

ObjectSet of_element(const ObjectSet& base, const ObjectSet& indices, const MemoryObjects& objects,
                     bool settled) {
  // Null plus an address, made of integers.
  if (base.empty()) return settled ? indices : ObjectSet();
  return base | certain_of(indices, objects);
}

}  // namespace

ObjectSet computed(const Instruction& instruction, const MemoryObjects& objects, bool settled,
                   const std::function<ObjectSet(const Value*)>& of) {
  if (const auto* element = dyn_cast<GetElementPtrInst>(&instruction)) {
    ObjectSet indices;
    for (const Use& index : element->indices()) indices |= of(index);
    return of_element(of(element->getPointerOperand()), indices, objects, settled);
  }
  if (const auto* operation = dyn_cast<BinaryOperator>(&instruction))
    return of_operation(*operation, of(operation->getOperand(0)), of(operation->getOperand(1)),
                        objects);
  ObjectSet result;
  if (const auto* phi = dyn_cast<PHINode>(&instruction)) {
    for (const Value* value : phi->incoming_values()) result |= of(value);
  } else if (isa<InsertValueInst, InsertElementInst, ShuffleVectorInst>(instruction)) {
    result = of(instruction.getOperand(0)) | of(instruction.getOperand(1));
  } else if (isa<SelectInst>(instruction)) {
    result = of(instruction.getOperand(1)) | of(instruction.getOperand(2));
  } else if (isa<CastInst, FreezeInst, ExtractValueInst, ExtractElementInst>(instruction)) {
    result = of(instruction.getOperand(0));
  }
  return result;
}

ObjectSet as_type(ObjectSet set, const Type& type, const MemoryObjects& objects) {
  if (set.empty()) return set;
  if (type.isPtrOrPtrVectorTy()) {
    if (!set.test(objects.loaded_integer())) return set;
    set.reset(objects.loaded_integer());
    set.set(objects.loaded());
    return set;
  }
  if (type.isIntegerTy(1)) return {};
  const bool is_narrow = type.isFloatingPointTy() ||
                         (type.isIntegerTy() && type.getIntegerBitWidth() < 8 * sizeof(void*));
  return is_narrow ? certain_of(set, objects) : set;
}

bool is_beginning(const Value& value) {
  const StringRef name = callee_name(&value);
  const auto* intrinsic = dyn_cast<IntrinsicInst>(&value);
  return name == hooks::kArgument || name == hooks::kExchange || name == hooks::kDynamicShared ||
         (intrinsic && intrinsic->getIntrinsicID() == Intrinsic::threadlocal_address);
}

}  // namespace sennit::cpu
