// backend/cpu/compiler/runtime_symbols.h: the functions outside a module that kernels may call.
#pragma once

#include <span>
#include <string>

namespace sennit::cpu {

struct RuntimeSymbol {
  const char* name;
  const void* address;
};

// Our own, by the names of hooks.h.
std::span<const RuntimeSymbol> runtime_symbols();

// The address of one of ours, or of libm's or libc's; nullptr if there is none.
const void* find_runtime_symbol(const std::string& name);
inline bool is_runtime_symbol(const std::string& name) {
  return find_runtime_symbol(name) != nullptr;
}

}  // namespace sennit::cpu
