// grcuda/root_namespace.cpp: what stands in `CU`. Each subject adds its own functions.
#include "grcuda/bind_functions.h"
#include "grcuda/context.h"
#include "grcuda/cuda_functions.h"
#include "grcuda/device_array.h"
#include "grcuda/devices.h"
#include "grcuda/kernel_functions.h"
#include "grcuda/map_shred.h"
#include "grcuda/option_map.h"

namespace sennit::grcuda {

std::shared_ptr<Namespace> make_root_namespace(const std::shared_ptr<Runtime>& runtime,
                                               OptionValues options) {
  auto root = std::make_shared<Namespace>("CU", /*contains_itself=*/true);
  root->add("DeviceArray", device_array_function(runtime));
  const auto current = std::make_shared<CurrentDevice>(*runtime);
  add_kernel_functions(*root, runtime, current);
  add_bind_functions(root, runtime, current);
  add_map_functions(*root);
  add_device_functions(*root, runtime, current);
  add_cuda_functions(*root, runtime, current);
  add_cuda_memory_functions(*root, runtime);
  root->add("getoptions", Function::make("getoptions", 0, 0,
                                         [map = make_option_map(std::move(options))](auto) -> Any {
                                           return map;
                                         }));
  return root;
}

}  // namespace sennit::grcuda
