// backend/cpu/compiler/diagnostics.cpp: Clang's diagnostics become sennit's errors.
#include "backend/cpu/compiler/diagnostics.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/text.h"
#include "clang/Basic/DiagnosticAST.h"
#include "clang/Basic/DiagnosticSema.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Frontend/TextDiagnosticPrinter.h"

namespace sennit::cpu {
namespace {

constexpr char kAdvice[] =
    "run this kernel on a GPU, or give the CPU other code under '#ifdef SENNIT_CPU'";

// How the prelude words what it declares only to refuse it (prelude/sennit/unsupported.h).
constexpr std::string_view kUnavailableMark = "the CPU has no ";

// What Clang says of PTX, whose operands are no operands of this CPU.
bool speaks_of_inline_assembly(unsigned id) {
  static constexpr std::array kIds = {
      unsigned{clang::diag::err_asm_invalid_output_constraint},
      unsigned{clang::diag::err_asm_invalid_input_constraint},
      unsigned{clang::diag::err_asm_invalid_output_size},
      unsigned{clang::diag::err_asm_invalid_input_size},
      unsigned{clang::diag::err_asm_invalid_type},
      unsigned{clang::diag::err_asm_invalid_type_in_input},
      unsigned{clang::diag::err_asm_bad_register_type},
      unsigned{clang::diag::err_asm_register_size_mismatch},
      unsigned{clang::diag::err_asm_tying_incompatible_types},
      unsigned{clang::diag::err_asm_unknown_register_name},
      unsigned{clang::diag::err_asm_invalid_escape},
  };
  return std::ranges::find(kIds, id) != kIds.end();
}

// The text of the line that holds `location`.
std::string line_at(clang::SourceLocation location, const clang::SourceManager& sources) {
  const auto [file, offset] = sources.getDecomposedExpansionLoc(location);
  const llvm::StringRef text = sources.getBufferData(file);
  const std::size_t before = text.rfind('\n', offset);
  const std::size_t begin = before == llvm::StringRef::npos ? 0 : before + 1;
  return text.slice(begin, std::min(text.find('\n', offset), text.size())).str();
}

}  // namespace

DiagnosticLog::DiagnosticLog() {
  auto options = llvm::makeIntrusiveRefCnt<clang::DiagnosticOptions>();
  options->ShowPresumedLoc = true;  // the places that #line gives
  printer_ = std::make_unique<clang::TextDiagnosticPrinter>(stream_, options.get());
}

DiagnosticLog::~DiagnosticLog() = default;

void DiagnosticLog::BeginSourceFile(const clang::LangOptions& language,
                                    const clang::Preprocessor* preprocessor) {
  printer_->BeginSourceFile(language, preprocessor);
}

void DiagnosticLog::EndSourceFile() { printer_->EndSourceFile(); }

void DiagnosticLog::HandleDiagnostic(clang::DiagnosticsEngine::Level level,
                                     const clang::Diagnostic& diagnostic) {
  DiagnosticConsumer::HandleDiagnostic(level, diagnostic);
  printer_->HandleDiagnostic(level, diagnostic);
  stream_.flush();
  if (level < clang::DiagnosticsEngine::Error || first_) return;

  FirstError error;
  llvm::SmallString<256> text;
  diagnostic.FormatDiagnostic(text);
  error.text = std::string(text);
  if (diagnostic.hasSourceManager() && diagnostic.getLocation().isValid()) {
    const clang::SourceManager& sources = diagnostic.getSourceManager();
    const clang::PresumedLoc place = sources.getPresumedLoc(diagnostic.getLocation());
    error.line = place.getLine();
    // What is wrong with a name may show only where it is used.
    error.in_names = llvm::StringRef(place.getFilename()) == kNamesFile ||
                     error.text.find("__snt::entry") != std::string::npos;
    error.place = format("{}:{}", place.getFilename(), place.getLine());
    error.source_line = line_at(diagnostic.getLocation(), sources);
  }
  error.is_inline_assembly = speaks_of_inline_assembly(diagnostic.getID());
  error.is_unavailable = error.text.find(kUnavailableMark) != std::string::npos;
  first_ = std::move(error);
}

void DiagnosticLog::raise_first_error(const CompileRequest& request,
                                      const std::vector<KernelPrototype>& kernels) const {
  if (!first_) fail("Clang refused a source without an error:\n" + text_);
  if (first_->is_inline_assembly) raise_inline_assembly(first_->place);
  if (first_->is_unavailable) {
    raise(ErrorCode::Unsupported, format("{}: {}; {}", first_->place, first_->text, kAdvice));
  }
  if (first_->source_line.find("<<<") != std::string::npos && !first_->in_names) {
    raise(ErrorCode::Unsupported,
          format("{}: a kernel's source cannot launch kernels by <<<...>>>: sennit launches them, "
                 "and the CPU has no dynamic parallelism; leave host code out of the source",
                 first_->place));
  }
  if (first_->in_names && first_->line >= 1 && first_->line <= request.names.size()) {
    std::vector<std::string> known;
    for (const KernelPrototype& kernel : kernels) {
      known.push_back(kernel.is_template ? kernel.name + "<...>" : kernel.name);
    }
    raise(ErrorCode::InvalidArgument,
          format("'{}' names no kernel of {}: {}; its kernels: {}", request.names[first_->line - 1],
                 request.source_name, first_->text, known.empty() ? "none" : join(known)));
  }
  raise(ErrorCode::CompileFailed,
        format("{} does not compile for the CPU:\n{}", request.source_name, text_));
}

void raise_inline_assembly(const std::string& place) {
  raise(ErrorCode::Unsupported, format("{}: inline PTX cannot run on a CPU; {}", place, kAdvice));
}

}  // namespace sennit::cpu
