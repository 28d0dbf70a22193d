// backend/cpu/compiler/block_uniformity.h: which values are the same in all threads of a block.
#pragma once

#include <llvm/ADT/SmallPtrSet.h>
#include <llvm/Analysis/CycleAnalysis.h>
#include <llvm/Analysis/TargetTransformInfo.h>
#include <llvm/Analysis/UniformityAnalysis.h>
#include <llvm/IR/Dominators.h>

namespace sennit::cpu {

using ValueSet = llvm::SmallPtrSet<const llvm::Value*, 16>;

// LLVM's uniformity analysis for a kernel whose hooks are not lowered yet. Conservative: all that
// is read from memory, but for kernel parameters, may differ.
// A snapshot: it knows nothing of changes made to the function later.
class BlockUniformity {
 public:
  // `divergent` are taken to differ, whatever the analysis would say.
  explicit BlockUniformity(llvm::Function& kernel, const ValueSet& divergent = {});

  // Of a terminator: whether threads part there.
  bool is_divergent(const llvm::Value* value) const;
  // As the value reads in the place of `use`: threads may have left a loop in different iterations.
  bool is_divergent(const llvm::Use& use) const { return info_.isDivergentUse(use); }
  // True if the value is the same in all threads, wherever it is used.
  bool is_uniform_everywhere(const llvm::Instruction& value) const;
  llvm::DominatorTree& dominators() { return dominators_; }

 private:
  llvm::DominatorTree dominators_;
  llvm::CycleInfo cycles_;
  llvm::TargetTransformInfo target_;
  llvm::UniformityInfo info_;
};

}  // namespace sennit::cpu
