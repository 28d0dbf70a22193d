#include "grcuda/program_record.h"

#include <utility>

#include "base/log.h"

namespace sennit::grcuda {

std::unique_ptr<ProgramRecord> ProgramRecord::begin(const std::shared_ptr<Runtime>& runtime,
                                                    const GrcudaOptions& options) {
  std::string path = options.ExportDAG.value;
  if (path == "true") {
    log(LogLevel::Warning,
        "grcuda.ExportDAG=true names no file; give the path that the graph is to be written to");
  }
  if (path == "true" || path == "false") path.clear();
  const bool timers = options.EnableComputationTimers.value;
  if (path.empty() && !timers) return nullptr;
  return std::unique_ptr<ProgramRecord>(new ProgramRecord(runtime, std::move(path), timers));
}

ProgramRecord::~ProgramRecord() {
  try {
    tracing_.stop();
  } catch (const Error& error) {  // the record ends with it all the same
    log(LogLevel::Warning, "the program's graph: {}", error.what());
  }
  try {
    if (timers_) log(LogLevel::Info, "{}", tracing_.summary());
    if (!path_.empty()) tracing_.write(path_ + ".dot", "dot");
  } catch (const Error& error) {
    log(LogLevel::Warning, "grcuda.ExportDAG: {}", error.what());
  }
}

}  // namespace sennit::grcuda
