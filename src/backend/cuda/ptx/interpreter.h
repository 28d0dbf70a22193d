// backend/cuda/ptx/interpreter.h: runs a kernel over the origins of its values, on all paths at
// once, until it finds nothing new.
//
// Each call is a context of its own, so that what a small function does with one argument is not
// said of another; recursion returns to the context it came from, and beyond a budget all calls of
// a function share one. Afterwards `report` walks through all that can be reached once more, and
// tells what each instruction does.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "backend/cuda/ptx/cells.h"
#include "backend/cuda/ptx/flow.h"
#include "backend/cuda/ptx/known_functions.h"
#include "backend/cuda/ptx/origins.h"

namespace sennit::cuda::ptx {

// Is told what instructions do, block by block and in their order. Functions follow their callers.
class EffectSink {
 public:
  virtual ~EffectSink() = default;
  virtual void on_block(std::uint32_t context, std::uint32_t block) = 0;
  virtual void on_instruction(const FlowInstruction& instruction) = 0;
  virtual void on_access(Touch touch, Space space, Origins address) = 0;
  // Any memory whose address was ever handed out.
  virtual void on_untracked_access(Touch touch) = 0;
  // The value gets where it cannot be followed.
  virtual void on_escape(Origins value) = 0;
  virtual void on_compare(Origins a, Origins b) = 0;
  virtual void on_barrier() = 0;
  virtual void on_call(std::uint32_t context) = 0;
};

class Interpreter {
 public:
  // `steps` is shared by all kernels of a module: instructions that may still be looked at.
  Interpreter(const FlowModule& module, OriginSets& sets, std::int64_t& steps);

  // Finds all values; false if `steps` ran out. Once.
  bool run(std::uint32_t kernel, std::span<const Origins> parameters);
  // REQUIRES: `run` returned true.
  void report(EffectSink& sink);

  struct Context {
    std::uint32_t function = 0;
    std::uint32_t parent = 0;
    bool shared = false;  // by all calls of the function beyond the budget
    std::uint32_t first_object = 0;
    std::vector<Origins> registers;            // those that are not tracked
    std::vector<std::vector<Origins>> states;  // tracked ones, at the start of each block
    std::vector<bool> reached;                 // by block
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> calls;  // instruction, callee
    std::unordered_map<std::uint32_t, std::uint32_t> stack;  // objects of alloca, by instruction
  };
  const Context& context(std::uint32_t number) const { return contexts_[number]; }
  const FlowFunction& function(std::uint32_t context) const {
    return module_.functions[contexts_[context].function];
  }

 private:
  void settle();
  void walk(std::uint32_t context);
  void walk_block(std::uint32_t block);
  void leave_block(const FlowBlock& block);
  void execute(const FlowInstruction& instruction);

  // Values and their assignment.
  Origins value(const Reference& reference);
  Origins value(const FlowOperand& operand);
  Origins source(std::uint32_t index);
  bool source_constant(std::uint32_t index, std::int64_t& value) const;
  template <typename Combine>
  Origins fold(Combine combine);
  void assign(const FlowOperand& operand, Origins value, bool weak = false);
  void assign(const Reference& reference, Origins value, bool weak);
  Origins compute();

  // Memory.
  void access_memory();
  // Whether an address may be in an object, or elsewhere.
  struct Reached {
    bool object, other;
  };
  template <typename Visit>
  Reached for_each_object(Space space, Origins address, Visit visit);
  Origins load(Space space, Origins address, std::uint32_t bytes);
  void store(Space space, Origins address, std::uint32_t bytes, Origins value);
  void escape(Origins value);
  void touch(Touch touch, Space space, Origins address);
  void touch_texture();
  void execute_unknown();

  // Calls, in interpreter_calls.cpp.
  struct CallOperands {
    std::span<const Reference> results, arguments;
    Reference callee;
  };
  CallOperands call_operands() const;
  void call();
  void enter(std::uint32_t function, const CallOperands& operands, bool exact);
  void call_known(const KnownFunction& known, const CallOperands& operands);
  void call_unknown(const CallOperands& operands);
  Origins argument(const CallOperands& operands, std::size_t index);
  void set_results(const CallOperands& operands, Origins value);
  std::uint32_t context_for(std::uint32_t function, bool exact);
  std::uint32_t add_context(std::uint32_t function, std::uint32_t parent, bool shared);
  std::uint32_t object_of(const Reference& local);

  const FlowOperand& operand(std::uint32_t index) const {
    return flow_->operands[instruction_->first_operand + index];
  }
  std::span<const Reference> references(const FlowOperand& operand) const {
    return std::span(flow_->references).subspan(operand.first, operand.count);
  }

  const FlowModule& module_;
  OriginSets& sets_;
  std::int64_t& steps_;
  Cells cells_;
  std::vector<Context> contexts_;
  std::unordered_map<std::uint32_t, std::uint32_t> shared_contexts_;  // by function
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> shared_objects_;
  std::vector<std::uint32_t> module_objects_;  // by module variable
  std::uint32_t dynamic_shared_ = 0;           // all unsized arrays of shared memory are one
  std::uint64_t cloned_instructions_ = 0, all_instructions_ = 0;
  bool changed_ = false;
  bool lenient_ = false;  // registers that nothing assigns are numbers; before: not looked at yet
  bool refining_ = false;
  EffectSink* sink_ = nullptr;

  // Where it is.
  std::uint32_t current_ = 0;  // context
  const FlowFunction* flow_ = nullptr;
  const FlowInstruction* instruction_ = nullptr;
  std::vector<Origins> state_;  // tracked registers
};

}  // namespace sennit::cuda::ptx
