#include "random/oracle.h"

#include <algorithm>
#include <span>
#include <utility>

#include "random/kernels.h"

namespace sennit::random_programs {

Oracle::Oracle(const Program& program) {
  for (std::size_t i = 0; i < kArrays; ++i) arrays_[i].assign(program.elements[i], 0);
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

Observed Oracle::read(const View& view) const {
  Observed out;
  for (std::size_t i = 0; i < view.count; ++i) out.push_back(array(view.slot)[view.at(i)]);
  return out;
}

Observed Oracle::execute(std::size_t thread, const Operation& operation) {
  std::array<View, 3> views;
  std::size_t n = static_cast<std::size_t>(-1);
  for (int i = 0; i < view_count(operation); ++i) {
    views[static_cast<std::size_t>(i)] = view(operation, i);
    n = std::min(n, views[static_cast<std::size_t>(i)].count);
  }
  const View& first = views[0];
  std::vector<std::uint32_t>& target = arrays_[static_cast<std::size_t>(first.slot)];
  Observed& snapshot = snapshots_[{thread, operation.snapshot}];
  switch (operation.kind) {
    case Operation::Launch: {
      std::array<Strided, 3> strided;
      const std::size_t count = kernel(operation.kernel).arrays;
      for (std::size_t k = 0; k < count; ++k) {
        strided[k] = {&arrays_[static_cast<std::size_t>(views[k].slot)][views[k].first],
                      static_cast<std::int64_t>(views[k].step)};
      }
      run_kernel(operation.kernel, std::span(strided).first(count), static_cast<std::int64_t>(n),
                 operation.value);
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
      Observed before = read(first);
      for (std::size_t i = 0; i < n; ++i) target[first.at(i)] = written(operation.value, i);
      return before;
    }
    case Operation::Fill:
      for (std::size_t i = 0; i < n; ++i) target[first.at(i)] = operation.value;
      return {};
    case Operation::Copy: {
      const Observed from = read(views[1]);
      for (std::size_t i = 0; i < n; ++i) target[first.at(i)] = from[i];
      return {};
    }
    case Operation::Free:
      target.assign(operation.count, 0);
      return {};
    case Operation::Wait:
    case Operation::Sync:
      return {};
  }
  return {};
}

}  // namespace sennit::random_programs
