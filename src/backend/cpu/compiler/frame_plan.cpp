// backend/cpu/compiler/frame_plan.cpp: where values live while threads stand at a barrier.
#include "backend/cpu/compiler/frame_plan.h"

#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/Module.h>
#include <llvm/Support/MathExtras.h>

#include <algorithm>

namespace sennit::cpu {

using namespace llvm;

namespace {

constexpr std::uint64_t kLargestAlignment = 16;

// Reserves `bytes` behind `end`, aligned as loads and stores of that size like it.
std::uint64_t reserve(std::uint64_t& end, std::uint64_t bytes) {
  const std::uint64_t alignment = std::min(kLargestAlignment, PowerOf2Ceil(bytes));
  const std::uint64_t offset = alignTo(end, std::max<std::uint64_t>(1, alignment));
  end = offset + bytes;
  return offset;
}

}  // namespace

const CrossingValue* FramePlan::find(const Value* value) const {
  const auto found = index_of.find(value);
  return found == index_of.end() ? nullptr : &values[found->second];
}

FramePlan plan_frame(Function& kernel, const StateGraph& states,
                     const BlockUniformity& uniformity) {
  FramePlan plan;
  const DataLayout& layout = kernel.getParent()->getDataLayout();
  for (Instruction& instruction : instructions(kernel)) {
    if (auto* variable = dyn_cast<AllocaInst>(&instruction)) {
      plan.locals.push_back({variable, 0, 0});
      continue;
    }
    if (!states.has_barriers() || instruction.getType()->isVoidTy()) continue;
    std::set<int> crossed = states_crossed(instruction, states);
    if (crossed.empty()) continue;
    CrossingValue value{&instruction, std::move(crossed),
                        uniformity.is_uniform_everywhere(instruction), 0,
                        layout.getTypeAllocSize(instruction.getType())};
    value.offset = reserve(value.uniform ? plan.uniform_bytes : plan.frame_bytes, value.bytes);
    plan.index_of[&instruction] = plan.values.size();
    plan.values.push_back(std::move(value));
  }
  // Without barriers a thread's locals can stay on the stack of the region.
  if (states.has_barriers()) {
    for (LocalVariable& local : plan.locals) {
      const std::uint64_t alignment =
          std::max(kLargestAlignment, local.variable->getAlign().value());
      const TypeSize size = local.variable->getAllocationSize(layout).value();
      local.bytes = alignTo(size.getFixedValue(), alignment);
      local.offset = plan.frame_bytes = alignTo(plan.frame_bytes, alignment);
      plan.frame_bytes += local.bytes;
    }
  }
  plan.uniform_bytes = alignTo(plan.uniform_bytes, 16);
  return plan;
}

}  // namespace sennit::cpu
