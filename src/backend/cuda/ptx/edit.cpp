#include "backend/cuda/ptx/edit.h"

#include <algorithm>

#include "backend/cuda/ptx/instruction_parser.h"
#include "backend/cuda/ptx/token_reader.h"

namespace sennit::cuda::ptx {

bool insert_at_entry(Module& module, std::string_view kernel, std::string_view instruction) {
  TokenReader reader(instruction);
  const Instruction parsed = parse_instruction(reader);
  if (!reader.at_end()) reader.refuse("expected one instruction");
  for (Item& item : module.items) {
    auto* const function = std::get_if<Function>(&item);
    if (function == nullptr || !function->is_kernel || !function->has_body ||
        function->name != kernel) {
      continue;
    }
    // Declarations may stand anywhere before their use, but the assembler's own output has them
    // first. Before the first label, which a loop may return to.
    const auto executes = [](const Statement& statement) {
      return std::holds_alternative<Instruction>(statement) ||
             std::holds_alternative<Label>(statement) ||
             std::holds_alternative<ScopeBegin>(statement);
    };
    const auto first = std::find_if(function->body.begin(), function->body.end(), executes);
    function->body.insert(first, parsed);
    return true;
  }
  return false;
}

}  // namespace sennit::cuda::ptx
