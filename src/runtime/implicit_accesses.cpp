// runtime/implicit_accesses.cpp: what a launch touches beside what its arguments say: variables of
// the kernel's code, and arrays that it finds through pointers in memory.
#include <algorithm>

#include "runtime/runtime.h"

namespace sennit {
namespace {

// An array passed here is at an address that outlives the launch: whoever follows pointers later
// may come to it.
void expose_escaping(Scheduler& scheduler, const KernelFacts& facts,
                     std::span<const Argument> arguments) {
  std::vector<ArrayId> arrays;
  for (const std::uint32_t index : facts.escaping) {
    const Argument& argument = arguments[index];
    if (argument.kind == Argument::Kind::Array) arrays.push_back(argument.array->array);
  }
  scheduler.expose(arrays);
}

void add(std::vector<Access>& accesses, const Access& access) {
  std::erase_if(accesses, [&](const Access& other) { return other.array == access.array; });
  accesses.push_back(access);
}

}  // namespace

bool Runtime::add_implicit_accesses(RuntimeKernel& kernel, std::span<const Argument> arguments,
                                    const LaunchOptions& options, std::vector<Access>& accesses) {
  const KernelFacts& facts = kernel.facts();
  expose_escaping(*scheduler_, facts, arguments);
  if (facts.writes_variables) {
    // One byte stands for all variables: it orders the launches, and nobody looks at it.
    const Storage& state = kernel.state([&] {
      auto made = std::make_unique<Storage>();
      made->bytes = 1;
      scheduler_->add(*made, /*undefined=*/true);
      return track(std::move(made));
    });
    accesses.push_back({state.id, AccessMode::ReadWrite, {0, state.bytes}});
  }
  if (!options.touches) return facts.touches_untracked;
  for (const Array* array : *options.touches) {
    const Storage& storage = array->storage();
    scheduler_->expose({&storage.id, 1});
    add(accesses, {storage.id, AccessMode::ReadWrite, {0, storage.bytes}});
  }
  return false;
}

}  // namespace sennit
