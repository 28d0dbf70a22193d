// backend/cpu/compiler/assumptions.h: comparisons whose result is taken as known.
#pragma once

#include <llvm/ADT/DenseMap.h>
#include <llvm/ADT/SmallVector.h>

#include <optional>

namespace llvm {
class BasicBlock;
class Value;
}  // namespace llvm

namespace sennit::cpu {

class Assumptions {
 public:
  void assume(const llvm::Value* comparison, bool result) { results_[comparison] = result; }
  bool empty() const { return results_.empty(); }
  const llvm::DenseMap<const llvm::Value*, bool>& results() const { return results_; }

  // What a condition made of known comparisons must be; nullopt if it is open.
  std::optional<bool> value_of(const llvm::Value* condition) const;
  // The one block that can follow; nullptr if there are several.
  llvm::BasicBlock* only_successor(const llvm::BasicBlock* block) const;
  // The blocks that can follow.
  llvm::SmallVector<llvm::BasicBlock*, 2> successors(const llvm::BasicBlock* block) const;

 private:
  llvm::DenseMap<const llvm::Value*, bool> results_;
};

}  // namespace sennit::cpu
