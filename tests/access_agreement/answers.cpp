// access_agreement/answers.cpp: what an analysis says of a corpus kernel, beside what is true.
#include "access_agreement/answers.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/text.h"

namespace sennit::access_corpus {
namespace {

bool reads(Use use) { return use == Use::Read || use == Use::ReadWrite || use == Use::Escapes; }
bool writes(Use use) { return use == Use::Write || use == Use::ReadWrite || use == Use::Escapes; }

std::string_view name_of(Use use) {
  switch (use) {
    case Use::Value:
      return "value";
    case Use::Unused:
      return "unused";
    case Use::Read:
      return "read";
    case Use::Write:
      return "write";
    case Use::ReadWrite:
      return "readwrite";
    case Use::Escapes:
      return "escapes";
  }
  return "?";
}

Use use_of(bool is_read, bool is_written) {
  if (is_read) return is_written ? Use::ReadWrite : Use::Read;
  return is_written ? Use::Write : Use::Unused;
}

// A pointer that nothing follows need not show that it is one. What is no pointer and yet stored,
// where the code does not tell numbers from pointers, is a number.
Use use_of(const ParameterUse& use, Use truth) {
  if (truth == Use::Value && !use.is_pointer) return Use::Value;
  if (use.escapes) return Use::Escapes;
  const Use found = use_of(use.reads, use.writes);
  if (found != Use::Unused) return found;
  if (truth == Use::Unused) return Use::Unused;
  return use.is_pointer ? Use::Unused : Use::Value;
}

using Uses = std::vector<std::pair<std::string, Use>>;

Uses parameters_of(const CorpusKernel& kernel, const KernelAccess& answer) {
  Uses uses;
  for (std::size_t i = 0; i < answer.parameters.size(); ++i) {
    const bool named = i < kernel.parameters.size();
    uses.emplace_back(
        named ? kernel.parameters[i].first : "?",
        use_of(answer.parameters[i], named ? kernel.parameters[i].second : Use::Value));
  }
  return uses;
}

Uses variables_of(const KernelAccess& answer) {
  Uses uses;
  for (const VariableUse& use : answer.variables)
    uses.emplace_back(use.name, use_of(use.reads, use.writes));
  std::sort(uses.begin(), uses.end());
  return uses;
}

std::vector<std::string> old_contents_of(const CorpusKernel& kernel, const KernelAccess& answer) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kernel.parameters.size() && i < answer.parameters.size(); ++i) {
    const auto& [name, truth] = kernel.parameters[i];
    const ParameterUse& use = answer.parameters[i];
    if (use.reads_old_contents && use_of(use, truth) != Use::Value) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string write(const Uses& parameters, const Uses& variables, bool touches_untracked,
                  const std::vector<std::string>& old_contents) {
  std::vector<std::string> words;
  for (const auto& [name, use] : parameters) words.push_back(format("{}={}", name, name_of(use)));
  if (!variables.empty()) words.push_back("globals");
  for (const auto& [name, use] : variables) words.push_back(format("{}={}", name, name_of(use)));
  if (touches_untracked) words.push_back("touches-untracked");
  if (!old_contents.empty()) words.push_back("old=" + join(old_contents, ","));
  return join(words, " ");
}

bool covers(Use found, Use truth) {
  return (reads(found) || !reads(truth)) && (writes(found) || !writes(truth)) &&
         (found == Use::Escapes || truth != Use::Escapes);
}

}  // namespace

std::string written(const CorpusKernel& kernel) {
  auto old_contents = kernel.old_contents.value_or(std::vector<std::string>());
  std::sort(old_contents.begin(), old_contents.end());
  return write(kernel.parameters, kernel.variables, kernel.touches_untracked, old_contents);
}

std::string written(const CorpusKernel& kernel, const KernelAccess& answer) {
  return write(parameters_of(kernel, answer), variables_of(answer), answer.touches_untracked,
               kernel.old_contents ? old_contents_of(kernel, answer) : std::vector<std::string>());
}

std::string unsound_part(const CorpusKernel& kernel, const KernelAccess& answer) {
  if (answer.parameters.size() != kernel.parameters.size())
    return format("{} parameters", answer.parameters.size());
  const Uses parameters = parameters_of(kernel, answer);
  for (std::size_t i = 0; i < parameters.size(); ++i)
    if (!covers(parameters[i].second, kernel.parameters[i].second))
      return format("{}={}", parameters[i].first, name_of(parameters[i].second));
  const Uses variables = variables_of(answer);
  for (const auto& [name, use] : kernel.variables) {
    const auto found = std::ranges::find(variables, name, &Uses::value_type::first);
    if (found == variables.end()) return format("{} is missing", name);
    if (!covers(found->second, use)) return format("{}={}", name, name_of(found->second));
  }
  if (kernel.touches_untracked && !answer.touches_untracked) return "touches-untracked is missing";
  return "";
}

}  // namespace sennit::access_corpus
