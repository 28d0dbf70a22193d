#include "kernel/stored_access.h"

#include <cstdint>
#include <cstring>
#include <type_traits>

namespace sennit {
namespace {

// Writing and reading walk over the same members in the same order: `exchange` of both.
class Writer {
 public:
  void exchange(const std::string& text) {
    const std::uint64_t bytes = text.size();
    bytes_.append(reinterpret_cast<const char*>(&bytes), sizeof bytes);
    bytes_ += text;
  }
  void exchange(bool flag) { bytes_ += flag ? '\1' : '\0'; }
  template <typename Item>
  void exchange(const std::vector<Item>& items) {
    const std::uint64_t count = items.size();
    bytes_.append(reinterpret_cast<const char*>(&count), sizeof count);
    for (const Item& item : items) exchange_members(*this, item);
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

class Reader {
 public:
  explicit Reader(std::string_view rest) : rest_(rest) {}

  void exchange(std::string& text) { text = take(static_cast<std::size_t>(number())); }
  void exchange(bool& flag) {
    const std::string_view byte = take(1);
    flag = byte == std::string_view("\1", 1);
    good_ = good_ && (flag || byte == std::string_view("\0", 1));
  }
  template <typename Item>
  void exchange(std::vector<Item>& items) {
    // Each has a byte at least, so that a wrong count ends soon.
    for (std::uint64_t left = number(); left > 0 && good_; --left) {
      exchange_members(*this, items.emplace_back());
    }
  }
  bool is_done() const { return good_ && rest_.empty(); }

 private:
  std::uint64_t number() {
    const std::string_view bytes = take(sizeof(std::uint64_t));
    std::uint64_t value = 0;
    if (good_) std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
  std::string_view take(std::size_t bytes) {
    good_ = good_ && bytes <= rest_.size();
    if (!good_) return {};
    const std::string_view part = rest_.substr(0, bytes);
    rest_.remove_prefix(bytes);
    return part;
  }

  std::string_view rest_;
  bool good_ = true;
};

template <typename To, typename Item>
void exchange_evidence(To& to, Item& evidence) {
  to.exchange(evidence.instruction);
  to.exchange(evidence.source);
}

template <typename To, typename Use>
  requires std::is_same_v<std::remove_const_t<Use>, ParameterUse>
void exchange_members(To& to, Use& use) {
  to.exchange(use.is_pointer);
  to.exchange(use.reads);
  to.exchange(use.writes);
  to.exchange(use.escapes);
  to.exchange(use.reads_old_contents);
  exchange_evidence(to, use.read);
  exchange_evidence(to, use.write);
  exchange_evidence(to, use.escape);
  exchange_evidence(to, use.old_contents);
}

template <typename To, typename Use>
  requires std::is_same_v<std::remove_const_t<Use>, VariableUse>
void exchange_members(To& to, Use& use) {
  to.exchange(use.name);
  to.exchange(use.reads);
  to.exchange(use.writes);
  exchange_evidence(to, use.read);
  exchange_evidence(to, use.write);
}

template <typename To, typename Access>
  requires std::is_same_v<std::remove_const_t<Access>, KernelAccess>
void exchange_members(To& to, Access& access) {
  to.exchange(access.kernel);
  to.exchange(access.parameters);
  to.exchange(access.variables);
  to.exchange(access.touches_untracked);
  exchange_evidence(to, access.untracked);
}

}  // namespace

std::string store_access(const std::vector<KernelAccess>& access) {
  Writer writer;
  writer.exchange(access);
  return writer.take();
}

std::optional<std::vector<KernelAccess>> load_access(std::string_view bytes) {
  Reader reader(bytes);
  std::vector<KernelAccess> access;
  reader.exchange(access);
  if (!reader.is_done()) return std::nullopt;
  return access;
}

}  // namespace sennit
