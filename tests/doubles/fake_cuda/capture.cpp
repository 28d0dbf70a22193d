// fake_cuda/capture.cpp: streams that write down their work as a graph instead of running it.
#include <algorithm>

#include "fake_cuda/api.h"

namespace fake_cuda {
namespace {

thread_local CUstreamCaptureMode thread_mode = CU_STREAM_CAPTURE_MODE_GLOBAL;

void invalidate(Capture& capture) { capture.invalidated = true; }

// By node: whether it is among `ends`, or one of them comes behind it.
std::vector<bool> behind(const Graph& graph, const std::vector<std::size_t>& ends) {
  std::vector<bool> reached(graph.nodes.size());
  std::vector<std::size_t> open = ends;
  while (!open.empty()) {
    const std::size_t node = open.back();
    open.pop_back();
    if (reached[node]) continue;
    reached[node] = true;
    const std::vector<std::size_t>& before = graph.nodes[node].dependencies;
    open.insert(open.end(), before.begin(), before.end());
  }
  return reached;
}

void merge(std::vector<std::size_t>& into, const std::vector<std::size_t>& from) {
  for (const std::size_t node : from) {
    if (std::find(into.begin(), into.end(), node) == into.end()) into.push_back(node);
  }
}

}  // namespace

// The rules of cuThreadExchangeStreamCaptureMode.
void Machine::refuse_if_capturing() {
  if (thread_mode == CU_STREAM_CAPTURE_MODE_RELAXED) return;
  bool refused = false;
  for (const auto& open : captures) {
    if (open->mode == CU_STREAM_CAPTURE_MODE_RELAXED) continue;
    const bool own = open->thread == std::this_thread::get_id();
    const bool global =
        open->mode == CU_STREAM_CAPTURE_MODE_GLOBAL && thread_mode == CU_STREAM_CAPTURE_MODE_GLOBAL;
    if (!own && !global) continue;
    invalidate(*open);
    refused = true;
  }
  require(!refused, CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
}

void Machine::capture(const StreamPtr& stream, Work work, GraphNode::Kind kind) {
  Capture& open = *stream->capture;
  require(!open.invalidated, CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
  GraphNode node;
  node.kind = kind;
  node.work = std::move(work);
  node.dependencies = stream->captured;
  stream->captured = {add_node(*open.graph, std::move(node))};
}

void wait_in_capture(Machine& m, const StreamPtr& stream, const Event& event) {
  if (event.capture == nullptr) {
    require(stream->capture == nullptr, CUDA_ERROR_STREAM_CAPTURE_ISOLATION);
    return;
  }
  require(std::find(m.captures.begin(), m.captures.end(), event.capture) != m.captures.end(),
          CUDA_ERROR_CAPTURED_EVENT);
  require(stream->capture == nullptr || stream->capture == event.capture, kCaptureMerge);
  if (stream->capture == nullptr) {
    stream->capture = event.capture;
    stream->captured.clear();
    event.capture->joined.push_back(stream);
  }
  merge(stream->captured, event.captured);
}

namespace api {

CUresult cuStreamIsCapturing(CUstream handle, CUstreamCaptureStatus* status) {
  require(status != nullptr);
  const StreamPtr stream = machine().stream(handle);
  *status = stream->capture == nullptr     ? CU_STREAM_CAPTURE_STATUS_NONE
            : stream->capture->invalidated ? CU_STREAM_CAPTURE_STATUS_INVALIDATED
                                           : CU_STREAM_CAPTURE_STATUS_ACTIVE;
  return CUDA_SUCCESS;
}

CUresult cuThreadExchangeStreamCaptureMode(CUstreamCaptureMode* mode) {
  require(mode != nullptr && *mode >= CU_STREAM_CAPTURE_MODE_GLOBAL &&
          *mode <= CU_STREAM_CAPTURE_MODE_RELAXED);
  std::swap(*mode, thread_mode);
  return CUDA_SUCCESS;
}

CUresult cuStreamBeginCapture(CUstream handle, CUstreamCaptureMode mode) {
  Machine& m = machine();
  const StreamPtr stream = m.stream(handle);
  require(stream != stream->context->legacy, CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
  require(stream->capture == nullptr, kIllegalState);
  auto capture = std::make_shared<Capture>();
  capture->graph = std::make_shared<Graph>();
  capture->graph->context = stream->context;
  capture->mode = mode;
  capture->thread = std::this_thread::get_id();
  capture->origin = stream;
  stream->capture = capture;
  stream->captured.clear();
  m.captures.push_back(std::move(capture));
  return CUDA_SUCCESS;
}

CUresult cuStreamEndCapture(CUstream handle, CUgraph* graph) {
  require(graph != nullptr);
  Machine& m = machine();
  const StreamPtr stream = m.stream(handle);
  const std::shared_ptr<Capture> capture = stream->capture;
  require(capture != nullptr, kIllegalState);
  require(capture->origin == stream, kCaptureUnmatched);
  require(capture->mode == CU_STREAM_CAPTURE_MODE_RELAXED ||
              capture->thread == std::this_thread::get_id(),
          CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD);
  const std::vector<bool> joined = behind(*capture->graph, stream->captured);
  bool unjoined = false;
  for (const StreamPtr& other : capture->joined) {
    for (const std::size_t node : other->captured) unjoined |= !joined[node];
    other->capture.reset();
  }
  stream->capture.reset();
  capture->joined.clear();
  capture->origin.reset();
  std::erase(m.captures, capture);
  *graph = nullptr;
  require(!capture->invalidated, CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
  require(!unjoined, kCaptureUnjoined);
  capture->graph->handle = m.graphs.add(capture->graph);
  *graph = handle_of<CUgraph>(capture->graph->handle);
  return CUDA_SUCCESS;
}

}  // namespace api
}  // namespace fake_cuda
