// fake_cuda/api_stream.cpp: streams and events.
#include <algorithm>

#include "fake_cuda/api.h"

namespace fake_cuda::api {
namespace {

bool all_done(const std::vector<OperationPtr>& operations) {
  return std::all_of(operations.begin(), operations.end(),
                     [](const OperationPtr& operation) { return operation->done; });
}

void refuse_if_captured(const Stream& stream) {
  if (stream.capture == nullptr) return;
  stream.capture->invalidated = true;
  refuse(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
}

// Of an event, not recorded in a capture, of a context that is well.
std::shared_ptr<Event> usable(CUevent handle) {
  const std::shared_ptr<Event>& event = machine().events.get(handle);
  machine().check_fault(*event->context);
  if (event->capture != nullptr) {
    event->capture->invalidated = true;
    refuse(CUDA_ERROR_CAPTURED_EVENT);
  }
  return event;
}

CUresult query(const Context& context, const std::vector<OperationPtr>& operations) {
  Machine& m = machine();
  if (!all_done(operations)) m.run_a_little();
  m.check_fault(context);
  if (!all_done(operations)) return CUDA_ERROR_NOT_READY;
  m.observe(operations);
  return CUDA_SUCCESS;
}

std::vector<OperationPtr> work_before(const Event& event) {
  if (event.at == nullptr) return {};
  return {event.at};
}

}  // namespace

CUresult cuStreamCreate(CUstream* stream, unsigned flags) {
  require(stream != nullptr && flags <= CU_STREAM_NON_BLOCKING);
  Machine& m = machine();
  *stream = handle_of<CUstream>(
      m.streams.add(m.new_stream(m.current(), flags != CU_STREAM_NON_BLOCKING)));
  return CUDA_SUCCESS;
}

// What is queued still runs.
CUresult cuStreamDestroy(CUstream handle) {
  machine().check_fault(*machine().streams.get(handle)->context);
  const StreamPtr stream = machine().streams.take(handle);
  if (stream->capture != nullptr) stream->capture->invalidated = true;
  return CUDA_SUCCESS;
}

CUresult cuStreamQuery(CUstream handle) {
  const StreamPtr stream = machine().stream(handle);
  refuse_if_captured(*stream);
  machine().refuse_if_capturing();
  return query(*stream->context, machine().frontier(stream));
}

CUresult cuStreamSynchronize(CUstream handle) {
  const StreamPtr stream = machine().stream(handle);
  refuse_if_captured(*stream);
  machine().refuse_if_capturing();
  machine().wait_for(machine().frontier(stream));
  machine().check_fault(*stream->context);
  return CUDA_SUCCESS;
}

CUresult cuStreamWaitEvent(CUstream handle, CUevent event_handle, unsigned flags) {
  require(flags <= 1);
  Machine& m = machine();
  const StreamPtr stream = m.stream(handle);
  const std::shared_ptr<Event> event = m.events.get(event_handle);
  if (stream->capture != nullptr || event->capture != nullptr) {
    wait_in_capture(m, stream, *event);
    return CUDA_SUCCESS;
  }
  stream->last_kernel = nullptr;
  if (event->at == nullptr || event->at->observed) return CUDA_SUCCESS;
  // The default stream holds back others, too: there the wait is an operation.
  if (stream->blocking) {
    std::vector<OperationPtr> before = m.frontier(stream);
    before.push_back(event->at);
    stream->frontier = {m.enqueue(stream, stream->context, Work{}, std::move(before))};
  } else {
    stream->frontier.push_back(event->at);
  }
  return CUDA_SUCCESS;
}

CUresult cuEventCreate(CUevent* event, unsigned flags) {
  require(event != nullptr && (flags & ~7u) == 0);
  auto made = std::make_shared<Event>();
  made->context = machine().current();
  made->timed = (flags & CU_EVENT_DISABLE_TIMING) == 0;
  *event = handle_of<CUevent>(machine().events.add(std::move(made)));
  return CUDA_SUCCESS;
}

CUresult cuEventDestroy(CUevent event) {
  machine().check_fault(*machine().events.get(event)->context);
  machine().events.take(event);
  return CUDA_SUCCESS;
}

CUresult cuEventRecord(CUevent event_handle, CUstream stream_handle) {
  Machine& m = machine();
  const std::shared_ptr<Event> event = m.events.get(event_handle);
  const StreamPtr stream = m.stream(stream_handle);
  require(event->context == stream->context, CUDA_ERROR_INVALID_HANDLE);
  event->capture = stream->capture;
  event->captured = stream->captured;
  if (stream->capture != nullptr) return CUDA_SUCCESS;
  Work point;
  point.what = "an event";
  OperationPtr last_kernel = stream->last_kernel;
  m.submit(stream, std::move(point));
  stream->last_kernel = std::move(last_kernel);
  event->at = stream->frontier.front();
  return CUDA_SUCCESS;
}

CUresult cuEventQuery(CUevent handle) {
  const std::shared_ptr<Event> event = usable(handle);
  machine().refuse_if_capturing();
  return query(*event->context, work_before(*event));
}

CUresult cuEventSynchronize(CUevent handle) {
  const std::shared_ptr<Event> event = usable(handle);
  machine().refuse_if_capturing();
  machine().wait_for(work_before(*event));
  machine().check_fault(*event->context);
  return CUDA_SUCCESS;
}

CUresult cuEventElapsedTime(float* milliseconds, CUevent start_handle, CUevent end_handle) {
  require(milliseconds != nullptr);
  const std::shared_ptr<Event> start = usable(start_handle), end = usable(end_handle);
  require(start->timed && end->timed && start->at != nullptr && end->at != nullptr &&
              start->context == end->context,
          CUDA_ERROR_INVALID_HANDLE);
  if (!start->at->done || !end->at->done) return CUDA_ERROR_NOT_READY;
  *milliseconds = static_cast<float>((end->at->end_us - start->at->end_us) / 1000);
  return CUDA_SUCCESS;
}

}  // namespace fake_cuda::api
