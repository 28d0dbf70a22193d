// backend/cpu/compiler/rematerialise.h: cheap values are computed again instead of being kept.
#pragma once

namespace llvm {
class Function;
class Value;
}  // namespace llvm

namespace sennit::cpu {

class StateGraph;

// True if `value` is integer arithmetic of at most `budget` instructions on places, parameters
// and constants: the same wherever a thread computes it.
bool is_cheap_anywhere(llvm::Value* value, int budget);

// Computes such values, and sums of them and a loop's uniform counter, anew where they are used, if
// they would have to be kept across a state otherwise: an address is a few additions; keeping it
// costs a store and a load per thread.
void rematerialise(llvm::Function& kernel, const StateGraph& states);

}  // namespace sennit::cpu
