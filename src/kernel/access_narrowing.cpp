// kernel/access_narrowing.cpp: compares the two, and says where they disagree.
#include "kernel/access_narrowing.h"

#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"

namespace sennit {
namespace {

std::string shown(const Evidence& evidence) {
  if (evidence.instruction.empty()) return "";
  return evidence.source.empty() ? ": " + evidence.instruction
                                 : format(": {} ({})", evidence.instruction, evidence.source);
}

// Written never means that every byte is: what is not stays as it was.
AccessMode found_mode(const ParameterUse& use) {
  if (use.writes) return AccessMode::ReadWrite;
  return use.reads ? AccessMode::Read : AccessMode::None;
}

class Narrowing {
 public:
  Narrowing(const Signature& declared, DeclaredBy declared_by)
      : declared_(declared), declared_by_(declared_by) {}

  AccessMode mode(std::size_t index, const ParameterUse& use) const {
    const AccessMode said = declared_.parameters()[index].access;
    // Where the address gets out of sight, the declaration is all there is to go by.
    if (use.escapes) return said;
    if (said == AccessMode::Read && use.writes && declared_by_ == DeclaredBy::GrCuda) {
      log(LogLevel::Warning, "{}; it is taken for inout",
          described(index, format("is read-only by its signature, and the code writes to it{}",
                                  shown(use.write))));
      return AccessMode::ReadWrite;
    }
    if (said == AccessMode::Read && use.writes) {
      refuse(index,
             format("is read-only {}, and the code writes to it{}", by_what(), shown(use.write)),
             "leave the const away, or declare it as inout");
    }
    if (said != AccessMode::Overwrite) return found_mode(use);
    if (use.reads_old_contents) {
      refuse(index,
             format("is declared as out, which promises that old contents do not matter, and "
                    "the code reads them{}",
                    shown(use.old_contents)),
             "declare it as inout");
    }
    if (!use.writes) {
      refuse(index,
             "is declared as out, which promises that every byte is written, and the code writes "
             "none",
             "declare it as in");
    }
    return AccessMode::Overwrite;
  }

 private:
  std::string_view by_what() const {
    return declared_by_ == DeclaredBy::Source ? "by its const" : "by its signature";
  }
  std::string described(std::size_t index, const std::string& what) const {
    const Parameter& parameter = declared_.parameters()[index];
    const std::string name = parameter.name.empty() ? "" : format(" ('{}')", parameter.name);
    return format("kernel '{}': parameter {}{} {}", declared_.kernel(), index + 1, name, what);
  }
  [[noreturn]] void refuse(std::size_t index, const std::string& what,
                           std::string_view what_to_do) const {
    raise(ErrorCode::InvalidArgument, format("{}; {}", described(index, what), what_to_do));
  }

  const Signature& declared_;
  const DeclaredBy declared_by_;
};

}  // namespace

Signature narrowed_signature(const Signature& declared, const KernelAccess& code,
                             DeclaredBy declared_by) {
  const auto parameters = declared.parameters();
  if (code.parameters.size() != parameters.size()) {
    log(LogLevel::Info,
        "kernel '{}': the code has {} parameters and the declaration {}; arrays "
        "count as read and written unless declared otherwise",
        declared.kernel(), code.parameters.size(), parameters.size());
    return declared;
  }
  const Narrowing narrowing(declared, declared_by);
  std::vector<Parameter> narrowed(parameters.begin(), parameters.end());
  for (std::size_t i = 0; i < narrowed.size(); ++i) {
    if (narrowed[i].kind != ParameterKind::Pointer) continue;
    narrowed[i].access = narrowing.mode(i, code.parameters[i]);
  }
  return Signature(declared.kernel(), std::move(narrowed));
}

bool touches_untracked(const Signature& signature, const KernelAccess& code) {
  if (code.touches_untracked) return true;
  const auto parameters = signature.parameters();
  if (code.parameters.size() != parameters.size()) return false;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const ParameterUse& use = code.parameters[i];
    const bool is_address = use.is_pointer && (use.reads || use.writes);
    if (is_address && parameters[i].kind != ParameterKind::Pointer) return true;
  }
  return false;
}

}  // namespace sennit
