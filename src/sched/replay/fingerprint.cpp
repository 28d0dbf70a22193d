#include "sched/replay/fingerprint.h"

#include <bit>

namespace sennit {
namespace {

class Hash {
 public:
  void add(std::uint64_t value) {
    state_ = (std::rotl(state_, 29) ^ value) * 0x9fb21c651e98df25ull;
  }
  void add(const Dim3& size) {
    add(std::uint64_t{size.x} << 32 | size.y);
    add(size.z);
  }
  std::uint64_t value() const { return state_ ^ (state_ >> 32); }

 private:
  std::uint64_t state_ = 0x2545f4914f6cdd1dull;
};

}  // namespace

std::uint64_t fingerprint_of(const Operation& operation, const Plan& plan) {
  Hash hash;
  hash.add(static_cast<std::uint64_t>(operation.kind) << 32 |
           static_cast<std::uint32_t>(plan.device));
  if (const auto* launch = std::get_if<LaunchWork>(&operation.work)) {
    hash.add(launch->source->find(plan.device)->serial());
    hash.add(launch->config.grid);
    hash.add(launch->config.block);
    hash.add(launch->config.shared_bytes);
  }
  hash.add(operation.touched_bytes());
  for (const PlannedTransfer& planned : plan.transfers) {
    const Transfer& transfer = planned.transfer;
    hash.add(std::uint64_t{transfer.from.index} << 8 | transfer.to.index);
    hash.add(transfer.range.size());
  }
  return hash.value();
}

}  // namespace sennit
