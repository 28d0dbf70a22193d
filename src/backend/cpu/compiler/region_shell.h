// backend/cpu/compiler/region_shell.h: a region's function before its body is put in.
//
//   entry:  load what the context holds
//   z, y, x loops over the thread range, nested; the body goes between `x_loop` and `x_latch`
//   leave:  return the next state
#pragma once

#include <llvm/IR/BasicBlock.h>
#include <llvm/IR/Function.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/Metadata.h>

#include <cstdint>
#include <string>

#include "backend/cpu/kernel_abi.h"

namespace sennit::cpu {

struct RegionShell {
  llvm::Function* function = nullptr;
  llvm::BasicBlock *entry = nullptr, *z_loop = nullptr, *y_loop = nullptr, *x_loop = nullptr;
  llvm::BasicBlock *x_latch = nullptr, *y_latch = nullptr, *z_latch = nullptr, *leave = nullptr;
  llvm::Value *context = nullptr, *uniforms_in = nullptr, *uniforms_out = nullptr;
  llvm::Value *x_begin = nullptr, *x_end = nullptr;  // of the thread range
  llvm::Value *y_begin = nullptr, *y_end = nullptr, *z_begin = nullptr, *z_end = nullptr;
  llvm::PHINode *x = nullptr, *y = nullptr, *z = nullptr;  // threadIdx
  llvm::Value *rank = nullptr, *rank64 = nullptr;          // in the block
  llvm::Value *block_index[3] = {}, *block_dim[3] = {}, *grid_dim[3] = {};
  llvm::Value* padded_threads = nullptr;  // i64
  llvm::Value *arguments = nullptr, *static_shared = nullptr, *dynamic_shared = nullptr;
  llvm::Value *frame = nullptr, *exchange = nullptr, *next_state = nullptr, *warp_mask = nullptr;
  llvm::MDNode* access_group = nullptr;  // accesses that are independent between threads

  // Inserts at the end of the entry block.
  llvm::IRBuilder<> at_entry() const { return llvm::IRBuilder<>(entry->getTerminator()); }
  // The address of the calling thread's part of the frame, for a value at `offset`.
  llvm::Value* frame_address(llvm::IRBuilder<>& builder, std::uint64_t offset,
                             std::uint64_t bytes) const;
  // The address of the parameter `index`.
  llvm::Value* argument_address(llvm::IRBuilder<>& builder, unsigned index) const;
};

// `name` is the function's symbol; it takes over the target's attributes from `kernel`.
RegionShell make_region_shell(llvm::Function& kernel, const std::string& name);

// Closes the loops: threads from x_begin to `x_end` of each row have run once `x_latch` is left.
// With `vectorise`, the x loop is marked so that its accesses of the access group are known to be
// independent and a vector of threads is wanted.
void close_region_shell(RegionShell& shell, llvm::Value* x_end, bool vectorise);

// A load that gives the same whenever it runs during the call.
llvm::LoadInst* load_invariant(llvm::IRBuilder<>& builder, llvm::Type* type, llvm::Value* base,
                               std::uint64_t offset);

// Truth values are bytes in memory.
llvm::Value* load_value(llvm::IRBuilder<>& builder, llvm::Type* type, llvm::Value* address,
                        llvm::MDNode* access_group);
void store_value(llvm::IRBuilder<>& builder, llvm::Value* value, llvm::Value* address,
                 llvm::MDNode* access_group);

}  // namespace sennit::cpu
