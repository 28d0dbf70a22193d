#include "backend/cuda/ptx/known_functions.h"

namespace sennit::cuda::ptx {
namespace {

using Effect = KnownFunction::Effect;

constexpr KnownFunction kFunctions[] = {
    {"vprintf", Effect::Prints},
    {"__assertfail", Effect::ReadsText},
    {"malloc", Effect::Allocates},
    {"free", Effect::Frees},
    {"cudaDeviceSynchronize", Effect::None},
    {"cudaCGGetIntrinsicHandle", Effect::None},
    {"cudaCGSynchronize", Effect::Waits},
    {"cudaCGSynchronizeGrid", Effect::Waits},
};

}  // namespace

const KnownFunction* find_known_function(std::string_view name) {
  for (const KnownFunction& known : kFunctions) {
    if (known.name == name) return &known;
  }
  return nullptr;
}

}  // namespace sennit::cuda::ptx
