// backend/cpu/compiler/instruction_effects.cpp: what one instruction does to memory.
#include "backend/cpu/compiler/instruction_effects.h"

#include <llvm/ADT/STLExtras.h>
#include <llvm/Analysis/TargetLibraryInfo.h>
#include <llvm/Analysis/ValueTracking.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/IntrinsicInst.h>

#include "backend/cpu/compiler/hook_calls.h"
#include "backend/cpu/compiler/hooks.h"

namespace sennit::cpu {

using namespace llvm;

namespace {

// What a function outside the module does with each argument: r reads what it points to, w writes
// it, b does both, - nothing; the last letter holds for all further arguments.
struct KnownFunction {
  StringLiteral name;
  StringLiteral arguments;
};
constexpr KnownFunction kKnownFunctions[] = {
    {"printf", "r"},    {"puts", "r"},    {"putchar", "-"}, {"strlen", "r"},  {"strcmp", "r"},
    {"memcmp", "rr-"},  {"bcmp", "rr-"},  {"memchr", "r-"}, {"sincos", "-w"}, {"sincosf", "-w"},
    {"frexp", "-w"},    {"frexpf", "-w"}, {"modf", "-w"},   {"modff", "-w"},  {"remquo", "--w"},
    {"remquof", "--w"}, {"nan", "r"},     {"nanf", "r"},    {"malloc", "-"},  {"calloc", "-"},
};

void touch(Effects& effects, const Value* address, char use, const Type* type = nullptr,
           const Value* length = nullptr) {
  effects.touches.push_back({address, use != 'w', use != 'r', type, length});
}

void call_known(Effects& effects, const CallBase& call, StringRef uses) {
  for (unsigned i = 0; i < call.arg_size(); ++i) {
    const char use = uses[std::min<std::size_t>(i, uses.size() - 1)];
    const Value* argument = call.getArgOperand(i);
    if (use != '-' && argument->getType()->isPointerTy()) touch(effects, argument, use);
  }
}

// Addresses are printed as numbers, unless the format asks for a text.
bool prints_no_text(const CallBase& call) {
  StringRef format;
  if (!getConstantStringInfo(call.getArgOperand(0), format)) return false;
  for (std::size_t at = format.find('%'); at < format.size(); at = format.find('%', at + 1)) {
    at = format.find_first_not_of("0123456789+-# .*hlLqjzt", at + 1);
    if (at < format.size() && format[at] == 's') return false;
  }
  return true;
}

// By what LLVM knows of the function; without, it may do anything.
void call_declared(Effects& effects, const CallBase& call, const TargetLibraryInfo& library) {
  const bool has_pointers = any_of(
      call.args(), [](const Use& argument) { return argument->getType()->isPtrOrPtrVectorTy(); });
  LibFunc function;
  // Of the C library those without pointers compute, or print.
  if (!has_pointers && !call.getType()->isPointerTy() && library.getLibFunc(call, function)) return;
  const bool is_followed =
      call.onlyAccessesArgMemory() || call.onlyAccessesInaccessibleMemOrArgMem();
  for (unsigned i = 0; i < call.arg_size(); ++i) {
    const Value* argument = call.getArgOperand(i);
    if (is_followed && argument->getType()->isPointerTy() && call.doesNotCapture(i)) {
      if (call.doesNotAccessMemory(i)) continue;
      touch(effects, argument,
            call.onlyReadsMemory(i)    ? 'r'
            : call.onlyWritesMemory(i) ? 'w'
                                       : 'b');
    } else {
      effects.lost.push_back(argument);
    }
  }
  effects.runs_unknown_code = !is_followed;
}

// False for what is a call like any other.
bool call_intrinsic(Effects& effects, const IntrinsicInst& call) {
  if (const auto* copy = dyn_cast<AnyMemTransferInst>(&call)) {
    touch(effects, copy->getRawDest(), 'w', nullptr, copy->getLength());
    touch(effects, copy->getRawSource(), 'r', nullptr, copy->getLength());
    effects.copies.push_back({copy->getRawDest(), copy->getRawSource(), copy->getLength()});
    return true;
  }
  if (const auto* fill = dyn_cast<AnyMemSetInst>(&call)) {
    touch(effects, fill->getRawDest(), 'w', nullptr, fill->getLength());
    effects.puts.push_back({fill->getValue(), fill->getRawDest()});
    return true;
  }
  switch (call.getIntrinsicID()) {
    case Intrinsic::masked_load:
    case Intrinsic::masked_gather:
    case Intrinsic::masked_expandload:
      touch(effects, call.getArgOperand(0), 'r', call.getType());
      return true;
    case Intrinsic::masked_store:
    case Intrinsic::masked_scatter:
    case Intrinsic::masked_compressstore:
      touch(effects, call.getArgOperand(1), 'w', call.getArgOperand(0)->getType());
      effects.puts.push_back({call.getArgOperand(0), call.getArgOperand(1)});
      return true;
    case Intrinsic::vastart:
    case Intrinsic::vacopy:
      // The list's members point to arguments, which the call has lost already.
      effects.lost.append(call.arg_begin(), call.arg_end());
      return true;
    case Intrinsic::launder_invariant_group:
    case Intrinsic::strip_invariant_group:
    case Intrinsic::prefetch:
    case Intrinsic::trap:
    case Intrinsic::debugtrap:
    case Intrinsic::stacksave:
    case Intrinsic::stackrestore:
    case Intrinsic::threadlocal_address:
    case Intrinsic::vaend:
      return true;
    default:
      return call.isAssumeLikeIntrinsic() || call.isLifetimeStartOrEnd() ||
             call.doesNotAccessMemory();
  }
}

void call(Effects& effects, const CallBase& call, const TargetLibraryInfo& library) {
  if (const auto* intrinsic = dyn_cast<IntrinsicInst>(&call))
    if (call_intrinsic(effects, *intrinsic)) return;
  const llvm::Function* callee = call.getCalledFunction();
  if (!callee) {
    if (call.isInlineAsm()) call_declared(effects, call, library);
    return;
  }
  if (!callee->isDeclaration()) return;
  const StringRef name = callee->getName();
  if (name.starts_with(hooks::kPrefix)) {  // none touches what the kernel was given
    effects.is_barrier = is_barrier(&call) && name != hooks::kActiveMask;
    return;
  }
  effects.returns_heap = name == "malloc" || name == "calloc";
  if (name == "printf" && prints_no_text(call)) return;
  const auto* known =
      find_if(kKnownFunctions, [&](const KnownFunction& f) { return f.name == name; });
  if (known != std::end(kKnownFunctions)) return call_known(effects, call, known->arguments);
  if (!call.doesNotAccessMemory()) call_declared(effects, call, library);
}

}  // namespace

Effects effects_of(const Instruction& instruction, const TargetLibraryInfo& library) {
  Effects effects;
  if (const auto* load = dyn_cast<LoadInst>(&instruction)) {
    touch(effects, load->getPointerOperand(), 'r', load->getType());
  } else if (const auto* store = dyn_cast<StoreInst>(&instruction)) {
    touch(effects, store->getPointerOperand(), 'w', store->getValueOperand()->getType());
    effects.puts.push_back({store->getValueOperand(), store->getPointerOperand()});
  } else if (const auto* update = dyn_cast<AtomicRMWInst>(&instruction)) {
    touch(effects, update->getPointerOperand(), 'b', update->getType());
    effects.puts.push_back({update->getValOperand(), update->getPointerOperand()});
  } else if (const auto* exchange = dyn_cast<AtomicCmpXchgInst>(&instruction)) {
    touch(effects, exchange->getPointerOperand(), 'b', exchange->getCompareOperand()->getType());
    effects.puts.push_back({exchange->getNewValOperand(), exchange->getPointerOperand()});
    effects.comparisons.push_back({exchange->getCompareOperand(), nullptr});
  } else if (const auto* comparison = dyn_cast<ICmpInst>(&instruction)) {
    effects.comparisons.push_back({comparison->getOperand(0), comparison->getOperand(1)});
  } else if (const auto* choice = dyn_cast<SwitchInst>(&instruction)) {
    effects.comparisons.push_back({choice->getCondition(), nullptr});
  } else if (const auto* argument = dyn_cast<VAArgInst>(&instruction)) {
    effects.lost.push_back(argument->getPointerOperand());
  } else if (isa<UIToFPInst, SIToFPInst>(instruction)) {
    effects.lost.push_back(instruction.getOperand(0));
  } else if (const auto* any_call = dyn_cast<CallBase>(&instruction)) {
    call(effects, *any_call, library);
  }
  return effects;
}

}  // namespace sennit::cpu
