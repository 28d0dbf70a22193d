#include "random/oracle.h"

#include <algorithm>
#include <span>
#include <utility>

#include "base/text.h"
#include "random/kernels.h"

namespace sennit::random_programs {

std::string difference(const Observed& seen, const Expected& expected) {
  if (seen.size() != expected.size()) {
    return format("{} elements instead of {}", seen.size(), expected.size());
  }
  for (std::size_t i = 0; i < seen.size(); ++i) {
    if (expected[i].defined && seen[i] != expected[i].value) {
      return format("element {} is {} instead of {}", i, seen[i], expected[i].value);
    }
  }
  return {};
}

Oracle::Oracle(const Program& program) : snapshots_(program.threads.size()) {
  for (std::size_t slot = 0; slot < kArrays; ++slot) make(slot, program.arrays[slot]);
}

void Oracle::make(std::size_t slot, const NewArray& array) {
  contents_[slot] = array.contents;
  arrays_[slot].assign(array.elements, Element(0, array.contents != NewArray::Undefined));
  if (array.contents != NewArray::Adopted) return;
  for (std::size_t i = 0; i < array.elements; ++i) arrays_[slot][i] = written(array.value, i);
}

void Oracle::free(std::size_t slot, bool at_end) {
  if (contents_[slot] == NewArray::Adopted) {
    returned_[slot].push_back({std::move(arrays_[slot]), at_end});
  }
  arrays_[slot].clear();
}

void Oracle::close() {
  for (std::size_t slot = 0; slot < kArrays; ++slot) free(slot, true);
}

std::array<std::size_t, kArrays> Oracle::elements() const {
  std::array<std::size_t, kArrays> elements{};
  for (std::size_t i = 0; i < kArrays; ++i) elements[i] = arrays_[i].size();
  return elements;
}

View Oracle::view(const Operation& operation, int i) const {
  const AnyView& any = operation.views[static_cast<std::size_t>(i)];
  return any.of(array(any.slot).size());
}

Expected Oracle::read(const View& view) const {
  Expected out;
  for (std::size_t i = 0; i < view.count; ++i) out.push_back(array(view.slot)[view.at(i)]);
  return out;
}

Expected Oracle::execute(std::size_t thread, const Operation& operation) {
  std::array<View, 3> views;
  std::size_t n = static_cast<std::size_t>(-1);
  for (int i = 0; i < view_count(operation); ++i) {
    views[static_cast<std::size_t>(i)] = view(operation, i);
    n = std::min(n, views[static_cast<std::size_t>(i)].count);
  }
  const View& first = views[0];
  Expected& target = arrays_[static_cast<std::size_t>(first.slot)];
  Expected& snapshot = snapshots_[thread][static_cast<std::size_t>(operation.snapshot)];
  switch (operation.kind) {
    case Operation::Launch: {
      std::array<Strided<Element>, 3> strided;
      const std::size_t count = kernel(operation.kernel).arrays;
      for (std::size_t k = 0; k < count; ++k) {
        strided[k] = {&arrays_[static_cast<std::size_t>(views[k].slot)][views[k].first],
                      static_cast<std::int64_t>(views[k].step)};
      }
      run_kernel<Element>(operation.kernel, std::span(strided).first(count),
                          static_cast<std::int64_t>(n), operation.value);
      return {};
    }
    case Operation::ReadElements:
    case Operation::ReadRange:
      return read(first);
    case Operation::TakeSnapshot:
      return snapshot = read(first);
    case Operation::DropSnapshot:
      return std::exchange(snapshot, {});
    case Operation::WriteElements:
    case Operation::WriteRange:
      for (std::size_t i = 0; i < n; ++i) target[first.at(i)] = written(operation.value, i);
      return {};
    case Operation::WriteInPlace: {
      Expected before = read(first);
      for (std::size_t i = 0; i < n; ++i) target[first.at(i)] = written(operation.value, i);
      return before;
    }
    case Operation::Fill:
      for (std::size_t i = 0; i < n; ++i) target[first.at(i)] = operation.value;
      return {};
    case Operation::Copy: {
      const Expected from = read(views[1]);
      for (std::size_t i = 0; i < n; ++i) target[first.at(i)] = from[i];
      return {};
    }
    case Operation::Free:
      free(static_cast<std::size_t>(first.slot), false);
      make(static_cast<std::size_t>(first.slot), operation.replacement);
      return {};
    case Operation::Wait:
    case Operation::Sync:
      return {};
  }
  return {};
}

}  // namespace sennit::random_programs
