// backend/cpu/compiler/pipeline.cpp: what LLVM's own passes do before and after the lowering.
#include "backend/cpu/compiler/pipeline.h"

#include <llvm/ADT/SmallVector.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IR/Module.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Target/TargetMachine.h>
#include <llvm/Transforms/IPO/GlobalDCE.h>
#include <llvm/Transforms/Utils/LowerSwitch.h>

#include <cstring>

#include "backend/cpu/compiler/hooks.h"
#include "base/error.h"

namespace sennit::cpu {

using namespace llvm;

namespace {

template <typename MakePasses>
void run_passes(Module& module, TargetMachine& machine, const PipelineTuningOptions& options,
                MakePasses make_passes) {
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager call_graph;
  ModuleAnalysisManager modules;
  PassBuilder builder(&machine, options);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(call_graph);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, call_graph, modules);
  ModulePassManager passes = make_passes(builder);
  passes.run(module, modules);
}

PipelineTuningOptions tuning(bool vectorise) {
  PipelineTuningOptions options;
  options.LoopVectorization = vectorise;
  options.SLPVectorization = vectorise;
  options.LoopInterleaving = vectorise;
  return options;
}

// Barriers and thread indices mean something only in the kernel itself.
void inline_everything(Module& module) {
  for (Function& function : module) {
    if (function.isDeclaration() || function.getName().starts_with(hooks::kEntryPrefix)) continue;
    function.setLinkage(GlobalValue::InternalLinkage);
    function.setComdat(nullptr);
    function.removeFnAttr(Attribute::NoInline);
    function.removeFnAttr(Attribute::OptimizeNone);
    function.addFnAttr(Attribute::AlwaysInline);
  }
}

}  // namespace

void optimise_thread_code(Module& module, TargetMachine& machine) {
  inline_everything(module);
  run_passes(module, machine, tuning(false), [](PassBuilder& builder) {
    ModulePassManager passes;
    passes.addPass(GlobalDCEPass());
    passes.addPass(
        builder.buildModuleSimplificationPipeline(OptimizationLevel::O3, ThinOrFullLTOPhase::None));
    passes.addPass(createModuleToFunctionPassAdaptor(LowerSwitchPass()));
    return passes;
  });
}

void optimise_regions(Module& module, TargetMachine& machine, bool vectorise) {
  for (Function& function : module)
    if (!function.isDeclaration()) function.addFnAttr("prefer-vector-width", "512");
  run_passes(module, machine, tuning(vectorise), [](PassBuilder& builder) {
    return builder.buildPerModuleDefaultPipeline(OptimizationLevel::O3);
  });
}

std::vector<std::byte> emit_object(Module& module, TargetMachine& machine) {
  SmallVector<char, 0> code;
  raw_svector_ostream stream(code);
  legacy::PassManager passes;
  if (machine.addPassesToEmitFile(passes, stream, nullptr, CodeGenFileType::ObjectFile))
    fail("LLVM cannot make object files for this machine");
  passes.run(module);
  std::vector<std::byte> bytes(code.size());
  std::memcpy(bytes.data(), code.data(), code.size());
  return bytes;
}

}  // namespace sennit::cpu
