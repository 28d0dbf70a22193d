// backend/cpu/compiler/runtime_symbols.cpp: the functions outside a module that kernels may call.
#include "backend/cpu/compiler/runtime_symbols.h"

#include <dlfcn.h>

#include "backend/cpu/access_trace.h"
#include "backend/cpu/compiler/hooks.h"
#include "backend/cpu/kernel_runtime.h"

namespace sennit::cpu {

namespace {

template <typename Function>
const void* address_of(Function* function) {
  return reinterpret_cast<const void*>(function);
}

// By file name, not by a search of the process: this library's own dependencies may be hidden
// from it (RTLD_LOCAL), and another library's `sin` must not be taken.
void* open_library(const char* name) { return dlopen(name, RTLD_NOW | RTLD_LOCAL); }

}  // namespace

std::span<const RuntimeSymbol> runtime_symbols() {
  static const RuntimeSymbol symbols[] = {
      {hooks::kReportFault, address_of(&report_fault)},
      {hooks::kClock, address_of(&read_clock)},
      {hooks::kTraceAccess, address_of(&trace_access)},
  };
  return symbols;
}

const void* find_runtime_symbol(const std::string& name) {
  for (const RuntimeSymbol& symbol : runtime_symbols())
    if (name == symbol.name) return symbol.address;
  static void* const libraries[] = {open_library("libm.so.6"), open_library("libc.so.6")};
  for (void* library : libraries)
    if (library)
      if (void* address = dlsym(library, name.c_str())) return address;
  return nullptr;
}

}  // namespace sennit::cpu
