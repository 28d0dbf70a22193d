// runtime/adopted_memory.h: which storage the memory is that a runtime shares with other code.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <map>
#include <memory>

#include "base/mutex.h"
#include "memory/storage.h"

namespace sennit {

// Other code may hand over the same memory twice, in parts, or memory that it had from us: all of
// it must be one storage, or nothing would order its uses. Any thread.
class AdoptedMemory {
 public:
  // The storage that has the memory, and how far from its first byte. nullptr: none has, and until
  // `list` or `remove` is called with the same address others who ask for the memory wait.
  // Raises Unsupported if a storage has some of it.
  std::shared_ptr<Storage> claim(const std::byte* begin, std::size_t bytes,
                                 std::size_t& out_offset);
  // `storage` has its bytes at `begin`, which is its `listed_at` from now on.
  void list(const std::byte* begin, const std::shared_ptr<Storage>& storage);
  // Once the storage was released, and the scheduler knows it.
  void remove(const std::byte* begin) noexcept;

 private:
  struct Entry {
    std::size_t bytes = 0;
    std::weak_ptr<Storage> storage;  // expired: coming or going
  };
  using Entries = std::map<const std::byte*, Entry>;

  // The first entry that overlaps; end() if none does. Entries never overlap each other.
  Entries::iterator overlap(const std::byte* begin, std::size_t bytes) SENNIT_REQUIRES(mutex_);

  Mutex mutex_;
  std::condition_variable changed_;
  Entries entries_ SENNIT_GUARDED_BY(mutex_);
};

}  // namespace sennit
