// backend/cpu/compiler/frontend.h: CUDA C++ to LLVM IR, by Clang in this process.
//
// Nothing is read from the machine but what the user's own -I folders hold: CUDA's names come
// from the prelude (cpu/prelude/), which is embedded in this library. What CUDA does for a thread
// and C++ cannot say appears in the IR as calls of hooks (hooks.h), which the region pass lowers.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "backend/backend.h"

namespace llvm {
class LLVMContext;
class Module;
}  // namespace llvm

namespace sennit::cpu {

// What the code is generated for; the region pass makes its TargetMachine from the same values.
struct Target {
  std::string triple;    // "x86_64-pc-linux-gnu"
  std::string cpu;       // "znver4"
  std::string features;  // "+avx2,-avx512f": LLVM's form; empty: what the CPU's name says
};

// A kernel parameter as Clang sees it.
struct Parameter {
  std::string name;  // empty if the source gives none
  std::string type;  // canonical, with qualifiers: "const float *__restrict"
  std::size_t bytes = 0;
  std::size_t alignment = 0;  // bytes
  bool is_pointer = false;
  bool points_to_const = false;
  bool is_restrict = false;
  // Of what it points to, of an array's element there; 0 if that is not complete.
  std::size_t pointee_bytes = 0;
  std::size_t pointee_alignment = 0;
  bool is_wide_integer = false;  // a number that could hold an address
  bool operator==(const Parameter&) const = default;
};

// A kernel that a request names.
struct EntryPoint {
  std::string name;          // the name expression as the user gave it: "scale<float, 4>"
  std::string symbol;        // function `void symbol()` of the module: reads the parameters by the
                             // hook __snt_arg and calls the kernel
  std::string lowered_name;  // the kernel's own, mangled
  std::vector<Parameter> parameters;
  unsigned max_threads_per_block = 0;  // of __launch_bounds__; 0: none given
};

struct ParsedSource {
  std::unique_ptr<llvm::Module> module;  // not optimised; shared variables are thread_local
  std::vector<EntryPoint> entry_points;  // one for each of the request's names, in its order
  std::string log;                       // Clang's warnings, with the user's file and line
};

// Compiles the source and resolves its name expressions. Any thread; takes some milliseconds.
// Raises CompileFailed with Clang's log, InvalidArgument for an unknown option or a name
// expression that names no kernel, Unsupported (with file and line) for what a CPU cannot do.
ParsedSource parse(const CompileRequest& request, const Target& target, llvm::LLVMContext& context);

// A `__global__` function or function template, as the source declares it.
struct KernelPrototype {
  std::string name;  // qualified: "image::blur"
  bool is_template = false;
  std::vector<Parameter> parameters;  // of a template: bytes is 0 where the type depends on it
};

struct Prototypes {
  std::vector<KernelPrototype> declared;  // all kernels of the source, in its order
  std::vector<EntryPoint> named;          // one for each of the request's names, in its order
};

// The oracle for the prototype scanner's tests: what `parse` would compile, without doing so.
Prototypes prototypes(const CompileRequest& request, const Target& target);

// Version of prelude and Clang: part of the compiler key.
std::string frontend_key();

}  // namespace sennit::cpu
