// backend/cpu/compiler/diagnostics.h: Clang's diagnostics become sennit's errors.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "backend/cpu/compiler/frontend.h"
#include "clang/Basic/Diagnostic.h"
#include "llvm/Support/raw_ostream.h"

namespace clang {
class TextDiagnosticPrinter;
}

namespace sennit::cpu {

// The files that name expressions, and the functions that use them, pretend to stand in; the
// i-th in line i + 1.
inline constexpr char kNamesFile[] = "<name expressions>";
inline constexpr char kEntriesFile[] = "<end of source>";

// Keeps Clang's text, and what the first error was about.
class DiagnosticLog final : public clang::DiagnosticConsumer {
 public:
  DiagnosticLog();
  ~DiagnosticLog() override;
  void BeginSourceFile(const clang::LangOptions& language,
                       const clang::Preprocessor* preprocessor) override;
  void EndSourceFile() override;
  void HandleDiagnostic(clang::DiagnosticsEngine::Level level,
                        const clang::Diagnostic& diagnostic) override;

  const std::string& text() const { return text_; }

  // Raises what the first error calls for: Unsupported, InvalidArgument for a name expression
  // (`kernels` are those of the source), else CompileFailed with the whole text.
  // REQUIRES: there was an error.
  [[noreturn]] void raise_first_error(const CompileRequest& request,
                                      const std::vector<KernelPrototype>& kernels) const;

 private:
  struct FirstError {
    std::string place;  // "kernel.cu:12"
    std::string text;
    std::string source_line;
    unsigned line = 0;
    bool in_names = false;
    bool is_inline_assembly = false;
    bool is_unavailable = false;
  };

  std::string text_;
  llvm::raw_string_ostream stream_{text_};
  std::unique_ptr<clang::TextDiagnosticPrinter> printer_;
  std::optional<FirstError> first_;
};

// "kernel.cu:12: inline PTX cannot run on a CPU; ...".
[[noreturn]] void raise_inline_assembly(const std::string& place);

}  // namespace sennit::cpu
