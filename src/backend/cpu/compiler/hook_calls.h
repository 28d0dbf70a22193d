// backend/cpu/compiler/hook_calls.h: recognises calls of hooks (hooks.h) in LLVM IR.
#pragma once

#include <llvm/ADT/StringRef.h>
#include <llvm/IR/InstrTypes.h>

namespace llvm {
class Function;
class FunctionType;
class Module;
class Value;
}  // namespace llvm

namespace sennit::cpu {

// The name of the function that `value` calls directly; "" for anything else.
llvm::StringRef callee_name(const llvm::Value* value);

// A call at which threads may wait: where a kernel is cut into states.
bool is_barrier(const llvm::Value* value);

// A call that tells a thread where it is or where its memory lies. Has no effect, and the same
// result wherever the thread calls it.
bool is_place(const llvm::Value* value);

// A place that differs between the threads of a block.
bool is_thread_place(const llvm::Value* value);

// A load of (part of) a kernel parameter: the same for all threads of a launch.
bool is_argument_load(const llvm::Value* value);

// The constant operand of a place with one: a dimension, or the number of a parameter.
unsigned place_operand(const llvm::CallBase& call);

// threadIdx.x
bool is_thread_index_x(const llvm::Value* value);

// Declares a hook that has no effect, or finds it.
llvm::Function* declare_place(llvm::Module& module, const char* name, llvm::FunctionType* type);

// Replaces all calls of one place by one call at the start of `kernel`, and drops the phis that
// redundancy elimination made of them: later analyses compare places by identity.
void merge_places(llvm::Function& kernel);

}  // namespace sennit::cpu
