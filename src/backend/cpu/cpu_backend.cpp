// backend/cpu/cpu_backend.cpp: CUDA C++ kernels on the cores of this machine.
#include "backend/cpu/cpu_backend.h"

#include "backend/cpu/compiler/compiler.h"
#include "backend/cpu/host_cpu.h"

namespace sennit::cpu {

CpuBackend::CpuBackend() : device_(usable_cores()) {}

Image CpuBackend::compile(const CompileRequest& request, const Device&) {
  return cpu::compile(request);
}

std::string CpuBackend::compiler_key() const { return cpu::compiler_key(); }

}  // namespace sennit::cpu
