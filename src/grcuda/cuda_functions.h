// grcuda/cuda_functions.h: the functions of the CUDA runtime that GrCUDA has in its root.
//
// They mean what they mean in CUDA, on tracked arrays: memory of cudaMalloc takes part in
// dependencies, streams and events order launches (see stream.h), and what only moves managed
// memory around has nothing to do.
#pragma once

#include <memory>

#include "grcuda/devices.h"
#include "grcuda/namespace.h"
#include "runtime/runtime.h"

namespace sennit::grcuda {

// cuda_functions.cpp: devices, streams, events, and what is accepted without an effect.
void add_cuda_functions(Namespace& root, const std::shared_ptr<Runtime>& runtime,
                        const std::shared_ptr<CurrentDevice>& current);
// cuda_memory.cpp: cudaMalloc, cudaMemcpy and theirs.
void add_cuda_memory_functions(Namespace& root, const std::shared_ptr<Runtime>& runtime);

}  // namespace sennit::grcuda
