// backend/cuda/early_launch.cpp: which kernels can wait by themselves, and their new PTX.
#include "backend/cuda/early_launch.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string_view>
#include <utility>

#include "backend/cuda/ptx/edit.h"
#include "backend/cuda/ptx/known_functions.h"
#include "backend/cuda/ptx/printer.h"

namespace sennit::cuda {
namespace {

using ptx::Declaration;
using ptx::Directive;
using ptx::Function;
using ptx::Instruction;
using ptx::Module;
using ptx::Operand;

// ---- Versions ----------------------------------------------------------------------------------

constexpr std::string_view kWait = "griddepcontrol.wait;";
constexpr std::int64_t kOldestTarget = 90;              // of the instruction
constexpr std::pair<int, int> kOldestVersion = {7, 8};  // of PTX, likewise

// The words behind ".target", ".version".
std::vector<std::string> directive(const Module& module, std::string_view name) {
  for (const ptx::Item& item : module.items) {
    const auto* found = std::get_if<Directive>(&item);
    if (found != nullptr && found->name() == name) {
      return {found->tokens.begin() + 1, found->tokens.end()};
    }
  }
  return {};
}

bool is_new_enough(const Module& module, const std::vector<std::string>& target) {
  if (target.empty() || !target[0].starts_with("sm_")) return false;
  if (std::find(target.begin(), target.end(), "debug") != target.end()) return false;
  const std::vector<std::string> version = directive(module, ".version");
  if (version.empty()) return false;
  const std::size_t dot = version[0].find('.');
  if (dot == std::string::npos) return false;
  const std::pair given = {std::atoi(version[0].c_str()), std::atoi(version[0].c_str() + dot + 1)};
  return given >= kOldestVersion && std::atoi(target[0].c_str() + 3) >= kOldestTarget;
}

// ---- What a wait does not order ----------------------------------------------------------------

// Textures and surfaces, constant memory and tensor maps are read through caches, and bulk copies
// by a unit, that memory written by a running kernel gets past. An ordinary launch settles that.
bool is_beside_memory(std::string_view opcode) {
  for (const std::string_view start :
       {"tex.", "tld4.", "txq.", "suld.", "sust.", "sured.", "suq.", "ldu.", "tensormap."}) {
    if (opcode.starts_with(start)) return true;
  }
  for (const std::string_view part : {".const", ".bulk", ".tensormap"}) {
    if (opcode.find(part) != std::string_view::npos) return true;
  }
  return false;
}

bool is_call(const Instruction& instruction) {
  return instruction.opcode == "call" || instruction.opcode.starts_with("call.");
}

class Suitability {
 public:
  explicit Suitability(const Module& module) {
    std::set<std::string_view> defined;
    for (const ptx::Item& item : module.items) {
      if (const auto* declared = std::get_if<Declaration>(&item)) note(*declared);
      const auto* function = std::get_if<Function>(&item);
      if (function == nullptr || !function->has_body) continue;
      defined.insert(function->name);
      for (const ptx::Statement& statement : function->body) {
        if (const auto* declared = std::get_if<Declaration>(&statement)) note(*declared);
      }
    }
    for (const ptx::Item& item : module.items) {
      const auto* function = std::get_if<Function>(&item);
      if (function == nullptr || function->is_kernel) continue;
      const bool known =
          defined.contains(function->name) || ptx::find_known_function(function->name) != nullptr;
      calls_suit_ = calls_suit_ && known && suits(*function);
    }
  }

  // Whether all that it executes is ordered by a wait. Who calls may call any function.
  bool suits(const Function& function) const {
    return std::none_of(function.body.begin(), function.body.end(), [&](const auto& statement) {
      const auto* instruction = std::get_if<Instruction>(&statement);
      if (instruction == nullptr) return false;
      if (is_call(*instruction) && !calls_suit_) return true;
      return is_beside_memory(instruction->opcode) ||
             std::any_of(instruction->operands.begin(), instruction->operands.end(),
                         [&](const Operand& operand) { return names_constant(operand); });
    });
  }

 private:
  void note(const Declaration& declared) {
    if (declared.space() != ".const") return;
    for (const ptx::Declarator& declarator : declared.declarators) {
      constants_.insert(declarator.name);
    }
  }
  bool names_constant(const Operand& operand) const {
    return constants_.contains(operand.text) ||
           std::any_of(operand.parts.begin(), operand.parts.end(),
                       [&](const Operand& each) { return names_constant(each); });
  }

  std::set<std::string_view> constants_;  // variables in constant memory
  bool calls_suit_ = true;
};

// Loads that may use the texture cache are outside of the memory model, so the assembler may put
// them in front of the wait. Without .nc they are loads like any other.
void make_loads_plain(Function& function) {
  constexpr std::string_view kMark = ".nc";
  for (ptx::Statement& statement : function.body) {
    auto* const instruction = std::get_if<Instruction>(&statement);
    if (instruction == nullptr || !instruction->opcode.starts_with("ld.")) continue;
    std::string& opcode = instruction->opcode;
    const std::size_t at = opcode.find(kMark);
    if (at == std::string::npos) continue;
    const std::size_t end = at + kMark.size();
    if (end == opcode.size() || opcode[end] == '.') opcode.erase(at, kMark.size());
  }
}

}  // namespace

std::optional<WaitingPtx> with_waits(Module module) {
  const std::vector<std::string> target = directive(module, ".target");
  if (!is_new_enough(module, target)) return std::nullopt;
  WaitingPtx result;
  result.target = target[0];
  const Suitability suitability(module);
  for (const ptx::Item& item : module.items) {
    const auto* function = std::get_if<Function>(&item);
    if (function == nullptr || !function->is_kernel || !function->has_body) continue;
    if (suitability.suits(*function)) result.kernels.push_back(function->name);
  }
  if (result.kernels.empty()) return std::nullopt;
  for (const std::string& kernel : result.kernels) insert_at_entry(module, kernel, kWait);
  for (ptx::Item& item : module.items) {
    if (auto* const function = std::get_if<Function>(&item)) make_loads_plain(*function);
  }
  result.ptx = print(module);
  return result;
}

std::optional<std::vector<std::string>> assembler_options(std::span<const std::string> options) {
  constexpr std::pair<std::string_view, std::string_view> kSame[] = {
      {"-lineinfo", "-lineinfo"},
      {"--generate-line-info", "-lineinfo"},
      {"-maxrregcount=", "-maxrregcount="},
      {"--maxrregcount=", "-maxrregcount="},
  };
  constexpr std::string_view kUnable[] = {"-G",
                                          "--device-debug",
                                          "-dlto",
                                          "--dlink-time-opt",
                                          "-rdc",
                                          "--relocatable-device-code",
                                          "-dc",
                                          "--device-c",
                                          "-ewp",
                                          "--extensible-whole-program",
                                          "-Xptxas",
                                          "--ptxas-options",
                                          "-maxrregcount",
                                          "--maxrregcount"};
  std::vector<std::string> result;
  for (const std::string& option : options) {
    const auto begins = [&](std::string_view known) { return option.starts_with(known); };
    const auto same = std::find_if(std::begin(kSame), std::end(kSame),
                                   [&](const auto& pair) { return begins(pair.first); });
    if (same != std::end(kSame)) {
      result.push_back(std::string(same->second) + option.substr(same->first.size()));
    } else if (std::any_of(std::begin(kUnable), std::end(kUnable), begins)) {
      return std::nullopt;
    }
  }
  return result;
}

}  // namespace sennit::cuda
