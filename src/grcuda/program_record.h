// grcuda/program_record.h: what the options ExportDAG and EnableComputationTimers ask for.
#pragma once

#include <memory>
#include <string>

#include "grcuda/options.h"
#include "runtime/runtime.h"
#include "runtime/tracing.h"

namespace sennit::grcuda {

// Records the runtime's operations while it lives; its end waits for them. What is recorded is
// neither held back nor forgotten.
class ProgramRecord {
 public:
  // nullptr if neither option asks for it.
  static std::unique_ptr<ProgramRecord> begin(const std::shared_ptr<Runtime>& runtime,
                                              const GrcudaOptions& options);
  // Writes the graph to the path of ExportDAG, with ".dot" behind it, and logs the times. What goes
  // wrong is logged, too.
  ~ProgramRecord();

 private:
  ProgramRecord(const std::shared_ptr<Runtime>& runtime, std::string path, bool timers)
      : tracing_(runtime), path_(std::move(path)), timers_(timers) {}

  Tracing tracing_;
  const std::string path_;  // empty: not asked for
  const bool timers_;
};

}  // namespace sennit::grcuda
