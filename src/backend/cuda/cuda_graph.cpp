// backend/cuda/cuda_graph.cpp: builds, updates and launches CUDA graphs.
#include "backend/cuda/cuda_graph.h"

#include <algorithm>

#include "base/text.h"

namespace sennit::cuda {

CudaGraph::~CudaGraph() {
  if (context_.is_lost()) return;
  try {
    const Current current(context_);
    const Relaxed relaxed(context_);
    // A launch that still runs goes on without the executable, but not without its host functions.
    if (!host_calls_.empty()) context_.note(context_.driver().cuCtxSynchronize());
    discard();
  } catch (const Error&) {  // the driver is shutting down
  }
}

void CudaGraph::discard() {
  const Driver& driver = context_.driver();
  if (executable_ != nullptr) driver.cuGraphExecDestroy(executable_);
  if (graph_ != nullptr) driver.cuGraphDestroy(graph_);
  executable_ = nullptr;
  graph_ = nullptr;
}

// Memory that is not page-locked needs a buffer and the host's help: streams do that.
void CudaGraph::check(const Command& command) const {
  const auto* copy = std::get_if<CopyCommand>(&command);
  if (copy == nullptr) return;
  const auto is_reachable = [&](int device, const void* address) {
    return device != CopyCommand::kHost || services_.pinned.owns(address);
  };
  if (is_reachable(copy->to_device, copy->to) && is_reachable(copy->from_device, copy->from))
    return;
  raise(ErrorCode::Unsupported,
        "a graph copies only between device memory and page-locked host memory; queue the copy on "
        "a stream");
}

void CudaGraph::keep(NodeState& state, const Command& command, CommandTag tag) {
  state.command = command;
  state.tag = tag;
  if (auto* launched = std::get_if<LaunchCommand>(&state.command)) {
    state.parameters.assign(launched->parameters.begin(), launched->parameters.end());
    state.offsets.assign(launched->offsets.begin(), launched->offsets.end());
    launched->parameters = state.parameters;
    launched->offsets = state.offsets;
  }
}

Graph::Node CudaGraph::add(const Command& command, std::span<const Node> dependencies,
                           CommandTag tag) {
  check(command);
  NodeState& state = nodes_.emplace_back();
  state.dependencies.assign(dependencies.begin(), dependencies.end());
  keep(state, command, tag);
  discard();  // an executable cannot grow
  return static_cast<Node>(nodes_.size() - 1);
}

void CudaGraph::update(Node node, const Command& command, CommandTag tag) {
  NodeState& state = nodes_.at(node);
  if (state.command.index() != command.index()) {
    raise(ErrorCode::InvalidArgument,
          format("node {} of a graph cannot become a command of another kind", node));
  }
  check(command);
  const bool could_be_early = can_be_early(state);
  keep(state, command, tag);
  // Edges stay what they were made as.
  if (executable_ == nullptr || can_be_early(state) != could_be_early) {
    discard();
    return;
  }
  const Current current(context_);
  const Relaxed relaxed(context_);
  if (!update_executable(state)) discard();  // built anew at the next launch
}

void CudaGraph::prepare() {
  if (nodes_.empty() || executable_ != nullptr) return;
  const Current current(context_);
  const Relaxed relaxed(context_);
  instantiate();
}

void CudaGraph::launch(Stream& stream, std::span<const CommandTag> tags) {
  if (nodes_.empty()) return;
  const Current current(context_);
  const Relaxed relaxed(context_);
  rename(tags);
  if (executable_ == nullptr) instantiate();
  static_cast<CudaStream&>(stream).launch(executable_);
}

void CudaGraph::instantiate() {
  discard();
  const Driver& driver = context_.driver();
  context_.check(driver.cuGraphCreate(&graph_, 0), "creating a graph");
  for (NodeState& state : nodes_) build(state);
  context_.check(driver.cuGraphInstantiateWithFlags(&executable_, graph_, 0),
                 "instantiating a graph");
}

// Only host functions fail by name.
void CudaGraph::rename(std::span<const CommandTag> tags) {
  for (std::size_t i = 0; i < tags.size() && i < nodes_.size(); ++i) {
    NodeState& state = nodes_[i];
    if (state.tag == tags[i]) continue;
    state.tag = tags[i];
    if (!std::holds_alternative<HostCallCommand>(state.command)) continue;
    if (executable_ != nullptr && !update_executable(state)) discard();
  }
}

// ---- Nodes -------------------------------------------------------------------------------------

HostCall* CudaGraph::host_call(const HostCallCommand& command, CommandTag tag) {
  host_calls_.push_back(std::make_unique<HostCall>(HostCall{&context_, command, tag}));
  return host_calls_.back().get();
}

template <typename Use>
CUresult CudaGraph::with_kernel(const NodeState& state, Use use) const {
  CUDA_KERNEL_NODE_PARAMS parameters{};
  if (const auto* filled = std::get_if<FillCommand>(&state.command)) {
    BuiltinLaunch launch = services_.builtins.fill(*filled);
    auto pointers = launch.pointers();
    parameters.func = launch.function;
    parameters.gridDimX = launch.blocks;
    parameters.blockDimX = launch.threads;
    parameters.gridDimY = parameters.gridDimZ = parameters.blockDimY = parameters.blockDimZ = 1;
    parameters.kernelParams = pointers.data();
    return use(parameters);
  }
  const auto& command = std::get<LaunchCommand>(state.command);
  const LaunchConfig& config = command.config;
  const ParameterPointers pointers(command);
  parameters.func = prepared_function(command).handle();
  parameters.gridDimX = config.grid.x;
  parameters.gridDimY = config.grid.y;
  parameters.gridDimZ = config.grid.z;
  parameters.blockDimX = config.block.x;
  parameters.blockDimY = config.block.y;
  parameters.blockDimZ = config.block.z;
  parameters.sharedMemBytes = config.shared_bytes;
  parameters.kernelParams = pointers.data();
  return use(parameters);
}

CUDA_MEMCPY3D CudaGraph::copy_parameters(const CopyCommand& command) const {
  CUDA_MEMCPY3D copy{};
  if (command.from_device == CopyCommand::kHost) {
    copy.srcMemoryType = CU_MEMORYTYPE_HOST;
    copy.srcHost = command.from;
  } else {
    copy.srcMemoryType = CU_MEMORYTYPE_DEVICE;
    copy.srcDevice = device_address(command.from);
  }
  if (command.to_device == CopyCommand::kHost) {
    copy.dstMemoryType = CU_MEMORYTYPE_HOST;
    copy.dstHost = command.to;
  } else {
    copy.dstMemoryType = CU_MEMORYTYPE_DEVICE;
    copy.dstDevice = device_address(command.to);
  }
  copy.WidthInBytes = command.bytes;
  copy.Height = 1;
  copy.Depth = 1;
  return copy;
}

namespace {

extern "C" void run_host_call(void* user) { static_cast<const HostCall*>(user)->run(); }

}  // namespace

bool CudaGraph::can_be_early(const NodeState& state) {
  const auto* launched = std::get_if<LaunchCommand>(&state.command);
  return launched != nullptr && may_be_early(*launched);
}

// Edges are programmatic, so that the node may be launched before those in front have ended, if
// all of a node's can be: what a driver makes of both kinds at one node is not documented.
bool CudaGraph::is_early(const NodeState& state) const {
  return context_.driver().cuGraphAddDependencies != nullptr && !state.dependencies.empty() &&
         can_be_early(state) &&
         std::all_of(state.dependencies.begin(), state.dependencies.end(),
                     [&](Node dependency) { return can_be_early(nodes_.at(dependency)); });
}

// All at once is for edges of one kind only: drivers were seen to give all edges of a call the data
// of the first one (580 to 610).
void CudaGraph::add_early_edges(CUgraphNode node, std::span<const CUgraphNode> behind) {
  constexpr CUgraphEdgeData kEarly{
      kKernelNodePortProgrammatic, 0, CU_GRAPH_DEPENDENCY_TYPE_PROGRAMMATIC, {}};
  const std::vector<CUgraphNode> to(behind.size(), node);
  const std::vector<CUgraphEdgeData> edges(behind.size(), kEarly);
  context_.check(context_.driver().cuGraphAddDependencies(graph_, behind.data(), to.data(),
                                                          edges.data(), behind.size()),
                 "adding dependencies to a graph");
}

void CudaGraph::build(NodeState& state) {
  const Driver& driver = context_.driver();
  std::vector<CUgraphNode> behind, behind_early;
  state.is_early = is_early(state);
  for (const Node dependency : state.dependencies) {
    (state.is_early ? behind_early : behind).push_back(nodes_.at(dependency).handle);
  }
  CUgraphNode* node = &state.handle;
  state.is_kernel = false;
  CUresult result = CUDA_SUCCESS;
  const auto add_kernel = [&](const CUDA_KERNEL_NODE_PARAMS& parameters) {
    return driver.cuGraphAddKernelNode(node, graph_, behind.data(), behind.size(), &parameters);
  };
  if (const auto* launched = std::get_if<LaunchCommand>(&state.command)) {
    result = with_kernel(state, add_kernel);
    const LaunchAttributes attributes = launch_attributes(launched->config);
    for (unsigned i = 0; i < attributes.count && result == CUDA_SUCCESS; ++i) {
      result = driver.cuGraphKernelNodeSetAttribute(*node, attributes.list[i].id,
                                                    &attributes.list[i].value);
    }
    state.is_kernel = true;
  } else if (const auto* copied = std::get_if<CopyCommand>(&state.command)) {
    const CUDA_MEMCPY3D parameters = copy_parameters(*copied);
    result = driver.cuGraphAddMemcpyNode(node, graph_, behind.data(), behind.size(), &parameters,
                                         context_.handle());
  } else if (const auto* filled = std::get_if<FillCommand>(&state.command)) {
    if (const auto memset = memset_of(*filled)) {
      result = driver.cuGraphAddMemsetNode(node, graph_, behind.data(), behind.size(), &*memset,
                                           context_.handle());
    } else {
      result = with_kernel(state, add_kernel);
      state.is_kernel = true;
    }
  } else {
    const CUDA_HOST_NODE_PARAMS parameters{
        run_host_call, host_call(std::get<HostCallCommand>(state.command), state.tag)};
    result = driver.cuGraphAddHostNode(node, graph_, behind.data(), behind.size(), &parameters);
  }
  context_.check(result, "adding a command to a graph");
  if (state.is_early) add_early_edges(*node, behind_early);
}

// False if the executable cannot take it: another kind of node, or what the driver refuses.
bool CudaGraph::update_executable(NodeState& state) {
  const Driver& driver = context_.driver();
  const auto accepted = [&](CUresult result) {
    context_.note(result);
    if (context_.is_lost()) context_.refuse(result, "updating a graph");
    return result == CUDA_SUCCESS;
  };
  const auto set_kernel = [&](const CUDA_KERNEL_NODE_PARAMS& parameters) {
    return driver.cuGraphExecKernelNodeSetParams(executable_, state.handle, &parameters);
  };
  if (const auto* launched = std::get_if<LaunchCommand>(&state.command)) {
    // Attributes stay those of the node when it was built.
    if (launch_attributes(launched->config).count > 0) return false;
    return accepted(with_kernel(state, set_kernel));
  }
  if (const auto* copied = std::get_if<CopyCommand>(&state.command)) {
    const CUDA_MEMCPY3D parameters = copy_parameters(*copied);
    return accepted(driver.cuGraphExecMemcpyNodeSetParams(executable_, state.handle, &parameters,
                                                          context_.handle()));
  }
  if (const auto* filled = std::get_if<FillCommand>(&state.command)) {
    const auto memset = memset_of(*filled);
    if (memset.has_value() == state.is_kernel) return false;
    if (!memset) return accepted(with_kernel(state, set_kernel));
    return accepted(driver.cuGraphExecMemsetNodeSetParams(executable_, state.handle, &*memset,
                                                          context_.handle()));
  }
  const CUDA_HOST_NODE_PARAMS parameters{
      run_host_call, host_call(std::get<HostCallCommand>(state.command), state.tag)};
  return accepted(driver.cuGraphExecHostNodeSetParams(executable_, state.handle, &parameters));
}

}  // namespace sennit::cuda
