// benchmarks/suite/rivals/schedules.h: the benchmarks, placed on streams by hand.
//
// Submission goes breadth first, so that the device has all the copies early and the host's own
// time is behind it, and what the longest chain needs comes first.
#pragma once

#include "problems/patterns.h"
#include "problems/problems.h"
#include "rivals/schedule.h"

namespace suite {

void schedule(const Vec& problem, Shape shape, Schedule& schedule);
void schedule(const BlackScholes& problem, Shape shape, Schedule& schedule);
void schedule(const Ensemble& problem, Shape shape, Schedule& schedule);
void schedule(const Hits& problem, Shape shape, Schedule& schedule);
void schedule(const ImagePipeline& problem, Shape shape, Schedule& schedule);
void schedule(const DeepLearning& problem, Shape shape, Schedule& schedule);

void schedule(const Chain& problem, Shape shape, Schedule& schedule);
void schedule(const Independent& problem, Shape shape, Schedule& schedule);
void schedule(const ForkJoin& problem, Shape shape, Schedule& schedule);
void schedule(const ScalarRead& problem, Shape shape, Schedule& schedule);
void schedule(const Upload& problem, Shape shape, Schedule& schedule);
void schedule(const Download& problem, Shape shape, Schedule& schedule);

}  // namespace suite
