// sched/replay/fingerprint.h: what makes two operations of a program look the same.
//
// The kind of work, its size and what must be moved for it; not which arrays, addresses or numbers.
// So a loop whose arrays change places, or are new in each iteration, repeats. Whether a graph fits
// is decided later, by the commands and what depends on what (held_batch.h).
#pragma once

#include <cstdint>

#include "sched/operation.h"
#include "sched/plan.h"

namespace sennit {

std::uint64_t fingerprint_of(const Operation& operation, const Plan& plan);

}  // namespace sennit
