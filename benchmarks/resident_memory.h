// benchmarks/resident_memory.h: how much memory this process has.
#pragma once

#include <unistd.h>

#include <cstddef>
#include <cstdio>

namespace sennit {

// Bytes in RAM; 0 where the system does not tell.
inline std::size_t resident_bytes() {
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr) return 0;
  std::size_t all_pages = 0;
  std::size_t resident_pages = 0;
  const int read = std::fscanf(file, "%zu %zu", &all_pages, &resident_pages);
  std::fclose(file);
  return read == 2 ? resident_pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) : 0;
}

}  // namespace sennit
