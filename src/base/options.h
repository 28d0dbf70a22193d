// base/options.h: every option of the library, in one table. The only file that asks the
// environment.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/log.h"

namespace sennit {

// X(type, name, default, "meaning, with its unit"), in alphabetical order. The environment variable
// of an option is SENNIT_ and its name in capitals.
#define SENNIT_OPTIONS(X)                                                                          \
  X(Flag, assume_written, "false",                                                                 \
    "every array that a kernel uses counts as written, whatever its code shows")                   \
  X(Text, bandwidth_matrix, "",                                                                    \
    "CSV file (From,To,Bandwidth in GB/s; -1: the host) for placement by transfer time; empty: "   \
    "measured once, and kept in cache_dir")                                                        \
  X(Integer, cache_bytes, "1073741824",                                                            \
    "largest size of the disk cache of compiled kernels, bytes")                                   \
  X(Text, cache_dir, "",                                                                           \
    "folder of compiled kernels; empty: none; not set: $XDG_CACHE_HOME/sennit or ~/.cache/sennit") \
  X(Flag, compile_eagerly, "true", "compile a kernel when it is built, not at its first launch")   \
  X(Count, copy_chunk_bytes, "2097152",                                                            \
    "page-locked memory that one step of a large copy goes through, bytes")                        \
  X(Integer, copy_threads, "0",                                                                    \
    "threads that make a large copy, the caller's among them; 0: half of the cores, at most 8")    \
  X(Text, cost_model, "",                                                                          \
    "file that describes the virtual machine; empty: one device, all costs 0")                     \
  X(Integer, cpu_threads, "0", "worker threads of the CPU device; 0: one for each usable core")    \
  X(Text, cuda_driver, "libcuda.so.1",                                                             \
    "the CUDA driver's library, a file or a name for the loader")                                  \
  X(Text, cuda_home, "",                                                                           \
    "CUDA toolkit, searched for NVRTC; not set: $CUDA_HOME, $CUDA_PATH or /usr/local/cuda")        \
  X(Fraction, data_threshold, "0.1",                                                               \
    "placement by data: the part of an operation's bytes, from 0 to 1, that a device must exceed") \
  X(Text, device, "auto",                                                                          \
    "auto, cuda, cpu, virtual or null; auto: the GPUs if there are any, else the CPU")             \
  X(Integer, devices, "0", "how many of the backend's devices to use; 0: all")                     \
  X(Flag, early_launch, "true",                                                                    \
    "let kernels on GPUs be launched before those in front have ended, and wait by themselves")    \
  X(Integer, host_window_bytes, "256",                                                             \
    "what one host read of an element brings from a device at first, bytes")                       \
  X(Integer, large_copy_bytes, "2097152",                                                          \
    "a copy from or to the caller's memory is large, and made by several threads, from here on")   \
  X(Level, log_level, "warning", "silent, error, warning, info or debug")                          \
  X(Integer, max_in_flight, "0",                                                                   \
    "operations in flight before a launch waits; 0: what the devices take")                        \
  X(Count, max_streams, "64", "streams of a device for kernels, at most")                          \
  X(Text, nvjitlink_library, "",                                                                   \
    "nvJitLink, which assembles rewritten kernels, a file; empty: search, at first beside NVRTC")  \
  X(Text, nvrtc_library, "", "NVRTC, CUDA's run-time compiler, a file; empty: search for it")      \
  X(Integer, pinned_bytes, "0",                                                                    \
    "page-locked host memory for copies to GPUs, bytes; 0: a quarter of the machine's memory")     \
  X(Text, placement_policy, "single_device", "which device an operation runs on")                  \
  X(Text, plugin_path, "",                                                                         \
    "folders of backend plug-ins, ':' between them; searched before the library's own")            \
  X(Text, replay, "auto",                                                                          \
    "what runs as graphs: off, nothing; auto, repeated work that was timed to gain by it; "        \
    "repeated, whatever repeats; always, all, which is for tests; nothing with a stream_policy "   \
    "other than adaptive")                                                                         \
  X(Count, replay_most, "512", "operations and transfers that run as one graph, at most")          \
  X(Integer, replay_patience_us, "200",                                                            \
    "how long work is held back for more of it to come, microseconds; 0: until somebody waits")    \
  X(Integer, seed, "1", "of the virtual machine's order of execution")                             \
  X(Flag, serial, "false", "finish each operation before the next is submitted")                   \
  X(Text, stream_policy, "adaptive", "which stream of its device an operation runs on")            \
  X(Text, submit_thread, "auto",                                                                   \
    "when a thread of its own calls the CUDA driver: never, in bursts, always or auto, which is "  \
    "bursts on machines with 4 cores and more")                                                    \
  X(Flag, verify, "false",                                                                         \
    "run serially, and after each launch check that it left alone what it is not said to write")

struct Options {
#define SENNIT_OPTION_TYPE_Integer std::int64_t  // from 0
#define SENNIT_OPTION_TYPE_Count std::int64_t    // from 1
#define SENNIT_OPTION_TYPE_Fraction double       // from 0 to 1
#define SENNIT_OPTION_TYPE_Text std::string
#define SENNIT_OPTION_TYPE_Flag bool
#define SENNIT_OPTION_TYPE_Level LogLevel
#define SENNIT_OPTION_MEMBER(type, name, standard, meaning) SENNIT_OPTION_TYPE_##type name{};
  SENNIT_OPTIONS(SENNIT_OPTION_MEMBER)
#undef SENNIT_OPTION_MEMBER
#undef SENNIT_OPTION_TYPE_Integer
#undef SENNIT_OPTION_TYPE_Count
#undef SENNIT_OPTION_TYPE_Fraction
#undef SENNIT_OPTION_TYPE_Text
#undef SENNIT_OPTION_TYPE_Flag
#undef SENNIT_OPTION_TYPE_Level

  Options();  // the defaults
  static Options from_environment();
  // Raises InvalidArgument: an unknown name lists the known ones, a bad value says what is taken.
  void set(std::string_view name, std::string_view value);
};

struct OptionInfo {
  const char* name;
  const char* environment;  // "SENNIT_DEVICE"
  const char* standard;     // the default, as text
  const char* meaning;
};

// The value of a variable of the environment; nullptr if it is not set.
const char* environment_value(const char* variable);

// In alphabetical order.
std::span<const OptionInfo> option_table();

}  // namespace sennit
