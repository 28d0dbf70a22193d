// tests/random/subject.h: a random program's arrays in a runtime, and its operations there.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "random/foreign_memory.h"
#include "random/oracle.h"
#include "random/program.h"
#include "runtime/array.h"
#include "runtime/runtime.h"

namespace sennit::random_programs {

using Kernels = std::array<std::shared_ptr<RuntimeKernel>, kKernels>;
Kernels build_kernels(Runtime& runtime);

// Its arrays may be used by several threads; each slot, and the snapshots of each thread, by one
// at a time.
class Subject {
 public:
  Subject(std::shared_ptr<Runtime> runtime, const Kernels& kernels, const Program& program);

  Observed execute(std::size_t thread, const Operation& operation);
  std::vector<std::uint32_t> array(int slot) const;
  // Frees all, and says what is wrong then: work, storages or memory that is left.
  std::string close();
  // What is wrong with the memory that was adopted. After `close` of both.
  std::string check_returned(const Oracle& oracle) const;

 private:
  struct Snapshot {
    std::unique_ptr<HostView> host;
    View view;
  };

  void make(std::size_t slot, const NewArray& array);
  Array view(const View& view) const;
  const Array& whole(int slot) const { return *arrays_[static_cast<std::size_t>(slot)]; }
  void launch(const Operation& operation, std::span<const View> views, std::size_t n);
  Observed write_in_place(const Operation& operation, const View& view);

  std::shared_ptr<Runtime> runtime_;
  const Kernels& kernels_;
  const bool free_;
  std::array<std::unique_ptr<Array>, kArrays> arrays_;
  // Of the arrays that each slot has had.
  std::array<std::vector<std::shared_ptr<ForeignMemory>>, kArrays> foreign_;
  std::vector<std::array<Snapshot, kSnapshots>> snapshots_;  // by thread
};

}  // namespace sennit::random_programs
