#include "runtime/adopted_memory.h"

#include "base/error.h"
#include "base/text.h"

namespace sennit {

AdoptedMemory::Entries::iterator AdoptedMemory::overlap(const std::byte* begin, std::size_t bytes) {
  auto at = entries_.upper_bound(begin);
  if (at != entries_.begin()) {
    const auto before = std::prev(at);
    if (begin < before->first + before->second.bytes) return before;
  }
  return at != entries_.end() && at->first < begin + bytes ? at : entries_.end();
}

std::shared_ptr<Storage> AdoptedMemory::claim(const std::byte* begin, std::size_t bytes,
                                              std::size_t& out_offset) {
  std::shared_ptr<Storage> storage;
  const std::byte* first = nullptr;
  {
    Lock lock(mutex_);
    lock.wait(changed_, [&]() SENNIT_NO_THREAD_SAFETY_ANALYSIS {
      const auto found = overlap(begin, bytes);
      if (found == entries_.end()) {
        entries_[begin] = {bytes, {}};
        return true;
      }
      first = found->first;
      storage = found->second.storage.lock();
      return storage != nullptr;
    });
  }
  if (!storage) return nullptr;
  if (first <= begin && begin + bytes <= first + storage->bytes) {
    out_offset = static_cast<std::size_t>(begin - first);
    return storage;
  }
  raise(ErrorCode::Unsupported,
        format("{} of memory overlap an array of {} that is shared already, and are not within it; "
               "share the larger one first, or release the other",
               format_bytes(bytes), format_bytes(storage->bytes)));
}

void AdoptedMemory::list(const std::byte* begin, const std::shared_ptr<Storage>& storage) {
  const Lock lock(mutex_);
  if (storage->listed_at == begin) return;
  entries_[begin] = {storage->bytes, storage};
  storage->listed_at = begin;
  changed_.notify_all();
}

void AdoptedMemory::remove(const std::byte* begin) noexcept {
  const Lock lock(mutex_);
  entries_.erase(begin);
  changed_.notify_all();
}

}  // namespace sennit
