// base/mutex.h: a mutex that Clang's thread safety analysis understands.
//
// Write SENNIT_GUARDED_BY(mutex_) on a member and SENNIT_REQUIRES(mutex_) on a private function;
// `clang -Wthread-safety -Werror` then proves the locking. Other compilers see plain code.
#pragma once

#include <condition_variable>
#include <mutex>

#if defined(__clang__)
#define SENNIT_TSA(x) __attribute__((x))
#else
#define SENNIT_TSA(x)
#endif
#define SENNIT_GUARDED_BY(mutex) SENNIT_TSA(guarded_by(mutex))
#define SENNIT_REQUIRES(mutex) SENNIT_TSA(requires_capability(mutex))
#define SENNIT_EXCLUDES(mutex) SENNIT_TSA(locks_excluded(mutex))
#define SENNIT_NO_THREAD_SAFETY_ANALYSIS SENNIT_TSA(no_thread_safety_analysis)

namespace sennit {

class SENNIT_TSA(capability("mutex")) Mutex {
 public:
  void lock() SENNIT_TSA(acquire_capability()) { mutex_.lock(); }
  void unlock() SENNIT_TSA(release_capability()) { mutex_.unlock(); }
  std::mutex& native() { return mutex_; }

 private:
  std::mutex mutex_;
};

// Holds a mutex for a scope.
class SENNIT_TSA(scoped_lockable) Lock {
 public:
  explicit Lock(Mutex& mutex) SENNIT_TSA(acquire_capability(mutex)) : lock_(mutex.native()) {}
  ~Lock() SENNIT_TSA(release_capability()) {}
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

  // Waits until `predicate` holds; the mutex is held whenever the predicate runs.
  template <typename Predicate>
  void wait(std::condition_variable& condition, Predicate predicate) {
    condition.wait(lock_, predicate);
  }

 private:
  std::unique_lock<std::mutex> lock_;
};

}  // namespace sennit
