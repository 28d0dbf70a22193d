#include "sched/plan.h"

#include "base/text.h"

namespace sennit {
namespace {

std::string name_of(Location location) {
  if (location.is_host()) return "host";
  if (location.is_zero()) return "zero";
  return format("device {}", location.index - 1);
}

std::string name_of(StreamId stream) {
  return stream == kNoStream ? "a new stream" : format("stream {}", stream);
}

template <typename Iterator>
std::string after(Iterator first, Iterator last) {
  std::string text;
  for (; first != last; ++first) text += format(" #{}", number_of(first->node));
  return text.empty() ? text : ", after" + text;
}

}  // namespace

std::string_view name_of(OperationKind kind) {
  switch (kind) {
    case OperationKind::Launch:
      return "launch";
    case OperationKind::Copy:
      return "copy";
    case OperationKind::Fill:
      return "fill";
    case OperationKind::HostCall:
      return "host call";
    case OperationKind::Transfer:
      return "transfer";
    case OperationKind::HostRead:
      return "host read";
    case OperationKind::HostWrite:
      return "host write";
  }
  return "operation";
}

void Plan::clear() {
  stream = kNoStream;
  missing.clear();
  moves.clear();
  transfers.clear();
  transfer_parents.clear();
  parents.parents.clear();
}

std::string Plan::to_text(const Operation& operation) const {
  std::string text = format("{} on device {}, {}{}", operation.label, device, name_of(stream),
                            after(parents.parents.begin(), parents.parents.end()));
  if (operation.touches_known) text += "; counts as touching every array whose address is known";
  for (const PlannedMove& move : moves) {
    text +=
        format("; array {} on {} moves away from its views", move.array, name_of(move.location));
  }
  for (const PlannedTransfer& planned : transfers) {
    const Transfer& transfer = planned.transfer;
    text += format("; bytes {} to {} of array {} from {} to {} on {}{}", transfer.range.begin,
                   transfer.range.end, transfer.array, name_of(transfer.from), name_of(transfer.to),
                   name_of(planned.stream),
                   after(transfer_parents.begin() + planned.first_parent,
                         transfer_parents.begin() + planned.last_parent));
  }
  return text;
}

}  // namespace sennit
