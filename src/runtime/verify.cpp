// runtime/verify.cpp: the option `verify`: does a launch leave alone what it is said to leave
// alone?
//
// For each launch the bytes that count as read-only or unused are noted before and looked at after.
// To the scheduler the launch writes them, or it would show the host its old copy of them.
#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "base/text.h"
#include "runtime/runtime.h"

namespace sennit {
namespace {

// Bytes of an array that must stay as they are.
struct Guarded {
  std::string what;  // "argument 2 ('x') ... is read-only"
  ArrayId array = 0;
  ByteRange range;
  std::vector<std::byte> before;
};

std::vector<std::byte> bytes_of(Scheduler& scheduler, const Guarded& guarded) {
  const HostPin pin = scheduler.read(scheduler.storage(guarded.array), guarded.range);
  const std::byte* const first = pin.data() + guarded.range.begin;
  return {first, first + guarded.range.size()};
}

bool is_written(const std::vector<Access>& accesses, ArrayId array, ByteRange range) {
  return std::any_of(accesses.begin(), accesses.end(), [&](const Access& access) {
    return access.array == array && writes(access.mode) && access.range.overlaps(range);
  });
}

std::vector<Guarded> guarded_by(const Signature& signature, std::span<const Argument> arguments,
                                const std::vector<Access>& accesses, std::span<const ArrayId> known,
                                Scheduler& scheduler) {
  std::vector<Guarded> all;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const AccessMode mode = signature.slots()[i].access;
    if (arguments[i].kind != Argument::Kind::Array || writes(mode)) continue;
    const ArrayView& view = *arguments[i].array;
    if (view.hull.empty() || is_written(accesses, view.array, view.hull)) continue;
    const std::string& name = signature.parameters()[i].name;
    all.push_back({format("argument {}{}, which counts as {}", i + 1,
                          name.empty() ? "" : format(" ('{}')", name),
                          reads(mode) ? "only read" : "not used"),
                   view.array,
                   view.hull,
                   {}});
  }
  for (const ArrayId array : known) {
    const ByteRange range{0, scheduler.storage(array).bytes};
    const bool is_argument =
        std::any_of(accesses.begin(), accesses.end(),
                    [&](const Access& access) { return access.array == array; });
    if (is_argument || range.empty()) continue;
    all.push_back({format("array {}, whose address is known, but which is no argument", array),
                   array,
                   range,
                   {}});
  }
  return all;
}

[[noreturn]] void report(const char* kernel, const Guarded& guarded,
                         const std::vector<std::byte>& after) {
  const auto [before_at, after_at] =
      std::mismatch(guarded.before.begin(), guarded.before.end(), after.begin());
  const auto offset = static_cast<std::size_t>(before_at - guarded.before.begin());
  raise(
      ErrorCode::KernelFailed,
      format("verify: launch '{}' wrote to {}: byte {} of the array was 0x{:02x} and is 0x{:02x}; "
             "declare it as inout, or name it in touches=[...]",
             kernel, guarded.what, guarded.range.begin + offset, std::to_integer<int>(*before_at),
             std::to_integer<int>(*after_at)));
}

}  // namespace

// As `launch`, from where the arguments are bound.
NodeId Runtime::submit_verified(const Operation& given, const Signature& signature,
                                std::span<const Argument> arguments) {
  std::vector<Access> accesses(given.accesses.begin(), given.accesses.end());
  const std::vector<ArrayId> known =
      given.touches_known ? std::vector<ArrayId>() : scheduler_->known_addresses();
  std::vector<Guarded> all = guarded_by(signature, arguments, accesses, known, *scheduler_);
  for (Guarded& guarded : all) guarded.before = bytes_of(*scheduler_, guarded);

  for (Access& access : accesses) access.mode = AccessMode::ReadWrite;
  for (const Guarded& guarded : all) {
    const Access whole{
        guarded.array, AccessMode::ReadWrite, {0, scheduler_->storage(guarded.array).bytes}};
    std::erase_if(accesses, [&](const Access& other) { return other.array == whole.array; });
    accesses.push_back(whole);
  }
  Operation operation = given;
  operation.accesses = accesses;
  const NodeId node = scheduler_->submit(operation);
  scheduler_->wait(node);
  for (const Guarded& guarded : all) {
    const std::vector<std::byte> after = bytes_of(*scheduler_, guarded);
    if (after != guarded.before) report(given.label, guarded, after);
  }
  return node;
}

}  // namespace sennit
