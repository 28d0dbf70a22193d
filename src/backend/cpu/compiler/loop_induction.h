// backend/cpu/compiler/loop_induction.h: variables that advance by the same step each iteration.
#pragma once

#include <optional>

namespace llvm {
class BinaryOperator;
class Loop;
class PHINode;
class Value;
}  // namespace llvm

namespace sennit::cpu {

// phi = start before the loop, phi + step after each iteration; the step does not change.
struct Induction {
  llvm::PHINode* phi = nullptr;
  llvm::BinaryOperator* increment = nullptr;
  llvm::Value* step = nullptr;
  llvm::Value* start = nullptr;
};

// nullopt if `phi`, in the header of `loop`, is no such variable.
std::optional<Induction> find_induction(llvm::PHINode& phi, const llvm::Loop& loop);

}  // namespace sennit::cpu
