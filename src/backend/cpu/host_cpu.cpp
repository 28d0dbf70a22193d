// backend/cpu/host_cpu.cpp: what this machine gives to this process.
#include "backend/cpu/host_cpu.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>
#include <thread>
#include <vector>

namespace sennit::cpu {
namespace {

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return file ? text.str() : std::string();
}

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  return number;
}

// The process's own control group and those above it, innermost first: each may set a limit.
// (Version 2; under version 1, or in a container that sees only its own group, it is the root.)
std::vector<std::string> control_groups() {
  static constexpr std::string_view kOwn = "0::";
  std::istringstream lines(text_of("/proc/self/cgroup"));
  std::string path;
  for (std::string line; std::getline(lines, line);) {
    if (line.compare(0, kOwn.size(), kOwn) == 0) path = line.substr(kOwn.size());
  }
  std::vector<std::string> folders;
  while (path.size() > 1) {
    folders.push_back("/sys/fs/cgroup" + path);
    path.resize(path.rfind('/'));
  }
  folders.push_back("/sys/fs/cgroup");
  return folders;
}

unsigned cores_of_affinity() {
  // Machines may have more cores than a cpu_set_t: the kernel says so by EINVAL.
  for (int cores = 1024; cores <= 1 << 16; cores *= 2) {
    cpu_set_t* set = CPU_ALLOC(cores);
    const std::size_t bytes = CPU_ALLOC_SIZE(cores);
    const bool known = sched_getaffinity(0, bytes, set) == 0;
    const int count = known ? CPU_COUNT_S(bytes, set) : 0;
    CPU_FREE(set);
    if (count > 0) return static_cast<unsigned>(count);
  }
  return std::max(1u, std::thread::hardware_concurrency());
}

}  // namespace

unsigned usable_cores() {
  unsigned cores = cores_of_affinity();
  for (const std::string& folder : control_groups()) {
    const unsigned quota = cores_of_quota(text_of(folder + "/cpu.max"));
    if (quota != 0) cores = std::min(cores, quota);
  }
  const auto quota_us = number_of(text_of("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"));
  const auto period_us = number_of(text_of("/sys/fs/cgroup/cpu/cpu.cfs_period_us"));
  if (quota_us && period_us && *period_us != 0) {
    cores = static_cast<unsigned>(
        std::min<std::uint64_t>(cores, (*quota_us + *period_us - 1) / *period_us));
  }
  return std::max(1u, cores);
}

unsigned cores_of_quota(std::string_view cpu_max) {
  const std::size_t space = cpu_max.find(' ');
  if (space == std::string_view::npos) return 0;
  const auto quota_us = number_of(cpu_max.substr(0, space));
  const auto period_us = number_of(cpu_max.substr(space + 1));
  if (!quota_us || !period_us || *period_us == 0) return 0;
  return static_cast<unsigned>(std::max<std::uint64_t>(
      1, std::min<std::uint64_t>((*quota_us + *period_us - 1) / *period_us, 1u << 16)));
}

std::string processor_name() {
  const std::string name = model_name_of(text_of("/proc/cpuinfo"));
  return name.empty() ? "unknown CPU" : name;
}

std::string model_name_of(std::string_view cpuinfo) {
  const std::size_t key = cpuinfo.find("model name");
  if (key == std::string_view::npos) return {};
  const std::string_view line = cpuinfo.substr(key, cpuinfo.find('\n', key) - key);
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return {};
  // Some vendors pad the name with spaces.
  std::istringstream words{std::string(line.substr(colon + 1))};
  std::string name;
  for (std::string word; words >> word;) name += (name.empty() ? "" : " ") + word;
  return name;
}

std::size_t memory_bytes() {
  const auto pages = static_cast<std::size_t>(std::max(0L, sysconf(_SC_PHYS_PAGES)));
  const auto page_bytes = static_cast<std::size_t>(std::max(0L, sysconf(_SC_PAGE_SIZE)));
  std::size_t bytes = pages * page_bytes;
  for (const std::string& folder : control_groups()) {
    const auto limit = number_of(text_of(folder + "/memory.max"));
    if (limit && *limit != 0) bytes = std::min(bytes, static_cast<std::size_t>(*limit));
  }
  const auto limit = number_of(text_of("/sys/fs/cgroup/memory/memory.limit_in_bytes"));
  if (limit && *limit != 0) bytes = std::min(bytes, static_cast<std::size_t>(*limit));
  return bytes;
}

std::size_t free_memory_bytes() {
  const auto pages = static_cast<std::size_t>(std::max(0L, sysconf(_SC_AVPHYS_PAGES)));
  const auto page_bytes = static_cast<std::size_t>(std::max(0L, sysconf(_SC_PAGE_SIZE)));
  return std::min(pages * page_bytes, memory_bytes());
}

}  // namespace sennit::cpu
