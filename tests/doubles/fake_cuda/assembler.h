// fake_cuda/assembler.h: machine code that no device runs, of PTX.
//
// It is a cubin as the real one's assembler makes it, as far as sennit reads those: a function for
// each kernel, with the wait for the grids in front at its beginning if the PTX has it there. The
// fake driver itself goes by the PTX, which stands in a section of its own.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace fake_cuda {

struct PtxKernel {
  std::string name;          // of the symbol
  std::string parameters;    // the text between the parentheses
  std::string_view body;     // behind the opening brace
  bool waits_first = false;  // griddepcontrol.wait is its first instruction
};
std::vector<PtxKernel> find_kernels(std::string_view ptx);

// `drop_waits`: an assembler that loses them.
std::vector<std::byte> assemble(const std::string& ptx, bool drop_waits = false);

// The PTX that `assemble` was given; nullptr if it has made no such file.
const char* assembled_ptx(const char* cubin);

}  // namespace fake_cuda
