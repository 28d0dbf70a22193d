// fake_cuda/api_code.cpp: modules, functions and launches.
#include <algorithm>
#include <cstring>

#include "fake_cuda/api.h"
#include "fake_cuda/assembler.h"
#include "fake_cuda/image.h"

namespace fake_cuda::api {
namespace {

void add_variables(Machine& m, Module& module) {
  const char* name = nullptr;
  for (std::size_t i = 0; std::size_t bytes = m.kernels.variable(i, &name); ++i) {
    const BlockPtr block = m.memory.allocate(bytes, module.context->device, nullptr);
    require(block != nullptr, CUDA_ERROR_OUT_OF_MEMORY);
    std::memset(block->address, 0, bytes);
    module.variables.emplace(name, block);
  }
}

int threads_per_multiprocessor_limit(int threads) {
  constexpr int kWarp = 32;
  return 2048 / ((threads + kWarp - 1) / kWarp * kWarp);
}

}  // namespace

CUresult cuModuleLoadData(CUmodule* module, const void* image) {
  require(module != nullptr && image != nullptr);
  Machine& m = machine();
  auto made = std::make_shared<Module>();
  made->context = m.current();
  require(m.kernels.knows != nullptr, CUDA_ERROR_NO_BINARY_FOR_GPU);
  for (Function& read : read_image(static_cast<const char*>(image))) {
    auto function = std::make_shared<Function>(std::move(read));
    require(m.kernels.knows(function->expression.c_str()) != 0, CUDA_ERROR_INVALID_IMAGE);
    function->module = made;
    const std::string lowered = function->lowered;
    made->functions.emplace(lowered, m.functions.add(std::move(function)));
  }
  add_variables(m, *made);
  *module = handle_of<CUmodule>(m.modules.add(std::move(made)));
  return CUDA_SUCCESS;
}

CUresult cuLinkCreate(unsigned count, CUjit_option*, void**, CUlinkState* state) {
  require(count == 0, CUDA_ERROR_NOT_SUPPORTED);
  require(state != nullptr);
  Machine& m = machine();
  m.current();
  *state = handle_of<CUlinkState>(m.links.add(std::make_shared<Link>()));
  return CUDA_SUCCESS;
}

CUresult cuLinkAddData(CUlinkState state, CUjitInputType type, void* data, std::size_t bytes,
                       const char*, unsigned count, CUjit_option*, void**) {
  require(data != nullptr && bytes > 0 && type == CU_JIT_INPUT_PTX && count == 0);
  Link& link = *machine().links.get(state);
  link.ptx.assign(static_cast<const char*>(data), bytes - 1);
  require(!find_kernels(link.ptx).empty(), CUDA_ERROR_INVALID_PTX);
  return CUDA_SUCCESS;
}

CUresult cuLinkComplete(CUlinkState state, void** cubin, std::size_t* bytes) {
  Link& link = *machine().links.get(state);
  link.cubin = assemble(link.ptx, machine().config.drop_waits != 0);
  *cubin = link.cubin.data();
  *bytes = link.cubin.size();
  return CUDA_SUCCESS;
}

CUresult cuLinkDestroy(CUlinkState state) {
  machine().links.take(state);
  return CUDA_SUCCESS;
}

CUresult cuModuleUnload(CUmodule handle) {
  Machine& m = machine();
  m.refuse_if_capturing();
  const std::shared_ptr<Module> module = m.modules.take(handle);
  m.wait_for_context(*module->context);
  for (const auto& [name, function] : module->functions) {
    m.functions.take(handle_of<void*>(function));
  }
  for (const auto& [name, block] : module->variables) m.memory.release(block);
  return CUDA_SUCCESS;
}

CUresult cuModuleGetFunction(CUfunction* function, CUmodule handle, const char* name) {
  require(function != nullptr && name != nullptr);
  const std::shared_ptr<Module> module = machine().modules.get(handle);
  const auto found = module->functions.find(name);
  require(found != module->functions.end(), CUDA_ERROR_NOT_FOUND);
  *function = handle_of<CUfunction>(found->second);
  return CUDA_SUCCESS;
}

CUresult cuModuleGetGlobal(CUdeviceptr* address, std::size_t* bytes, CUmodule handle,
                           const char* name) {
  require(name != nullptr);
  const std::shared_ptr<Module> module = machine().modules.get(handle);
  const auto found = module->variables.find(name);
  require(found != module->variables.end(), CUDA_ERROR_NOT_FOUND);
  if (address != nullptr) *address = reinterpret_cast<CUdeviceptr>(found->second->address);
  if (bytes != nullptr) *bytes = found->second->bytes;
  return CUDA_SUCCESS;
}

CUresult cuModuleGetFunctionCount(unsigned* count, CUmodule handle) {
  require(count != nullptr);
  *count = static_cast<unsigned>(machine().modules.get(handle)->functions.size());
  return CUDA_SUCCESS;
}

CUresult cuModuleEnumerateFunctions(CUfunction* functions, unsigned count, CUmodule handle) {
  require(functions != nullptr);
  unsigned i = 0;
  for (const auto& [name, function] : machine().modules.get(handle)->functions) {
    if (i == count) break;
    functions[i++] = handle_of<CUfunction>(function);
  }
  return CUDA_SUCCESS;
}

CUresult cuFuncLoad(CUfunction function) {
  machine().functions.get(function);
  return CUDA_SUCCESS;
}

CUresult cuFuncGetName(const char** name, CUfunction function) {
  require(name != nullptr);
  *name = machine().functions.get(function)->lowered.c_str();
  return CUDA_SUCCESS;
}

CUresult cuFuncGetParamInfo(CUfunction function, std::size_t index, std::size_t* offset,
                            std::size_t* bytes) {
  const std::vector<KernelParameter>& parameters = machine().functions.get(function)->parameters;
  require(offset != nullptr && index < parameters.size());
  *offset = parameters[index].offset;
  if (bytes != nullptr) *bytes = parameters[index].bytes;
  return CUDA_SUCCESS;
}

CUresult cuFuncGetAttribute(int* value, CUfunction_attribute attribute, CUfunction handle) {
  require(value != nullptr);
  const std::shared_ptr<Function> function = machine().functions.get(handle);
  switch (attribute) {
    case CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK:
      *value = 1024;
      return CUDA_SUCCESS;
    case CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES:
      *value = 0;
      return CUDA_SUCCESS;
    case CU_FUNC_ATTRIBUTE_NUM_REGS:
      *value = 32;
      return CUDA_SUCCESS;
    case CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES:
      *value = function->max_dynamic_shared_bytes;
      return CUDA_SUCCESS;
    default:
      refuse(CUDA_ERROR_INVALID_VALUE);
  }
}

CUresult cuFuncSetAttribute(CUfunction handle, CUfunction_attribute attribute, int value) {
  const std::shared_ptr<Function> function = machine().functions.get(handle);
  if (attribute == CU_FUNC_ATTRIBUTE_NON_PORTABLE_CLUSTER_SIZE_ALLOWED) return CUDA_SUCCESS;
  require(attribute == CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES);
  int most = 0;
  cuDeviceGetAttribute(&most, CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN, 0);
  require(value >= 0 && value <= most);
  function->max_dynamic_shared_bytes = value;
  return CUDA_SUCCESS;
}

CUresult cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, CUfunction function, int threads,
                                                     std::size_t shared_bytes) {
  constexpr std::size_t kShared = 228 * 1024, kReserved = 1024;  // of a multiprocessor; of a block
  machine().functions.get(function);
  require(blocks != nullptr && threads > 0 && threads <= 1024);
  *blocks = std::min({threads_per_multiprocessor_limit(threads), 32,
                      static_cast<int>(kShared / (shared_bytes + kReserved))});
  return CUDA_SUCCESS;
}

CUresult cuLaunchKernel(CUfunction function, unsigned grid_x, unsigned grid_y, unsigned grid_z,
                        unsigned block_x, unsigned block_y, unsigned block_z, unsigned shared_bytes,
                        CUstream handle, void** parameters, void** extra) {
  Machine& m = machine();
  const StreamPtr stream = m.stream(handle);
  const Launch launch{function,
                      {grid_x, grid_y, grid_z},
                      {block_x, block_y, block_z},
                      shared_bytes,
                      false,
                      parameters,
                      extra};
  m.submit(stream, launch_work(m, *stream->context, launch), GraphNode::Kind::Kernel);
  return CUDA_SUCCESS;
}

CUresult cuLaunchKernelEx(const CUlaunchConfig* config, CUfunction function, void** parameters,
                          void** extra) {
  require(config != nullptr);
  Machine& m = machine();
  const StreamPtr stream = m.stream(config->hStream);
  Launch launch{function,
                {config->gridDimX, config->gridDimY, config->gridDimZ},
                {config->blockDimX, config->blockDimY, config->blockDimZ},
                config->sharedMemBytes,
                false,
                parameters,
                extra};
  bool early = false;
  for (unsigned i = 0; i < config->numAttrs; ++i) {
    const CUlaunchAttribute& attribute = config->attrs[i];
    if (attribute.id == CU_LAUNCH_ATTRIBUTE_COOPERATIVE) {
      launch.cooperative = attribute.value.cooperative != 0;
    } else if (attribute.id == CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION) {
      const auto& cluster = attribute.value.clusterDim;
      require(cluster.x * cluster.y * cluster.z >= 1 && cluster.x * cluster.y * cluster.z <= 16,
              CUDA_ERROR_INVALID_CLUSTER_SIZE);
      require(config->gridDimX % cluster.x == 0 && config->gridDimY % cluster.y == 0 &&
                  config->gridDimZ % cluster.z == 0,
              CUDA_ERROR_INVALID_CLUSTER_SIZE);
    } else if (attribute.id == CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION) {
      early = attribute.value.programmaticStreamSerializationAllowed != 0;
    }
  }
  Work work = launch_work(m, *stream->context, launch);
  if (early) {
    m.submit_early(stream, std::move(work));
  } else {
    m.submit(stream, std::move(work), GraphNode::Kind::Kernel);
  }
  return CUDA_SUCCESS;
}

CUresult cuLaunchHostFunc(CUstream handle, CUhostFn function, void* user) {
  machine().submit(machine().stream(handle), host_work(function, user), GraphNode::Kind::HostCall);
  return CUDA_SUCCESS;
}

}  // namespace fake_cuda::api
