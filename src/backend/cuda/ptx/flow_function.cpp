// backend/cuda/ptx/flow_function.cpp: one function: names resolved, blocks cut, branches followed.
#include <algorithm>

#include "backend/cuda/ptx/flow.h"
#include "backend/cuda/ptx/lexer.h"
#include "backend/cuda/ptx/scopes.h"
#include "base/error.h"
#include "base/text.h"

namespace sennit::cuda::ptx {
namespace {

// Ways that control can go, of one function: lists of targets that are used again and again would
// otherwise be more than fits into memory.
constexpr std::size_t kMaxTargets = std::size_t{1} << 22;

// The labels of a function, each in the scope that it stands in.
class Labels {
 public:
  struct Target {
    std::uint32_t statement = 0;
    const Directive* list = nullptr;  // .branchtargets, .calltargets or .callprototype behind it
  };

  explicit Labels(const Function& function) {
    std::vector<std::uint32_t> open = {0};
    for (std::uint32_t i = 0; i < function.body.size(); ++i) {
      const Statement& statement = function.body[i];
      if (std::holds_alternative<ScopeBegin>(statement)) {
        parents_.push_back(open.back());
        open.push_back(static_cast<std::uint32_t>(parents_.size()));
        names_.emplace_back();
      } else if (std::holds_alternative<ScopeEnd>(statement)) {
        open.pop_back();
      } else if (const auto* label = std::get_if<Label>(&statement)) {
        Target target{i, nullptr};
        if (i + 1 < function.body.size())
          target.list = std::get_if<Directive>(&function.body[i + 1]);
        names_[open.back()].emplace(label->name, target);
      }
    }
  }

  const Target* find(std::uint32_t scope, std::string_view name) const {
    while (true) {
      const auto found = names_[scope].find(name);
      if (found != names_[scope].end()) return &found->second;
      if (scope == 0) return nullptr;
      scope = parents_[scope - 1];
    }
  }

 private:
  std::vector<std::uint32_t> parents_;  // of scope i + 1
  std::vector<std::unordered_map<std::string_view, Target>> names_ =
      std::vector<std::unordered_map<std::string_view, Target>>(1);
};

class Builder {
 public:
  Builder(const Function& function, FlowModule& module)
      : module_(module), labels_(function), scopes_(flow_, module) {
    flow_.function = &function;
  }

  FlowFunction build() {
    const Function& function = *flow_.function;
    for (const Declaration& result : function.results) {
      flow_.results.push_back(scopes_.declare_formal(result));
    }
    for (const Declaration& parameter : function.parameters) {
      flow_.parameters.push_back(scopes_.declare_formal(parameter));
    }
    if (function.has_body) {
      read_body(function.body);
      cut_blocks(function.body.size());
      track_registers();
    }
    return std::move(flow_);
  }

 private:
  void read_body(const std::vector<Statement>& body) {
    const Location* location = nullptr;
    std::vector<std::uint32_t> open = {0};
    std::uint32_t scopes = 0;
    first_instruction_.reserve(body.size() + 1);
    for (const Statement& statement : body) {
      first_instruction_.push_back(instruction_count());
      if (const auto* instruction = std::get_if<Instruction>(&statement)) {
        read(*instruction, location, open.back());
      } else if (const auto* declaration = std::get_if<Declaration>(&statement)) {
        scopes_.declare(*declaration);
      } else if (const auto* loc = std::get_if<Location>(&statement)) {
        location = loc->line == 0 ? location : loc;  // line 0: the compiler made it up
      } else if (std::holds_alternative<ScopeBegin>(statement)) {
        scopes_.open();
        open.push_back(++scopes);
      } else if (std::holds_alternative<ScopeEnd>(statement)) {
        scopes_.close();
        open.pop_back();
      } else if (std::holds_alternative<Label>(statement)) {
        label_starts_.push_back(instruction_count());
      }
    }
    first_instruction_.push_back(instruction_count());
  }

  void read(const Instruction& source, const Location* location, std::uint32_t scope) {
    FlowInstruction instruction;
    instruction.source = &source;
    instruction.opcode = decode(source.opcode);
    instruction.location = location;
    instruction.guarded = !source.guard.empty();
    instruction.first_operand = static_cast<std::uint32_t>(flow_.operands.size());
    const Meaning meaning = instruction.opcode.rule->meaning;
    if (meaning == Meaning::Branch || meaning == Meaning::IndexedBranch) {
      find_targets(source, scope);
    } else {
      for (const Operand& operand : source.operands) read(operand, meaning != Meaning::Call);
      instruction.operand_count = static_cast<std::uint32_t>(source.operands.size());
      if (meaning == Meaning::Call) find_callees(source, scope, instruction.callees);
    }
    flow_.instructions.push_back(std::move(instruction));
  }

  void read(const Operand& operand, bool takes_addresses) {
    FlowOperand flow{operand.kind, static_cast<std::uint32_t>(flow_.references.size()), 0};
    add_references(operand, takes_addresses);
    flow.count = static_cast<std::uint32_t>(flow_.references.size()) - flow.first;
    flow_.operands.push_back(flow);
  }

  // Bounded: the parser refuses deep operands.
  void add_references(const Operand& operand, bool takes_addresses) {
    Reference reference;
    switch (operand.kind) {
      case Operand::Kind::Name:
        add_name(operand.text, operand.offset, takes_addresses);
        return;
      case Operand::Kind::Number:
        // Of a floating-point number only that it is none of ours.
        reference.kind = Reference::Kind::Constant;
        if (!integer_value(operand.text, reference.value)) reference.value = 1;
        flow_.references.push_back(reference);
        return;
      case Operand::Kind::Expression: {
        reference.kind = Reference::Kind::Constant;
        reference.value = 1;
        flow_.references.push_back(reference);
        Lexer lexer(operand.text);
        for (Token token = lexer.next(); token.kind != TokenKind::End; token = lexer.next()) {
          if (token.kind == TokenKind::Word) add_name(token.text, 0, takes_addresses);
        }
        return;
      }
      default:
        for (const Operand& part : operand.parts) add_references(part, takes_addresses);
    }
  }

  void add_name(std::string_view name, std::int64_t offset, bool takes_addresses) {
    Reference reference = scopes_.find(name);
    reference.value = offset;
    if (reference.kind == Reference::Kind::Function && takes_addresses) {
      module_.function_address_taken[reference.index] = true;
    }
    flow_.references.push_back(reference);
  }

  // ---- Control ---------------------------------------------------------------------------------

  void find_targets(const Instruction& source, std::uint32_t scope) {
    std::vector<std::uint32_t>& targets = targets_[instruction_count()];
    const auto add = [&](std::string_view name) {
      const Labels::Target* const target = labels_.find(scope, name);
      if (target == nullptr) {
        raise(ErrorCode::InvalidArgument,
              format("PTX function '{}' branches to '{}', which is no label of it",
                     flow_.function->name, name));
      }
      count_target();
      targets.push_back(target->statement);
      return target;
    };
    if (source.opcode.starts_with("brx") && source.operands.size() > 1) {
      const Labels::Target* const list = add(source.operands.back().text);
      targets.pop_back();
      if (list->list != nullptr && list->list->name() == ".branchtargets") {
        for (std::size_t i = 1; i < list->list->tokens.size(); i += 2) {
          add(list->list->tokens[i]);
        }
        return;
      }
    }
    for (const Operand& operand : source.operands) add(operand.text);
  }

  // Of a call through a register, where its last operand is the label of a list.
  void find_callees(const Instruction& source, std::uint32_t scope,
                    std::vector<std::uint32_t>& callees) {
    if (source.operands.empty()) return;
    const Labels::Target* const list = labels_.find(scope, source.operands.back().text);
    if (list == nullptr || list->list == nullptr || list->list->name() != ".calltargets") return;
    for (std::size_t i = 1; i < list->list->tokens.size(); i += 2) {
      count_target();
      const Reference callee = scopes_.find(list->list->tokens[i]);
      if (callee.kind == Reference::Kind::Function) callees.push_back(callee.index);
    }
  }

  void count_target() {
    if (++target_count_ <= kMaxTargets) return;
    raise(ErrorCode::InvalidArgument,
          format("PTX function '{}' has more than {} targets of branches", flow_.function->name,
                 kMaxTargets));
  }

  void cut_blocks(std::size_t statements) {
    const std::uint32_t count = instruction_count();
    std::vector<bool> leads(count + 1);
    leads[0] = true;
    for (const std::uint32_t start : label_starts_) leads[start] = true;
    for (std::uint32_t i = 0; i < count; ++i) leads[i + 1] = leads[i + 1] || is_control(i);
    // The block that an instruction begins; the end of the body is an empty block.
    leads[count] = true;
    std::vector<std::uint32_t> block_at(count + 1);
    for (std::uint32_t i = 0; i <= count; ++i) {
      if (leads[i]) {
        if (!flow_.blocks.empty()) flow_.blocks.back().end = i;
        block_at[i] = static_cast<std::uint32_t>(flow_.blocks.size());
        flow_.blocks.push_back({i, i, {}});
      }
    }
    for (std::uint32_t b = 0; b + 1 < flow_.blocks.size(); ++b) {
      FlowBlock& block = flow_.blocks[b];
      const FlowInstruction& last = flow_.instructions[block.end - 1];
      if (const auto found = targets_.find(block.end - 1); found != targets_.end()) {
        for (const std::uint32_t statement : found->second) {
          block.successors.push_back(
              block_at[first_instruction_[std::min<std::size_t>(statement, statements)]]);
        }
      }
      if (!is_control(block.end - 1) || last.guarded) {
        block.successors.push_back(b + 1);
      }
      std::sort(block.successors.begin(), block.successors.end());
      block.successors.erase(std::unique(block.successors.begin(), block.successors.end()),
                             block.successors.end());
    }
  }

  bool is_control(std::uint32_t instruction) const {
    const Meaning meaning = flow_.instructions[instruction].opcode.rule->meaning;
    return meaning == Meaning::Branch || meaning == Meaning::IndexedBranch ||
           meaning == Meaning::Return || meaning == Meaning::Exit;
  }

  // ---- Registers -------------------------------------------------------------------------------

  void track_registers() {
    std::vector<std::uint8_t> assignments(flow_.register_count);
    const auto assign = [&](const FlowOperand& operand) {
      for (std::uint32_t r = operand.first; r < operand.first + operand.count; ++r) {
        const Reference& reference = flow_.references[r];
        if (reference.kind != Reference::Kind::Register) continue;
        std::uint8_t& count = assignments[reference.index];
        count = count < 2 ? static_cast<std::uint8_t>(count + 1) : count;
      }
    };
    for (const FlowInstruction& instruction : flow_.instructions) {
      if (instruction.operand_count == 0) continue;
      const FlowOperand& first = flow_.operands[instruction.first_operand];
      const bool is_call = instruction.opcode.rule->meaning == Meaning::Call;
      if ((is_call && first.kind == Operand::Kind::Group) ||
          (instruction.opcode.rule->has_result && first.kind != Operand::Kind::Address)) {
        assign(first);
      }
    }
    for (const auto& formals : {flow_.parameters, flow_.results}) {
      for (const Reference& formal : formals) {
        if (formal.kind != Reference::Kind::Register) continue;
        // Callers assign it too.
        assignments[formal.index] = 1;
        flow_.assigned_once = false;
      }
    }
    flow_.tracked.assign(flow_.register_count, FlowFunction::kOnce);
    // States of blocks beyond this would not pay: joined over the whole function they stay true.
    constexpr std::size_t kMaxStates = std::size_t{1} << 20;
    const auto several = static_cast<std::size_t>(
        std::count(assignments.begin(), assignments.end(), std::uint8_t{2}));
    if (several * flow_.blocks.size() > kMaxStates) {
      flow_.assigned_once = false;
      return;
    }
    for (std::uint32_t r = 0; r < flow_.register_count; ++r) {
      if (assignments[r] == 2) flow_.tracked[r] = flow_.tracked_count++;
    }
  }

  std::uint32_t instruction_count() const {
    return static_cast<std::uint32_t>(flow_.instructions.size());
  }

  FlowModule& module_;
  FlowFunction flow_;
  Labels labels_;
  Scopes scopes_;
  std::vector<std::uint32_t> first_instruction_;  // by statement: the next that is executed
  std::vector<std::uint32_t> label_starts_;
  std::size_t target_count_ = 0;
  std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> targets_;  // by instruction
};

}  // namespace

FlowFunction flow_of(const Function& function, FlowModule& module) {
  return Builder(function, module).build();
}

}  // namespace sennit::cuda::ptx
