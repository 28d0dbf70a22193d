#include "random/program.h"

#include <algorithm>
#include <span>

#include "base/text.h"
#include "random/kernels.h"
#include "sched/policy.h"
#include "sched/stream_policy.h"

namespace sennit::random_programs {
namespace {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}

  std::uint32_t below(std::size_t end) { return static_cast<std::uint32_t>(engine_() % end); }
  bool one_in(std::size_t n) { return below(n) == 0; }
  template <typename T>
  T one_of(std::initializer_list<T> choices) {
    return choices.begin()[below(choices.size())];
  }

 private:
  std::mt19937_64 engine_;
};

// Small ones meet often; large ones have more than one host window.
std::size_t any_size(Dice& dice) {
  const std::size_t limit = dice.one_of<std::size_t>({8, 40, 40, 200, 200, 700});
  return 1 + dice.below(limit);
}

NewArray any_array(Dice& dice) {
  NewArray array;
  array.elements = any_size(dice);
  array.contents = dice.one_of({NewArray::Zeros, NewArray::Zeros, NewArray::Zeros, NewArray::Zeros,
                                NewArray::Undefined, NewArray::Adopted});
  array.value = dice.below(1u << 31);
  return array;
}

AnyView any_view(Dice& dice, int slot) {
  AnyView view;
  view.slot = slot;
  view.whole = dice.one_in(3);
  view.first = dice.below(1 << 16);
  view.count = dice.below(1 << 16);
  view.step = dice.one_in(4) ? 2 + dice.below(2) : 1;
  return view;
}

// More launches than all else, and few of what waits for everything.
Operation::Kind any_kind(Dice& dice) {
  using Op = Operation;
  return dice.one_of({Op::Launch,       Op::Launch,        Op::Launch,        Op::Launch,
                      Op::Launch,       Op::Launch,        Op::Launch,        Op::Launch,
                      Op::Launch,       Op::Launch,        Op::Launch,        Op::Launch,
                      Op::ReadElements, Op::WriteElements, Op::WriteElements, Op::ReadRange,
                      Op::WriteRange,   Op::WriteRange,    Op::Fill,          Op::Fill,
                      Op::Copy,         Op::Copy,          Op::Free,          Op::TakeSnapshot,
                      Op::TakeSnapshot, Op::DropSnapshot,  Op::WriteInPlace,  Op::Wait,
                      Op::Launch,       Op::Launch,        Op::Launch,        Op::Sync});
}

Operation any_operation(Dice& dice, const std::vector<int>& slots) {
  Operation operation;
  operation.kind = any_kind(dice);
  operation.kernel = static_cast<int>(dice.below(kKernels));
  operation.snapshot = static_cast<int>(dice.below(kSnapshots));
  operation.value = dice.below(1u << 31);
  operation.replacement = any_array(dice);
  for (AnyView& view : operation.views) view = any_view(dice, slots[dice.below(slots.size())]);
  return operation;
}

// One that answers both questions, or two that answer one each.
std::string any_stream_policy(Dice& dice) {
  const auto any = [&](std::initializer_list<StreamPolicyInfo::Role> roles) {
    for (;;) {
      const StreamPolicyInfo& info = *stream_policies()[dice.below(stream_policies().size())];
      if (std::find(roles.begin(), roles.end(), info.role) != roles.end()) return info;
    }
  };
  const StreamPolicyInfo first = any({StreamPolicyInfo::Root, StreamPolicyInfo::Both});
  if (first.role == StreamPolicyInfo::Both) return std::string(first.name);
  return format("{}+{}", first.name, any({StreamPolicyInfo::Child}).name);
}

// A loop: a body again and again, with other numbers or the same, with two arrays that change
// places from one iteration to the next, or with an iteration that goes another way.
void append_loop(Dice& dice, const std::vector<int>& slots, std::vector<Operation>& operations) {
  std::vector<Operation> body;
  const std::size_t length = 1 + dice.below(dice.one_in(3) ? 14 : 5);
  while (body.size() < length) {
    body.push_back(any_operation(dice, slots));
    if (!dice.one_in(4)) body.back().kind = Operation::Launch;
  }
  const bool same_numbers = dice.one_in(2);
  const bool rotates = dice.one_in(3);
  const int one = slots[dice.below(slots.size())];
  const int other = slots[dice.below(slots.size())];
  for (std::size_t iterations = 2 + dice.below(7); iterations > 0; --iterations) {
    for (Operation& operation : body) {
      if (!same_numbers) operation.value = dice.below(1u << 31);
      for (AnyView& view : operation.views) {
        if (!rotates || (view.slot != one && view.slot != other)) continue;
        view.slot = view.slot == one ? other : one;
      }
      if (dice.one_in(40)) operations.push_back(any_operation(dice, slots));
      if (!dice.one_in(40)) operations.push_back(operation);
    }
  }
}

std::vector<Operation> any_operations(Dice& dice, const std::vector<int>& slots,
                                      std::size_t length) {
  std::vector<Operation> operations;
  const bool loops = dice.one_in(2);
  while (operations.size() < length) {
    if (loops && dice.one_in(5)) {
      append_loop(dice, slots, operations);
    } else {
      operations.push_back(any_operation(dice, slots));
    }
  }
  return operations;
}

Setup any_setup(Dice& dice) {
  Setup setup;
  if (dice.one_in(2)) setup.stream_policy = any_stream_policy(dice);
  setup.placement_policy = policies()[dice.below(policies().size())]->name;
  setup.data_threshold = dice.one_of({0.0, 0.1, 0.6});
  setup.assume_written = dice.one_in(8);
  setup.serial = dice.one_in(12);
  setup.max_streams = dice.one_of<std::int64_t>({1, 2, 3, 64});
  setup.max_in_flight = dice.one_of<std::int64_t>({0, 0, 6, 20});
  setup.host_window_bytes = dice.one_of<std::int64_t>({0, 64, 256});
  setup.devices = static_cast<int>(1 + dice.below(4));
  setup.shares_host_memory = dice.one_in(5);
  setup.kernel_us = dice.one_of({0.1, 5.0});
  setup.seed = dice.below(1u << 31);
  setup.large_copy_bytes = dice.one_of<std::int64_t>({0, 64, 400, std::int64_t{2} << 20});
  setup.copy_chunk_bytes = dice.one_of<std::int64_t>({4, 64, 300});
  setup.copy_threads = dice.one_of<std::int64_t>({1, 1, 1, 3});
  setup.replay = dice.one_of<const char*>({"off", "auto", "repeated", "always"});
  setup.replay_patience_us = dice.one_of<std::int64_t>({0, 0, 50});
  setup.replay_most = dice.one_of<std::int64_t>({1, 3, 8, 40, 512});
  return setup;
}

}  // namespace

View AnyView::of(std::size_t elements) const {
  View view;
  view.slot = slot;
  if (whole) {
    view.count = elements;
    return view;
  }
  view.first = first % elements;
  view.step = step;
  view.count = 1 + count % ((elements - view.first + step - 1) / step);
  return view;
}

Program random_program(std::uint64_t value, int threads) {
  Dice dice(value);
  Program program;
  program.setup = any_setup(dice);
  for (NewArray& array : program.arrays) array = any_array(dice);
  // Few arrays: they meet often. Many: much goes on at once.
  const int used = dice.one_of({2, 3, 5, kArrays});
  const std::size_t length = 10 + dice.below(dice.one_in(4) ? 191 : 51);
  for (int thread = 0; thread < threads; ++thread) {
    std::vector<int> slots;
    for (int slot = 0; slot < kArrays; ++slot) {
      const bool mine = shared(slot) || slot % threads == thread;
      if (threads > 1 ? mine : slot < used) slots.push_back(slot);
    }
    program.threads.push_back(any_operations(dice, slots, length));
  }
  return program;
}

Program random_free_program(std::uint64_t value) {
  Dice dice(value);
  Program program;
  program.setup = any_setup(dice);
  program.pace = Pace::Free;
  for (NewArray& array : program.arrays) array = any_array(dice);
  const std::size_t length = 10 + dice.below(51);
  for (int thread = 0; thread < 2; ++thread) {
    std::vector<int> own;
    std::vector<int> readable;
    for (int slot = 0; slot < kArrays; ++slot) {
      if (slot == kHandedOver) continue;
      if (!shared(slot) && slot % 2 == thread) own.push_back(slot);
      if (shared(slot) || slot % 2 == thread) readable.push_back(slot);
    }
    std::vector<Operation> operations;
    while (operations.size() < length) {
      Operation operation = any_operation(dice, readable);
      for (int i = 0; i < view_count(operation); ++i) {
        AnyView& view = operation.views[static_cast<std::size_t>(i)];
        if (changes(operation, i)) view.slot = own[dice.below(own.size())];
        if (dice.one_in(6)) view.slot = kHandedOver;
      }
      operations.push_back(operation);
    }
    program.threads.push_back(std::move(operations));
  }
  return program;
}

int view_count(const Operation& operation) {
  switch (operation.kind) {
    case Operation::Launch:
      return static_cast<int>(kernel(operation.kernel).arrays);
    case Operation::Copy:
      return 2;
    case Operation::DropSnapshot:
    case Operation::Sync:
      return 0;
    default:
      return 1;
  }
}

namespace {

template <typename Predicate>
bool uses_any(const Operation& operation, Predicate predicate) {
  const std::span views(operation.views);
  return std::any_of(views.begin(), views.begin() + view_count(operation),
                     [&](const AnyView& view) { return predicate(view.slot); });
}

}  // namespace

bool uses_shared(const Operation& operation) { return uses_any(operation, shared); }

bool uses_handed_over(const Operation& operation) {
  return uses_any(operation, [](int slot) { return slot == kHandedOver; });
}

bool changes(const Operation& operation, int i) {
  switch (operation.kind) {
    case Operation::ReadElements:
    case Operation::ReadRange:
    case Operation::TakeSnapshot:
    case Operation::Wait:
      return false;
    case Operation::Launch:
      return i == 0 || (i == 1 && kernel(operation.kernel).changes_second);
    default:
      return i == 0;
  }
}

std::string to_text(const Setup& setup) {
  return format(
      "stream_policy {}, placement_policy {}, data_threshold {}, assume_written {}, serial {}, "
      "max_streams {}, max_in_flight {}, "
      "host_window_bytes {}, large_copy_bytes {}, copy_chunk_bytes {}, copy_threads {}, devices "
      "{}, "
      "shares_host_memory {}, kernel_us {}, seed {}, replay {}, replay_most {}, replay_patience_us "
      "{}",
      setup.stream_policy, setup.placement_policy, setup.data_threshold, setup.assume_written,
      setup.serial, setup.max_streams, setup.max_in_flight, setup.host_window_bytes,
      setup.large_copy_bytes, setup.copy_chunk_bytes, setup.copy_threads, setup.devices,
      setup.shares_host_memory, setup.kernel_us, setup.seed, setup.replay, setup.replay_most,
      setup.replay_patience_us);
}

std::string to_text(const NewArray& array) {
  switch (array.contents) {
    case NewArray::Zeros:
      return format("{} zeros", array.elements);
    case NewArray::Undefined:
      return format("{} undefined", array.elements);
    case NewArray::Adopted:
      return format("{} adopted ({})", array.elements, array.value);
  }
  return {};
}

std::string to_text(const Operation& operation, const std::array<std::size_t, kArrays>& elements) {
  static constexpr const char* kNames[Operation::kKinds] = {
      "launch", "read elements", "write elements", "read",           "write", "fill", "copy",
      "free",   "snapshot",      "drop snapshot",  "write in place", "wait",  "sync"};
  std::string text = kNames[operation.kind];
  if (operation.kind == Operation::Launch) text += format(" {}", kernel(operation.kernel).name);
  for (int i = 0; i < view_count(operation); ++i) {
    const AnyView& any = operation.views[static_cast<std::size_t>(i)];
    const View view = any.of(elements[static_cast<std::size_t>(any.slot)]);
    text += format(" {}[{}:{}{}]", static_cast<char>('a' + view.slot), view.first,
                   view.at(view.count - 1) + 1, view.step > 1 ? format(":{}", view.step) : "");
  }
  if (operation.kind == Operation::TakeSnapshot || operation.kind == Operation::DropSnapshot) {
    text += format(" #{}", operation.snapshot);
  }
  if (operation.kind == Operation::Free) {
    text += format(", then {}", to_text(operation.replacement));
  }
  return text + format(" ({})", operation.value);
}

}  // namespace sennit::random_programs
