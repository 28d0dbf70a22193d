// backend/cpu/host_cpu.h: what this machine gives to this process.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sennit::cpu {

// Cores that the process may use at the same time: its affinity mask, and what its control groups
// grant it of them (a container's CPU limit). At least 1.
unsigned usable_cores();

// The processor's name, "AMD EPYC 9654 96-Core Processor"; "unknown CPU" if nothing tells.
std::string processor_name();

// Physical memory, or what the control groups allow of it.
std::size_t memory_bytes();
// Of that, what nobody uses now, by the system's word.
std::size_t free_memory_bytes();

// ---- The pure parts, for tests ----

// Cores granted by a cpu.max file, "50000 100000" or "max 100000": rounded up; 0: not limited.
unsigned cores_of_quota(std::string_view cpu_max);
// The value of "model name" in /proc/cpuinfo, tidied; empty if there is none.
std::string model_name_of(std::string_view cpuinfo);

}  // namespace sennit::cpu
