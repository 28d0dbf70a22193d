// backend/kernel_access.h: what a compiled kernel does to the memory that it is given.
//
// Each backend finds it in the code that it compiles (PTX for cuda, LLVM IR for cpu) and hands it
// over with the image, so that nobody has to declare it. Answers are sound: what is not said to be
// touched is not touched, whatever the arguments; what could not be followed is said to be both
// read and written.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sennit {

// An instruction that proves a use, for messages.
struct Evidence {
  std::string instruction;  // "st.global.f32 [%rd4], %f1"; empty: there is none
  std::string source;       // "kernel.cu:12" where the code has line information, else empty
};

// How ready code declares a parameter, for those who have neither source nor signature. Not kept
// with images on disk, which have a source.
struct ParameterLayout {
  enum class Kind : std::uint8_t {
    Unknown,
    Number,   // an integer, or the bits of one: of 1, 2, 4 or 8 bytes
    Float,    // of 4 or 8 bytes
    Pointer,  // declared or used as one
    Bytes,    // a struct
  };
  Kind kind = Kind::Unknown;
  std::uint32_t bytes = 0;
  std::uint32_t alignment = 1;
};

// What happens through one parameter of a kernel, and through pointers derived from it.
struct ParameterUse {
  // The code uses it as an address, or says that it is one. False for numbers, for structs (also
  // those that hold pointers: see KernelAccess::touches_untracked) and for pointers that nothing
  // uses.
  bool is_pointer = false;
  bool reads = false;
  bool writes = false;  // atomic operations both read and write
  // The address gets where it cannot be followed: it is stored to memory that outlives the thread,
  // handed to an unknown function, or compared with anything but null and addresses derived from
  // the same parameter. Then `reads` and `writes` are set too.
  bool escapes = false;
  // Some read is reached before the thread has written anything through the parameter and before it
  // has met a barrier: what the array held before is wanted, as soon as that read happens.
  bool reads_old_contents = false;
  Evidence read, write, escape, old_contents;  // the first of each, in the order of the code
  ParameterLayout layout;
};

// A `__device__` or `__managed__` variable of the module. Constant memory is never written by
// kernels, and is listed if it is read.
struct VariableUse {
  std::string name;  // as the module names it
  bool reads = false;
  bool writes = false;
  Evidence read, write;
};

struct KernelAccess {
  std::string kernel;  // the name expression that was compiled, or the symbol in ready code
  std::vector<ParameterUse> parameters;  // one for each, in order
  std::vector<VariableUse> variables;    // sorted by name; those not listed are not touched
  // It follows pointers that it finds in memory, in a struct or makes of integers, or calls code
  // that could not be looked into: it may touch any memory whose address was ever handed out.
  bool touches_untracked = false;
  Evidence untracked;  // the first instruction that does
};

}  // namespace sennit
