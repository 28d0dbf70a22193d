// backend/cuda/ptx/flow.h: a module with its names resolved and its functions cut into blocks, as
// the analysis walks through it.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "backend/cuda/ptx/module.h"
#include "backend/cuda/ptx/opcodes.h"

namespace sennit::cuda::ptx {

// What a name or a number in an operand stands for.
struct Reference {
  enum class Kind : std::uint8_t {
    Sink,      // "_"
    Register,  // index: of the function's registers
    Constant,  // value
    Local,     // index: of the function's variables
    Module,    // index: of the module's variables
    Function,  // index: of the module's functions
    Driver,    // a special register with an address in memory of the driver's own
    Unknown,   // special registers, and all that is declared nowhere
  };
  Kind kind = Kind::Unknown;
  bool partial = false;  // a part of a vector register
  std::uint32_t index = 0;
  std::int64_t value = 0;  // of a constant; else what is added to it
};

// An operand: some references of its function's list.
struct FlowOperand {
  Operand::Kind kind = Operand::Kind::Name;
  std::uint32_t first = 0, count = 0;
};

struct FlowInstruction {
  const Instruction* source = nullptr;
  Opcode opcode;
  std::uint32_t first_operand = 0, operand_count = 0;
  const Location* location = nullptr;  // null: the code does not say
  bool guarded = false;
  std::vector<std::uint32_t> callees;  // of a call: the functions that it says are all there are
};

struct FlowBlock {
  std::uint32_t first = 0, end = 0;  // of its function's instructions
  std::vector<std::uint32_t> successors;
};

// A variable that is declared in a function, its parameters and results included.
struct FlowVariable {
  Space space = Space::Generic;
  bool is_extern = false;
  std::size_t bytes = 0;  // 0: not known
};

struct FlowFunction {
  const Function* function = nullptr;
  std::uint32_t register_count = 0;
  // A register that one instruction assigns needs no state for each block. By register: its number
  // among those that several assign, or kOnce.
  static constexpr std::uint32_t kOnce = 0xffffffff;
  std::vector<std::uint32_t> tracked;
  std::uint32_t tracked_count = 0;
  bool assigned_once = true;  // all registers that are not tracked

  std::vector<FlowVariable> variables;
  std::vector<Reference> parameters, results;  // locals, or registers in code of old style
  std::vector<Reference> references;
  std::vector<FlowOperand> operands;
  std::vector<FlowInstruction> instructions;
  std::vector<FlowBlock> blocks;  // none: it has no body; else the first is its entry
};

struct ModuleVariable {
  std::string_view name;
  Space space = Space::Global;
  bool is_extern = false;
  const Declaration* declaration = nullptr;
  const Declarator* declarator = nullptr;
};

struct FlowModule {
  std::vector<ModuleVariable> variables;
  std::vector<FlowFunction> functions;
  std::unordered_map<std::string_view, Reference> names;  // of both
  std::unordered_map<std::uint32_t, std::string_view> files;
  std::vector<bool> variable_in_initializer, function_address_taken;  // by index
};

// Raises InvalidArgument where the code cannot be: a branch to no label, addresses of 32 bits.
// `module` must outlive the result.
FlowModule flow_of(const Module& module);

// The function's part of it, see flow_function.cpp.
FlowFunction flow_of(const Function& function, FlowModule& module);

Space space_of(const Declaration& declaration);

}  // namespace sennit::cuda::ptx
