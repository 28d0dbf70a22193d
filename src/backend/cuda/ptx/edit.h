// backend/cuda/ptx/edit.h: changes to a module.
#pragma once

#include <string_view>

#include "backend/cuda/ptx/module.h"

namespace sennit::cuda::ptx {

// Puts `instruction` ("griddepcontrol.wait;") before all that the kernel executes. False if the
// module has no kernel of that name with a body. Raises InvalidArgument if it is no instruction.
bool insert_at_entry(Module& module, std::string_view kernel, std::string_view instruction);

}  // namespace sennit::cuda::ptx
