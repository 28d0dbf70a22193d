// fake_cuda/control.h: how tests set up libfake_cuda.so, a CUDA driver without a GPU, and what it
// tells them.
//
// Each operation is queued with what it depends on: order of streams, events, the legacy default
// stream, edges of graphs. Queued work runs when the host waits, one operation after the other, in
// a random order among all that may run, on the thread that waits; a query runs a little of it, so
// that polling ends. Host functions run on a thread of the driver. What the real driver refuses is
// refused with the same error. Device memory is host memory that nobody else has; what is in it
// before the first write is 0xA5.
//
// Misuse that the real driver does not see is kept as text (fake_cuda_take_misuse): two operations
// that touch the same bytes, one of them writing, while nothing orders them; memory freed while
// work on it is pending; use after that; graphs that copy memory which is not page-locked. Seen are
// copies, fills, and of each pointer of a kernel the first byte, since only the kernel knows how
// far it goes; not seen is what the host itself does to pinned memory while a copy is pending.
//
// A kernel that is launched early, by an attribute or a programmatic edge, comes behind the one in
// front only if its PTX begins with griddepcontrol.wait; else behind what that one comes behind.
#pragma once

#include <cstddef>
#include <cstdint>

// How kernels are run: the host functions behind their names. Any thread, several at once.
struct fake_cuda_kernels {
  // 1 if there is a kernel of this name expression.
  int (*knows)(const char* kernel);
  // Runs a whole launch, parameter i at parameters[i]; `module` is passed on to
  // fake_cuda_variable. Returns 0, or the CUresult that takes the context down.
  int (*run)(const char* kernel, const unsigned grid[3], const unsigned block[3],
             unsigned shared_bytes, int cooperative, void** parameters, const void* module);
  // The variables of every module: bytes and name of the one of this index; 0 behind the last.
  std::size_t (*variable)(std::size_t index, const char** name);
};

struct fake_cuda_config {
  int devices = 1;
  std::size_t memory_bytes = std::size_t{1} << 30;  // of each device
  std::uint64_t seed = 1;
  int version = 13000;            // of the driver; functions newer than it are absent
  int peer_access = 1;            // 0: no device reaches another's memory
  const char* absent = "";        // one more function that is
  int drop_waits = 0;             // 1: its assembler loses griddepcontrol.wait
  int pending_operations = 1024;  // in a stream, before queueing one more blocks
};

#pragma GCC visibility push(default)
extern "C" {

// Starts over with new devices: all handles and faults are gone, counts are 0. Pending work is
// run first.
void fake_cuda_reset(const fake_cuda_config* config);
void fake_cuda_set_kernels(const fake_cuda_kernels* kernels);
// From now on work runs in another order.
void fake_cuda_seed(std::uint64_t seed);
// Runs all that is queued.
void fake_cuda_run_all(void);

// How often a function was called ("cuLaunchKernel"); NULL: all functions together.
std::uint64_t fake_cuda_calls(const char* function);
// Back to 0.
void fake_cuda_reset_calls(void);
// Calls that blocked because a stream had too much pending.
std::uint64_t fake_cuda_blocked(void);
// The next call of `function` does nothing but return `result`, as a driver may for reasons that
// are its own.
void fake_cuda_refuse(const char* function, int result);
// Objects that are not destroyed: "stream", "event", "module", "link", "graph", "executable",
// "pool", "allocation" (of device memory) or "pinned" (of host memory).
std::size_t fake_cuda_live(const char* kind);
// Removes the oldest misuse and returns its text, valid until the next call; NULL if there is none.
const char* fake_cuda_take_misuse(void);

// Within `run`: the variable of the module, NULL if there is none of this name.
void* fake_cuda_variable(const void* module, const char* name);
}
#pragma GCC visibility pop
