// backend/cpu/compiler/entry_values.h: values of the kernel, computed before any thread runs.
#pragma once

#include <functional>

#include "backend/cpu/compiler/frame_plan.h"
#include "backend/cpu/compiler/region_shell.h"

namespace sennit::cpu {

// The index of one thread, as values of the entry block.
struct ThreadPlace {
  llvm::Value* index[3] = {};
};

// Rebuilds values in a region's entry block from what is known there: the context, parameters,
// and uniform values that crossed into the region.
class EntryValues {
 public:
  // `incoming` gives a crossing value as it came into the region; nullptr if it did not, or
  // differs between threads.
  EntryValues(const RegionShell& shell, const FramePlan& plan,
              std::function<llvm::Value*(const llvm::Value*)> incoming);

  // nullptr if `value` depends on the thread, is made by the region, or is not cheap.
  llvm::Value* uniform(llvm::Value* value);
  // As the thread at `place` would compute it; nullptr as above.
  llvm::Value* of_thread(llvm::Value* value, const ThreadPlace& place);

  // Inserts at the end of the entry block.
  llvm::IRBuilder<>& builder() { return builder_; }

 private:
  llvm::Value* rebuild(llvm::Value* value, const ThreadPlace* place, int& budget);
  llvm::Value* rebuild_place(const llvm::CallBase& call, const ThreadPlace* place) const;

  const RegionShell& shell_;
  const FramePlan& plan_;
  std::function<llvm::Value*(const llvm::Value*)> incoming_;
  llvm::IRBuilder<> builder_;
};

}  // namespace sennit::cpu
