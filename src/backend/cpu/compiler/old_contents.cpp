// backend/cpu/compiler/old_contents.cpp: which reads want what an array held before the kernel.
#include "backend/cpu/compiler/old_contents.h"

#include <llvm/ADT/STLExtras.h>
#include <llvm/IR/CFG.h>
#include <llvm/IR/Function.h>
#include <llvm/IR/Instructions.h>

namespace sennit::cpu {

using namespace llvm;

namespace {

// A forward data flow. The state is the set of objects that the thread has not written yet on some
// path; it is joined at blocks, at the entries of functions and at their returns.
class FreshObjects {
 public:
  explicit FreshObjects(const PointerFlow& flow) : flow_(flow) {
    ObjectSet all;
    for (ObjectId id = 0; id < flow.objects().size(); ++id) {
      const ObjectKind kind = flow.objects()[id].kind;
      if (kind == ObjectKind::Parameter || kind == ObjectKind::Integer) all.set(id);
      if (kind == ObjectKind::Parameter) pointers_.set(id);
    }
    meet(&flow.functions().front()->getEntryBlock(), all);
    do {
      changed_ = false;
      walk([](const Instruction&, const ObjectSet&) {});
    } while (changed_);
  }

  template <typename Found>
  void walk(Found found) {
    for (const llvm::Function* function : flow_.functions()) {
      for (const BasicBlock& block : *function) {
        if (!reached_.contains(&block)) continue;
        ObjectSet fresh = entries_.lookup(&block);
        for (const Instruction& instruction : block) pass(instruction, fresh, found);
        for (const BasicBlock* next : successors(&block)) meet(next, fresh);
        if (isa<ReturnInst>(block.getTerminator())) changed_ |= returns_[function] |= fresh;
      }
    }
  }

 private:
  void meet(const BasicBlock* block, const ObjectSet& fresh) {
    changed_ |= reached_.insert(block).second;
    changed_ |= entries_[block] |= fresh;
  }

  template <typename Found>
  void pass(const Instruction& instruction, ObjectSet& fresh, Found found) {
    const Effects effects = flow_.effects(instruction);
    for (const Touch& touch : effects.touches) {
      if (!touch.reads) continue;
      if (const ObjectSet read = flow_.of(touch.address) & fresh; !read.empty())
        found(instruction, read);
    }
    // Whoever gets the address may read there.
    ObjectSet given_away = flow_.given_away_by(instruction) & fresh;
    given_away &= pointers_;
    if (!given_away.empty()) found(instruction, given_away);
    for (const Touch& touch : effects.touches)
      if (touch.writes) fresh.intersectWithComplement(flow_.of(touch.address));
    if (effects.is_barrier) fresh.clear();
    if (const auto* call = dyn_cast<CallBase>(&instruction)) {
      ObjectSet after;
      const auto callees = flow_.callees(*call);
      for (const llvm::Function* callee : callees) {
        meet(&callee->getEntryBlock(), fresh);
        after |= returns_.lookup(callee);
      }
      if (!callees.empty()) fresh &= after;
    }
  }

  const PointerFlow& flow_;
  ObjectSet pointers_;  // the parameters that are
  SmallPtrSet<const BasicBlock*, 32> reached_;
  DenseMap<const BasicBlock*, ObjectSet> entries_;
  DenseMap<const llvm::Function*, ObjectSet> returns_;
  bool changed_ = false;
};

}  // namespace

void find_old_contents(const PointerFlow& flow,
                       const std::function<void(const Instruction&, const ObjectSet&)>& found) {
  FreshObjects(flow).walk(found);
}

}  // namespace sennit::cpu
