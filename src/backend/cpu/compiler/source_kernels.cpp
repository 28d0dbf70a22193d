// backend/cpu/compiler/source_kernels.cpp: the kernels of a source, read from Clang's tree of it.
#include "backend/cpu/compiler/source_kernels.h"

#include <algorithm>

#include "clang/AST/ASTContext.h"
#include "clang/AST/Attr.h"
#include "clang/AST/Decl.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/DeclTemplate.h"

namespace sennit::cpu {
namespace {

// The annotations that prelude/sennit/keywords.h makes of CUDA's keywords.
constexpr llvm::StringRef kKernelMark = "sennit.kernel";
constexpr llvm::StringRef kBoundsMark = "sennit.launch_bounds";

const clang::AnnotateAttr* find_mark(const clang::FunctionDecl& function, llvm::StringRef mark) {
  for (const auto* attribute : function.specific_attrs<clang::AnnotateAttr>()) {
    if (attribute->getAnnotation() == mark) return attribute;
  }
  return nullptr;
}

void measure(clang::QualType type, const clang::ASTContext& context, std::size_t& bytes,
             std::size_t& alignment) {
  if (type->isDependentType() || type->isIncompleteType() || type->isFunctionType()) return;
  bytes = static_cast<std::size_t>(context.getTypeSizeInChars(type).getQuantity());
  alignment = static_cast<std::size_t>(context.getTypeAlignInChars(type).getQuantity());
}

Parameter parameter_of(const clang::ParmVarDecl& declaration, const clang::ASTContext& context) {
  Parameter parameter;
  const clang::QualType type = declaration.getType().getCanonicalType();
  parameter.name = declaration.getNameAsString();
  parameter.type = type.getAsString(context.getPrintingPolicy());
  measure(type, context, parameter.bytes, parameter.alignment);
  parameter.is_wide_integer =
      type->isIntegralOrEnumerationType() && parameter.bytes >= sizeof(void*);
  if (type->isPointerType()) {
    parameter.is_pointer = true;
    parameter.points_to_const = type->getPointeeType().isConstQualified();
    parameter.is_restrict = type.isRestrictQualified();
    measure(context.getBaseElementType(type->getPointeeType()), context, parameter.pointee_bytes,
            parameter.pointee_alignment);
  }
  return parameter;
}

void add_kernel(const clang::FunctionDecl& function, bool is_template,
                std::vector<KernelPrototype>& kernels) {
  if (!is_kernel(function)) return;
  KernelPrototype prototype{function.getQualifiedNameAsString(), is_template,
                            parameters_of(function)};
  const auto same = [&](const KernelPrototype& known) {
    return known.name == prototype.name && known.is_template == is_template &&
           std::ranges::equal(known.parameters, prototype.parameters, {}, &Parameter::type,
                              &Parameter::type);
  };
  // A declaration and its definition are one kernel; the definition's names are kept.
  const auto known = std::ranges::find_if(kernels, same);
  if (known == kernels.end()) {
    kernels.push_back(std::move(prototype));
  } else if (function.isThisDeclarationADefinition()) {
    *known = std::move(prototype);
  }
}

}  // namespace

bool is_kernel(const clang::FunctionDecl& function) {
  return find_mark(function, kKernelMark) != nullptr;
}

std::vector<Parameter> parameters_of(const clang::FunctionDecl& kernel) {
  std::vector<Parameter> parameters;
  for (const clang::ParmVarDecl* parameter : kernel.parameters()) {
    parameters.push_back(parameter_of(*parameter, kernel.getASTContext()));
  }
  return parameters;
}

unsigned max_threads_of(const clang::FunctionDecl& kernel) {
  const clang::AnnotateAttr* bounds = find_mark(kernel, kBoundsMark);
  if (bounds == nullptr || bounds->args_size() == 0) return 0;
  const clang::Expr* threads = *bounds->args_begin();
  clang::Expr::EvalResult value;
  if (threads->isValueDependent() || !threads->EvaluateAsInt(value, kernel.getASTContext())) {
    return 0;
  }
  return static_cast<unsigned>(value.Val.getInt().getZExtValue());
}

void collect_kernels(const clang::Decl& declaration, std::vector<KernelPrototype>& kernels) {
  if (const auto* pattern = llvm::dyn_cast<clang::FunctionTemplateDecl>(&declaration)) {
    add_kernel(*pattern->getTemplatedDecl(), /*is_template=*/true, kernels);
  } else if (const auto* function = llvm::dyn_cast<clang::FunctionDecl>(&declaration)) {
    // A specialisation is called by its template's name.
    if (!function->isTemplateInstantiation() &&
        function->getTemplateSpecializationKind() != clang::TSK_ExplicitSpecialization) {
      add_kernel(*function, /*is_template=*/false, kernels);
    }
  } else if (llvm::isa<clang::NamespaceDecl, clang::LinkageSpecDecl, clang::CXXRecordDecl>(
                 declaration)) {
    for (const clang::Decl* inner : llvm::cast<clang::DeclContext>(&declaration)->decls()) {
      collect_kernels(*inner, kernels);
    }
  }
}

}  // namespace sennit::cpu
