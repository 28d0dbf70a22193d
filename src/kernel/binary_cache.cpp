// kernel/binary_cache.cpp: the format and the files of the disk cache.
//
// An entry is a file: magic, checksum of the rest, sizes, key, machine code, log, what its kernels
// do to memory. It is written under a name of its own and then renamed, so that a reader sees all
// of it or nothing.

#include "kernel/binary_cache.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/log.h"
#include "base/text.h"
#include "kernel/stored_access.h"

namespace sennit {
namespace {

namespace fs = std::filesystem;

// Change the last characters when the format or the meaning of an entry changes.
constexpr char kMagic[] = "SENNIT02";
constexpr std::size_t kMagicBytes = 8;
constexpr std::string_view kSuffix = ".image";
constexpr std::string_view kTemporary = ".new-";
constexpr auto kTemporaryLifetime = std::chrono::hours(1);  // of one whose writer has died

struct Header {
  char magic[kMagicBytes];
  std::uint64_t checksum[2];  // of everything behind it
  std::uint64_t key_bytes;
  std::uint64_t image_bytes;
  std::uint64_t log_bytes;
  std::uint64_t access_bytes;
};
constexpr std::size_t kChecked = offsetof(Header, key_bytes);

void append(std::string& text, std::string_view field) {
  const std::uint64_t bytes = field.size();
  text.append(reinterpret_cast<const char*>(&bytes), sizeof(bytes));
  text.append(field);
}
void append(std::string& text, const std::vector<std::string>& fields) {
  append(text, std::to_string(fields.size()));
  for (const std::string& field : fields) append(text, field);
}

// Each field behind its length: different keys are different text.
std::string serialize(const CacheKey& key) {
  std::string text;
  append(text, key.request.source);
  append(text, key.request.source_name);  // debug information and assert() show it
  append(text, key.request.names);
  append(text, key.request.options);
  append(text, key.included);
  append(text, key.backend);
  append(text, key.architecture);
  append(text, key.compiler);
  return text;
}

class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  explicit operator bool() const { return descriptor_ >= 0; }
  int descriptor() const { return descriptor_; }

  bool read(void* to, std::size_t bytes) const {
    auto* at = static_cast<char*>(to);
    while (bytes > 0) {
      const ssize_t count = ::read(descriptor_, at, bytes);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return false;
      at += count;
      bytes -= static_cast<std::size_t>(count);
    }
    return true;
  }
  bool write(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t count = ::write(descriptor_, text.data(), text.size());
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

 private:
  int descriptor_;
};

}  // namespace

BinaryCache::BinaryCache(std::string folder, std::size_t max_bytes)
    : folder_(std::move(folder)), max_bytes_(max_bytes) {}

std::string BinaryCache::path(const std::string& key) const {
  const XXH128_hash_t hash = XXH3_128bits(key.data(), key.size());
  return format("{}/{:016x}{:016x}{}", folder_, hash.high64, hash.low64, kSuffix);
}

void BinaryCache::warn_once(const std::string& what) {
  if (warned_.exchange(true)) return;
  log(LogLevel::Warning, "compiled kernels are not cached: {}", what);
}

std::optional<Image> BinaryCache::load(const CacheKey& key) {
  if (folder_.empty()) return std::nullopt;
  const std::string expected = serialize(key);
  const File file(::open(path(expected).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  struct stat status{};
  if (!file || ::fstat(file.descriptor(), &status) != 0) return std::nullopt;
  // What others could have written is not run.
  if (!S_ISREG(status.st_mode) || status.st_uid != ::geteuid()) return std::nullopt;

  const auto bytes = static_cast<std::size_t>(status.st_size);
  Header header{};
  if (bytes < sizeof(header)) return std::nullopt;
  std::string contents(bytes, '\0');
  if (!file.read(contents.data(), bytes)) return std::nullopt;
  std::memcpy(&header, contents.data(), sizeof(header));
  if (std::memcmp(header.magic, kMagic, kMagicBytes) != 0) return std::nullopt;
  const XXH128_hash_t hash = XXH3_128bits(contents.data() + kChecked, bytes - kChecked);
  if (hash.low64 != header.checksum[0] || hash.high64 != header.checksum[1]) return std::nullopt;
  // With the right checksum the sizes are what was written, and add up.
  const std::string_view body = std::string_view(contents).substr(sizeof(header));
  if (body.substr(0, header.key_bytes) != expected) return std::nullopt;

  Image image;
  const auto* begin = reinterpret_cast<const std::byte*>(body.data()) + header.key_bytes;
  image.bytes.assign(begin, begin + header.image_bytes);
  image.log = body.substr(header.key_bytes + header.image_bytes, header.log_bytes);
  const auto access = load_access(
      body.substr(header.key_bytes + header.image_bytes + header.log_bytes, header.access_bytes));
  if (!access) return std::nullopt;
  image.access = std::move(*access);
  // The time of its last use, which trimming goes by.
  const timespec now[] = {{0, UTIME_NOW}, {0, UTIME_NOW}};
  ::futimens(file.descriptor(), now);
  return image;
}

bool BinaryCache::open_folder() {
  std::error_code error;
  fs::create_directories(fs::path(folder_).parent_path(), error);
  if (::mkdir(folder_.c_str(), 0700) != 0 && errno != EEXIST) {
    warn_once(format("{} cannot be created: {}", folder_, std::strerror(errno)));
    return false;
  }
  struct stat status{};
  if (::stat(folder_.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
    warn_once(format("{} is no folder", folder_));
    return false;
  }
  if (status.st_uid != ::geteuid() || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    warn_once(
        format("{} can be written by other users; make it yours alone (chmod 700) or set "
               "SENNIT_CACHE_DIR",
               folder_));
    return false;
  }
  return true;
}

void BinaryCache::store(const CacheKey& key, const Image& image) {
  if (folder_.empty() || !open_folder()) return;
  const std::string text = serialize(key);
  const std::string access = store_access(image.access);
  Header header{};
  std::memcpy(header.magic, kMagic, kMagicBytes);
  header.key_bytes = text.size();
  header.image_bytes = image.bytes.size();
  header.log_bytes = image.log.size();
  header.access_bytes = access.size();
  std::string contents(sizeof(header), '\0');
  contents += text;
  contents.append(reinterpret_cast<const char*>(image.bytes.data()), image.bytes.size());
  contents += image.log;
  contents += access;
  std::memcpy(contents.data(), &header, sizeof(header));
  const XXH128_hash_t hash = XXH3_128bits(contents.data() + kChecked, contents.size() - kChecked);
  header.checksum[0] = hash.low64;
  header.checksum[1] = hash.high64;
  std::memcpy(contents.data(), &header, sizeof(header));

  static std::atomic<std::uint64_t> count = 0;
  const std::string temporary =
      format("{}/{}{}-{}", folder_, kTemporary, ::getpid(), count.fetch_add(1));
  bool written = false;
  {
    ::unlink(temporary.c_str());  // of a dead process with our number
    const File file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    written = file && file.write(contents);
  }
  if (!written || ::rename(temporary.c_str(), path(text).c_str()) != 0) {
    warn_once(format("writing to {} failed: {}", folder_, std::strerror(errno)));
    ::unlink(temporary.c_str());
    return;
  }
  trim();
}

// Runs after each store: a compile took a thousand times as long as listing a folder.
void BinaryCache::trim() {
  struct Entry {
    fs::file_time_type used;
    std::size_t bytes;
    fs::path path;
  };
  std::vector<Entry> entries;
  std::size_t total = 0;
  std::error_code error;
  const auto now = fs::file_time_type::clock::now();
  for (fs::directory_iterator file(folder_, error), end; !error && file != end;
       file.increment(error)) {
    // Files vanish while other processes trim: each question may fail, and the file is passed.
    std::error_code gone;
    const std::string name = file->path().filename().string();
    const auto used = fs::last_write_time(file->path(), gone);
    if (gone) continue;
    if (name.starts_with(kTemporary)) {
      if (now - used > kTemporaryLifetime) fs::remove(file->path(), gone);
      continue;
    }
    const auto bytes = static_cast<std::size_t>(fs::file_size(file->path(), gone));
    if (gone || !name.ends_with(kSuffix)) continue;
    entries.push_back({used, bytes, file->path()});
    total += bytes;
  }
  if (total <= max_bytes_) return;
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.used < b.used; });
  for (const Entry& entry : entries) {
    // Down to three quarters, so that a full cache is not trimmed at every store.
    if (total <= max_bytes_ / 4 * 3) break;
    std::error_code gone;
    fs::remove(entry.path, gone);
    total -= entry.bytes;
  }
}

}  // namespace sennit
