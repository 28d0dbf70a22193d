// backend/cpu/compiler/memory_objects.h: the pieces of memory that a kernel's pointers can reach.
//
// The access analysis follows each value back to the objects whose address it may hold. An object
// is a piece of memory known by where its address comes from: a parameter, a variable, a local.
#pragma once

#include <llvm/ADT/DenseMap.h>
#include <llvm/ADT/SparseBitVector.h>

#include <vector>

#include "backend/cpu/compiler/frontend.h"

namespace llvm {
class Constant;
class GlobalVariable;
class Value;
}  // namespace llvm

namespace sennit::cpu {

enum class ObjectKind : std::uint8_t {
  Parameter,      // what a pointer parameter points to
  Integer,        // what a parameter of 8 bytes points to, should the kernel make a pointer of it
  Argument,       // the parameter itself, as it lies in the launch's memory
  Variable,       // a __device__, __managed__ or __constant__ variable
  Constant,       // a table or text that nobody can write
  Local,          // of one thread
  Shared,         // of a block
  Heap,           // from malloc
  Function,       // code
  Loaded,         // whatever a pointer that was read from memory points to
  LoadedInteger,  // the same, should the kernel make a pointer of a number that it read
};

struct MemoryObject {
  ObjectKind kind = ObjectKind::Loaded;
  unsigned parameter = 0;              // of Parameter, Integer and Argument: its number
  const llvm::Value* value = nullptr;  // of Variable, Constant, Local, Shared, Function
};

using ObjectId = unsigned;
using ObjectSet = llvm::SparseBitVector<64>;

// The objects of one kernel, numbered as they are met. Those of parameter i are known before: its
// target is object i.
class MemoryObjects {
 public:
  explicit MemoryObjects(const std::vector<Parameter>& parameters);

  const MemoryObject& operator[](ObjectId id) const { return objects_[id]; }
  std::size_t size() const { return objects_.size(); }

  ObjectId argument(unsigned parameter) const { return parameters_ + parameter; }
  ObjectId loaded() const { return 2 * parameters_; }
  ObjectId loaded_integer() const { return 2 * parameters_ + 1; }
  ObjectId heap() const { return 2 * parameters_ + 2; }
  ObjectId exchange() const { return 2 * parameters_ + 3; }
  // All `extern __shared__` arrays begin at the same address.
  ObjectId dynamic_shared() const { return 2 * parameters_ + 4; }
  ObjectId local(const llvm::Value& alloca);
  ObjectId global(const llvm::GlobalVariable& variable);

  // What the addresses in a constant point to; empty for a number or null.
  ObjectSet of_constant(const llvm::Constant& constant);

  // What is stored there can be found again: nothing but the kernel itself writes it.
  bool is_private(ObjectId id) const;
  // It is known to be an address, not a number that might be one: in `address + number` the first
  // says where the sum points to.
  bool is_certain(ObjectId id) const;
  bool has_certain(const ObjectSet& set) const;

 private:
  ObjectId find(ObjectKind kind, const llvm::Value& value);

  unsigned parameters_;
  std::vector<MemoryObject> objects_;
  llvm::DenseMap<const llvm::Value*, ObjectId> by_value_;
};

}  // namespace sennit::cpu
