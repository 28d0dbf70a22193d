// backend/cuda/cuda_module.cpp: machine code loaded on one GPU, and its kernels.
#include "backend/cuda/cuda_module.h"

#include <algorithm>

#include "backend/cuda/sass.h"
#include "base/text.h"

namespace sennit::cuda {

// ---- Functions ---------------------------------------------------------------------------------

CudaFunction::CudaFunction(const CudaContext& context, CUfunction handle, std::string name,
                           double floor_us, bool waits_first)
    : context_(context), handle_(handle), waits_first_(waits_first), times_(context, floor_us) {
  const auto attribute = [&](CUfunction_attribute which) {
    int value = 0;
    context.check(context.driver().cuFuncGetAttribute(&value, which, handle),
                  format("looking at kernel '{}'", name));
    return value;
  };
  info_.max_threads_per_block =
      static_cast<std::uint32_t>(attribute(CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK));
  info_.static_shared_bytes =
      static_cast<std::size_t>(attribute(CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES));
  info_.registers = static_cast<std::uint32_t>(attribute(CU_FUNC_ATTRIBUTE_NUM_REGS));
  info_.name = std::move(name);
  info_.parameters = parameters();
}

std::optional<std::vector<ParameterPlace>> CudaFunction::parameters() const {
  const Driver& driver = context_.driver();
  if (driver.cuFuncGetParamInfo == nullptr) return std::nullopt;
  std::vector<ParameterPlace> places;
  for (ParameterPlace place;; places.push_back(place)) {
    const CUresult result =
        driver.cuFuncGetParamInfo(handle_, places.size(), &place.offset, &place.bytes);
    // Nothing else tells how many there are.
    if (result == CUDA_ERROR_INVALID_VALUE) return places;
    context_.check(result, format("looking at the parameters of kernel '{}'", info_.name));
  }
}

void CudaFunction::raise_shared_limit(std::uint32_t bytes) {
  const Current current(context_);
  context_.check(
      context_.driver().cuFuncSetAttribute(handle_, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
                                           static_cast<int>(bytes)),
      format("giving kernel '{}' {} of shared memory", info_.name, format_bytes(bytes)));
  reserved_shared_ = bytes;
}

void CudaFunction::allow_large_cluster() {
  if (large_cluster_) return;
  const Current current(context_);
  context_.check(context_.driver().cuFuncSetAttribute(
                     handle_, CU_FUNC_ATTRIBUTE_NON_PORTABLE_CLUSTER_SIZE_ALLOWED, 1),
                 format("giving kernel '{}' clusters of more than 8 blocks", info_.name));
  large_cluster_ = true;
}

// ---- Modules -----------------------------------------------------------------------------------

CudaModule::CudaModule(const CudaContext& context, const Image& image, double floor_us)
    : context_(context), floor_us_(floor_us) {
  CudaImage code = CudaImage::read(image.bytes);
  names_ = std::move(code.names);
  const Current current(context);
  const Relaxed relaxed(context);
  load(code);
  load_all();
}

// The PTX is for devices that the machine code is not for, and for drivers that refuse what another
// assembler than the compiler's has made.
void CudaModule::load(const CudaImage& code) {
  const Driver& driver = context_.driver();
  CUresult result = CUDA_ERROR_NO_BINARY_FOR_GPU;
  if (!code.cubin.empty()) result = driver.cuModuleLoadData(&module_, code.cubin.data());
  if (result == CUDA_SUCCESS) {
    // What was asked of an assembler is one thing, what is loaded the other.
    for (const std::string& kernel : code.waiting) {
      if (sennit::cuda::waits_first(code.cubin, kernel)) waiting_.insert(kernel);
    }
    return;
  }
  const bool other_code_will_do = result == CUDA_ERROR_NO_BINARY_FOR_GPU || !code.waiting.empty();
  if (other_code_will_do && !code.ptx.empty()) {
    result = driver.cuModuleLoadData(&module_, code.ptx.c_str());
  }
  if (result == CUDA_ERROR_NO_BINARY_FOR_GPU) {
    raise(ErrorCode::Unsupported,
          format("{} of machine code hold nothing that this GPU runs: compile it for this GPU's "
                 "architecture, or give PTX, which the driver compiles",
                 format_bytes(code.cubin.size())));
  }
  context_.check(result, "loading a kernel's code");
}

CudaModule::~CudaModule() {
  functions_.clear();
  if (context_.is_lost()) return;
  try {
    const Current current(context_);
    const Relaxed relaxed(context_);
    context_.note(context_.driver().cuModuleUnload(module_));
  } catch (const Error&) {  // the driver is shutting down
  }
}

// The driver may put loading off until a first launch. Looking at a kernel's attributes loads it
// (see `function`); where the driver has a call to do just that, all are loaded here.
void CudaModule::load_all() const {
  const Driver& driver = context_.driver();
  if (driver.cuFuncLoad == nullptr || driver.cuModuleGetFunctionCount == nullptr ||
      driver.cuModuleEnumerateFunctions == nullptr) {
    return;
  }
  unsigned count = 0;
  context_.check(driver.cuModuleGetFunctionCount(&count, module_), "loading a kernel's code");
  std::vector<CUfunction> functions(count);
  context_.check(driver.cuModuleEnumerateFunctions(functions.data(), count, module_),
                 "loading a kernel's code");
  for (const CUfunction function : functions) {
    context_.check(driver.cuFuncLoad(function), "loading a kernel's code");
  }
}

std::string CudaModule::lowered(std::string_view name) const {
  for (const auto& [expression, symbol] : names_) {
    if (expression == name) return symbol;
  }
  return std::string(name);
}

std::vector<std::string> CudaModule::known() const {
  std::vector<std::string> names;
  for (const auto& [expression, symbol] : names_) names.push_back(expression);
  const Driver& driver = context_.driver();
  if (!names.empty() || driver.cuModuleEnumerateFunctions == nullptr ||
      driver.cuModuleGetFunctionCount == nullptr || driver.cuFuncGetName == nullptr) {
    return names;
  }
  unsigned count = 0;
  driver.cuModuleGetFunctionCount(&count, module_);
  std::vector<CUfunction> functions(count);
  driver.cuModuleEnumerateFunctions(functions.data(), count, module_);
  for (const CUfunction function : functions) {
    const char* name = nullptr;
    if (driver.cuFuncGetName(&name, function) == CUDA_SUCCESS) names.emplace_back(name);
  }
  return names;
}

Function& CudaModule::function(std::string_view name) {
  const Lock lock(mutex_);
  if (const auto found = functions_.find(name); found != functions_.end()) return *found->second;
  const Current current(context_);
  const Relaxed relaxed(context_);
  CUfunction handle = nullptr;
  const std::string symbol = lowered(name);
  const CUresult result = context_.driver().cuModuleGetFunction(&handle, module_, symbol.c_str());
  if (result == CUDA_ERROR_NOT_FOUND) {
    raise(ErrorCode::InvalidArgument,
          format("no kernel is called '{}' in this code; it has: {}", name, join(known())));
  }
  context_.check(result, format("finding kernel '{}'", name));
  auto made = std::make_unique<CudaFunction>(context_, handle, std::string(name), floor_us_,
                                             waiting_.contains(symbol));
  return *functions_.emplace(name, std::move(made)).first->second;
}

std::optional<ModuleVariable> CudaModule::variable(std::string_view name) {
  const Current current(context_);
  const Relaxed relaxed(context_);
  CUdeviceptr address = 0;
  std::size_t bytes = 0;
  const CUresult result =
      context_.driver().cuModuleGetGlobal(&address, &bytes, module_, lowered(name).c_str());
  if (result == CUDA_ERROR_NOT_FOUND) return std::nullopt;
  context_.check(result, format("finding variable '{}'", name));
  return ModuleVariable{reinterpret_cast<void*>(address), bytes};
}

}  // namespace sennit::cuda
