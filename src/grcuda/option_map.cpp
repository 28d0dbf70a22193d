#include "grcuda/option_map.h"

#include "base/error.h"
#include "base/text.h"

namespace sennit::grcuda {
namespace {

class Pair final : public Value {
 public:
  Pair(std::string name, std::string value) : texts_{std::move(name), std::move(value)} {}

  std::string describe() const override { return format("['{}', '{}']", texts_[0], texts_[1]); }
  bool has_elements() const override { return true; }
  std::int64_t size() const override { return 2; }
  Any read_element(std::int64_t index) override {
    if (index != 0 && index != 1) {
      raise(ErrorCode::InvalidArgument, format("element {} of a pair", index));
    }
    return texts_[index];
  }

 private:
  const std::string texts_[2];
};

class OptionMap final : public Value {
 public:
  explicit OptionMap(OptionValues options) : options_(std::move(options)) {}

  std::string describe() const override { return format("GrCUDAOptions({})", options_.size()); }
  bool has_members() const override { return true; }
  std::vector<std::string> member_names() const override {
    std::vector<std::string> names;
    for (const auto& [name, value] : options_) names.push_back(name);
    return names;
  }
  std::optional<Any> member(std::string_view wanted) override {
    for (const auto& [name, value] : options_) {
      if (name == wanted) return value;
    }
    return std::nullopt;
  }
  bool has_elements() const override { return true; }
  std::int64_t size() const override { return static_cast<std::int64_t>(options_.size()); }
  Any read_element(std::int64_t index) override {
    if (index < 0 || index >= size()) {
      raise(ErrorCode::InvalidArgument,
            format("there are {} options, and no number {}", size(), index));
    }
    const auto& [name, value] = options_[static_cast<std::size_t>(index)];
    return ValueRef(std::make_shared<Pair>(name, value));
  }

 private:
  const OptionValues options_;
};

}  // namespace

ValueRef make_option_map(OptionValues options) {
  return std::make_shared<OptionMap>(std::move(options));
}

}  // namespace sennit::grcuda
