// backend/cuda/ptx/effects.h: what the instructions of one kernel do, gathered by parameter and
// variable, with the first instruction that proves it.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "backend/cuda/ptx/interpreter.h"
#include "backend/kernel_access.h"

namespace sennit::cuda::ptx {

class Effects final : public EffectSink {
 public:
  // `parameters`: as the kernel declares them.
  Effects(const FlowModule& module, const OriginSets& sets,
          const std::vector<Declaration>& parameters);

  void on_block(std::uint32_t context, std::uint32_t block) override;
  void on_instruction(const FlowInstruction& instruction) override { instruction_ = &instruction; }
  void on_access(Touch touch, Space space, Origins address) override;
  void on_untracked_access(Touch touch) override;
  void on_escape(Origins value) override;
  void on_compare(Origins a, Origins b) override;
  void on_barrier() override;
  void on_call(std::uint32_t context) override;

  // After the interpreter's report, which is not needed any more then.
  void finish(const Interpreter& interpreter);
  // After `finish`. Variables that others know are added where the kernel follows addresses that
  // nobody tracks: `exposed` says which, by index.
  KernelAccess take(const std::vector<bool>& exposed);
  // Variables whose address the kernel gives away.
  const std::set<std::uint32_t>& escaped_variables() const { return escaped_variables_; }

  // One thing that happens in a block and matters for what a parameter's array held before.
  struct Event {
    enum class Kind : std::uint8_t { Read, Write, Barrier, Call } kind;
    std::uint32_t index = 0;  // of the parameter; of the context that is called
    const FlowInstruction* instruction = nullptr;
  };
  // By context and block, in order.
  using Events = std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<Event>>;

 private:
  struct Found {
    const FlowInstruction* instruction = nullptr;
    void note(const FlowInstruction* at) { instruction = instruction ? instruction : at; }
    explicit operator bool() const { return instruction != nullptr; }
  };
  struct Parameter {
    bool is_pointer = false;
    Found read, write, escape;
    Found old_contents;
  };
  struct Variable {
    Found read, write;
  };
  void touch_variable(std::uint32_t index, Touch touch);
  void touch_all_constants();
  void add_event(Event::Kind kind, std::uint32_t index = 0);
  Evidence evidence(const Found& found) const;

  const FlowModule& module_;
  const OriginSets& sets_;
  std::vector<Parameter> parameters_;
  std::map<std::uint32_t, Variable> variables_;
  std::set<std::uint32_t> escaped_variables_;
  Found untracked_read_, untracked_write_;
  Events events_;
  std::vector<Event>* block_events_ = nullptr;
  const FlowInstruction* instruction_ = nullptr;
};

// By parameter: the first instruction that reads what the array held before, or null: reached on
// some path before the thread has written through the parameter and has met a barrier.
std::vector<const FlowInstruction*> old_contents(const Interpreter& interpreter,
                                                 const Effects::Events& events,
                                                 std::size_t parameters);

}  // namespace sennit::cuda::ptx
