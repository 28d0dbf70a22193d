// grcuda/value.h: what a GrCUDA expression yields: numbers, texts and objects.
//
// An object answers the few messages that every dynamic language has: members, elements, a call,
// an address. A binding forwards its language's syntax to them, and hands objects of its own in as
// Values, so that neither side knows the other.
//
// To add an object: derive from Value in a file of its own, and override what it can do; what is
// not overridden refuses with a message that names the object.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/dtype.h"

namespace sennit::grcuda {

class Value;
using ValueRef = std::shared_ptr<Value>;

// Nothing, a truth value, a number, a text, or an object.
using Any = std::variant<std::monostate, bool, std::int64_t, double, std::string, ValueRef>;

// Contiguous elements in the host's memory that an object of another language shows.
struct HostBuffer {
  void* data = nullptr;
  Dtype dtype = Dtype::Float32;
  std::int64_t size = 0;  // elements
  bool writable = false;
};

// Members may be called from any thread, but not while `free` of the same array runs.
class Value : public std::enable_shared_from_this<Value> {
 public:
  virtual ~Value() = default;

  // Names the object in messages and when it is printed: "DeviceArray(float[100])". Never waits.
  virtual std::string describe() const = 0;

  // ---- Members ----
  virtual bool has_members() const { return false; }
  // Those that are advertised; others may be readable.
  virtual std::vector<std::string> member_names() const { return {}; }
  // nullopt if there is none of that name.
  virtual std::optional<Any> member(std::string_view /*name*/) { return std::nullopt; }

  // ---- Elements ----
  virtual bool has_elements() const { return false; }
  virtual std::int64_t size() const { refuse("has no elements"); }
  // Both raise InvalidArgument for an index out of range. They may wait.
  virtual Any read_element(std::int64_t /*index*/) { refuse("has no elements"); }
  virtual void write_element(std::int64_t /*index*/, const Any& /*value*/) {
    refuse("has no elements that can be written");
  }
  // As above where that is a plain load or store; false if it would wait or raise.
  virtual bool read_now(std::int64_t /*index*/, Any& /*out*/) { return false; }
  virtual bool write_now(std::int64_t /*index*/, const Any& /*value*/) { return false; }
  // All elements in place, for objects of other languages; nullopt: one by one.
  virtual std::optional<HostBuffer> buffer() { return std::nullopt; }

  // ---- Calls ----
  virtual bool is_executable() const { return false; }
  virtual Any call(std::span<const Any> /*arguments*/) { refuse("cannot be called"); }

  // What the object is where a truth value is wanted; nullopt: it is none.
  virtual std::optional<bool> truth() const { return std::nullopt; }

  // The address that the object stands for in memory; nullopt: none. May wait for an allocation.
  virtual std::optional<std::uint64_t> address() { return std::nullopt; }

 protected:
  // Raises InvalidArgument: "<description> <what>".
  [[noreturn]] void refuse(std::string_view what) const;
};

// "7", "a text", "DeviceArray(float[100])": for messages.
std::string describe(const Any& any);

template <typename T>
std::shared_ptr<T> find_value(const Any& any) {
  const ValueRef* const value = std::get_if<ValueRef>(&any);
  return value != nullptr ? std::dynamic_pointer_cast<T>(*value) : nullptr;
}

// Raises InvalidArgument unless `arguments` has from `least` to `most` entries.
void check_arity(std::string_view function, std::span<const Any> arguments, std::size_t least,
                 std::size_t most);

// A function of the root namespace, or a method: whatever can only be called.
class Function : public Value {
 public:
  using Body = std::function<Any(std::span<const Any>)>;
  Function(std::string name, std::size_t least, std::size_t most, Body body)
      : name_(std::move(name)), least_(least), most_(most), body_(std::move(body)) {}
  static ValueRef make(std::string name, std::size_t least, std::size_t most, Body body) {
    return std::make_shared<Function>(std::move(name), least, most, std::move(body));
  }

  const std::string& name() const { return name_; }
  std::string describe() const override;
  bool is_executable() const override { return true; }
  Any call(std::span<const Any> arguments) override {
    check_arity(name_, arguments, least_, most_);
    return body_(arguments);
  }

 private:
  const std::string name_;
  const std::size_t least_, most_;  // arguments
  const Body body_;
};

// A truth value that may also be called: GrCUDA's programs write `a.isMemoryFreed` with and without
// the parentheses.
class TruthMember final : public Value {
 public:
  TruthMember(std::string name, bool value) : name_(std::move(name)), value_(value) {}
  std::string describe() const override { return value_ ? "true" : "false"; }
  std::optional<bool> truth() const override { return value_; }
  bool is_executable() const override { return true; }
  Any call(std::span<const Any> arguments) override {
    check_arity(name_, arguments, 0, 0);
    return value_;
  }

 private:
  const std::string name_;
  const bool value_;
};

}  // namespace sennit::grcuda
