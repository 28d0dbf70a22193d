// benchmarks/suite/rivals/schedule.h: the operations of one iteration, placed by hand.
//
// Each operation names its lane, which is the stream it goes on, and the operations of other lanes
// that it waits for. Whoever writes a schedule decides both, as in a program written out call by
// call; the ways of issuing (ways.h) add nothing of their own.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <deque>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "problem.h"
#include "rivals/gpu.h"

namespace suite {

// Device memory; a kernel's argument as its address.
struct DeviceBuffer {
  sennit::cuda::CUdeviceptr address = 0;
  std::size_t bytes = 0;
};

struct Grid {
  std::array<std::uint32_t, 3> blocks{1, 1, 1};
  std::array<std::uint32_t, 3> threads{1, 1, 1};
  std::uint32_t shared_bytes = 0;
};

// Grids as the problems define them.
inline Grid linear(Shape shape) { return {{shape.blocks, 1, 1}, {shape.threads, 1, 1}, 0}; }
inline Grid square(Shape shape, std::uint32_t shared_bytes = 0) {
  return {{shape.side(), shape.side(), 1}, {kBlockSide, kBlockSide, 1}, shared_bytes};
}

class Schedule {
 public:
  using Id = std::size_t;         // an operation, in the order of submission
  using After = std::vector<Id>;  // operations of other lanes
  enum class Kind { kLaunch, kUpload, kDownload, kZero };

  struct Operation {
    Kind kind = Kind::kLaunch;
    std::size_t lane = 0;
    After after;
    bool is_awaited = false;  // by an operation of another lane
    // Launches.
    sennit::cuda::CUfunction function = nullptr;
    Grid grid;
    std::vector<void*> parameters;
    // The others.
    DeviceBuffer device;
    void* host = nullptr;
  };

  Schedule(Gpu& gpu, const Problem& problem);

  // ---- Memory -----------------------------------------------------------------------------------
  template <typename T>
  DeviceBuffer scratch(std::size_t count) {
    return {gpu_.allocate(count * sizeof(T)), count * sizeof(T)};
  }
  // For input `index` of a set, with its counterpart on the host.
  DeviceBuffer input(std::size_t index) { return inputs_[index].device; }
  // Puts inputs side by side, so that one copy or fill does for all of them. Before their first
  // use.
  DeviceBuffer pack(const std::vector<std::size_t>& inputs);
  // Holds constant `index`.
  DeviceBuffer constant(std::size_t index);
  // Says where output `index` is at the end of an iteration.
  void output(std::size_t index, DeviceBuffer buffer) { outputs_[index] = buffer; }
  DeviceBuffer output(std::size_t index) const { return outputs_[index]; }
  // Puts an input's host side into pageable memory. Before its first use.
  void make_pageable(std::size_t input);
  bool has_pageable() const { return !pageable_.empty(); }
  // How many streams the lanes share; as many as there are lanes, if it is not said.
  void share_streams(std::size_t streams) { streams_ = streams; }
  // Sets all bytes of it before each iteration, outside the timed region: a start value, or so that
  // the last answer does not pass for this one.
  void set_before(DeviceBuffer buffer, unsigned char byte) {
    set_before_.push_back({buffer, byte});
  }

  // ---- Operations -------------------------------------------------------------------------------
  Id upload(std::size_t lane, std::size_t input, const After& after = {}) {
    return upload(lane, inputs_[input].device, after);
  }
  // Of an input, or of packed ones.
  Id upload(std::size_t lane, DeviceBuffer inputs, const After& after = {});
  // Brings the first element of an output to the host.
  Id download_first(std::size_t lane, std::size_t output, const After& after = {});
  // Brings the whole of it, to pinned or to pageable memory.
  Id download_pinned(std::size_t lane, std::size_t output, const After& after = {});
  Id download_pageable(std::size_t lane, std::size_t output, const After& after = {});
  Id zero(std::size_t lane, DeviceBuffer buffer, const After& after = {});
  template <typename... Arguments>
  Id launch(std::size_t lane, sennit::cuda::CUfunction function, const Grid& grid,
            const After& after, const Arguments&... arguments) {
    Operation operation;
    operation.function = function;
    operation.grid = grid;
    (operation.parameters.push_back(keep(arguments)), ...);
    return add(std::move(operation), lane, after);
  }
  sennit::cuda::CUfunction function(const std::string& file, const std::string& name) {
    return gpu_.function(file, name);
  }

  // ---- For those who issue ----------------------------------------------------------------------
  Gpu& gpu() const { return gpu_; }
  const std::vector<Operation>& operations() const { return operations_; }
  std::size_t lanes() const { return lanes_; }
  std::size_t streams() const { return streams_ == 0 ? lanes_ : streams_; }
  std::size_t stream_of(Id id) const { return operations_[id].lane % streams(); }
  // The last operations of their streams that no other lane waits for: the host waits for them.
  std::vector<Id> ends() const;
  void issue(const Operation& operation, sennit::cuda::CUstream stream) const;

  void reset(const InputSet& set) const;
  // The first elements of the outputs that are read in a run, once the downloads are done.
  void first_elements(std::span<double> first) const;
  void read(std::size_t output, HostData& values) const;

 private:
  template <typename T>
  void* keep(const T& argument) {
    if constexpr (std::is_same_v<T, DeviceBuffer>) {
      return keep(argument.address);
    } else {
      static_assert(std::is_arithmetic_v<T> && sizeof(T) <= sizeof(std::uint64_t));
      std::memcpy(&arguments_.emplace_back(), &argument, sizeof argument);
      return &arguments_.back();
    }
  }
  Id add(Operation operation, std::size_t lane, const After& after);

  struct Input {
    DeviceBuffer device;
    std::byte* host = nullptr;
  };
  Id download(std::size_t lane, std::size_t output, std::size_t bytes, std::byte* host,
              const After& after);

  Gpu& gpu_;
  const Problem& problem_;
  std::vector<Input> inputs_;
  std::vector<DeviceBuffer> outputs_;
  std::vector<std::pair<DeviceBuffer, unsigned char>> set_before_;
  std::vector<std::byte*> downloaded_;  // by output: where its first element arrives
  std::vector<HostData> pageable_;
  std::deque<std::uint64_t> arguments_;
  std::vector<Operation> operations_;
  std::size_t lanes_ = 0, streams_ = 0;
  sennit::cuda::CUstream housekeeping_;
};

}  // namespace suite
