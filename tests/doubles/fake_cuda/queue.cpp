// fake_cuda/queue.cpp: queueing work, running it in a random legal order, and watching the order.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "base/text.h"
#include "fake_cuda/machine.h"

namespace fake_cuda {
namespace {

using sennit::format;

thread_local bool is_driver_thread = false;

template <typename T>
void append(std::vector<T>& to, const std::vector<T>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

bool conflict(const Use& use, const Access& earlier) {
  if (use.mode == Mode::Release || earlier.mode == Mode::Release) return true;
  if (use.mode == Mode::Keep || earlier.mode == Mode::Keep) return false;
  if (use.mode == Mode::Read && earlier.mode == Mode::Read) return false;
  return use.begin < earlier.end && earlier.begin < use.end;
}

}  // namespace

bool on_driver_thread() { return is_driver_thread; }

// ---- Queueing ----------------------------------------------------------------------------------

std::vector<OperationPtr> Machine::frontier(const StreamPtr& stream) {
  std::vector<OperationPtr> before = stream->frontier;
  const Context& context = *stream->context;
  if (stream == context.legacy) {
    streams.for_each([&](const Stream& other) {
      if (!other.blocking || other.context != stream->context) return;
      require(other.capture == nullptr, CUDA_ERROR_STREAM_CAPTURE_IMPLICIT);
      append(before, other.frontier);
    });
    for (const auto& [thread, other] : context.per_thread) append(before, other->frontier);
  } else if (stream->blocking) {
    append(before, context.legacy->frontier);
  }
  return before;
}

void Machine::set_frontier(const StreamPtr& stream, std::vector<OperationPtr> frontier) {
  stream->frontier = std::move(frontier);
}

void Machine::submit(const StreamPtr& stream, Work work, GraphNode::Kind kind) {
  if (stream->capture != nullptr) {
    capture(stream, std::move(work), kind);
    return;
  }
  const auto most = static_cast<std::size_t>(config.pending_operations);
  if (stream->pending >= most) {
    ++blocked;
    run_until([&] { return stream->pending < most; });
  }
  OperationPtr queued = enqueue(stream, stream->context, std::move(work), frontier(stream));
  stream->last_kernel = kind == GraphNode::Kind::Kernel ? queued : nullptr;
  set_frontier(stream, {std::move(queued)});
}

// What the driver makes of it behind something else than a kernel is not documented.
void Machine::submit_early(const StreamPtr& stream, Work work) {
  const OperationPtr in_front = stream->last_kernel;
  if (in_front == nullptr && stream->capture == nullptr) {
    report(format("{} is launched early, and no kernel is in front of it", work.what));
  }
  if (work.waits_first || in_front == nullptr) {
    return submit(stream, std::move(work), GraphNode::Kind::Kernel);
  }
  stream->out_of_order = true;
  stream->last_kernel = enqueue(stream, stream->context, std::move(work), in_front->before);
  set_frontier(stream, {stream->last_kernel});
}

OperationPtr Machine::enqueue(const StreamPtr& stream, ContextPtr context, Work work,
                              std::vector<OperationPtr> before) {
  auto operation = std::make_shared<Operation>();
  operation->work = std::move(work);
  operation->context = std::move(context);
  operation->stream = stream;
  if (stream != nullptr) {
    operation->stream_id = stream->id;
    operation->in_order = !stream->out_of_order;
    ++stream->pending;
  }
  std::erase_if(before, [](const OperationPtr& earlier) { return earlier->observed; });
  operation->before = std::move(before);
  for (const OperationPtr& earlier : operation->before) {
    if (earlier->done) continue;
    earlier->next.push_back(operation);
    ++operation->missing;
  }
  // A quarter runs as early as it can, and a quarter only when nothing else is left.
  const std::uint64_t draw = random();
  const std::uint64_t tier = draw % 4 == 0 ? 0 : draw % 4 == 3 ? 2 : 1;
  operation->rank = tier << 62 | draw >> 2;
  order(operation);
  while (!unobserved_.empty() && unobserved_.front()->observed) unobserved_.pop_front();
  unobserved_.push_back(operation);
  if (operation->missing == 0) ready_.emplace(operation->rank, operation);
  return operation;
}

// ---- Who touches what, and in which order ------------------------------------------------------

void Machine::mark_before(const OperationPtr& operation) {
  ++visits_;
  std::vector<Operation*> open{operation.get()};
  while (!open.empty()) {
    const Operation* at = open.back();
    open.pop_back();
    for (const OperationPtr& earlier : at->before) {
      if (earlier->visit == visits_ || earlier->observed) continue;
      earlier->visit = visits_;
      open.push_back(earlier.get());
    }
  }
}

void Machine::order(const OperationPtr& operation) {
  bool marked = false;
  const Block* reported = nullptr;  // one word on each block is enough
  const auto complain = [&](Block& block, std::string misuse) {
    if (reported != &block) report(std::move(misuse));
    reported = &block;
    block.misused = true;
  };
  for (const Use& use : operation->work.uses) {
    Block& block = *use.block;
    std::erase_if(block.accesses, [](const Access& access) { return access.operation->observed; });
    if (block.freed && use.mode != Mode::Release) {
      complain(block,
               format("{} uses {} after it was freed", operation->work.what, describe(block)));
      operation->work.fault = CUDA_ERROR_ILLEGAL_ADDRESS;
    }
    for (const Access& earlier : block.accesses) {
      const Operation& other = *earlier.operation;
      const bool same_stream = other.stream_id == operation->stream_id && operation->in_order;
      if (same_stream || &other == operation.get() || !conflict(use, earlier)) continue;
      if (!marked) mark_before(operation);
      marked = true;
      if (other.visit == visits_) continue;
      complain(block, format("{} and {} touch {}, and nothing orders them", other.work.what,
                             operation->work.what, describe(block)));
    }
    // Whoever is ordered behind this operation is behind these, too.
    std::erase_if(block.accesses, [&](const Access& earlier) {
      return earlier.operation->stream_id == operation->stream_id && operation->in_order &&
             earlier.mode == use.mode && use.begin <= earlier.begin && earlier.end <= use.end;
    });
    block.accesses.push_back({operation, use.begin, use.end, use.mode});
  }
}

void Machine::observe(const std::vector<OperationPtr>& operations) {
  std::vector<OperationPtr> open = operations;
  while (!open.empty()) {
    const OperationPtr at = std::move(open.back());
    open.pop_back();
    at->observed = true;
    for (OperationPtr& earlier : at->before) {
      if (!earlier->observed) open.push_back(std::move(earlier));
    }
    at->before.clear();
  }
}

// ---- Running -----------------------------------------------------------------------------------

void Machine::finish(const OperationPtr& operation, CUresult result) {
  Work& work = operation->work;
  if (result != CUDA_SUCCESS && operation->context->fault == CUDA_SUCCESS) {
    operation->context->fault = result;
  }
  clock_us_ += work.duration_us;
  operation->end_us = clock_us_;
  if (work.when_done) work.when_done();
  operation->done = true;
  for (const OperationPtr& next : operation->next) {
    if (--next->missing == 0) ready_.emplace(next->rank, next);
  }
  operation->next.clear();
  if (operation->stream != nullptr) --operation->stream->pending;
  operation->stream.reset();
  work.run = nullptr;
  work.when_done = nullptr;
  work.uses.clear();
  --running_;
  changed_.notify_all();
}

namespace {

CUresult run(const Operation& operation, CUresult fault_of_context) {
  if (fault_of_context != CUDA_SUCCESS) return CUDA_SUCCESS;  // a lost device does nothing more
  if (operation.work.fault != CUDA_SUCCESS) return operation.work.fault;
  return operation.work.run ? operation.work.run() : CUDA_SUCCESS;
}

}  // namespace

void Machine::run_driver_thread() {
  is_driver_thread = true;
  mutex.lock();
  for (;;) {
    driver_thread_wanted_.wait(mutex, [&] { return !for_driver_thread_.empty(); });
    const OperationPtr operation = std::move(for_driver_thread_.front());
    for_driver_thread_.pop_front();
    const CUresult fault = operation->context->fault;
    mutex.unlock();
    const CUresult result = run(*operation, fault);
    mutex.lock();
    finish(operation, result);
  }
}

bool Machine::run_one() {
  if (ready_.empty()) return false;
  const OperationPtr operation = ready_.begin()->second;
  ready_.erase(ready_.begin());
  ++running_;
  if (operation->work.on_driver_thread) {
    if (!driver_thread_started_) std::thread([this] { run_driver_thread(); }).detach();
    driver_thread_started_ = true;
    for_driver_thread_.push_back(operation);
    driver_thread_wanted_.notify_one();
    return true;
  }
  const CUresult fault = operation->context->fault;
  mutex.unlock();
  const CUresult result = run(*operation, fault);
  mutex.lock();
  finish(operation, result);
  return true;
}

void Machine::run_until(const std::function<bool()>& holds) {
  while (!holds()) {
    if (run_one()) continue;
    if (running_ == 0) {
      std::fprintf(stderr, "fake_cuda: what is waited for can never run\n");
      std::abort();
    }
    changed_.wait(mutex);
  }
}

void Machine::run_all() {
  run_until([&] { return ready_.empty() && running_ == 0; });
}

void Machine::run_a_little() {
  for (std::uint64_t steps = random() % 3; steps > 0; --steps) run_one();
}

void Machine::wait_for(const std::vector<OperationPtr>& operations) {
  run_until([&] {
    return std::all_of(operations.begin(), operations.end(),
                       [](const OperationPtr& operation) { return operation->done; });
  });
  observe(operations);
  memory.trim_to_thresholds();
}

void Machine::wait_for_context(const Context& context) {
  std::vector<OperationPtr> operations;
  for (const OperationPtr& operation : unobserved_) {
    if (operation->context.get() == &context) operations.push_back(operation);
  }
  wait_for(operations);
}

}  // namespace fake_cuda
