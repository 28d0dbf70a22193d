// backend/cpu/cpu_event.h: a point in a stream's work, as backend.h sees it.
#pragma once

#include "backend/backend.h"
#include "backend/cpu/command_queue.h"
#include "base/mutex.h"

namespace sennit::cpu {

class CpuEvent final : public Event {
 public:
  bool is_done() const override { return point().is_reached(); }
  void sync() const override { point().sync(); }

  Point point() const SENNIT_EXCLUDES(mutex_) {
    Lock lock(mutex_);
    return point_;
  }
  void set_point(const Point& point) SENNIT_EXCLUDES(mutex_) {
    Lock lock(mutex_);
    point_ = point;
  }

 private:
  mutable Mutex mutex_;  // a point is two words, and may be read while it is recorded anew
  Point point_ SENNIT_GUARDED_BY(mutex_);
};

}  // namespace sennit::cpu
