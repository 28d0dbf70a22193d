// backend/cpu/compiler/compiler.cpp: CUDA C++ to machine code of this CPU.
#include "backend/cpu/compiler/compiler.h"

#include <llvm/Config/llvm-config.h>
#include <llvm/Demangle/Demangle.h>
#include <llvm/IR/DebugInfo.h>
#include <llvm/IR/DiagnosticHandler.h>
#include <llvm/IR/DiagnosticInfo.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Support/raw_ostream.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "backend/cpu/compiler/access_inference.h"
#include "backend/cpu/compiler/access_tracing.h"
#include "backend/cpu/compiler/frontend.h"
#include "backend/cpu/compiler/host_target.h"
#include "backend/cpu/compiler/image.h"
#include "backend/cpu/compiler/kernel_lowering.h"
#include "backend/cpu/compiler/pipeline.h"
#include "backend/cpu/compiler/runtime_symbols.h"
#include "base/error.h"
#include "base/text.h"

namespace sennit::cpu {

namespace {

// LLVM prints remarks ("loop not vectorized") by default; they are about our loops, not the user's.
class QuietDiagnostics final : public llvm::DiagnosticHandler {
 public:
  bool handleDiagnostics(const llvm::DiagnosticInfo& info) override {
    return info.getSeverity() != llvm::DS_Error;
  }
};

// A `__device__` or `__constant__` variable.
bool is_module_variable(const llvm::GlobalVariable& variable) {
  return !variable.isDeclaration() && !variable.isThreadLocal() && !variable.isConstant() &&
         !variable.getName().starts_with("llvm.") && !variable.hasPrivateLinkage();
}

// The host may read and write these variables at any time: no pass may drop them, split them or
// take them for constants, whatever their linkage was in the source.
std::vector<ImageVariable> export_variables(llvm::Module& module) {
  std::vector<ImageVariable> variables;
  for (llvm::GlobalVariable& variable : module.globals()) {
    if (!is_module_variable(variable)) continue;
    variable.setLinkage(llvm::GlobalValue::ExternalLinkage);
    variable.setComdat(nullptr);
    variable.setExternallyInitialized(true);
    variables.push_back({llvm::demangle(variable.getName().str()), variable.getName().str(),
                         module.getDataLayout().getTypeAllocSize(variable.getValueType())});
  }
  return variables;
}

void refuse_initialisers(const llvm::Module& module) {
  if (module.getNamedGlobal("llvm.global_ctors"))
    raise(ErrorCode::CompileFailed,
          "a __device__, __constant__ or other global variable has an initialiser that must run; "
          "CUDA allows constant ones only");
}

// Names that the loader cannot find would fail only when the image is loaded.
void refuse_undefined(const llvm::Module& module) {
  std::vector<std::string> unknown;
  for (const llvm::GlobalObject& object : module.global_objects())
    if (object.isDeclaration() && !object.use_empty() && !object.getName().starts_with("llvm.") &&
        !is_runtime_symbol(object.getName().str()))
      unknown.push_back(llvm::demangle(object.getName().str()));
  if (unknown.empty()) return;
  std::sort(unknown.begin(), unknown.end());
  raise(ErrorCode::CompileFailed,
        format("used but not defined: {}; give them a __device__ definition in the source",
               join(unknown)));
}

void verify(const llvm::Module& module) {
  std::string reason;
  llvm::raw_string_ostream stream(reason);
  if (llvm::verifyModule(module, &stream)) fail("the lowered kernel is not valid: " + reason);
}

ImageKernel describe(const EntryPoint& entry, LoweredKernel code) {
  ImageKernel kernel;
  kernel.name = entry.name;
  kernel.lowered_name = entry.lowered_name;
  for (const Parameter& parameter : entry.parameters)
    kernel.parameter_bytes.push_back(static_cast<std::uint32_t>(parameter.bytes));
  kernel.max_threads = entry.max_threads_per_block
                           ? std::min(entry.max_threads_per_block, kMaxThreadsPerBlock)
                           : kMaxThreadsPerBlock;
  kernel.code = std::move(code);
  return kernel;
}

}  // namespace

Image compile(const CompileRequest& request, const CompileTuning& tuning) {
  llvm::LLVMContext context;
  context.setDiagnosticHandler(std::make_unique<QuietDiagnostics>());
  ParsedSource source = parse(request, host_target(), context);
  llvm::Module& module = *source.module;
  const auto machine = make_target_machine();
  module.setDataLayout(machine->createDataLayout());
  refuse_initialisers(module);

  ImageContent content;
  content.architecture = host_architecture();
  content.variables = export_variables(module);
  optimise_thread_code(module, *machine);
  check_inlined(module);
  std::vector<KernelAccess> access = infer_access(module, source.entry_points);
  if (tuning.trace_accesses) trace_accesses(module);
  llvm::StripDebugInfo(module);  // regions are functions that no source line describes
  for (const EntryPoint& entry : source.entry_points)
    content.kernels.push_back(
        describe(entry, lower_kernel(*module.getFunction(entry.symbol), tuning)));
  verify(module);
  optimise_regions(module, *machine, tuning.vectorisation);
  refuse_undefined(module);
  content.object = emit_object(module, *machine);
  return Image{pack(content), std::move(source.log), std::move(access)};
}

const std::string& host_architecture() {
  static const std::string text =
      format("{} {} {}", host_target().triple, host_target().cpu, host_target().features);
  return text;
}

std::string compiler_key() {
  return format("llvm {} image {} access {} {}", LLVM_VERSION_STRING, kImageVersion, kAccessVersion,
                frontend_key());
}

}  // namespace sennit::cpu
