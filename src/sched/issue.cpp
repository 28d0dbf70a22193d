// sched/issue.cpp: carries a plan out and commits it. The only caller of streams.
#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "sched/scheduler.h"

namespace sennit {
namespace {

// A host call with what it needs, kept with its node until it is done.
struct PendingCall {
  std::shared_ptr<HostCallWork::Call> call;
  std::vector<std::byte*> addresses;

  static void run(void* self) {
    auto& pending = *static_cast<PendingCall*>(self);
    pending.call->run(pending.addresses);
  }
};

// Memory that no frontier knows to be in use, beside what the node keeps anyway.
struct KeptMemory {
  std::vector<std::shared_ptr<ReplicaMemory>> untracked;
  std::shared_ptr<void> other;
};

// Zeros for host memory that the device's fill cannot reach.
struct HostFill {
  std::byte* target;
  std::size_t bytes;

  static void run(void* self) {
    const auto& fill = *static_cast<const HostFill*>(self);
    std::memset(fill.target, 0, fill.bytes);
  }
};

// How long a kernel is going to run, if earlier runs told. Of a copy nothing is known: others may
// keep its engine busy for any time.
std::optional<double> known_us(const Command& command) {
  const auto* launch = std::get_if<LaunchCommand>(&command);
  return launch != nullptr ? launch->function->typical_us(launch->config, launch->touched_bytes)
                           : std::nullopt;
}

}  // namespace

NodeId Scheduler::issue(const Operation& operation, std::span<const Prepared> prepared,
                        Plan& plan) {
  if (plan.stream == kNoStream) plan.stream = streams_.open(plan.device);

  // Each of these is an operation of its own: once queued it is committed, whatever happens next.
  for (const PlannedMove& move : plan.moves) issue_move(move, prepared, plan, operation);
  for (const PlannedTransfer& planned : plan.transfers) {
    issue_transfer(planned, plan, operation.where);
  }
  if (!plan.moves.empty() || !plan.transfers.empty()) {
    collect_parents(operation, plan);  // the transfers are its parents now
  }
  if (const auto failure = failure_of(plan.parents.parents)) {
    return inherit_failure(operation, plan, failure);
  }

  std::shared_ptr<void> keep;
  const Command command = command_for(operation, plan, keep);
  if (!operation.untracked.empty()) {
    auto kept = std::make_shared<KeptMemory>();
    for (const Access& access : operation.untracked) {
      kept->untracked.push_back(storages_[access.array]->replica(plan.location));
    }
    kept->other = std::move(keep);
    keep = std::move(kept);
  }
  for (const Access& access : operation.accesses) close_windows(access);
  const NodeId node =
      enqueue(plan.stream, command, plan.parents, {.kind = operation.kind}, plan.device);
  remember(node, operation.kind, operation.label, operation.where, plan.device,
           plan.parents.parents);
  infos_[slot_of(node)].keep = std::move(keep);
  commit(operation, plan, node);
  if (predecessors_) add_predecessor(node, operation, plan.stream);
  ++counts_.operations;
  counts_.launches += operation.kind == OperationKind::Launch ? 1 : 0;
  if (!observers_.empty()) {
    observe({node, operation.kind, operation.label, operation.where, plan.device, plan.location,
             plan.stream, operation.accesses, plan.parents.parents, 0, operation.touches_known});
  }
  read_back(operation, plan);
  if (plan.stream != kHeldBack) mark(plan.stream);
  return node;
}

// Sees to it that the stream's work is known to be done not long after it is.
void Scheduler::mark(StreamId stream) {
  if (!streams_.marker_due(stream)) return;
  streams_.record_tail(stream);
  streams_.poll(stream, done_, StreamTable::Thoroughness::Glance);
  retire(done_);
}

// The event for the stream's tail, if somebody may want to wait for it (`wanted`): once something
// stands behind it, an event can no longer mean the tail alone. Where what is queued behind the
// tail is over before another stream could have been told that the tail is done, one event for all
// of it serves as well; but not where the work waits for other streams first, which may take any
// time.
void Scheduler::record_if_wanted(StreamId stream, const Command& command,
                                 std::span<const ParentSet::Parent> parents, bool wanted) {
  if (!wanted && !streams_.is_postponed(stream)) return;
  const double crossing_us = device(streams_.device_of(stream)).info().crossing_us;
  const auto us = known_us(command);
  const auto crosses = [&](const ParentSet::Parent& parent) SENNIT_NO_THREAD_SAFETY_ANALYSIS {
    return nodes_.in_flight(parent.node) && streams_.stream_of(parent.node) != stream;
  };
  if (us && streams_.postponed_us(stream) + *us < crossing_us &&
      std::none_of(parents.begin(), parents.end(), crosses)) {
    return streams_.postpone(stream, *us);
  }
  streams_.record_tail(stream);
}

// A new node for `command`, which goes on `stream`. `item` and `device` are for what is held back.
NodeId Scheduler::enqueue(StreamId stream, const Command& command, const ParentSet& set,
                          HeldBatch::Item item, int device) {
  const NodeId node = nodes_.create();
  item.node = node;
  if (stream == kHeldBack) {
    hold_command(command, item, set.parents, device);
    return node;
  }
  try {
    const auto held = [&](const ParentSet::Parent& parent) SENNIT_NO_THREAD_SAFETY_ANALYSIS {
      return nodes_.in_flight(parent.node) && is_held(parent.node);
    };
    if (!held_.empty() && std::any_of(set.parents.begin(), set.parents.end(), held)) {
      run_held();
    }
    // Before the waits: the event must not mean them.
    if (const NodeId tail = streams_.unrecorded_tail(stream); tail != kNoNode) {
      // Nobody will ask for the event if this operation takes the tail off every frontier.
      const bool wanted =
          nodes_.entry(tail).frontier_references > 0 && !frontier_.would_supersede(tail, set);
      record_if_wanted(stream, command, set.parents, wanted);
    }
    enqueue_behind(stream, command, node, set.parents);
  } catch (...) {
    nodes_.abandon(node);
    throw;
  }
  return node;
}

void Scheduler::enqueue_behind(StreamId stream, const Command& command, NodeId node,
                               std::span<const ParentSet::Parent> parents) {
  for (const ParentSet::Parent& parent : parents) {
    if (nodes_.in_flight(parent.node)) streams_.wait_for(stream, parent.node);
  }
  streams_.enqueue(stream, command, node);
}

Command Scheduler::command_for(const Operation& operation, const Plan& plan,
                               std::shared_ptr<void>& keep) {
  if (const auto* launch = std::get_if<LaunchWork>(&operation.work)) {
    for (const PointerPatch& patch : launch->patches) {
      const std::byte* pointer = address(patch.place, plan.location);
      std::memcpy(launch->parameters.data() + patch.parameter_offset, &pointer, sizeof pointer);
    }
    return LaunchCommand{launch->source->find(plan.device), launch->config, launch->parameters,
                         launch->offsets, operation.touched_bytes()};
  }
  const int ordinal = plan.location.is_host() ? CopyCommand::kHost : plan.device;
  if (const auto* copy = std::get_if<CopyWork>(&operation.work)) {
    return CopyCommand{address(copy->to, plan.location), address(copy->from, plan.location),
                       copy->bytes, ordinal, ordinal};
  }
  if (const auto* fill = std::get_if<FillWork>(&operation.work)) {
    return FillCommand{address(fill->to, plan.location), fill->bytes, fill->pattern,
                       fill->pattern_bytes};
  }
  const auto& call = std::get<HostCallWork>(operation.work);
  auto pending = std::make_shared<PendingCall>();
  pending->call = call.call;
  for (const Access& access : operation.accesses) {
    pending->addresses.push_back(address({access.array, 0}, plan.location));
  }
  keep = pending;
  return HostCallCommand{&PendingCall::run, pending.get()};
}

void Scheduler::issue_move(const PlannedMove& move, std::span<const Prepared> prepared,
                           const Plan& plan, const Operation& operation) {
  Storage& storage = *storages_[move.array];
  const auto fresh = std::find_if(prepared.begin(), prepared.end(), [&](const Prepared& p) {
    return p.what.array == move.array && p.what.serial == storage.serial;
  });
  if (fresh == prepared.end()) fail("a pinned replica without fresh memory");
  const ResourceId id = resource(move.array, move.location);
  const ByteRange all{0, storage.bytes};
  const std::shared_ptr<ReplicaMemory> old = storage.replica(move.location);

  Grave grave;
  frontier_.users(id, grave.users);
  const bool overwritten =
      std::any_of(operation.accesses.begin(), operation.accesses.end(), [&](const Access& access) {
        return access.array == move.array && access.mode == AccessMode::Overwrite &&
               access.range == all;
      });
  NodeId node = kNoNode;
  if (!overwritten && (coherence_.holders(move.array) & move.location.bit())) {
    transfer_set_.start(nodes_);
    frontier_.collect(id, all, AccessMode::Read, transfer_set_);
    const CopyCommand copy{fresh->memory->address(), old->address(), storage.bytes,
                           CopyCommand::kHost, CopyCommand::kHost};
    node = enqueue(plan.stream, copy, transfer_set_);
    remember(node, OperationKind::Transfer, "move away from a view", operation.where, plan.device,
             transfer_set_.parents);
    ++counts_.operations;
    ++counts_.transfers;
    counts_.transfer_bytes += storage.bytes;
    grave.users.push_back(node);
    if (!observers_.empty()) {
      const Access access{move.array, AccessMode::ReadWrite, all};
      observe({node,
               OperationKind::Transfer,
               "move away from a view",
               operation.where,
               plan.device,
               move.location,
               plan.stream,
               {&access, 1},
               transfer_set_.parents,
               0});
    }
  }
  storage.readable.close();
  storage.writable.close();
  frontier_.reset(id);
  if (node != kNoNode) {
    frontier_.advance(id, all, AccessMode::Overwrite, node);
    if (const auto failure = failure_of(transfer_set_.parents)) fail_node(node, failure);
  }
  grave.object = old;
  grave.bytes = old->allocation->bytes();
  attach_memory(storage, move.location, fresh->memory);
  bury(std::move(grave));
}

void Scheduler::issue_transfer(const PlannedTransfer& planned, const Plan& plan,
                               SourceLocation where) {
  const Transfer& transfer = planned.transfer;
  const StreamId stream = planned.stream == kNoStream ? plan.stream : planned.stream;
  // Collected anew: a move or an earlier transfer may have taken the place of a parent.
  transfer_set_.start(nodes_);
  const ResourceId to = resource(transfer.array, transfer.to);
  frontier_.collect(to, transfer.range, AccessMode::Overwrite, transfer_set_);
  if (!transfer.from.is_zero()) {
    frontier_.collect(resource(transfer.array, transfer.from), transfer.range, AccessMode::Read,
                      transfer_set_);
  }
  Storage& storage = *storages_[transfer.array];
  std::byte* target = address({transfer.array, transfer.range.begin}, transfer.to);
  const auto ordinal = [&](Location location) {
    return location.is_host() ? CopyCommand::kHost : device_of_location_[location.index];
  };
  Command command = FillCommand{target, transfer.range.size(), {}, 1};
  std::shared_ptr<void> keep;
  if (transfer.from.is_zero()) {
    if (transfer.to.is_host() && !device(planned.device).info().shares_host_memory) {
      auto fill = std::make_shared<HostFill>(HostFill{target, transfer.range.size()});
      command = HostCallCommand{&HostFill::run, fill.get()};
      keep = std::move(fill);
    }
  } else {
    command = CopyCommand{target, address({transfer.array, transfer.range.begin}, transfer.from),
                          transfer.range.size(), ordinal(transfer.to), ordinal(transfer.from)};
    if (transfer.from.is_host()) storage.writable.close();
  }
  if (transfer.to.is_host()) storage.writable.close();

  const HeldBatch::Item item{.kind = OperationKind::Transfer,
                             .ends_operation = plan.stream != kHeldBack,
                             .root = plan.stream == kHeldBack && plan.parents.parents.empty(),
                             .transfer = transfer};
  const NodeId node = enqueue(stream, command, transfer_set_, item, planned.device);
  const char* label = transfer.from.is_zero() ? "zeros" : "transfer";
  remember(node, OperationKind::Transfer, label, where, planned.device, transfer_set_.parents);
  infos_[slot_of(node)].keep = std::move(keep);
  if (!transfer.from.is_zero()) {
    frontier_.advance(resource(transfer.array, transfer.from), transfer.range, AccessMode::Read,
                      node);
  }
  frontier_.advance(to, transfer.range, AccessMode::Overwrite, node);
  coherence_.commit_transfer(transfer);
  ++counts_.operations;
  ++counts_.transfers;
  counts_.transfer_bytes += transfer.from.is_zero() ? 0 : transfer.range.size();
  if (const auto failure = failure_of(transfer_set_.parents)) fail_node(node, failure);
  if (!observers_.empty()) {
    const Access access{transfer.array, AccessMode::Overwrite, transfer.range};
    observe({node,
             OperationKind::Transfer,
             label,
             where,
             planned.device,
             transfer.to,
             stream,
             {&access, 1},
             transfer_set_.parents,
             0});
  }
  if (stream != kHeldBack && streams_.marker_due(stream)) streams_.record_tail(stream);
}

void Scheduler::remember(NodeId node, OperationKind kind, const char* label, SourceLocation where,
                         int device, std::span<const ParentSet::Parent> parents) {
  const std::uint32_t slot = slot_of(node);
  if (slot >= infos_.size()) infos_.resize(std::max<std::size_t>(slot + 1, 2 * infos_.size()));
  NodeInfo& info = infos_[slot];
  info.kind = kind;
  info.label = label;
  info.where = where;
  info.device = device;
  info.data_parents.clear();
  // One step for nearly all, so that a slot soon has room for whatever comes next.
  if (info.data_parents.capacity() < parents.size()) {
    info.data_parents.reserve(std::max<std::size_t>(parents.size(), 8));
  }
  for (const ParentSet::Parent& parent : parents) {
    if (parent.data) info.data_parents.push_back(parent.node);
  }
  if (info.failure) info.failure.reset();
  if (info.keep) info.keep.reset();
}

void Scheduler::commit(const Operation& operation, const Plan& plan, NodeId node) {
  for (const Access& access : operation.accesses) {
    frontier_.advance(resource(access.array, plan.location), access.range, access.mode, node);
    coherence_.commit_access(access, plan.location);
  }
}

std::shared_ptr<const Error> Scheduler::failure_of(std::span<const ParentSet::Parent> parents) {
  for (const ParentSet::Parent& parent : parents) {
    if (parent.data && nodes_.alive(parent.node) && nodes_.entry(parent.node).failed) {
      return infos_[slot_of(parent.node)].failure;
    }
  }
  return nullptr;
}

// What the operation would read is the result of work that failed: it fails too, and is not run.
NodeId Scheduler::inherit_failure(const Operation& operation, const Plan& plan,
                                  const std::shared_ptr<const Error>& failure) {
  for (const Access& access : operation.accesses) close_windows(access);
  const NodeId node = nodes_.create();
  remember(node, operation.kind, operation.label, operation.where, plan.device, {});
  commit(operation, plan, node);
  fail_node(node, failure);
  if (!observers_.empty()) {
    observe({node, operation.kind, operation.label, operation.where, plan.device, plan.location,
             kNoStream, operation.accesses, plan.parents.parents, 0});
    for (const auto& observer : observers_) observer->on_done(node, failure.get());
  }
  nodes_.complete(node);
  return node;
}

// The host may no longer store (a device reads the bytes), nor load (a device writes them).
void Scheduler::close_windows(const Access& access) {
  Storage& storage = *storages_[access.array];
  if (storage.writable.is_open()) storage.writable.close();
  if (writes(access.mode) && storage.readable.is_open()) storage.readable.close();
}

void Scheduler::observe(const ObservedOperation& operation) {
  for (const auto& observer : observers_) observer->on_issue(operation);
}

}  // namespace sennit
