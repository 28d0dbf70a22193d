// base/copy_threads.h: a few threads that copy large ranges of the host's memory.
//
// One thread copies 10 GB/s, a fifth of what the link to a GPU carries. So a copy is cut into
// pieces, which the threads and the caller take from the front, one by one:
//
//   add   chunks of a job, in the order in which they become known     the caller
//   copy  pieces of the first chunk that still has some                the threads, the caller
//   wait  until the chunk of an index is copied; copies meanwhile      the caller
//
// The caller never depends on another thread's being there, and copies alone where none can be
// started. After fork() the child has none of them: there `copy` is a plain one, and jobs and the
// destructor are not to be used.
#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <cstddef>
#include <thread>
#include <vector>

#include "base/mutex.h"

namespace sennit {

// Any thread.
class CopyThreads {
 public:
  static constexpr std::size_t kPieceBytes = std::size_t{128} << 10;  // 10 to 20 us

  // `threads` >= 1, the caller's among them. They start when they are first needed.
  explicit CopyThreads(unsigned threads, std::size_t piece_bytes = kPieceBytes);
  ~CopyThreads();  // REQUIRES: no job is left
  CopyThreads(const CopyThreads&) = delete;
  CopyThreads& operator=(const CopyThreads&) = delete;

  // Half of the cores that the process may use, at most 8: the other half is the program's.
  static unsigned standard_count();

  // Copies bytes that do not overlap, and returns when it is done.
  void copy(void* to, const void* from, std::size_t bytes) SENNIT_EXCLUDES(mutex_);

  // Chunks that are copied in the order in which they are added. Used by one thread.
  class Job;

 private:
  struct Chunk {
    std::byte* to;
    const std::byte* from;
    std::size_t untaken;   // bytes from here on that nobody copies yet
    std::size_t uncopied;  // bytes in all
  };
  struct Queue {
    std::vector<Chunk> chunks;
    std::size_t next = 0;     // the first chunk with untaken bytes
    std::size_t copying = 0;  // pieces
  };
  struct Piece {
    Queue* queue = nullptr;
    std::size_t chunk = 0;
    std::byte* to = nullptr;
    const std::byte* from = nullptr;
    std::size_t bytes = 0;
  };

  void start() SENNIT_REQUIRES(mutex_);
  void work() SENNIT_EXCLUDES(mutex_);
  bool take(Queue& queue, Piece& piece) SENNIT_REQUIRES(mutex_);
  bool take_any(Piece& piece) SENNIT_REQUIRES(mutex_);
  void finish(Piece& piece) SENNIT_REQUIRES(mutex_);

  // Constant after construction.
  const unsigned count_;
  const std::size_t piece_bytes_;
  const pid_t process_;

  Mutex mutex_;
  std::condition_variable work_;  // there is a piece to take
  std::condition_variable done_;  // a chunk is copied, or nobody copies for a job any more
  std::vector<Queue*> queues_ SENNIT_GUARDED_BY(mutex_);  // oldest first
  std::vector<std::thread> threads_ SENNIT_GUARDED_BY(mutex_);
  bool started_ SENNIT_GUARDED_BY(mutex_) = false;
  bool closing_ SENNIT_GUARDED_BY(mutex_) = false;
};

class CopyThreads::Job {
 public:
  explicit Job(CopyThreads& threads);
  // What nobody has begun is dropped; when this returns, nobody touches the memory any more.
  ~Job();
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  // Returns at once.
  void add(void* to, const void* from, std::size_t bytes);
  // Blocks until chunk `index`, counted by `add`, is copied.
  void wait(std::size_t index);

 private:
  CopyThreads& threads_;
  Queue queue_;  // guarded by the threads' mutex
};

}  // namespace sennit
