#include "base/intern.h"

#include <mutex>
#include <string>
#include <unordered_set>

namespace sennit {

const char* intern(std::string_view text) {
  // Never destroyed: nodes and traces may name it until the very end.
  static auto& mutex = *new std::mutex;
  static auto& texts = *new std::unordered_set<std::string>;
  const std::lock_guard lock(mutex);
  return texts.emplace(text).first->c_str();
}

}  // namespace sennit
