// doubles/fake_cuda_machine.h: libfake_cuda.so with the host functions that virtual machines run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "backend/backend_table.h"
#include "fake_cuda/control.h"

namespace sennit {

// A machine of fake GPUs. The driver is one for the process, so there is one at a time.
class FakeCudaMachine {
 public:
  // All that was made on an earlier machine is gone.
  explicit FakeCudaMachine(const fake_cuda_config& config = {});

  // Beside the test executable.
  static std::string driver_path();
  // The driver by a new name each time: what was found out of one stays known under its path.
  static std::string unopened_driver_path();
  static std::string nvrtc_path();
  static std::string nvjitlink_path();
  // Opens the CUDA backend on the fake driver, and on the fake compiler or the one that the
  // environment has. Which thread calls the driver is the environment's to say, too.
  static BackendOptions backend_options(bool real_nvrtc = false);

  std::uint64_t calls(const char* function = nullptr) const { return calls_(function); }
  // Of all functions that queue work: launches, copies, fills, events, waits.
  std::uint64_t queueing_calls() const;
  void reset_calls() { reset_calls_(); }
  std::uint64_t blocked() const { return blocked_(); }
  // The next call of `function` is refused with `result`, a CUresult.
  void refuse(const char* function, int result) { refuse_(function, result); }
  std::size_t live(const char* kind) const { return live_(kind); }
  // What is not destroyed, pools and pinned memory apart: a backend keeps those. Empty: nothing.
  std::string leaks() const;
  void run_all() { run_all_(); }
  void seed(std::uint64_t seed) { seed_(seed); }
  std::vector<std::string> take_misuses();

 private:
  decltype(&fake_cuda_calls) calls_;
  decltype(&fake_cuda_reset_calls) reset_calls_;
  decltype(&fake_cuda_blocked) blocked_;
  decltype(&fake_cuda_refuse) refuse_;
  decltype(&fake_cuda_live) live_;
  decltype(&fake_cuda_run_all) run_all_;
  decltype(&fake_cuda_seed) seed_;
  decltype(&fake_cuda_take_misuse) take_misuse_;
};

}  // namespace sennit
