// grcuda/device_attributes.h: CUDA's device attributes, by the names that GrCUDA gives them.
#pragma once

namespace sennit::grcuda {

// X(CUDA's number, name)
#define SENNIT_DEVICE_ATTRIBUTES(X)              \
  X(1, maxThreadsPerBlock)                       \
  X(2, maxBlockDimX)                             \
  X(3, maxBlockDimY)                             \
  X(4, maxBlockDimZ)                             \
  X(5, maxGridDimX)                              \
  X(6, maxGridDimY)                              \
  X(7, maxGridDimZ)                              \
  X(8, maxSharedMemoryPerBlock)                  \
  X(9, totalConstantMemory)                      \
  X(10, warpSize)                                \
  X(11, maxPitch)                                \
  X(12, maxRegistersPerBlock)                    \
  X(13, clockRate)                               \
  X(14, textureAlignment)                        \
  X(15, gpuOverlap)                              \
  X(16, multiProcessorCount)                     \
  X(17, kernelExecTimeout)                       \
  X(18, integrated)                              \
  X(19, canMapHostMemory)                        \
  X(20, computeMode)                             \
  X(21, maxTexture1DWidth)                       \
  X(22, maxTexture2DWidth)                       \
  X(23, maxTexture2DHeight)                      \
  X(24, maxTexture3DWidth)                       \
  X(25, maxTexture3DHeight)                      \
  X(26, maxTexture3DDepth)                       \
  X(30, surfaceAlignment)                        \
  X(31, concurrentKernels)                       \
  X(32, eccEnabled)                              \
  X(33, pciBusId)                                \
  X(34, pciDeviceId)                             \
  X(35, tccDriver)                               \
  X(36, memoryClockRate)                         \
  X(37, globalMemoryBusWidth)                    \
  X(38, l2CacheSize)                             \
  X(39, maxThreadsPerMultiProcessor)             \
  X(40, asyncEngineCount)                        \
  X(41, unifiedAddressing)                       \
  X(50, pciDomainId)                             \
  X(75, computeCapabilityMajor)                  \
  X(76, computeCapabilityMinor)                  \
  X(78, streamPrioritiesSupported)               \
  X(79, globalL1CacheSupported)                  \
  X(80, localL1CacheSupported)                   \
  X(81, maxSharedMemoryPerMultiprocessor)        \
  X(82, maxRegistersPerMultiprocessor)           \
  X(83, managedMemory)                           \
  X(84, isMultiGpuBoard)                         \
  X(85, multiGpuBoardGroupID)                    \
  X(86, hostNativeAtomicSupported)               \
  X(87, singleToDoublePrecisionPerfRatio)        \
  X(88, pageableMemoryAccess)                    \
  X(89, concurrentManagedAccess)                 \
  X(90, computePreemptionSupported)              \
  X(91, canUseHostPointerForRegisteredMem)       \
  X(95, cooperativeLaunch)                       \
  X(97, maxSharedMemoryPerBlockOptin)            \
  X(98, canFlushRemoteWrites)                    \
  X(99, hostRegisterSupported)                   \
  X(100, pageableMemoryAccessUsesHostPageTables) \
  X(101, directManagedMemAccessFromHost)         \
  X(106, maxBlocksPerMultiprocessor)             \
  X(111, reservedSharedMemoryPerBlock)           \
  X(115, memoryPoolsSupported)

}  // namespace sennit::grcuda
