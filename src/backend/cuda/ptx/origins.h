// backend/cuda/ptx/origins.h: where the value of a register may come from, and what arithmetic
// makes of it.
//
// A value is a set of origins. What is not in the set cannot be reached through the value. The
// empty set is that of a register that nothing has been found to assign yet.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

namespace sennit::cuda::ptx {

// In the order of their trust: those from Candidate on may be addresses of something we know.
enum class OriginKind : std::uint8_t {
  Null,       // the constant 0
  Number,     // computed, and no address; used as one, it may reach anything
  Loaded,     // found in memory: an index, or an address that nothing is known of
  Unmarked,   // an 8-byte parameter of a kernel that marks its pointers, and not this one
  Candidate,  // an 8-byte parameter of code that does not say which parameters are pointers
  Parameter,  // a parameter that is a pointer; index: of the parameter
  Variable,   // index: of a module variable
  Object,     // local, shared or parameter memory; index: of the object
  Function,   // index: of the function
  Fresh,      // memory that malloc returned, or the driver's own: no array
};

struct Origin {
  static constexpr std::uint32_t kAnywhere = 0xffffffff;

  OriginKind kind = OriginKind::Number;
  std::uint32_t index = 0;
  std::uint32_t offset = kAnywhere;  // into an object, in bytes

  auto operator<=>(const Origin&) const = default;
  bool same_base(const Origin& other) const { return kind == other.kind && index == other.index; }
};

constexpr bool may_be_address(OriginKind kind) { return kind >= OriginKind::Candidate; }
constexpr bool is_address(OriginKind kind) { return kind >= OriginKind::Parameter; }

// A set of origins, by its number: equal sets have equal numbers.
using Origins = std::uint32_t;
inline constexpr Origins kUnassigned = 0;

class OriginSets {
 public:
  OriginSets();

  Origins of(Origin origin) { return intern({origin}); }
  Origins of(OriginKind kind) { return intern({Origin{kind}}); }
  Origins number() const { return number_; }
  Origins loaded() const { return loaded_; }
  Origins null() const { return null_; }
  // Valid until the next set is made.
  std::span<const Origin> items(Origins set) const { return sets_[set]; }

  bool has_address(Origins set) const;  // may be one: a Candidate or better
  bool is_null(Origins set) const { return set == null_; }

  Origins join(Origins a, Origins b);
  // What `a + b` may be the address of. What is added to an address is an index.
  Origins add(Origins a, Origins b);
  Origins add_constant(Origins a, std::int64_t value);
  // What `a - b` may be the address of.
  Origins subtract(Origins a, Origins b);
  // Any other arithmetic whose result could be turned back into an address: and, or, shifts right.
  Origins mix(Origins a, Origins b);
  // What multiplications and shifts left make: of something found in memory, a number.
  Origins scale(Origins a, Origins b);
  // A wider integer made of a narrower one: no address that was found in memory.
  Origins widen(Origins a);
  // What `cvta.to.global` says of it: that it is a pointer.
  Origins trust(Origins a);
  // An address that stays in its object, where is not known.
  Origins anywhere(Origins a);
  // All lie in the same object, array or variable; Null apart.
  bool share_one_base(Origins a, Origins b) const;

 private:
  using Set = std::vector<Origin>;
  Origins intern(Set set);
  Origins unmarked(Origins a);

  std::vector<Set> sets_;
  std::unordered_multimap<std::uint64_t, Origins> by_hash_;
  std::unordered_map<std::uint64_t, Origins> joins_;
  Origins number_ = 0, loaded_ = 0, null_ = 0;
};

}  // namespace sennit::cuda::ptx
