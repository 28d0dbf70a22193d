// grcuda/root_namespace.cpp: what stands in `CU`. Each subject adds its own functions.
#include "grcuda/bind_functions.h"
#include "grcuda/context.h"
#include "grcuda/device_array.h"
#include "grcuda/kernel_functions.h"

namespace sennit::grcuda {

std::shared_ptr<Namespace> make_root_namespace(const std::shared_ptr<Runtime>& runtime,
                                               OptionValues options) {
  auto root = std::make_shared<Namespace>("CU");
  // It contains itself, without owning itself.
  root->add_lazily("CU", [weak = std::weak_ptr<Namespace>(root)]() -> Any {
    return ValueRef(weak.lock());
  });
  root->add("DeviceArray", device_array_function(runtime));
  add_kernel_functions(*root, runtime);
  (void)options;
  return root;
}

}  // namespace sennit::grcuda
