// fake_cuda/machine.cpp: contexts, streams by handle, and starting over.
#include "fake_cuda/machine.h"

namespace fake_cuda {
namespace {

// The calling thread's context. A handle, since the context may be gone.
thread_local std::uintptr_t current_context = 0;

}  // namespace

Machine& machine() {
  static Machine& machine = *new Machine;
  return machine;
}

Machine::Machine() { reset({}); }

void Machine::reset(const fake_cuda_config& given) {
  run_all();
  observe({unobserved_.begin(), unobserved_.end()});
  unobserved_.clear();
  captures.clear();
  executables.clear();
  graphs.clear();
  functions.clear();
  links.clear();
  modules.clear();
  events.clear();
  streams.clear();
  for (const ContextPtr& context : primaries) {
    if (context == nullptr) continue;
    context->legacy.reset();  // they name each other
    context->per_thread.clear();
  }
  contexts.clear();
  pools.clear();
  refusals.fill(CUDA_SUCCESS);
  config = given;
  absent = given.absent;
  config.absent = absent.c_str();
  primaries.assign(static_cast<std::size_t>(config.devices), nullptr);
  memory.reset(static_cast<std::size_t>(config.devices), config.memory_bytes);
  misuses.clear();
  calls.fill(0);
  blocked = 0;
  clock_us_ = 0;
  seed(config.seed);
}

StreamPtr Machine::new_stream(const ContextPtr& context, bool blocking) {
  auto stream = std::make_shared<Stream>();
  stream->context = context;
  stream->id = ++streams_made_;
  stream->blocking = blocking;
  return stream;
}

CUdevice Machine::device(int ordinal) const {
  require(ordinal >= 0 && ordinal < config.devices, CUDA_ERROR_INVALID_DEVICE);
  return ordinal;
}

ContextPtr Machine::primary(int ordinal) {
  ContextPtr& context = primaries[static_cast<std::size_t>(device(ordinal))];
  if (context == nullptr) {
    context = std::make_shared<Context>();
    context->device = ordinal;
    context->handle = contexts.add(context);
    context->legacy = new_stream(context, true);
  }
  return context;
}

// The last release destroys the context, and with it all that belongs to it; but not its fault,
// which lasts as long as the process.
void Machine::release_primary(int ordinal) {
  ContextPtr& context = primaries[static_cast<std::size_t>(device(ordinal))];
  require(context != nullptr && context->retained > 0, CUDA_ERROR_INVALID_CONTEXT);
  if (--context->retained > 0 || context->fault != CUDA_SUCCESS) return;
  wait_for_context(*context);
  context->destroyed = true;
  const auto belongs = [&](const auto& object) { return object.context == context; };
  streams.erase_if(belongs);
  events.erase_if(belongs);
  modules.for_each([&](const Module& module) {
    if (!belongs(module)) return;
    for (const auto& [name, block] : module.variables) memory.release(block);
  });
  modules.erase_if(belongs);
  functions.erase_if([&](const Function& function) { return belongs(*function.module); });
  contexts.take(handle_of<void*>(context->handle));
  context->legacy.reset();
  context->per_thread.clear();
  context.reset();
}

ContextPtr Machine::current_or_null() {
  if (current_context == 0) return nullptr;
  const auto* handle = handle_of<void*>(current_context);
  require(contexts.has(handle), CUDA_ERROR_CONTEXT_IS_DESTROYED);
  return contexts.get(handle);
}

ContextPtr Machine::current() {
  ContextPtr context = current_or_null();
  require(context != nullptr, CUDA_ERROR_INVALID_CONTEXT);
  check_fault(*context);
  return context;
}

void Machine::make_current(std::uintptr_t context) {
  require(context == 0 || contexts.has(handle_of<void*>(context)), CUDA_ERROR_INVALID_CONTEXT);
  current_context = context;
}

std::uintptr_t Machine::current_handle() const { return current_context; }

StreamPtr Machine::stream(CUstream handle) {
  if (handle == nullptr || handle == stream_legacy()) return current()->legacy;
  if (handle == stream_per_thread()) {
    const ContextPtr context = current();
    StreamPtr& stream = context->per_thread[std::this_thread::get_id()];
    if (stream == nullptr) stream = new_stream(context, true);
    return stream;
  }
  const StreamPtr& stream = streams.get(handle);
  check_fault(*stream->context);
  return stream;
}

}  // namespace fake_cuda
