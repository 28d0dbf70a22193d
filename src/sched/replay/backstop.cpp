#include "sched/replay/backstop.h"

#include <utility>

#include "base/signals_blocked.h"

namespace sennit {

Backstop::Backstop(std::chrono::microseconds period, std::function<bool()> look)
    : period_(period), look_(std::move(look)) {
  const SignalsBlocked blocked;
  thread_ = std::thread([this] { work(); });
}

Backstop::~Backstop() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Backstop::arm() {
  {
    const std::lock_guard lock(mutex_);
    armed_ = true;
  }
  changed_.notify_all();
}

void Backstop::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return armed_ || stop_; });
    if (changed_.wait_for(lock, period_, [&] { return stop_; })) return;
    armed_ = false;
    lock.unlock();
    const bool again = look_();
    lock.lock();
    armed_ |= again;
  }
}

}  // namespace sennit
