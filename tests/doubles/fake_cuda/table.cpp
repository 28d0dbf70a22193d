// fake_cuda/table.cpp: every function of the driver by name, and what happens around each call.
#include <cstring>
#include <string_view>
#include <utility>

#include "fake_cuda/api.h"

namespace fake_cuda {
namespace {

// Those that answer whatever became of the current context.
bool needs_no_context(Api function) {
  switch (function) {
    case Api::cuInit:
    case Api::cuGetErrorName:
    case Api::cuGetErrorString:
    case Api::cuDeviceGetCount:
    case Api::cuDeviceGet:
    case Api::cuDeviceGetName:
    case Api::cuDeviceGetAttribute:
    case Api::cuDeviceTotalMem:
    case Api::cuDeviceCanAccessPeer:
    case Api::cuDevicePrimaryCtxRetain:
    case Api::cuDevicePrimaryCtxRelease:
    case Api::cuCtxGetCurrent:
    case Api::cuCtxSetCurrent:
    case Api::cuThreadExchangeStreamCaptureMode:
    case Api::cuMemPoolDestroy:
    case Api::cuPointerGetAttribute:
      return true;
    default:
      return false;
  }
}

void check_call(Machine& m, Api function) {
  if (function == Api::cuGetErrorName || function == Api::cuGetErrorString) return;
  require(!on_driver_thread(), kNotPermitted);
  if (function == Api::cuInit) return;
  require(m.initialised, CUDA_ERROR_NOT_INITIALIZED);
  if (needs_no_context(function)) return;
  const ContextPtr context = m.current_or_null();
  if (context != nullptr) m.check_fault(*context);
}

template <typename Function>
struct Entry;
template <typename... Arguments>
struct Entry<CUresult(Arguments...)> {
  template <CUresult (*kFunction)(Arguments...), Api kName>
  static CUresult call(Arguments... arguments) noexcept {
    Machine& m = machine();
    const std::lock_guard lock(m.mutex);
    ++m.calls[static_cast<std::size_t>(kName)];
    try {
      check_call(m, kName);
      const CUresult refusal =
          std::exchange(m.refusals[static_cast<std::size_t>(kName)], CUDA_SUCCESS);
      require(refusal == CUDA_SUCCESS, refusal);
      return kFunction(arguments...);
    } catch (const Refused& refused) {
      return refused.result;
    }
  }
};

}  // namespace

const std::vector<TableEntry>& table() {
  static const std::vector<TableEntry> entries{
#define FAKE_CUDA_ENTRY(name, version, parameters) \
  {#name, version,                                 \
   reinterpret_cast<void*>(&Entry<CUresult parameters>::template call<&api::name, Api::name>)},
      SENNIT_CUDA_REQUIRED(FAKE_CUDA_ENTRY) SENNIT_CUDA_OPTIONAL(FAKE_CUDA_ENTRY)
#undef FAKE_CUDA_ENTRY
  };
  return entries;
}

}  // namespace fake_cuda

using namespace fake_cuda;

#pragma GCC visibility push(default)

extern "C" CUresult cuDriverGetVersion(int* version) {
  Machine& m = machine();
  const std::lock_guard lock(m.mutex);
  *version = m.config.version;
  return CUDA_SUCCESS;
}

// Drivers older than CUDA 13 have another function under that name, with fewer parameters.
static CUresult older_add_dependencies(CUgraph, const CUgraphNode*, const CUgraphNode*,
                                       const CUgraphEdgeData*, std::size_t) {
  machine().report("cuGraphAddDependencies is called with edge data, which this driver's has not");
  return CUDA_ERROR_INVALID_VALUE;
}

extern "C" CUresult cuGetProcAddress_v2(const char* name, void** function, int version,
                                        std::uint64_t /*flags*/,
                                        CUdriverProcAddressQueryResult* status) {
  Machine& m = machine();
  const std::lock_guard lock(m.mutex);
  *function = nullptr;
  for (const TableEntry& entry : table()) {
    if (std::strcmp(entry.name, name) != 0) continue;
    if (entry.version > m.config.version && std::string_view(name) == "cuGraphAddDependencies") {
      *function = reinterpret_cast<void*>(&older_add_dependencies);
      *status = CU_GET_PROC_ADDRESS_SUCCESS;
      return CUDA_SUCCESS;
    }
    if (entry.version > m.config.version || m.absent == name) break;
    if (version < entry.version) {
      *status = CU_GET_PROC_ADDRESS_VERSION_NOT_SUFFICIENT;
      return CUDA_SUCCESS;
    }
    *function = entry.function;
    *status = CU_GET_PROC_ADDRESS_SUCCESS;
    return CUDA_SUCCESS;
  }
  *status = CU_GET_PROC_ADDRESS_SYMBOL_NOT_FOUND;
  return CUDA_SUCCESS;
}

#pragma GCC visibility pop
