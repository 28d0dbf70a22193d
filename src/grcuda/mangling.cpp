#include "grcuda/mangling.h"

#include <algorithm>
#include <vector>

#include "base/text.h"

namespace sennit::grcuda {
namespace {

// What was named before is named again by its number: S_, S0_, ..., S9_, SA_, ...
class Substitutions {
 public:
  // The number of `what` if it was named before; else "".
  std::string find(const std::string& what) const {
    const auto found = std::find(known_.begin(), known_.end(), what);
    return found != known_.end() ? text(static_cast<std::size_t>(found - known_.begin())) : "";
  }
  // As `find`, and remembers what is new.
  std::string find_or_add(const std::string& what) {
    std::string number = find(what);
    if (number.empty()) known_.push_back(what);
    return number;
  }

 private:
  static std::string text(std::size_t index) {
    if (index == 0) return "S_";
    std::string digits;
    for (std::size_t rest = index - 1;; rest /= 36) {
      digits.insert(digits.begin(), "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[rest % 36]);
      if (rest < 36) break;
    }
    return "S" + digits + "_";
  }

  std::vector<std::string> known_;  // unabridged
};

std::string source_name(const std::string& name) { return format("{}{}", name.size(), name); }

// Built-in types have no number; a qualified type and a pointer each have one.
std::string pointer_to(std::string_view type, bool is_const, Substitutions& substitutions) {
  const std::string target = (is_const ? "K" : "") + std::string(type);
  const std::string pointer = "P" + target;
  // Numbers are given from the inside out, and looked up from the outside in.
  if (std::string number = substitutions.find(pointer); !number.empty()) return number;
  std::string text = "P";
  if (is_const) {
    const std::string number = substitutions.find_or_add(target);
    text += number.empty() ? target : number;
  } else {
    text += target;
  }
  substitutions.find_or_add(pointer);
  return text;
}

std::string parameter_type(const NativeParameter& parameter, Substitutions& substitutions) {
  if (parameter.type->kind == NativeKind::String && !parameter.is_pointer) {
    return pointer_to("c", /*is_const=*/true, substitutions);
  }
  if (!parameter.is_pointer) return std::string(parameter.type->mangled);
  return pointer_to(parameter.type->mangled, parameter.access == AccessMode::Read, substitutions);
}

}  // namespace

std::string mangled_name(const NativeSignature& signature) {
  Substitutions substitutions;
  std::string text = "_Z";
  if (signature.namespaces.empty()) {
    text += source_name(signature.name);
  } else {
    // The ABI abbreviates std, and does not number it.
    const bool in_std = signature.namespaces.front() == "std";
    const bool directly_in_std = in_std && signature.namespaces.size() == 1;
    if (!directly_in_std) text += "N";
    std::string prefix;
    for (const std::string& outer : signature.namespaces) {
      const bool is_std = in_std && prefix.empty();
      const std::string part = is_std ? "St" : source_name(outer);
      text += part;
      prefix += part;
      if (!is_std) substitutions.find_or_add(prefix);
    }
    text += source_name(signature.name);
    if (!directly_in_std) text += "E";
  }
  if (signature.parameters.empty()) return text + "v";
  for (const NativeParameter& parameter : signature.parameters) {
    text += parameter_type(parameter, substitutions);
  }
  return text;
}

}  // namespace sennit::grcuda
