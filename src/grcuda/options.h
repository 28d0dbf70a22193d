// grcuda/options.h: GrCUDA's options under the names of both its versions, and what sennit does for
// each.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/options.h"

namespace sennit::grcuda {

// X(type, name, default, values, "what it does here"), in alphabetical order. `values` of a Choice
// are all that it takes; `old=new` is another name of one. The environment variable of an option
// is SENNIT_GRCUDA_ and its name in capitals; on the command line it is --grcuda.<name>=<value>.
#define SENNIT_GRCUDA_OPTIONS(X)                                                                   \
  X(Text, BandwidthMatrix, "", "a CSV file",                                                       \
    "bandwidths for the transfer-time policies; not given: measured once, and kept")               \
  X(Flag, CuBLASEnabled, "true", "true false",                                                     \
    "nothing: there is no namespace BLAS; bind the library's functions, or use its own binding")   \
  X(Text, CuBLASLibrary, "libcublas.so", "a library",                                              \
    "nothing: there is no namespace BLAS; bind the library's functions, or use its own binding")   \
  X(Flag, CuMLEnabled, "true", "true false",                                                       \
    "nothing: there is no namespace ML; bind the library's functions, or use its own binding")     \
  X(Text, CuMLLibrary, "libcuml.so", "a library",                                                  \
    "nothing: there is no namespace ML; bind the library's functions, or use its own binding")     \
  X(Flag, CuSPARSEEnabled, "true", "true false",                                                   \
    "nothing: there is no namespace SPARSE; bind the library's functions, or use its own binding") \
  X(Text, CuSPARSELibrary, "libcusparse.so", "a library",                                          \
    "nothing: there is no namespace SPARSE; bind the library's functions, or use its own binding") \
  X(Fraction, DataThreshold, "0.1", "a number from 0 to 1",                                        \
    "the part of a computation's bytes that a device must exceed to be chosen for them")           \
  X(Choice, DependencyPolicy, "with-const", "no-const with-const default=no-const",                \
    "no-const: every array that a kernel uses counts as written; with-const: those that it only "  \
    "reads, by its signature or its code, do not")                                                 \
  X(Choice, DeviceSelectionPolicy, "single-gpu",                                                   \
    "single-gpu round-robin stream-aware min-transfer-size minmin-transfer-time "                  \
    "minmax-transfer-time",                                                                        \
    "which device a computation runs on")                                                          \
  X(Flag, EnableComputationTimers, "false", "true false",                                          \
    "at the end, what the computations took is logged at level info")                              \
  X(Choice, ExecutionPolicy, "async", "async sync default=async",                                  \
    "sync: each computation is over before the next one is submitted")                             \
  X(Text, ExportDAG, "false", "false or a path",                                                   \
    "at the end, the graph of the computations is written to <path>.dot")                          \
  X(Flag, ForceStreamAttach, "false", "true false",                                                \
    "nothing: arrays are not managed memory, so there is nothing to attach")                       \
  X(Flag, InputPrefetch, "false", "true false",                                                    \
    "nothing: what a kernel reads is always copied to its device ahead of it, and no more")        \
  X(Choice, MemAdvisePolicy, "none", "none read-mostly preferred preferred-location=preferred",    \
    "nothing: arrays are not managed memory; each device that reads one has a replica")            \
  X(Integer, NumberOfGPUs, "1", "a whole number",                                                  \
    "how many devices are used, at least 1 and at most all; not given: all")                       \
  X(Choice, RetrieveNewStreamPolicy, "adaptive", "adaptive reuse always-new fifo=reuse",           \
    "the stream of a computation without a parent to follow; adaptive is sennit's own")            \
  X(Choice, RetrieveParentStreamPolicy, "adaptive",                                                \
    "adaptive same-as-parent disjoint multigpu-early-disjoint multigpu-disjoint "                  \
    "default=same-as-parent",                                                                      \
    "the stream of a computation with parents; adaptive is sennit's own")                          \
  X(Flag, TensorRTEnabled, "false", "true false",                                                  \
    "true: as ExecutionPolicy=sync, since calls of TensorRT are not ordered otherwise")            \
  X(Text, TensorRTLibrary, "libtrt.so", "a library",                                               \
    "nothing: there is no namespace TRT; bind the library's functions, or use its own binding")

struct GrcudaOptions {
  // `given`: somebody set it. Where nobody did, sennit's own options hold.
  template <typename Value>
  struct Setting {
    Value value{};
    bool given = false;
  };
#define SENNIT_GRCUDA_TYPE_Choice std::string
#define SENNIT_GRCUDA_TYPE_Flag bool
#define SENNIT_GRCUDA_TYPE_Fraction double
#define SENNIT_GRCUDA_TYPE_Integer std::int64_t
#define SENNIT_GRCUDA_TYPE_Text std::string
#define SENNIT_GRCUDA_MEMBER(type, name, standard, values, meaning) \
  Setting<SENNIT_GRCUDA_TYPE_##type> name;
  SENNIT_GRCUDA_OPTIONS(SENNIT_GRCUDA_MEMBER)
#undef SENNIT_GRCUDA_MEMBER
#undef SENNIT_GRCUDA_TYPE_Choice
#undef SENNIT_GRCUDA_TYPE_Flag
#undef SENNIT_GRCUDA_TYPE_Fraction
#undef SENNIT_GRCUDA_TYPE_Integer
#undef SENNIT_GRCUDA_TYPE_Text

  GrcudaOptions();  // the defaults
  static GrcudaOptions from_environment();
  // `name` with or without "grcuda." in front. Raises InvalidArgument: an unknown name lists the
  // known ones, a bad value says what is taken.
  void set(std::string_view name, std::string_view value);
  // An argument of a command line, `--grcuda.<name>=<value>`; a flag's `=true` may be left out.
  // False, and nothing is changed, if it is none. Raises as `set`.
  bool take_argument(std::string_view argument);

  // `options` as these ask for. Logs what was given and does nothing here.
  Options apply(Options options) const;
  // ("grcuda.<name>", value) of each, in alphabetical order, for `getoptions()`. `devices`: how
  // many the runtime uses.
  std::vector<std::pair<std::string, std::string>> list(int devices) const;

 private:
  struct StreamPolicies {
    std::string root, child;  // for operations without and with parents
  };
  // Both or neither are adaptive: who names one of the two means GrCUDA's default for the other.
  StreamPolicies stream_policies() const;
};

struct GrcudaOptionInfo {
  const char* name;  // without "grcuda."
  const char* environment;
  const char* standard;  // the default, as text
  const char* values;
  const char* meaning;
};

// In alphabetical order.
std::span<const GrcudaOptionInfo> grcuda_option_table();

}  // namespace sennit::grcuda
