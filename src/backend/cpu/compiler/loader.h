// backend/cpu/compiler/loader.h: an image becomes code in memory, without compiling anything.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "backend/cpu/compiled_kernel.h"

namespace sennit::cpu {

struct LoadedVariable {
  std::string name;  // as in the source: "table", "filters::weights"
  std::string lowered_name;
  ModuleVariable variable;  // memory of this module alone
};

// One image in memory. Loading the same image twice gives two of everything, variables included.
class LoadedModule {
 public:
  // REQUIRES: none of its kernels is running.
  virtual ~LoadedModule() = default;
  // In the order of CompileRequest::names.
  std::span<const CompiledKernel> kernels() const { return kernels_; }
  std::span<const LoadedVariable> variables() const { return variables_; }

 protected:
  LoadedModule() = default;
  LoadedModule(const LoadedModule&) = delete;
  LoadedModule& operator=(const LoadedModule&) = delete;
  std::vector<CompiledKernel> kernels_;
  std::vector<LoadedVariable> variables_;
};

// Takes a millisecond or two. Any thread. Raises InvalidArgument if the bytes are no image of
// this version of sennit, or were compiled for another CPU.
std::unique_ptr<LoadedModule> load(const Image& image);

}  // namespace sennit::cpu
