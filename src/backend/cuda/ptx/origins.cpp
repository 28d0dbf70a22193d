#include "backend/cuda/ptx/origins.h"

#include <algorithm>
#include <iterator>

namespace sennit::cuda::ptx {
namespace {

// Offsets beyond are not told apart, nor more than so many of them: loops that walk through an
// object would not come to an end.
constexpr std::int64_t kMaxOffset = 4096;
constexpr std::size_t kMaxOffsets = 16;

bool has(std::span<const Origin> set, OriginKind kind) {
  return std::any_of(set.begin(), set.end(), [&](const Origin& o) { return o.kind == kind; });
}
bool has_sure_address(std::span<const Origin> set) {
  return std::any_of(set.begin(), set.end(), [](const Origin& o) { return is_address(o.kind); });
}

std::uint64_t hash(std::span<const Origin> set) {
  std::uint64_t value = set.size();
  for (const Origin& origin : set) {
    const std::uint64_t word = (static_cast<std::uint64_t>(origin.kind) << 56) ^
                               (std::uint64_t{origin.index} << 24) ^ origin.offset;
    value = (value ^ word) * 0x9e3779b97f4a7c15u;
    value ^= value >> 29;
  }
  return value;
}

}  // namespace

OriginSets::OriginSets() {
  sets_.emplace_back();
  by_hash_.emplace(hash({}), kUnassigned);
  null_ = of(OriginKind::Null);
  number_ = of(OriginKind::Number);
  loaded_ = of(OriginKind::Loaded);
}

Origins OriginSets::intern(Set set) {
  std::sort(set.begin(), set.end());
  set.erase(std::unique(set.begin(), set.end()), set.end());
  const auto at_offset = [](const Origin& o) {
    return o.kind == OriginKind::Object && o.offset != Origin::kAnywhere;
  };
  const bool too_many =
      static_cast<std::size_t>(std::count_if(set.begin(), set.end(), at_offset)) > kMaxOffsets;
  if (too_many) {
    for (Origin& origin : set) origin.offset = Origin::kAnywhere;
  }
  // "Anywhere" sorts last in its object, and includes the others.
  Set result;
  for (std::size_t i = set.size(); i-- > 0;) {
    const bool included = !result.empty() && result.back().same_base(set[i]) &&
                          (result.back().offset == Origin::kAnywhere || result.back() == set[i]);
    if (!included) result.push_back(set[i]);
  }
  std::reverse(result.begin(), result.end());

  const std::uint64_t key = hash(result);
  const auto [begin, end] = by_hash_.equal_range(key);
  for (auto found = begin; found != end; ++found) {
    if (sets_[found->second] == result) return found->second;
  }
  const auto number = static_cast<Origins>(sets_.size());
  sets_.push_back(std::move(result));
  by_hash_.emplace(key, number);
  return number;
}

bool OriginSets::has_address(Origins set) const {
  // Sorted by kind: the last is the most trusted.
  return !sets_[set].empty() && may_be_address(sets_[set].back().kind);
}

Origins OriginSets::join(Origins a, Origins b) {
  if (a == b || b == kUnassigned) return a;
  if (a == kUnassigned) return b;
  const std::uint64_t key = (std::uint64_t{std::min(a, b)} << 32) | std::max(a, b);
  if (const auto found = joins_.find(key); found != joins_.end()) return found->second;
  Set both = sets_[a];
  both.insert(both.end(), sets_[b].begin(), sets_[b].end());
  const Origins result = intern(std::move(both));
  joins_.emplace(key, result);
  return result;
}

Origins OriginSets::anywhere(Origins a) {
  if (!has(sets_[a], OriginKind::Object)) return a;
  Set set = sets_[a];
  for (Origin& origin : set) origin.offset = Origin::kAnywhere;
  return intern(std::move(set));
}

Origins OriginSets::add(Origins a, Origins b) {
  const bool address_a = has_address(a), address_b = has_address(b);
  const bool sure_a = has_sure_address(sets_[a]), sure_b = has_sure_address(sets_[b]);
  if (sure_a != sure_b) return anywhere(sure_a ? a : b);
  if (address_a && address_b) return anywhere(join(a, b));
  const bool loaded = has(sets_[a], OriginKind::Loaded) || has(sets_[b], OriginKind::Loaded);
  // A candidate may be an index into what was found in memory.
  if (address_a != address_b) return join(address_a ? a : b, loaded ? loaded_ : kUnassigned);
  return join(loaded ? loaded_ : number_, join(unmarked(a), unmarked(b)));
}

// The parameters in a set that are taken for numbers.
Origins OriginSets::unmarked(Origins a) {
  if (!has(sets_[a], OriginKind::Unmarked)) return kUnassigned;
  Set set;
  for (const Origin& origin : sets_[a]) {
    if (origin.kind == OriginKind::Unmarked) set.push_back(origin);
  }
  return intern(std::move(set));
}

Origins OriginSets::add_constant(Origins a, std::int64_t value) {
  if (value == 0 || a == kUnassigned) return a;
  if (!has_address(a)) return add(a, number_);
  if (!has(sets_[a], OriginKind::Object)) return a;
  Set set = sets_[a];
  for (Origin& origin : set) {
    if (origin.kind != OriginKind::Object || origin.offset == Origin::kAnywhere) continue;
    std::int64_t offset = 0;
    const bool fits = !__builtin_add_overflow(std::int64_t{origin.offset}, value, &offset) &&
                      offset >= 0 && offset <= kMaxOffset;
    origin.offset = fits ? static_cast<std::uint32_t>(offset) : Origin::kAnywhere;
  }
  return intern(std::move(set));
}

Origins OriginSets::subtract(Origins a, Origins b) {
  const bool address_a = has_address(a), address_b = has_address(b);
  if (!address_b) return add(a, b);
  if (address_a && share_one_base(a, b)) return number_;
  // Added to an address in `b` again, a distance leads to `a`.
  const Origins both = anywhere(join(a, b));
  return address_a ? both : join(both, number_);
}

Origins OriginSets::mix(Origins a, Origins b) {
  const Origins both = anywhere(join(a, b));
  // The halves of one address, put together again.
  if (has_address(a) && has_address(b) && share_one_base(a, b)) return both;
  return join(both, number_);
}

Origins OriginSets::scale(Origins a, Origins b) {
  const Origins both = join(a, b);
  if (!has_address(both)) return number_;
  Set set;
  for (const Origin& origin : sets_[anywhere(both)]) {
    if (may_be_address(origin.kind)) set.push_back(origin);
  }
  return join(intern(std::move(set)), number_);
}

Origins OriginSets::widen(Origins a) {
  if (!has(sets_[a], OriginKind::Loaded)) return a;
  Set set = sets_[a];
  for (Origin& origin : set) {
    if (origin.kind == OriginKind::Loaded) origin.kind = OriginKind::Number;
  }
  return intern(std::move(set));
}

Origins OriginSets::trust(Origins a) {
  const bool is_unmarked = has(sets_[a], OriginKind::Unmarked);
  if (!is_unmarked && !has(sets_[a], OriginKind::Candidate)) return a;
  Set set = sets_[a];
  for (Origin& origin : set) {
    if (origin.kind == OriginKind::Candidate || origin.kind == OriginKind::Unmarked) {
      origin.kind = OriginKind::Parameter;
    }
  }
  // A number that is made an address may be that of anything.
  if (is_unmarked) set.push_back(Origin{OriginKind::Number});
  return intern(std::move(set));
}

bool OriginSets::share_one_base(Origins a, Origins b) const {
  Origin base;
  bool found = false;
  for (const Origins set : {a, b}) {
    for (const Origin& origin : sets_[set]) {
      if (origin.kind == OriginKind::Null) continue;
      if (!may_be_address(origin.kind)) return false;
      // Of one parameter, whether it is sure to be a pointer or not.
      Origin plain = origin;
      if (plain.kind == OriginKind::Candidate) plain.kind = OriginKind::Parameter;
      if (found && !plain.same_base(base)) return false;
      base = plain;
      found = true;
    }
  }
  return found;
}

}  // namespace sennit::cuda::ptx
