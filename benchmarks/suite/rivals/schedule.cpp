#include "rivals/schedule.h"

#include <algorithm>

namespace suite {

using namespace sennit::cuda;

namespace {

CUdeviceptr host_address(const void* address) { return reinterpret_cast<CUdeviceptr>(address); }

}  // namespace

Schedule::Schedule(Gpu& gpu, const Problem& problem)
    : gpu_(gpu),
      problem_(problem),
      outputs_(problem.outputs.size()),
      downloaded_(problem.outputs.size()),
      housekeeping_(gpu.create_stream()) {
  for (const HostData& input : problem.sets[0].inputs) {
    inputs_.push_back(
        {{gpu.allocate(input.bytes()), input.bytes()}, gpu.allocate_pinned(input.bytes())});
  }
}

DeviceBuffer Schedule::pack(const std::vector<std::size_t>& inputs) {
  std::size_t bytes = 0;
  for (const std::size_t index : inputs) bytes += inputs_[index].device.bytes;
  const DeviceBuffer packed{gpu_.allocate(bytes), bytes};
  std::byte* const host = gpu_.allocate_pinned(bytes);
  std::size_t offset = 0;
  for (const std::size_t index : inputs) {
    Input& input = inputs_[index];
    input = {{packed.address + offset, input.device.bytes}, host + offset};
    offset += input.device.bytes;
  }
  return packed;
}

void Schedule::make_pageable(std::size_t input) {
  pageable_.push_back(HostData::of<std::byte>(inputs_[input].device.bytes));
  inputs_[input].host = pageable_.back().data();
}

DeviceBuffer Schedule::constant(std::size_t index) {
  const HostData& values = problem_.constants[index];
  const DeviceBuffer buffer{gpu_.allocate(values.bytes()), values.bytes()};
  gpu_.check(gpu_.driver().cuMemcpyAsync(buffer.address, host_address(values.data()),
                                         values.bytes(), housekeeping_),
             "copying a constant");
  gpu_.sync(housekeeping_);
  return buffer;
}

Schedule::Id Schedule::add(Operation operation, std::size_t lane, const After& after) {
  operation.lane = lane;
  operation.after = after;
  for (const Id id : after) operations_[id].is_awaited = true;
  operations_.push_back(std::move(operation));
  lanes_ = std::max(lanes_, lane + 1);
  return operations_.size() - 1;
}

Schedule::Id Schedule::upload(std::size_t lane, DeviceBuffer inputs, const After& after) {
  const auto first = std::find_if(inputs_.begin(), inputs_.end(), [&](const Input& input) {
    return input.device.address == inputs.address;
  });
  Operation operation;
  operation.kind = Kind::kUpload;
  operation.device = inputs;
  operation.host = first->host;
  return add(std::move(operation), lane, after);
}

Schedule::Id Schedule::download(std::size_t lane, std::size_t output, std::size_t bytes,
                                std::byte* host, const After& after) {
  Operation operation;
  operation.kind = Kind::kDownload;
  operation.device = {outputs_[output].address, bytes};
  operation.host = downloaded_[output] = host;
  return add(std::move(operation), lane, after);
}

Schedule::Id Schedule::download_first(std::size_t lane, std::size_t output, const After& after) {
  const std::size_t bytes = bytes_of(problem_.outputs[output].type);
  return download(lane, output, bytes, gpu_.allocate_pinned(bytes), after);
}

Schedule::Id Schedule::download_pinned(std::size_t lane, std::size_t output, const After& after) {
  const std::size_t bytes = problem_.outputs[output].bytes();
  return download(lane, output, bytes, gpu_.allocate_pinned(bytes), after);
}

Schedule::Id Schedule::download_pageable(std::size_t lane, std::size_t output, const After& after) {
  const std::size_t bytes = problem_.outputs[output].bytes();
  pageable_.push_back(HostData::of<std::byte>(bytes));
  return download(lane, output, bytes, pageable_.back().data(), after);
}

Schedule::Id Schedule::zero(std::size_t lane, DeviceBuffer buffer, const After& after) {
  Operation operation;
  operation.kind = Kind::kZero;
  operation.device = buffer;
  return add(std::move(operation), lane, after);
}

std::vector<Schedule::Id> Schedule::ends() const {
  std::vector<Id> last(streams(), operations_.size());
  for (Id id = 0; id < operations_.size(); ++id) last[stream_of(id)] = id;
  std::erase_if(last,
                [&](Id id) { return id == operations_.size() || operations_[id].is_awaited; });
  return last;
}

void Schedule::issue(const Operation& operation, CUstream stream) const {
  const Driver& driver = gpu_.driver();
  const DeviceBuffer& device = operation.device;
  switch (operation.kind) {
    case Kind::kLaunch: {
      const auto& [blocks, threads, shared_bytes] = operation.grid;
      gpu_.check(driver.cuLaunchKernel(operation.function, blocks[0], blocks[1], blocks[2],
                                       threads[0], threads[1], threads[2], shared_bytes, stream,
                                       const_cast<void**>(operation.parameters.data()), nullptr),
                 "launching a kernel");
      return;
    }
    case Kind::kUpload:
      gpu_.check(
          driver.cuMemcpyAsync(device.address, host_address(operation.host), device.bytes, stream),
          "copying to the device");
      return;
    case Kind::kDownload:
      gpu_.check(
          driver.cuMemcpyAsync(host_address(operation.host), device.address, device.bytes, stream),
          "copying to the host");
      return;
    case Kind::kZero:
      gpu_.check(driver.cuMemsetD32Async(device.address, 0, device.bytes / 4, stream),
                 "zeroing device memory");
      return;
  }
}

void Schedule::reset(const InputSet& set) const {
  // By this thread, as a program writes its inputs: from the caches of many cores the link reads
  // slowly.
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    std::memcpy(inputs_[i].host, set.inputs[i].data(), set.inputs[i].bytes());
  }
  for (const auto& [buffer, byte] : set_before_) {
    gpu_.check(gpu_.driver().cuMemsetD8Async(buffer.address, byte, buffer.bytes, housekeeping_),
               "setting device memory");
  }
  gpu_.sync(housekeeping_);
}

void Schedule::first_elements(std::span<double> first) const {
  std::size_t next = 0;
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    const Output& output = problem_.outputs[i];
    if (output.read_in_run) first[next++] = element_at(downloaded_[i], output.type, 0);
  }
}

void Schedule::read(std::size_t output, HostData& values) const {
  values = HostData::of<std::byte>(problem_.outputs[output].bytes());
  gpu_.check(gpu_.driver().cuMemcpyAsync(host_address(values.data()), outputs_[output].address,
                                         values.bytes(), housekeeping_),
             "reading an answer");
  gpu_.sync(housekeeping_);
}

}  // namespace suite
