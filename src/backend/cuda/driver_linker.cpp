// backend/cuda/driver_linker.cpp: has the driver assemble PTX, and takes the machine code.
#include "backend/cuda/driver_linker.h"

namespace sennit::cuda {

std::vector<std::byte> assemble_by_driver(const CudaContext& context, const std::string& ptx) {
  const Driver& driver = context.driver();
  if (driver.cuLinkCreate == nullptr || driver.cuLinkAddData == nullptr ||
      driver.cuLinkComplete == nullptr || driver.cuLinkDestroy == nullptr) {
    return {};
  }
  const Current current(context);
  const Relaxed relaxed(context);
  CUlinkState state = nullptr;
  if (driver.cuLinkCreate(0, nullptr, nullptr, &state) != CUDA_SUCCESS) return {};
  std::vector<std::byte> result;
  void* cubin = nullptr;  // the state's own
  std::size_t bytes = 0;
  if (driver.cuLinkAddData(state, CU_JIT_INPUT_PTX, const_cast<char*>(ptx.c_str()), ptx.size() + 1,
                           "sennit", 0, nullptr, nullptr) == CUDA_SUCCESS &&
      driver.cuLinkComplete(state, &cubin, &bytes) == CUDA_SUCCESS) {
    const auto* const first = static_cast<const std::byte*>(cubin);
    result.assign(first, first + bytes);
  }
  driver.cuLinkDestroy(state);
  return result;
}

}  // namespace sennit::cuda
