#include "random/subject.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "random/kernels.h"

namespace sennit::random_programs {
namespace {

constexpr std::size_t kBytes = sizeof(std::uint32_t);

Observed elements(const std::byte* first, const View& view) {
  Observed out(view.count);
  for (std::size_t i = 0; i < view.count; ++i) {
    std::memcpy(&out[i], first + i * view.step * kBytes, kBytes);
  }
  return out;
}

}  // namespace

Kernels build_kernels(Runtime& runtime) {
  Kernels kernels;
  for (int index = 0; index < kKernels; ++index) {
    KernelRequest request;
    request.source = kernel_source();
    request.name = kernel(index).name;
    request.signature = kernel(index).signature;
    kernels[static_cast<std::size_t>(index)] = runtime.build_kernel(request);
  }
  return kernels;
}

Subject::Subject(std::shared_ptr<Runtime> runtime, const Kernels& kernels, const Program& program)
    : runtime_(std::move(runtime)),
      kernels_(kernels),
      free_(program.pace == Pace::Free),
      snapshots_(program.threads.size()) {
  for (std::size_t slot = 0; slot < kArrays; ++slot) make(slot, program.arrays[slot]);
}

void Subject::make(std::size_t slot, const NewArray& array) {
  const std::int64_t shape[] = {static_cast<std::int64_t>(array.elements)};
  if (array.contents != NewArray::Adopted) {
    arrays_[slot] = std::make_unique<Array>(runtime_->create_array(
        Dtype::UInt32, shape, Order::C, array.contents == NewArray::Undefined));
    return;
  }
  std::vector<std::uint32_t> contents(array.elements);
  for (std::size_t i = 0; i < contents.size(); ++i) contents[i] = written(array.value, i);
  foreign_[slot].push_back(std::make_shared<ForeignMemory>(std::move(contents)));
  arrays_[slot] = std::make_unique<Array>(
      runtime_->adopt_array(Layout::contiguous(Dtype::UInt32, shape, Order::C),
                            array.elements * kBytes, lend(foreign_[slot].back())));
}

Array Subject::view(const View& view) const {
  const std::int64_t shape[] = {static_cast<std::int64_t>(view.count)};
  const std::int64_t strides[] = {static_cast<std::int64_t>(view.step * kBytes)};
  return whole(view.slot).view_of(Dtype::UInt32, shape, strides,
                                  static_cast<std::int64_t>(view.first * kBytes));
}

void Subject::launch(const Operation& operation, std::span<const View> views, std::size_t n) {
  std::vector<Array> arrays;
  arrays.reserve(views.size());
  std::vector<Argument> arguments{Argument::of(static_cast<std::int64_t>(n)),
                                  Argument::of(std::uint64_t{operation.value})};
  for (const View& part : views) {
    arrays.push_back(view(part));
    arguments.push_back(Argument::of(arrays.back().view()));
    arguments.push_back(Argument::of(static_cast<std::int64_t>(part.step)));
  }
  runtime_->launch(*kernels_[static_cast<std::size_t>(operation.kernel)], {}, arguments, {});
}

// While the view is open, whatever else would use the array is refused.
Observed Subject::write_in_place(const Operation& operation, const View& part) {
  const Array array = view(part);
  const auto host = HostView::writable(array, {});
  try {
    array.fill(&operation.value);
    raise(ErrorCode::Internal, "a fill of an array with an open view was not refused");
  } catch (const Error& error) {
    if (error.code() != ErrorCode::Busy) throw;
  }
  Observed before = elements(host->data(), part);
  for (std::size_t i = 0; i < part.count; ++i) {
    const std::uint32_t value = written(operation.value, i);
    std::memcpy(host->data() + i * part.step * kBytes, &value, kBytes);
  }
  return before;
}

Observed Subject::execute(std::size_t thread, const Operation& operation) {
  const auto uses = static_cast<std::size_t>(view_count(operation));
  std::array<View, 3> views;
  std::size_t n = static_cast<std::size_t>(-1);
  for (std::size_t i = 0; i < uses; ++i) {
    const AnyView& any = operation.views[i];
    views[i] = any.of(static_cast<std::size_t>(whole(any.slot).layout().size()));
    n = std::min(n, views[i].count);
  }
  for (std::size_t i = 0; i < uses; ++i) views[i].count = n;
  const View& first = views[0];
  Snapshot& snapshot = snapshots_[thread][static_cast<std::size_t>(operation.snapshot)];
  switch (operation.kind) {
    case Operation::Launch:
      launch(operation, std::span(views).first(uses), n);
      return {};
    case Operation::ReadElements: {
      Observed out(n);
      for (std::size_t i = 0; i < n; ++i) {
        whole(first.slot).read_element(first.at(i) * kBytes, &out[i]);
      }
      return out;
    }
    case Operation::WriteElements:
      for (std::size_t i = 0; i < n; ++i) {
        const std::uint32_t value = written(operation.value, i);
        whole(first.slot).write_element(first.at(i) * kBytes, &value);
      }
      return {};
    case Operation::ReadRange: {
      Observed out(n);
      view(first).read(out.data());
      return out;
    }
    case Operation::WriteRange: {
      std::vector<std::uint32_t> data(n);
      for (std::size_t i = 0; i < n; ++i) data[i] = written(operation.value, i);
      view(first).write(data.data());
      return {};
    }
    case Operation::Fill:
      view(first).fill(&operation.value);
      return {};
    case Operation::Copy:
      view(first).copy_from(view(views[1]));
      return {};
    case Operation::Free:
      arrays_[static_cast<std::size_t>(first.slot)].reset();
      make(static_cast<std::size_t>(first.slot), operation.replacement);
      return {};
    case Operation::TakeSnapshot:
      snapshot = {HostView::snapshot(view(first)), first};
      return elements(snapshot.host->data(), first);
    case Operation::DropSnapshot: {
      if (snapshot.host == nullptr) return {};
      const Observed kept = elements(snapshot.host->data(), snapshot.view);
      snapshot = {};
      return kept;
    }
    case Operation::WriteInPlace:
      return write_in_place(operation, first);
    case Operation::Wait:
      view(first).wait();
      // Unless another thread's work, which reads it too, has begun to move it.
      if (!(free_ && shared(first.slot)) && !view(first).is_ready()) {
        raise(ErrorCode::Internal, "not ready after `wait`");
      }
      return {};
    case Operation::Sync:
      runtime_->scheduler().sync();
      return {};
  }
  return {};
}

std::vector<std::uint32_t> Subject::array(int slot) const {
  std::vector<std::uint32_t> out(static_cast<std::size_t>(whole(slot).layout().size()));
  whole(slot).read(out.data());
  return out;
}

std::string Subject::close() {
  snapshots_.clear();
  for (auto& array : arrays_) array.reset();
  runtime_->scheduler().sync();
  const SchedulerStatistics end = runtime_->scheduler().statistics();
  if (end.in_flight == 0 && end.storages == 0 && end.allocated_bytes == 0 && end.events == 0) {
    return {};
  }
  return format("at the end there are {} operations in flight, {} storages, {} bytes, {} events",
                end.in_flight, end.storages, end.allocated_bytes, end.events);
}

std::string Subject::check_returned(const Oracle& oracle) const {
  const bool shared_memory = runtime_->scheduler().device(0).info().shares_host_memory;
  for (std::size_t slot = 0; slot < kArrays; ++slot) {
    const std::vector<Returned>& expected = oracle.returned(static_cast<int>(slot));
    if (foreign_[slot].size() != expected.size()) return "an array too few or too many";
    for (std::size_t i = 0; i < expected.size(); ++i) {
      // Devices with memory of their own bring results back when the host looks, and it has looked
      // at all arrays that lived to the end.
      const bool current = shared_memory || expected[i].at_end;
      const std::string wrong = foreign_[slot][i]->check(current ? &expected[i].contents : nullptr);
      if (!wrong.empty())
        return format("adopted by '{}', number {}: {}", char('a' + slot), i, wrong);
    }
  }
  return {};
}

}  // namespace sennit::random_programs
