// backend/cuda/ptx/old_contents.cpp: which reads may see what an array held before the kernel.
//
// A set of parameters flows forward: those through which, on some path, the thread has written
// nothing yet and has met no barrier. A write takes its parameter out, a barrier all of them.
#include <algorithm>
#include <deque>
#include <functional>

#include "backend/cuda/ptx/effects.h"

namespace sennit::cuda::ptx {
namespace {

using Set = std::vector<bool>;  // by parameter; empty: the point is not reached

class OldContents {
 public:
  OldContents(const Interpreter& interpreter, const Effects::Events& events, std::size_t parameters)
      : interpreter_(interpreter), events_(events), found_(parameters) {}

  std::vector<const FlowInstruction*> run(std::size_t parameters) {
    flow_into({0, 0}, Set(parameters, true));
    while (!open_.empty()) {
      const Point at = open_.front();
      open_.pop_front();
      queued_.erase(at);
      pass(at);
    }
    return std::move(found_);
  }

 private:
  using Point = std::pair<std::uint32_t, std::uint32_t>;  // context and block

  void queue(const Point& at) {
    if (queued_.insert(at).second) open_.push_back(at);
  }

  static bool join(Set& into, const Set& from) {
    if (into.empty()) {
      into = from;
      return true;
    }
    bool grew = false;
    for (std::size_t i = 0; i < from.size(); ++i) {
      grew |= from[i] && !into[i];
      if (from[i]) into[i] = true;
    }
    return grew;
  }

  void flow_into(const Point& at, const Set& set) {
    if (join(starts_[at], set)) queue(at);
  }

  void pass(const Point& at) {
    const FlowFunction& function = interpreter_.function(at.first);
    if (at.second >= function.blocks.size()) return;
    Set set = starts_[at];
    const FlowBlock& block = function.blocks[at.second];
    bool reaches_end = true;
    if (const auto found = events_.find(at); found != events_.end()) {
      for (const Effects::Event& event : found->second) {
        if (!apply(event, at, set)) {
          reaches_end = false;
          break;
        }
      }
    }
    if (!reaches_end) return;
    for (const std::uint32_t successor : block.successors) {
      flow_into({at.first, successor}, set);
    }
    if (returns(function, block)) leave(at.first, set);
  }

  // A function ends with a return, or where its text does.
  static bool returns(const FlowFunction& function, const FlowBlock& block) {
    if (block.first == block.end) return block.successors.empty();
    return function.instructions[block.end - 1].opcode.rule->meaning == Meaning::Return;
  }

  void leave(std::uint32_t context, const Set& set) {
    if (!join(ends_[context], set)) return;
    for (const Point& caller : callers_[context]) queue(caller);
  }

  // False if what follows is not reached, as far as is known yet.
  bool apply(const Effects::Event& event, const Point& at, Set& set) {
    switch (event.kind) {
      case Effects::Event::Kind::Read:
        // The first in the order of the code; blocks are not passed in that order.
        if (set[event.index]) note(found_[event.index], event.instruction);
        return true;
      case Effects::Event::Kind::Write:
        set[event.index] = false;
        return true;
      case Effects::Event::Kind::Barrier:
        std::fill(set.begin(), set.end(), false);
        return true;
      case Effects::Event::Kind::Call: {
        callers_[event.index].insert(at);
        flow_into({event.index, 0}, set);
        const Set& end = ends_[event.index];
        // One of several possible callees, or none: what holds without it holds still.
        if (event.instruction->guarded || event.instruction->source->operands.empty() ||
            !is_direct(event)) {
          if (!end.empty()) join(set, end);
          return true;
        }
        if (end.empty()) return false;
        set = end;
        return true;
      }
    }
    return true;
  }

  bool is_direct(const Effects::Event& event) const {
    const std::string& name = interpreter_.function(event.index).function->name;
    for (const Operand& operand : event.instruction->source->operands) {
      if (operand.kind == Operand::Kind::Name) return operand.text == name;
    }
    return false;
  }

  static void note(const FlowInstruction*& first, const FlowInstruction* instruction) {
    // Instructions of one function stand in one array, in order.
    if (first == nullptr || std::less<>()(instruction, first)) first = instruction;
  }

  const Interpreter& interpreter_;
  const Effects::Events& events_;
  std::vector<const FlowInstruction*> found_;
  std::map<Point, Set> starts_;
  std::map<std::uint32_t, Set> ends_;
  std::map<std::uint32_t, std::set<Point>> callers_;
  std::set<Point> queued_;
  std::deque<Point> open_;
};

}  // namespace

std::vector<const FlowInstruction*> old_contents(const Interpreter& interpreter,
                                                 const Effects::Events& events,
                                                 std::size_t parameters) {
  return OldContents(interpreter, events, parameters).run(parameters);
}

}  // namespace sennit::cuda::ptx
