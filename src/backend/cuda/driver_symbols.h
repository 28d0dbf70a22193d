// backend/cuda/driver_symbols.h: every function of the CUDA driver that we call, in one list.
//
// The table of functions (driver.h) and its loader are made from it. The version is the one asked
// for from cuGetProcAddress (12030: CUDA 12.3), which fixes the function's signature whatever the
// driver is: a newer driver still hands out the old one.
#pragma once

#include "backend/cuda/driver_types.h"

namespace sennit::cuda {

inline constexpr int kOldestDriver = 12030;  // CUDA 12.3

// X(name, version, parameters)
#define SENNIT_CUDA_REQUIRED(X)                                                                    \
  X(cuInit, 12030, (unsigned flags))                                                               \
  X(cuGetErrorName, 12030, (CUresult result, const char** name))                                   \
  X(cuGetErrorString, 12030, (CUresult result, const char** text))                                 \
  /* devices and contexts */                                                                       \
  X(cuDeviceGetCount, 12030, (int* count))                                                         \
  X(cuDeviceGet, 12030, (CUdevice * device, int ordinal))                                          \
  X(cuDeviceGetName, 12030, (char* name, int bytes, CUdevice device))                              \
  X(cuDeviceGetAttribute, 12030, (int* value, CUdevice_attribute attribute, CUdevice device))      \
  X(cuDeviceTotalMem, 12030, (std::size_t* bytes, CUdevice device))                                \
  X(cuDevicePrimaryCtxRetain, 12030, (CUcontext * context, CUdevice device))                       \
  X(cuDevicePrimaryCtxRelease, 12030, (CUdevice device))                                           \
  X(cuCtxGetCurrent, 12030, (CUcontext * context))                                                 \
  X(cuCtxSetCurrent, 12030, (CUcontext context))                                                   \
  X(cuCtxSynchronize, 12030, ())                                                                   \
  X(cuDeviceCanAccessPeer, 12030, (int* can, CUdevice device, CUdevice peer))                      \
  X(cuCtxEnablePeerAccess, 12030, (CUcontext peer, unsigned flags))                                \
  /* streams and events */                                                                         \
  X(cuStreamCreate, 12030, (CUstream * stream, unsigned flags))                                    \
  X(cuStreamDestroy, 12030, (CUstream stream))                                                     \
  X(cuStreamQuery, 12030, (CUstream stream))                                                       \
  X(cuStreamSynchronize, 12030, (CUstream stream))                                                 \
  X(cuStreamWaitEvent, 12030, (CUstream stream, CUevent event, unsigned flags))                    \
  X(cuStreamIsCapturing, 12030, (CUstream stream, CUstreamCaptureStatus * status))                 \
  X(cuThreadExchangeStreamCaptureMode, 12030, (CUstreamCaptureMode * mode))                        \
  X(cuStreamBeginCapture, 12030, (CUstream stream, CUstreamCaptureMode mode))                      \
  X(cuStreamEndCapture, 12030, (CUstream stream, CUgraph * graph))                                 \
  X(cuEventCreate, 12030, (CUevent * event, unsigned flags))                                       \
  X(cuEventDestroy, 12030, (CUevent event))                                                        \
  X(cuEventRecord, 12030, (CUevent event, CUstream stream))                                        \
  X(cuEventQuery, 12030, (CUevent event))                                                          \
  X(cuEventSynchronize, 12030, (CUevent event))                                                    \
  X(cuEventElapsedTime, 12030, (float* milliseconds, CUevent start, CUevent end))                  \
  /* memory */                                                                                     \
  X(cuMemGetInfo, 12030, (std::size_t* free, std::size_t* total))                                  \
  X(cuMemPoolCreate, 12030, (CUmemoryPool * pool, const CUmemPoolProps* properties))               \
  X(cuMemPoolDestroy, 12030, (CUmemoryPool pool))                                                  \
  X(cuMemPoolSetAttribute, 12030, (CUmemoryPool pool, CUmemPool_attribute attribute, void* value)) \
  X(cuMemPoolGetAttribute, 12030, (CUmemoryPool pool, CUmemPool_attribute attribute, void* value)) \
  X(cuMemPoolSetAccess, 12030,                                                                     \
    (CUmemoryPool pool, const CUmemAccessDesc* descriptions, std::size_t count))                   \
  X(cuMemPoolTrimTo, 12030, (CUmemoryPool pool, std::size_t bytes_to_keep))                        \
  X(cuMemAllocFromPoolAsync, 12030,                                                                \
    (CUdeviceptr * address, std::size_t bytes, CUmemoryPool pool, CUstream stream))                \
  X(cuMemFreeAsync, 12030, (CUdeviceptr address, CUstream stream))                                 \
  X(cuMemHostAlloc, 12030, (void** address, std::size_t bytes, unsigned flags))                    \
  X(cuMemFreeHost, 12030, (void* address))                                                         \
  X(cuPointerGetAttribute, 12030,                                                                  \
    (void* value, CUpointer_attribute attribute, CUdeviceptr address))                             \
  X(cuMemcpyAsync, 12030, (CUdeviceptr to, CUdeviceptr from, std::size_t bytes, CUstream stream))  \
  X(cuMemsetD8Async, 12030,                                                                        \
    (CUdeviceptr to, unsigned char value, std::size_t count, CUstream stream))                     \
  X(cuMemsetD16Async, 12030,                                                                       \
    (CUdeviceptr to, unsigned short value, std::size_t count, CUstream stream))                    \
  X(cuMemsetD32Async, 12030,                                                                       \
    (CUdeviceptr to, unsigned int value, std::size_t count, CUstream stream))                      \
  X(cuMemsetD2D32Async, 12030,                                                                     \
    (CUdeviceptr to, std::size_t pitch, unsigned int value, std::size_t width, std::size_t height, \
     CUstream stream))                                                                             \
  /* code */                                                                                       \
  X(cuModuleLoadData, 12030, (CUmodule * module, const void* image))                               \
  X(cuModuleUnload, 12030, (CUmodule module))                                                      \
  X(cuModuleGetFunction, 12030, (CUfunction * function, CUmodule module, const char* name))        \
  X(cuModuleGetGlobal, 12030,                                                                      \
    (CUdeviceptr * address, std::size_t* bytes, CUmodule module, const char* name))                \
  X(cuFuncGetAttribute, 12030, (int* value, CUfunction_attribute attribute, CUfunction function))  \
  X(cuFuncSetAttribute, 12030, (CUfunction function, CUfunction_attribute attribute, int value))   \
  X(cuOccupancyMaxActiveBlocksPerMultiprocessor, 12030,                                            \
    (int* blocks, CUfunction function, int threads, std::size_t shared_bytes))                     \
  X(cuLaunchKernel, 12030,                                                                         \
    (CUfunction function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x,     \
     unsigned block_y, unsigned block_z, unsigned shared_bytes, CUstream stream,                   \
     void** parameters, void** extra))                                                             \
  X(cuLaunchKernelEx, 12030,                                                                       \
    (const CUlaunchConfig* config, CUfunction function, void** parameters, void** extra))          \
  X(cuLaunchHostFunc, 12030, (CUstream stream, CUhostFn function, void* user))                     \
  /* graphs */                                                                                     \
  X(cuGraphCreate, 12030, (CUgraph * graph, unsigned flags))                                       \
  X(cuGraphDestroy, 12030, (CUgraph graph))                                                        \
  X(cuGraphAddKernelNode, 12030,                                                                   \
    (CUgraphNode * node, CUgraph graph, const CUgraphNode* dependencies, std::size_t count,        \
     const CUDA_KERNEL_NODE_PARAMS* parameters))                                                   \
  X(cuGraphAddMemcpyNode, 12030,                                                                   \
    (CUgraphNode * node, CUgraph graph, const CUgraphNode* dependencies, std::size_t count,        \
     const CUDA_MEMCPY3D* parameters, CUcontext context))                                          \
  X(cuGraphAddMemsetNode, 12030,                                                                   \
    (CUgraphNode * node, CUgraph graph, const CUgraphNode* dependencies, std::size_t count,        \
     const CUDA_MEMSET_NODE_PARAMS* parameters, CUcontext context))                                \
  X(cuGraphAddHostNode, 12030,                                                                     \
    (CUgraphNode * node, CUgraph graph, const CUgraphNode* dependencies, std::size_t count,        \
     const CUDA_HOST_NODE_PARAMS* parameters))                                                     \
  X(cuGraphKernelNodeSetAttribute, 12030,                                                          \
    (CUgraphNode node, CUlaunchAttributeID attribute, const CUlaunchAttributeValue* value))        \
  X(cuGraphInstantiateWithFlags, 12030,                                                            \
    (CUgraphExec * executable, CUgraph graph, unsigned long long flags))                           \
  X(cuGraphExecDestroy, 12030, (CUgraphExec executable))                                           \
  X(cuGraphUpload, 12030, (CUgraphExec executable, CUstream stream))                               \
  X(cuGraphLaunch, 12030, (CUgraphExec executable, CUstream stream))                               \
  X(cuGraphExecKernelNodeSetParams, 12030,                                                         \
    (CUgraphExec executable, CUgraphNode node, const CUDA_KERNEL_NODE_PARAMS* parameters))         \
  X(cuGraphExecMemcpyNodeSetParams, 12030,                                                         \
    (CUgraphExec executable, CUgraphNode node, const CUDA_MEMCPY3D* parameters,                    \
     CUcontext context))                                                                           \
  X(cuGraphExecMemsetNodeSetParams, 12030,                                                         \
    (CUgraphExec executable, CUgraphNode node, const CUDA_MEMSET_NODE_PARAMS* parameters,          \
     CUcontext context))                                                                           \
  X(cuGraphExecHostNodeSetParams, 12030,                                                           \
    (CUgraphExec executable, CUgraphNode node, const CUDA_HOST_NODE_PARAMS* parameters))

// Those that we can do without; nullptr where the driver is older than the version or lacks them.
#define SENNIT_CUDA_OPTIONAL(X)                                                                   \
  X(cuLinkCreate, 12030,                                                                          \
    (unsigned count, CUjit_option* options, void** values, CUlinkState* state))                   \
  X(cuLinkAddData, 12030,                                                                         \
    (CUlinkState state, CUjitInputType type, void* data, std::size_t bytes, const char* name,     \
     unsigned count, CUjit_option* options, void** values))                                       \
  X(cuLinkComplete, 12030, (CUlinkState state, void** cubin, std::size_t* bytes))                 \
  X(cuLinkDestroy, 12030, (CUlinkState state))                                                    \
  /* Since CUDA 12.3, but under this name without edge data until 13.0. */                        \
  X(cuGraphAddDependencies, 13000,                                                                \
    (CUgraph graph, const CUgraphNode* from, const CUgraphNode* to, const CUgraphEdgeData* edges, \
     std::size_t count))                                                                          \
  X(cuFuncLoad, 12040, (CUfunction function))                                                     \
  X(cuModuleGetFunctionCount, 12040, (unsigned* count, CUmodule module))                          \
  X(cuModuleEnumerateFunctions, 12040, (CUfunction * functions, unsigned count, CUmodule module)) \
  X(cuFuncGetName, 12030, (const char** name, CUfunction function))                               \
  X(cuFuncGetParamInfo, 12040,                                                                    \
    (CUfunction function, std::size_t index, std::size_t* offset, std::size_t* bytes))

}  // namespace sennit::cuda
