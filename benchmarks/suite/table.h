// benchmarks/suite/table.h: the results on standard output, a row for each size.
#pragma once

#include <string>
#include <vector>

#include "benchmarks.h"
#include "measure.h"

namespace suite {

class Table {
 public:
  void heading(const std::string& device) const;
  // Medians in microseconds; of kTasks for one task, with a second row: how long the host was at
  // submitting it.
  void row(Kind kind, const Problem& problem, const std::vector<Contender>& contenders);
  // Over the applications.
  void means() const;

 private:
  // Gathers ratios.
  class GeometricMean {
   public:
    void add(double value);
    double value() const;

   private:
    double logarithms_ = 0;
    int count_ = 0;
  };

  GeometricMean serial_over_ours_, serial_over_events_, ours_over_events_, ours_over_best_;
};

}  // namespace suite
