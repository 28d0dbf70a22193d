// kernel/binary_cache.h: compiled kernels on disk, shared by all processes of a user.
//
// A cache never makes a compile fail: whatever goes wrong is a miss, and is logged once.
#pragma once

#include <atomic>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "backend/backend.h"

namespace sennit {

// All that decides what a compiler makes. Compared in full: a hash only names the file.
struct CacheKey {
  CompileRequest request;
  std::string included;      // the files that the source includes, see source_includes.h
  std::string backend;       // "cuda"
  std::string architecture;  // "sm_90"
  std::string compiler;      // Backend::compiler_key
};

// Any thread, and any number of processes at a time.
class BinaryCache {
 public:
  // An empty `folder` turns the cache off. Entries that were not used for longest are removed
  // beyond `max_bytes`. Touches no file yet.
  BinaryCache(std::string folder, std::size_t max_bytes);

  // nullopt unless a whole, uncorrupted entry has exactly this key.
  std::optional<Image> load(const CacheKey& key);
  // Replaces an entry, in one step.
  void store(const CacheKey& key, const Image& image);

  const std::string& folder() const { return folder_; }

 private:
  std::string path(const std::string& key) const;
  bool open_folder();
  void trim();
  void warn_once(const std::string& what);

  const std::string folder_;
  const std::size_t max_bytes_;
  std::atomic<bool> warned_ = false;
};

}  // namespace sennit
