// tests/random/program.h: a random program as plain data: what is done to which arrays, in order.
//
// Operations name arrays by slot, and a slot always holds an array: to free one is to put a new
// one in its place. Views are numbers that become a view of whatever array is there. So every
// operation can be left out and the rest is still a program, which makes shrinking simple.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace sennit::random_programs {

inline constexpr int kArrays = 12;
inline constexpr int kSnapshots = 4;

// A kernel of kernels.h, by index.
inline constexpr int kKernels = 6;

// `count` elements of the array in `slot`: first, first + step, ...
struct View {
  int slot = 0;
  std::size_t first = 0;
  std::size_t count = 0;
  std::size_t step = 1;

  std::size_t at(std::size_t i) const { return first + i * step; }
};

// A view before the sizes of the arrays are known.
struct AnyView {
  int slot = 0;
  std::uint32_t first = 0;
  std::uint32_t count = 0;
  std::uint32_t step = 1;
  bool whole = true;

  View of(std::size_t elements) const;
};

// An array as it is made.
struct NewArray {
  enum Contents : std::uint8_t {
    Zeros,
    Undefined,  // what nobody has written may be anything
    Adopted,    // over memory of the program, which has `written(value, i)` in it
  };

  std::size_t elements = 1;
  Contents contents = Zeros;
  std::uint32_t value = 0;
};

struct Operation {
  enum Kind : std::uint8_t {
    Launch,
    ReadElements,   // one by one
    WriteElements,  // one by one
    ReadRange,
    WriteRange,
    Fill,
    Copy,          // views[0] from views[1]
    Free,          // `replacement` takes its place
    TakeSnapshot,  // of views[0], kept in `snapshot`
    DropSnapshot,
    WriteInPlace,  // through a writable view of views[0]
    Wait,
    Sync,
  };
  static constexpr int kKinds = Sync + 1;

  Kind kind = Launch;
  int kernel = 0;
  int snapshot = 0;
  std::uint32_t value = 0;  // a constant, or the seed of what is written
  NewArray replacement;     // of Free
  std::array<AnyView, 3> views{};
};

// How the runtime is set up. `devices` and below: virtual machines only.
struct Setup {
  std::string stream_policy = "adaptive";
  std::string placement_policy = "single_device";
  double data_threshold = 0.1;
  bool assume_written = false;
  bool serial = false;
  std::int64_t max_streams = 64;
  std::int64_t max_in_flight = 0;
  std::int64_t host_window_bytes = 256;
  // Small ones, so that whole arrays and parts of them are large.
  std::int64_t large_copy_bytes = std::int64_t{2} << 20;
  std::int64_t copy_chunk_bytes = 256;
  std::int64_t copy_threads = 1;
  std::string replay = "off";
  std::int64_t replay_most = 512;
  std::int64_t replay_patience_us = 0;
  int devices = 1;
  bool shares_host_memory = false;
  double kernel_us = 1;  // below and above what crossing streams costs
  std::uint64_t seed = 1;
};

// How the threads of a program with more than one run.
enum class Pace : std::uint8_t {
  // Operations on arrays that threads share one at a time, in any order.
  Logged,
  // As fast as they can: most arrays that threads share are only read; one is handed to and fro.
  Free,
};

struct Program {
  Setup setup;
  Pace pace = Pace::Logged;
  std::array<NewArray, kArrays> arrays{};
  // One list for each host thread.
  std::vector<std::vector<Operation>> threads;
};

// `value` decides all: the same one gives the same program. With two threads, each has arrays of
// its own beside those that both use: see `shared`.
Program random_program(std::uint64_t value, int threads);
// Of two threads, with Pace::Free.
Program random_free_program(std::uint64_t value);

// Whether the array in `slot` is used by all threads of a program with more than one.
constexpr bool shared(int slot) { return slot < kArrays / 3; }
// Whether the operation uses one of those.
bool uses_shared(const Operation& operation);
// The array of a program with Pace::Free that is handed to and fro, operation by operation.
inline constexpr int kHandedOver = 0;
bool uses_handed_over(const Operation& operation);
// Whether it may change the array of its view `i`, or put another in its place.
bool changes(const Operation& operation, int i);
// The views that it looks at.
int view_count(const Operation& operation);

// What is written to element i by an operation with this value.
constexpr std::uint32_t written(std::uint32_t value, std::size_t i) {
  return value + static_cast<std::uint32_t>(i) * 2654435761u;
}

std::string to_text(const Setup& setup);
std::string to_text(const NewArray& array);
std::string to_text(const Operation& operation, const std::array<std::size_t, kArrays>& elements);

}  // namespace sennit::random_programs
