#include "base/copy_threads.h"

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <system_error>

#include "base/signals_blocked.h"

namespace sennit {

CopyThreads::CopyThreads(unsigned threads, std::size_t piece_bytes)
    : count_(std::max(threads, 1u)), piece_bytes_(piece_bytes), process_(::getpid()) {}

CopyThreads::~CopyThreads() {
  std::vector<std::thread> threads;
  {
    const Lock lock(mutex_);
    closing_ = true;
    threads.swap(threads_);
    work_.notify_all();
  }
  for (std::thread& thread : threads) thread.join();
}

unsigned CopyThreads::standard_count() {
  cpu_set_t usable;
  CPU_ZERO(&usable);
  // Refused where there are more cores than the set holds: then there are enough.
  if (sched_getaffinity(0, sizeof usable, &usable) != 0) return 8;
  return std::clamp(static_cast<unsigned>(CPU_COUNT(&usable)) / 2, 1u, 8u);
}

void CopyThreads::copy(void* to, const void* from, std::size_t bytes) {
  // In a child of this process even the mutex may be held by a thread that is not there.
  if (count_ == 1 || bytes < 2 * piece_bytes_ || ::getpid() != process_) {
    std::memcpy(to, from, bytes);
    return;
  }
  Job job(*this);
  job.add(to, from, bytes);
  job.wait(0);
}

// ---- The threads -------------------------------------------------------------------------------

void CopyThreads::start() {
  if (started_) return;
  started_ = true;
  const SignalsBlocked blocked;
  try {
    while (threads_.size() + 1 < count_) {
      threads_.emplace_back([this] { work(); });
      pthread_setname_np(threads_.back().native_handle(), "sennit-copy");
    }
  } catch (const std::system_error&) {  // those that are there do the work
  }
}

void CopyThreads::work() {
  for (Piece piece;;) {
    if (piece.queue != nullptr) std::memcpy(piece.to, piece.from, piece.bytes);
    Lock lock(mutex_);
    finish(piece);
    lock.wait(work_,
              [&]() SENNIT_NO_THREAD_SAFETY_ANALYSIS { return closing_ || take_any(piece); });
    if (closing_) return;
  }
}

bool CopyThreads::take_any(Piece& piece) {
  return std::any_of(queues_.begin(), queues_.end(),
                     [&](Queue* queue)
                         SENNIT_NO_THREAD_SAFETY_ANALYSIS { return take(*queue, piece); });
}

bool CopyThreads::take(Queue& queue, Piece& piece) {
  if (queue.next == queue.chunks.size()) return false;
  Chunk& chunk = queue.chunks[queue.next];
  piece = {&queue, queue.next, chunk.to, chunk.from, std::min(piece_bytes_, chunk.untaken)};
  chunk.to += piece.bytes;
  chunk.from += piece.bytes;
  chunk.untaken -= piece.bytes;
  if (chunk.untaken == 0) ++queue.next;
  ++queue.copying;
  return true;
}

// Takes back a piece that is copied, if it is one.
void CopyThreads::finish(Piece& piece) {
  if (piece.queue == nullptr) return;
  Chunk& chunk = piece.queue->chunks[piece.chunk];
  chunk.uncopied -= piece.bytes;
  if (--piece.queue->copying == 0 || chunk.uncopied == 0) done_.notify_all();
  piece = {};
}

// ---- Jobs --------------------------------------------------------------------------------------

CopyThreads::Job::Job(CopyThreads& threads) : threads_(threads) {
  const Lock lock(threads_.mutex_);
  threads_.start();
  threads_.queues_.push_back(&queue_);
}

CopyThreads::Job::~Job() {
  Lock lock(threads_.mutex_);
  std::erase(threads_.queues_, &queue_);
  lock.wait(threads_.done_, [&] { return queue_.copying == 0; });
}

void CopyThreads::Job::add(void* to, const void* from, std::size_t bytes) {
  const Lock lock(threads_.mutex_);
  queue_.chunks.push_back(
      {static_cast<std::byte*>(to), static_cast<const std::byte*>(from), bytes, bytes});
  threads_.work_.notify_all();
}

void CopyThreads::Job::wait(std::size_t index) {
  for (Piece piece;;) {
    if (piece.queue != nullptr) std::memcpy(piece.to, piece.from, piece.bytes);
    Lock lock(threads_.mutex_);
    threads_.finish(piece);
    const auto is_copied = [&] { return queue_.chunks[index].uncopied == 0; };
    if (is_copied()) return;
    if (threads_.take(queue_, piece)) continue;
    lock.wait(threads_.done_, is_copied);
    return;
  }
}

}  // namespace sennit
