// backend/cpu/plugin.cpp: the one function that libsennit-cpu.so exports.
#include "backend/plugin.h"

#include "backend/cpu/cpu_backend.h"
#include "base/text.h"

extern "C" __attribute__((visibility("default"))) sennit::Backend* sennit_plugin_open(int abi) {
  if (abi != sennit::kPluginAbi) {
    sennit::raise(sennit::ErrorCode::Unavailable,
                  sennit::format("libsennit-cpu.so has plug-in interface {}, libsennit wants {}; "
                                 "install both from the same version of sennit",
                                 sennit::kPluginAbi, abi));
  }
  return new sennit::cpu::CpuBackend;
}

static_assert(std::is_same_v<decltype(&sennit_plugin_open), sennit::PluginOpen>);
