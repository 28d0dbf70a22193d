#include "random/foreign_memory.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace sennit::random_programs {

class ForeignMemory::Loan final : public Allocation {
 public:
  explicit Loan(std::shared_ptr<ForeignMemory> memory)
      : Allocation(memory->memory_.data(), memory->memory_.size() * sizeof(std::uint32_t)),
        memory_(std::move(memory)) {}
  ~Loan() override {
    if (memory_->returns_++ == 0) memory_->at_return_ = memory_->memory_;
    std::fill(memory_->memory_.begin(), memory_->memory_.end(), kGivenBack);
  }

 private:
  const std::shared_ptr<ForeignMemory> memory_;
};

std::unique_ptr<Allocation> lend(const std::shared_ptr<ForeignMemory>& memory) {
  return std::make_unique<ForeignMemory::Loan>(memory);
}

std::string ForeignMemory::check(const Expected* expected) const {
  if (returns_ != 1) return format("it was given back {} times", returns_.load());
  const auto touched = std::find_if(memory_.begin(), memory_.end(),
                                    [](std::uint32_t value) { return value != kGivenBack; });
  if (touched != memory_.end()) {
    return format("element {} was written to after it was given back", touched - memory_.begin());
  }
  return expected == nullptr ? std::string() : difference(at_return_, *expected);
}

}  // namespace sennit::random_programs
