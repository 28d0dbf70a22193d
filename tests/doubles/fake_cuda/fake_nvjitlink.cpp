// fake_cuda/fake_nvjitlink.cpp: libfake_nvjitlink.so, an assembler for the fake driver.
#include <cstring>
#include <string>
#include <vector>

#include "backend/cuda/nvjitlink.h"
#include "fake_cuda/assembler.h"

using namespace sennit::cuda;

struct sennit::cuda::nvJitLink {
  std::string ptx;
  std::vector<std::byte> cubin;
};

namespace {

constexpr auto kInvalidInput = static_cast<nvJitLinkResult>(4);
constexpr auto kNotComplete = static_cast<nvJitLinkResult>(6);
constexpr std::string_view kLog = "the fake assembler takes PTX that has kernels";

}  // namespace

#pragma GCC visibility push(default)
extern "C" {

nvJitLinkResult nvJitLinkVersion(unsigned* major, unsigned* minor) {
  *major = 13;
  *minor = 0;
  return NVJITLINK_SUCCESS;
}

nvJitLinkResult nvJitLinkCreate(nvJitLinkHandle* handle, std::uint32_t count,
                                const char** options) {
  if (count < 1 || std::strncmp(options[0], "-arch=sm_90", 11) != 0) return kInvalidInput;
  *handle = new nvJitLink;
  return NVJITLINK_SUCCESS;
}

nvJitLinkResult nvJitLinkDestroy(nvJitLinkHandle* handle) {
  delete *handle;
  *handle = nullptr;
  return NVJITLINK_SUCCESS;
}

nvJitLinkResult nvJitLinkAddData(nvJitLinkHandle handle, nvJitLinkInputType type, const void* data,
                                 std::size_t bytes, const char*) {
  if (type != NVJITLINK_INPUT_PTX || bytes == 0) return kInvalidInput;
  handle->ptx.assign(static_cast<const char*>(data), bytes - 1);
  return NVJITLINK_SUCCESS;
}

nvJitLinkResult nvJitLinkComplete(nvJitLinkHandle handle) {
  if (fake_cuda::find_kernels(handle->ptx).empty()) return kInvalidInput;
  handle->cubin = fake_cuda::assemble(handle->ptx);
  return NVJITLINK_SUCCESS;
}

nvJitLinkResult nvJitLinkGetLinkedCubinSize(nvJitLinkHandle handle, std::size_t* bytes) {
  if (handle->cubin.empty()) return kNotComplete;
  *bytes = handle->cubin.size();
  return NVJITLINK_SUCCESS;
}

nvJitLinkResult nvJitLinkGetLinkedCubin(nvJitLinkHandle handle, void* cubin) {
  if (handle->cubin.empty()) return kNotComplete;
  std::memcpy(cubin, handle->cubin.data(), handle->cubin.size());
  return NVJITLINK_SUCCESS;
}

nvJitLinkResult nvJitLinkGetErrorLogSize(nvJitLinkHandle, std::size_t* bytes) {
  *bytes = kLog.size() + 1;
  return NVJITLINK_SUCCESS;
}

nvJitLinkResult nvJitLinkGetErrorLog(nvJitLinkHandle, char* log) {
  std::memcpy(log, kLog.data(), kLog.size());
  log[kLog.size()] = '\0';
  return NVJITLINK_SUCCESS;
}

}  // extern "C"
#pragma GCC visibility pop
