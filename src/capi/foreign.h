// capi/foreign.h: objects of the caller's language as values.
#pragma once

#include <string>

#include "capi/any.h"

namespace sennit::capi {

class ForeignValue final : public grcuda::Value {
 public:
  // Takes over `given.user`.
  ForeignValue(const snt_foreign& given, snt_runtime* runtime);
  ~ForeignValue() override;

  void* user() const { return foreign_.user; }
  // One more release will follow, by whoever is given `user` as a result.
  void retain() const {
    if (foreign_.retain != nullptr) foreign_.retain(foreign_.user);
  }

  std::string describe() const override { return description_; }
  bool has_members() const override { return foreign_.member != nullptr; }
  std::optional<grcuda::Any> member(std::string_view name) override;
  bool has_elements() const override { return foreign_.size != nullptr; }
  std::int64_t size() const override;
  grcuda::Any read_element(std::int64_t index) override;
  void write_element(std::int64_t index, const grcuda::Any& value) override;
  std::optional<grcuda::HostBuffer> buffer() override;
  bool is_executable() const override { return foreign_.call != nullptr; }
  grcuda::Any call(std::span<const grcuda::Any> arguments) override;
  std::optional<std::uint64_t> address() override;

 private:
  void check(std::int32_t result, const char* doing) const;
  grcuda::Any taken(snt_any& result) const;

  snt_foreign foreign_;
  std::string description_;
  snt_runtime* const runtime_;  // retained
};

}  // namespace sennit::capi
