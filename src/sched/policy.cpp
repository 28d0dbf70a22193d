#include "sched/policy.h"

#include "base/error.h"
#include "base/text.h"

namespace sennit {

const PolicyInfo& find_policy(std::string_view name) {
  std::string known;
  for (const PolicyInfo* info : policies()) {
    if (info->name == name) return *info;
    known += format("{}{}", known.empty() ? "" : ", ", info->name);
  }
  raise(ErrorCode::InvalidArgument, format("no policy is called '{}'; known: {}", name, known));
}

}  // namespace sennit
