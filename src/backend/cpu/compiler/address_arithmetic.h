// backend/cpu/compiler/address_arithmetic.h: which addresses a computed value has been made of.
#pragma once

#include <functional>

#include "backend/cpu/compiler/memory_objects.h"

namespace llvm {
class Instruction;
class Type;
class Value;
}  // namespace llvm

namespace sennit::cpu {

// Of an instruction that neither touches memory nor calls. `settled`: a value without an object
// has none, whatever else is found out.
ObjectSet computed(const llvm::Instruction& instruction, const MemoryObjects& objects, bool settled,
                   const std::function<ObjectSet(const llvm::Value*)>& of);

// What of it a value of this type can carry: numbers that were read are addresses only when they
// are wide enough, and what was read as a pointer is one.
ObjectSet as_type(ObjectSet set, const llvm::Type& type, const MemoryObjects& objects);

// A hook's result where an object of the kernel's own begins.
bool is_beginning(const llvm::Value& value);

}  // namespace sennit::cpu
