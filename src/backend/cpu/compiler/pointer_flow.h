// backend/cpu/compiler/pointer_flow.h: where the addresses of a kernel's values come from.
#pragma once

#include <llvm/ADT/DenseMap.h>
#include <llvm/ADT/SmallPtrSet.h>
#include <llvm/Analysis/TargetLibraryInfo.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "backend/cpu/compiler/instruction_effects.h"
#include "backend/cpu/compiler/memory_objects.h"
#include "backend/cpu/compiler/private_memory.h"

namespace llvm {
class BasicBlock;
class CallBase;
class Function;
class Instruction;
class Module;
}  // namespace llvm

namespace sennit::cpu {

// For each value of a kernel, and of the functions that it calls, the objects whose address it may
// hold or have been computed from. Paths are not told apart: a value has all that any path gives.
//
// An object whose address gets where it cannot be followed is lost, and with it all whose address
// stands in it.
class PointerFlow {
 public:
  // `entry` reads its parameters by the hook __snt_arg. REQUIRES: simplified code.
  PointerFlow(const llvm::Function& entry, const std::vector<Parameter>& parameters);

  // The kernel and all that it may call, in the order in which they were found.
  const std::vector<const llvm::Function*>& functions() const { return functions_; }
  const MemoryObjects& objects() const { return objects_; }

  ObjectSet of(const llvm::Value* value) const;
  Effects effects(const llvm::Instruction& instruction) const;
  // The functions of the module that a call may run. Of a pointer that was read from memory: all
  // whose address is taken anywhere, for no other module's can be called.
  std::vector<const llvm::Function*> callees(const llvm::CallBase& call) const;
  // A call through a pointer that leads to no function of the module.
  bool is_unknown_call(const llvm::CallBase& call) const;
  // The objects that an instruction loses, all that can be reached from them, and those whose
  // address it compares: with anything but null and other addresses in the same object, that tells
  // where it lies.
  ObjectSet given_away_by(const llvm::Instruction& instruction) const;

 private:
  using Bytes = std::optional<std::int64_t>;
  struct Place {
    ObjectId object;
    Field field;
  };

  void settle();
  void reach(const llvm::Function& function);
  void visit(const llvm::Instruction& instruction);
  ObjectSet result_of(const llvm::Instruction& instruction, const Effects& effects);
  ObjectSet result_of_call(const llvm::CallBase& call, const Effects& effects);
  void bind(const llvm::CallBase& call, const llvm::Function& callee);
  void call_anything();
  void copy(const Effects::Copy& copy);
  void store(const llvm::Value* address, Bytes bytes, const ObjectSet& addresses);
  void add(const llvm::Value* value, const ObjectSet& objects);

  ObjectSet load(const llvm::Value* address, Bytes bytes) const;
  ObjectSet stored(ObjectId object, const Field& field) const;
  ObjectSet reachable(const ObjectSet& set) const;
  ObjectSet lost_by(const llvm::Instruction& instruction) const;
  // The parts of the kernel's own objects that `address` may point to.
  std::vector<Place> places(const llvm::Value* address, Bytes bytes) const;
  // All that is stored there is found again.
  bool is_followed(const llvm::Value* address) const;
  Bytes bytes_of_type(const llvm::Type& type) const;

  const llvm::Module& module_;
  llvm::TargetLibraryInfoImpl library_data_;
  llvm::TargetLibraryInfo library_;
  // Looking up a constant numbers the variables in it.
  mutable MemoryObjects objects_;
  std::vector<const llvm::Function*> functions_;
  std::vector<const llvm::Function*> exposed_functions_;  // of the module, by their address
  std::vector<const llvm::BasicBlock*> order_;            // of all functions
  llvm::SmallPtrSet<const llvm::Function*, 8> reached_;
  llvm::DenseMap<const llvm::Value*, ObjectSet> values_;
  llvm::DenseMap<const llvm::Function*, ObjectSet> returns_;
  PrivateMemory memory_;
  ObjectSet lost_;
  bool changed_ = false;
  bool settled_ = false;  // nothing changes as long as calls of nothing call nothing
  bool anything_called_ = false;
};

}  // namespace sennit::cpu
