// backend/backend_table.h: the backends that a runtime can be created with, by name.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "backend/backend.h"

namespace sennit {

// What opening a backend may need to know; each backend reads what concerns it.
struct BackendOptions {
  std::string plugin_path;      // folders, ':' between them, searched before libsennit's own
  std::string virtual_machine;  // a file as in virtual/machine.h; empty: its defaults
  std::uint64_t virtual_seed = 1;
  std::string cuda_driver = "libcuda.so.1";
  std::string cuda_home;          // empty: none
  std::string nvrtc_library;      // empty: search for it
  std::string nvjitlink_library;  // empty: search, at first beside NVRTC
  bool early_launch = true;
  std::size_t pinned_bytes = 0;        // 0: a quarter of the machine's memory
  std::string submit_thread = "auto";  // or never, bursts, always
};

struct BackendInfo {
  std::string_view name;
  std::string_view description;  // one line, for `sennit doctor`
  // Each call makes a backend of its own. Raises Unavailable if this machine cannot have it.
  std::unique_ptr<Backend> (*open)(const BackendOptions& options);
};

std::span<const BackendInfo> backends();

// Raises InvalidArgument, listing the known backends.
const BackendInfo& find_backend(std::string_view name);

}  // namespace sennit
