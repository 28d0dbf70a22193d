// backend/cpu/compiler/frontend.cpp: CUDA C++ to LLVM IR, by Clang in this process.
#include "backend/cpu/compiler/frontend.h"

#include <utility>

#include "backend/cpu/compiler/clang_invocation.h"
#include "backend/cpu/compiler/diagnostics.h"
#include "backend/cpu/compiler/hooks.h"
#include "backend/cpu/compiler/inline_assembly.h"
#include "backend/cpu/compiler/options.h"
#include "backend/cpu/compiler/prelude_files.h"
#include "backend/cpu/compiler/source_kernels.h"
#include "base/error.h"
#include "base/text.h"
#include "clang/AST/ASTConsumer.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/AST/Expr.h"
#include "clang/AST/Mangle.h"
#include "clang/AST/Stmt.h"
#include "clang/Basic/Version.h"
#include "clang/CodeGen/CodeGenAction.h"
#include "clang/Frontend/FrontendActions.h"
#include "clang/Frontend/MultiplexConsumer.h"
#include "llvm/IR/Module.h"

namespace sennit::cpu {
namespace {

// A source name as a string literal of a #line.
std::string in_quotes(std::string_view text) {
  std::string quoted = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c == '\n' ? ' ' : c;
  }
  return quoted + '"';
}

// What Clang parses: the macros, the source as if it were a file of its own, and one function
// for each name expression. A name may end in a comment: nothing of ours shares its line.
std::string full_source(const CompileRequest& request, const CompileOptions& options) {
  std::string text;
  for (const std::string& macro : options.macros) text += macro + "\n";
  text += "#include <assert.h>\n";  // behind the macros: NDEBUG may be one
  for (const std::string& file : options.included_files)
    text += "#include " + in_quotes(file) + "\n";
  text += format("#line 1 {}\n{}\n", in_quotes(request.source_name), request.source);
  for (std::size_t i = 0; i < request.names.size(); ++i) {
    const auto stand_in = [&](const char* file) {
      return format("#line {} \"{}\"\n", i + 1, file);
    };
    text += stand_in(kEntriesFile);
    text += format("extern \"C\" void {}{}() {{ ::__snt::entry<(\n", hooks::kEntryPrefix, i);
    text += stand_in(kNamesFile) + request.names[i] + "\n";
    text += stand_in(kEntriesFile) + ")>::run(); }\n";
  }
  return text;
}

// Reads the tree that Clang made of a source while it is there.
class TreeReader final : public clang::ASTConsumer {
 public:
  struct Result {
    std::vector<KernelPrototype> kernels;
    std::vector<EntryPoint> entry_points;
    bool names_a_plain_function = false;
    std::string plain_function;
  };

  explicit TreeReader(Result& result) : result_(result) {}

  bool HandleTopLevelDecl(clang::DeclGroupRef group) override {
    for (const clang::Decl* declaration : group) {
      collect_kernels(*declaration, result_.kernels);
      if (const auto* linkage = llvm::dyn_cast<clang::LinkageSpecDecl>(declaration)) {
        for (const clang::Decl* inner : linkage->decls()) find_entry_point(*inner);
      }
    }
    return true;
  }

  // At the end, when the types of their parameters have been instantiated.
  void HandleTranslationUnit(clang::ASTContext&) override {
    for (const auto& [symbol, kernel] : entries_) add_entry_point(symbol, *kernel);
  }

 private:
  void find_entry_point(const clang::Decl& declaration) {
    const auto* function = llvm::dyn_cast<clang::FunctionDecl>(&declaration);
    if (function == nullptr || function->getIdentifier() == nullptr) return;
    if (!function->getName().starts_with(hooks::kEntryPrefix)) return;
    if (const clang::FunctionDecl* kernel = kernel_of(function->getBody())) {
      entries_.emplace_back(function->getName(), kernel);
    }
  }

  // Of `{ entry<kernel>::run(); }`: the template's argument. nullptr if it did not compile.
  static const clang::FunctionDecl* kernel_of(const clang::Stmt* body) {
    const auto* block = llvm::dyn_cast_or_null<clang::CompoundStmt>(body);
    if (block == nullptr || block->body_empty()) return nullptr;
    const auto* call = llvm::dyn_cast<clang::CallExpr>(block->body_front());
    if (call == nullptr || call->getDirectCallee() == nullptr) return nullptr;
    const auto* entry = llvm::dyn_cast<clang::ClassTemplateSpecializationDecl>(
        call->getDirectCallee()->getDeclContext());
    if (entry == nullptr) return nullptr;
    const clang::TemplateArgument& argument = entry->getTemplateArgs()[0];
    if (argument.getKind() != clang::TemplateArgument::Declaration) return nullptr;
    return llvm::dyn_cast<clang::FunctionDecl>(argument.getAsDecl());
  }

  void add_entry_point(llvm::StringRef symbol, const clang::FunctionDecl& kernel) {
    if (!is_kernel(kernel) && !result_.names_a_plain_function) {
      result_.names_a_plain_function = true;
      result_.plain_function = kernel.getQualifiedNameAsString();
    }
    EntryPoint entry;
    entry.symbol = symbol.str();
    entry.lowered_name = clang::ASTNameGenerator(kernel.getASTContext()).getName(&kernel);
    entry.parameters = parameters_of(kernel);
    entry.max_threads_per_block = max_threads_of(kernel);
    result_.entry_points.push_back(std::move(entry));
  }

  Result& result_;
  std::vector<std::pair<llvm::StringRef, const clang::FunctionDecl*>> entries_;
};

// Clang's code generation with a reader beside it.
class CompileAction final : public clang::EmitLLVMOnlyAction {
 public:
  CompileAction(llvm::LLVMContext& context, TreeReader::Result& result)
      : EmitLLVMOnlyAction(&context), result_(result) {}

 protected:
  std::unique_ptr<clang::ASTConsumer> CreateASTConsumer(clang::CompilerInstance& compiler,
                                                        llvm::StringRef file) override {
    std::vector<std::unique_ptr<clang::ASTConsumer>> both;
    both.push_back(std::make_unique<TreeReader>(result_));
    both.push_back(EmitLLVMOnlyAction::CreateASTConsumer(compiler, file));
    return std::make_unique<clang::MultiplexConsumer>(std::move(both));
  }

 private:
  TreeReader::Result& result_;
};

class ReadAction final : public clang::ASTFrontendAction {
 public:
  explicit ReadAction(TreeReader::Result& result) : result_(result) {}

 protected:
  std::unique_ptr<clang::ASTConsumer> CreateASTConsumer(clang::CompilerInstance&,
                                                        llvm::StringRef) override {
    return std::make_unique<TreeReader>(result_);
  }

 private:
  TreeReader::Result& result_;
};

// Variables that the host can reach by name must keep their memory, also those of one file: a
// value that no kernel writes may be written by the host.
void keep_variables(llvm::Module& module) {
  for (llvm::GlobalVariable& variable : module.globals()) {
    if (variable.isDeclaration() || variable.isConstant() || variable.isThreadLocal()) continue;
    if (variable.hasInternalLinkage()) variable.setLinkage(llvm::GlobalValue::ExternalLinkage);
  }
  // Only the frontend reads the annotations.
  if (auto* annotations = module.getNamedGlobal("llvm.global.annotations")) {
    annotations->eraseFromParent();
  }
}

}  // namespace

ParsedSource parse(const CompileRequest& request, const Target& target,
                   llvm::LLVMContext& context) {
  const CompileOptions options = parse_options(request.options);
  DiagnosticLog log;
  TreeReader::Result tree;
  clang::CompilerInstance compiler;
  prepare_clang(compiler, log, options, target, full_source(request, options));
  CompileAction action(context, tree);
  if (!compiler.ExecuteAction(action)) log.raise_first_error(request, tree.kernels);

  ParsedSource parsed;
  parsed.module = action.takeModule();
  parsed.entry_points = std::move(tree.entry_points);
  parsed.log = log.text();
  if (parsed.entry_points.size() != request.names.size()) {
    fail(format("found {} of {} entry points", parsed.entry_points.size(), request.names.size()));
  }
  for (std::size_t i = 0; i < request.names.size(); ++i) {
    parsed.entry_points[i].name = request.names[i];
  }
  if (tree.names_a_plain_function) {
    raise(ErrorCode::InvalidArgument,
          format("'{}' in {} is no kernel: it is not declared __global__", tree.plain_function,
                 request.source_name));
  }
  refuse_inline_assembly(*parsed.module, parsed.entry_points, compiler.getSourceManager());
  keep_variables(*parsed.module);
  return parsed;
}

Prototypes prototypes(const CompileRequest& request, const Target& target) {
  const CompileOptions options = parse_options(request.options);
  DiagnosticLog log;
  TreeReader::Result tree;
  clang::CompilerInstance compiler;
  prepare_clang(compiler, log, options, target, full_source(request, options));
  ReadAction action(tree);
  if (!compiler.ExecuteAction(action) || log.getNumErrors() != 0) {
    log.raise_first_error(request, tree.kernels);
  }
  return {std::move(tree.kernels), std::move(tree.entry_points)};
}

std::string frontend_key() {
  std::size_t hash = 0;
  for (const PreludeFile& file : prelude_files()) {
    hash = hash * 31 + std::hash<std::string_view>{}(file.text);
  }
  return format("{} prelude {:x}", clang::getClangFullVersion(), hash);
}

}  // namespace sennit::cpu
