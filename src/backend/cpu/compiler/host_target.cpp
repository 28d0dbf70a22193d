// backend/cpu/compiler/host_target.cpp: the processor that this process runs on, as LLVM knows it.
#include "backend/cpu/compiler/host_target.h"

#include <llvm/ADT/StringMap.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/TargetParser/Host.h>
#include <llvm/TargetParser/SubtargetFeature.h>

#include <map>
#include <string>

#include "base/error.h"
#include "base/text.h"

namespace sennit::cpu {

namespace {

Target detect() {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  llvm::InitializeNativeTargetAsmParser();
  Target target;
  target.triple = llvm::sys::getProcessTriple();
  target.cpu = llvm::sys::getHostCPUName().str();
  // Sorted: the text is part of cache keys.
  std::map<std::string, bool> features;
  for (const auto& feature : llvm::sys::getHostCPUFeatures())
    features[feature.getKey().str()] = feature.getValue();
  llvm::SubtargetFeatures list;
  for (const auto& [name, on] : features) list.AddFeature(name, on);
  target.features = list.getString();
  return target;
}

}  // namespace

const Target& host_target() {
  static const Target target = detect();
  return target;
}

std::unique_ptr<llvm::TargetMachine> make_target_machine() {
  const Target& host = host_target();
  std::string reason;
  const llvm::Target* target = llvm::TargetRegistry::lookupTarget(host.triple, reason);
  if (!target) raise(ErrorCode::Unavailable, format("LLVM knows no '{}': {}", host.triple, reason));
  llvm::TargetOptions options;
  options.AllowFPOpFusion = llvm::FPOpFusion::Standard;
  return std::unique_ptr<llvm::TargetMachine>(
      target->createTargetMachine(host.triple, host.cpu, host.features, options, llvm::Reloc::PIC_,
                                  llvm::CodeModel::Small, llvm::CodeGenOptLevel::Aggressive));
}

}  // namespace sennit::cpu
