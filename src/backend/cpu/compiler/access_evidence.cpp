// backend/cpu/compiler/access_evidence.cpp: an instruction as a message shows it.
#include "backend/cpu/compiler/access_evidence.h"

#include <llvm/IR/DebugInfoMetadata.h>
#include <llvm/IR/Function.h>
#include <llvm/IR/Instruction.h>
#include <llvm/Support/raw_ostream.h>

#include "backend/cpu/compiler/diagnostics.h"
#include "backend/cpu/compiler/prelude_files.h"
#include "base/text.h"

namespace sennit::cpu {

using namespace llvm;

namespace {

constexpr std::size_t kMaxText = 120;  // letters

std::string source_of(const Instruction& instruction) {
  const DILocation* place = instruction.getDebugLoc().get();
  for (; place; place = place->getInlinedAt()) {
    const StringRef file = place->getFilename();
    if (file == kEntriesFile || place->getLine() == 0) return "";
    if (!file.starts_with(kPreludeFolder)) return format("{}:{}", file.str(), place->getLine());
  }
  return "";
}

}  // namespace

EvidenceWriter::EvidenceWriter(const llvm::Module& module)
    : slots_(&module, /*ShouldInitializeAllMetadata=*/false) {}

Evidence EvidenceWriter::write(const Instruction& instruction) {
  std::string text;
  raw_string_ostream stream(text);
  slots_.incorporateFunction(*instruction.getFunction());
  instruction.print(stream, slots_);
  StringRef shown = StringRef(text).trim();
  for (const char* noise : {", align ", ", !"}) shown = shown.substr(0, shown.find(noise));
  return {shown.substr(0, kMaxText).str(), source_of(instruction)};
}

}  // namespace sennit::cpu
