// backend/cuda/cuda_stream.cpp: queues commands with the driver.
#include "backend/cuda/cuda_stream.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

#include "backend/cuda/cuda_commands.h"
#include "base/text.h"

namespace sennit::cuda {

// ---- Events ------------------------------------------------------------------------------------

CudaEvent::CudaEvent(const CudaContext& context) : context_(context) {
  const Current current(context);
  const Relaxed relaxed(context);
  context.check(context.driver().cuEventCreate(&event_, CU_EVENT_DISABLE_TIMING),
                "creating an event");
}

CudaEvent::~CudaEvent() {
  // Streams may yet be told to wait for it.
  if (const SubmissionQueue* queue = queue_.load(std::memory_order_acquire)) queue->flush();
  if (owned_ && !context_.is_lost()) context_.driver().cuEventDestroy(event_);
}

// A fault of running work ends all work: what an event stood behind will never come, and whoever
// waits for it learns the failure.
bool CudaEvent::is_done() const {
  if (const SubmissionQueue* queue = queue_.load(std::memory_order_acquire)) {
    if (!queue->has_run(ticket_.load(std::memory_order_relaxed))) return false;
  }
  if (context_.is_lost()) return true;
  const Current current(context_);
  const Relaxed relaxed(context_);
  const CUresult result = context_.driver().cuEventQuery(event_);
  if (result == CUDA_SUCCESS) return true;
  if (result == CUDA_ERROR_NOT_READY) return false;
  context_.note(result);
  if (context_.is_lost()) return true;
  context_.refuse(result, "asking for an event");
}

void CudaEvent::sync() const {
  wait_until_recorded();
  if (SubmissionQueue* queue = queue_.load(std::memory_order_acquire)) {
    queue->end_burst();
    // The driver lets one thread in at a time, and a waiting one goes in again and again. While
    // ours has work to queue, that goes first: this one only looks now and then.
    while (!queue->wait_briefly()) {
      if (is_done()) return;
    }
  }
  if (context_.is_lost()) return;
  const Current current(context_);
  const Relaxed relaxed(context_);
  const CUresult result = context_.driver().cuEventSynchronize(event_);
  if (result == CUDA_SUCCESS) return;
  context_.note(result);
  if (!context_.is_lost()) context_.refuse(result, "waiting for an event");
}

// ---- Streams -----------------------------------------------------------------------------------

CudaStream::CudaStream(const DeviceServices& services)
    : services_(services), context_(services.context) {
  const Current current(context_);
  const Relaxed relaxed(context_);
  context_.check(context_.driver().cuStreamCreate(&stream_, CU_STREAM_NON_BLOCKING),
                 "creating a stream");
}

CudaStream::~CudaStream() {
  services_.submissions.flush();
  if (context_.is_lost()) return;
  if (buffer_) context_.note(context_.driver().cuStreamSynchronize(stream_));
  context_.driver().cuStreamDestroy(stream_);
}

// ---- What the submission thread does -----------------------------------------------------------

// Each reports what the driver refuses as a failure of its command: the call that submitted it is
// over. All that a caller could have been told was checked there.
template <typename Work>
void report_failure(const CudaContext& context, CommandTag tag, Work work) noexcept {
  try {
    work();
  } catch (const Error& error) {
    // A lost device has told already what ended it, and that concerns all work in flight.
    if (error.code() != ErrorCode::DeviceLost) context.add_failure(tag, error);
  } catch (const std::exception& error) {
    context.add_failure(tag, Error(ErrorCode::Internal, error.what()));
  }
}

struct CudaStream::DeferredLaunch {
  static constexpr std::size_t kParameters = 24;
  static constexpr std::size_t kParameterBytes = 192;

  static bool takes(const LaunchCommand& given) {
    return given.offsets.size() <= kParameters && given.parameters.size() <= kParameterBytes;
  }
  DeferredLaunch(CudaStream& on, const LaunchCommand& given, CommandTag tag_)
      : stream(on), command(given), tag(tag_) {
    std::copy(given.offsets.begin(), given.offsets.end(), offsets);
    std::copy(given.parameters.begin(), given.parameters.end(), parameters);
    command.offsets = {offsets, given.offsets.size()};
    command.parameters = {parameters, given.parameters.size()};
  }
  void run() noexcept {
    report_failure(stream.context_, tag, [&] { stream.launch(command, false); });
  }

  CudaStream& stream;
  LaunchCommand command;
  CommandTag tag;
  std::uint32_t offsets[kParameters];
  alignas(16) std::byte parameters[kParameterBytes];
};

// Copies and fills, whose commands own all that they say.
struct CudaStream::DeferredCommand {
  void run() noexcept {
    report_failure(stream.context_, tag, [&] { stream.queue(command, tag); });
  }

  CudaStream& stream;
  Command command;
  CommandTag tag;
};

struct CudaStream::DeferredRecord {
  void run() noexcept {
    report_failure(stream.context_, 0, [&] {
      stream.context_.check(stream.context_.driver().cuEventRecord(event, stream.stream_),
                            "recording an event");
    });
  }

  CudaStream& stream;
  CUevent event;
};

struct CudaStream::DeferredWait {
  void run() noexcept {
    report_failure(stream.context_, 0, [&] { stream.wait_for(event); });
  }

  CudaStream& stream;
  CUevent event;
};

// ---- Queueing ----------------------------------------------------------------------------------

// The driver has no reason to refuse it.
bool is_plain(const LaunchCommand& command, const DeviceInfo& device) {
  const auto within = [](const Dim3& given, const Dim3& limit) {
    return given.x - 1 < limit.x && given.y - 1 < limit.y && given.z - 1 < limit.z;
  };
  const LaunchConfig& config = command.config;
  const FunctionInfo& function = command.function->info();
  return !config.cooperative && config.cluster.count() == 1 &&
         within(config.grid, device.max_grid) && within(config.block, device.max_block) &&
         config.block.count() <= function.max_threads_per_block &&
         config.shared_bytes + function.static_shared_bytes <= device.max_shared_bytes;
}

// False for what must be queued by the caller: a command that may be refused for reasons which only
// the driver knows, or that is timed.
bool CudaStream::defer(const Command& command, CommandTag tag) {
  SubmissionQueue& submissions = services_.submissions;
  if (!submissions.defers()) return false;
  if (tag != 0 && services_.timings.is_on()) return false;
  // What is submitted to a lost device is refused at once.
  if (context_.is_lost()) return false;
  if (const auto* launched = std::get_if<LaunchCommand>(&command)) {
    if (!is_plain(*launched, services_.info) || !DeferredLaunch::takes(*launched)) return false;
    submissions.submit<DeferredLaunch>(*this, *launched, tag);
    return true;
  }
  if (std::holds_alternative<HostCallCommand>(command)) return false;
  submissions.submit<DeferredCommand>(DeferredCommand{*this, command, tag});
  return true;
}

void CudaStream::enqueue(const Command& command, CommandTag tag) {
  if (defer(command, tag)) return;
  services_.submissions.run([&] { queue(command, tag); });
}

void CudaStream::queue(const Command& command, CommandTag tag) {
  TimingLog& timings = services_.timings;
  const bool timed = tag != 0 && timings.is_on();
  const auto* plain = std::get_if<LaunchCommand>(&command);
  if (plain != nullptr && !timed) return launch(*plain, false);
  const Current current(context_);
  if (plain == nullptr) behind_early_ = false;
  if (timed) timings.begin(tag, stream_);
  try {
    if (const auto* launched = std::get_if<LaunchCommand>(&command)) {
      launch(*launched, timed);
    } else if (const auto* copied = std::get_if<CopyCommand>(&command)) {
      copy(*copied);
    } else if (const auto* filled = std::get_if<FillCommand>(&command)) {
      fill(*filled);
    } else {
      call(std::get<HostCallCommand>(command), tag);
    }
  } catch (...) {
    if (timed) timings.cancel();
    throw;
  }
  if (timed) timings.end(stream_);
}

// A launch that is timed begins where it would if it were held back: its time is to be that of the
// kernel alone.
void CudaStream::launch(const LaunchCommand& command, bool timed) {
  CudaFunction& function = prepared_function(command);
  const LaunchConfig& config = command.config;
  const ParameterPointers parameters(command);
  const auto sample = function.times().begin(config, command.touched_bytes, stream_);
  const bool behind_early = std::exchange(behind_early_, false);
  const bool may_be_early = sennit::cuda::may_be_early(command);
  LaunchAttributes attributes = launch_attributes(config);
  if (behind_early && may_be_early && !timed && !sample) {
    attributes.add(CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION)
        .value.programmaticStreamSerializationAllowed = 1;
  }
  const auto queue = [&] {
    const Driver& driver = context_.driver();
    if (attributes.count == 0) {
      return driver.cuLaunchKernel(function.handle(), config.grid.x, config.grid.y, config.grid.z,
                                   config.block.x, config.block.y, config.block.z,
                                   config.shared_bytes, stream_, parameters.data(), nullptr);
    }
    const CUlaunchConfig extended{config.grid.x,       config.grid.y,  config.grid.z,
                                  config.block.x,      config.block.y, config.block.z,
                                  config.shared_bytes, stream_,        attributes.list.data(),
                                  attributes.count};
    return driver.cuLaunchKernelEx(&extended, function.handle(), parameters.data(), nullptr);
  };
  CUresult result = queue();
  // The driver takes the context from the stream. One that wants it current as well says so here,
  // and queues nothing.
  if (result == CUDA_ERROR_INVALID_CONTEXT || result == CUDA_ERROR_INVALID_HANDLE) [[unlikely]] {
    const Current current(context_);
    result = queue();
  }
  if (result != CUDA_SUCCESS) [[unlikely]] {
    context_.refuse(result, format("kernel '{}'", function.info().name));
  }
  behind_early_ = may_be_early;
  if (sample) function.times().end(*sample, stream_);
}

void CudaStream::launch(CUgraphExec graph) {
  services_.submissions.run([&] {
    behind_early_ = false;
    context_.check(context_.driver().cuGraphLaunch(graph, stream_), "launching a graph");
  });
}

void CudaStream::copy(const CopyCommand& command) {
  const bool from_host = command.from_device == CopyCommand::kHost;
  const bool to_host = command.to_device == CopyCommand::kHost;
  if (from_host && to_host) return copy_on_host(command.to, command.from, command.bytes);
  if ((from_host && !services_.pinned.owns(command.from)) ||
      (to_host && !services_.pinned.owns(command.to))) {
    return copy_through_buffer(command);
  }
  // One address space: the driver sees from the addresses which side is where.
  context_.check(
      context_.driver().cuMemcpyAsync(device_address(command.to), device_address(command.from),
                                      command.bytes, stream_),
      "copying");
}

void CudaStream::copy_on_host(void* to, const void* from, std::size_t bytes) {
  struct Copy {
    void* to;
    const void* from;
    std::size_t bytes;
  };
  auto pending = std::make_unique<Copy>(Copy{to, from, bytes});
  const auto run = [](void* user) {
    const std::unique_ptr<const Copy> owned(static_cast<const Copy*>(user));
    std::memcpy(owned->to, owned->from, owned->bytes);
  };
  context_.check(context_.driver().cuLaunchHostFunc(stream_, run, pending.get()), "copying");
  pending.release();  // the call deletes itself
}

void CudaStream::copy_through_buffer(const CopyCommand& command) {
  constexpr std::size_t kBuffer = std::size_t{4} << 20;
  if (!buffer_) buffer_ = services_.pinned.allocate_locked(kBuffer);
  const Driver& driver = context_.driver();
  const CUdeviceptr buffer = device_address(buffer_->address());
  for (std::size_t done = 0; done < command.bytes; done += kBuffer) {
    const std::size_t bytes = std::min(kBuffer, command.bytes - done);
    std::byte* to = static_cast<std::byte*>(command.to) + done;
    const std::byte* from = static_cast<const std::byte*>(command.from) + done;
    if (command.from_device == CopyCommand::kHost) {
      copy_on_host(buffer_->address(), from, bytes);
      context_.check(driver.cuMemcpyAsync(device_address(to), buffer, bytes, stream_), "copying");
    } else {
      context_.check(driver.cuMemcpyAsync(buffer, device_address(from), bytes, stream_), "copying");
      copy_on_host(to, buffer_->address(), bytes);
    }
  }
}

void CudaStream::fill(const FillCommand& command) {
  const Driver& driver = context_.driver();
  CUresult result = CUDA_SUCCESS;
  if (const auto memset = memset_of(command)) {
    if (memset->elementSize == 4) {
      result = driver.cuMemsetD32Async(memset->dst, memset->value, memset->width, stream_);
    } else if (memset->elementSize == 2) {
      result = driver.cuMemsetD16Async(memset->dst, static_cast<unsigned short>(memset->value),
                                       memset->width, stream_);
    } else {
      result = driver.cuMemsetD8Async(memset->dst, static_cast<unsigned char>(memset->value),
                                      memset->width, stream_);
    }
  } else {
    BuiltinLaunch launch = services_.builtins.fill(command);
    auto parameters = launch.pointers();
    result = driver.cuLaunchKernel(launch.function, launch.blocks, 1, 1, launch.threads, 1, 1, 0,
                                   stream_, parameters.data(), nullptr);
  }
  context_.check(result, "filling");
}

void CudaStream::call(const HostCallCommand& command, CommandTag tag) {
  auto pending = std::make_unique<HostCall>(HostCall{&context_, command, tag});
  const auto run = [](void* user) {
    const std::unique_ptr<const HostCall> owned(static_cast<const HostCall*>(user));
    owned->run();
  };
  context_.check(context_.driver().cuLaunchHostFunc(stream_, run, pending.get()),
                 "queueing a host function");
  pending.release();  // the call deletes itself
}

// An event that something else has recorded could be recorded anew, or be gone, before the thread
// comes to the wait.
void CudaStream::wait(const Event& event) {
  const auto& awaited = static_cast<const CudaEvent&>(event);
  SubmissionQueue& submissions = services_.submissions;
  if (awaited.was_recorded_by(submissions) && submissions.defers()) {
    return submissions.submit<DeferredWait>(DeferredWait{*this, awaited.handle()});
  }
  submissions.run([&] {
    awaited.wait_until_recorded();
    const Current current(context_);
    wait_for(awaited.handle());
  });
}

void CudaStream::wait_for(CUevent event) {
  behind_early_ = false;
  context_.check(context_.driver().cuStreamWaitEvent(stream_, event, 0), "waiting for an event");
}

void CudaStream::record(Event& event) {
  auto& recorded = static_cast<CudaEvent&>(event);
  SubmissionQueue& submissions = services_.submissions;
  if (submissions.defers()) {
    submissions.submit<DeferredRecord>(DeferredRecord{*this, recorded.handle()});
  } else {
    submissions.run([&] {
      const Current current(context_);
      context_.check(context_.driver().cuEventRecord(recorded.handle(), stream_),
                     "recording an event");
    });
  }
  recorded.recorded_at(&submissions, submissions.now());
}

}  // namespace sennit::cuda
