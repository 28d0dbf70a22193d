// backend/cpu/compiler/frame_plan.h: where values live while threads stand at a barrier.
#pragma once

#include <llvm/ADT/DenseMap.h>

#include <cstdint>
#include <set>
#include <vector>

#include "backend/cpu/compiler/block_uniformity.h"
#include "backend/cpu/compiler/states.h"

namespace llvm {
class AllocaInst;
class Function;
class Instruction;
}  // namespace llvm

namespace sennit::cpu {

// A value that is made in one region and used in another.
struct CrossingValue {
  llvm::Instruction* value = nullptr;
  std::set<int> states;      // across which it is needed
  bool uniform = false;      // kept once, in the uniforms; else per thread, in the frame
  std::uint64_t offset = 0;  // bytes, in the uniforms or per thread in the frame
  std::uint64_t bytes = 0;

  bool crosses(int state) const { return states.count(state) != 0; }
};

// A local array, or a variable whose address is taken: per thread in the frame.
struct LocalVariable {
  llvm::AllocaInst* variable = nullptr;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;  // from one thread's to the next one's
};

struct FramePlan {
  std::vector<CrossingValue> values;
  llvm::DenseMap<const llvm::Value*, std::size_t> index_of;  // into `values`
  std::vector<LocalVariable> locals;
  std::uint64_t frame_bytes = 0;    // of one thread
  std::uint64_t uniform_bytes = 0;  // a multiple of 16

  const CrossingValue* find(const llvm::Value* value) const;
};

FramePlan plan_frame(llvm::Function& kernel, const StateGraph& states,
                     const BlockUniformity& uniformity);

}  // namespace sennit::cpu
