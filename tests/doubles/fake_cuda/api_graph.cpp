// fake_cuda/api_graph.cpp: graphs, built node by node, and launched as one.
#include <algorithm>
#include <cstring>

#include "fake_cuda/api.h"

namespace fake_cuda {

std::size_t add_node(Graph& graph, GraphNode node) {
  graph.nodes.push_back(std::move(node));
  return graph.nodes.size() - 1;
}

namespace api {
namespace {

// The handle of a node is its graph's, and its index.
CUgraphNode node_handle(const Graph& graph, std::size_t index) {
  return handle_of<CUgraphNode>(graph.handle << 20 | index);
}

std::size_t index_of(const Graph& graph, CUgraphNode node) {
  const auto value = reinterpret_cast<std::uintptr_t>(node);
  const std::size_t index = value & 0xfffff;
  require(value >> 20 == graph.handle && index < graph.nodes.size(), CUDA_ERROR_INVALID_HANDLE);
  return index;
}

const std::shared_ptr<Graph>& graph_of(CUgraphNode node) {
  return machine().graphs.get(handle_of<void*>(reinterpret_cast<std::uintptr_t>(node) >> 20));
}

void add(CUgraphNode* handle, CUgraph graph_handle, const CUgraphNode* dependencies,
         std::size_t count, GraphNode node) {
  require(handle != nullptr && (count == 0 || dependencies != nullptr));
  Graph& graph = *machine().graphs.get(graph_handle);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t index = index_of(graph, dependencies[i]);
    require(std::find(node.dependencies.begin(), node.dependencies.end(), index) ==
            node.dependencies.end());
    node.dependencies.push_back(index);
  }
  *handle = node_handle(graph, add_node(graph, std::move(node)));
}

// Of the context that a node is made in: the current one, unless it is named.
ContextPtr context_of(CUcontext handle) {
  return handle == nullptr ? machine().current() : machine().contexts.get(handle);
}

Launch launch_of(const CUDA_KERNEL_NODE_PARAMS& p, bool cooperative) {
  return {p.func,
          {p.gridDimX, p.gridDimY, p.gridDimZ},
          {p.blockDimX, p.blockDimY, p.blockDimZ},
          p.sharedMemBytes,
          cooperative,
          p.kernelParams,
          p.extra};
}

GraphNode kernel_node(const CUDA_KERNEL_NODE_PARAMS* parameters, bool cooperative) {
  require(parameters != nullptr && parameters->func != nullptr && parameters->kern == nullptr);
  GraphNode node;
  node.kind = GraphNode::Kind::Kernel;
  node.cooperative = cooperative;
  const ContextPtr context = machine().functions.get(parameters->func)->module->context;
  node.work = launch_work(machine(), *context, launch_of(*parameters, cooperative));
  return node;
}

GraphNode copy_node(const CUDA_MEMCPY3D* p, CUcontext context) {
  require(p != nullptr && p->srcArray == nullptr && p->dstArray == nullptr);
  context_of(context);
  require(p->Height == 1 && p->Depth == 1, CUDA_ERROR_NOT_SUPPORTED);
  const CUdeviceptr from = p->srcMemoryType == CU_MEMORYTYPE_HOST
                               ? reinterpret_cast<CUdeviceptr>(p->srcHost)
                               : p->srcDevice;
  const CUdeviceptr to = p->dstMemoryType == CU_MEMORYTYPE_HOST
                             ? reinterpret_cast<CUdeviceptr>(p->dstHost)
                             : p->dstDevice;
  require(p->WidthInBytes > 0);
  // The real driver takes it, and reads or writes it at a time of its own.
  for (const CUdeviceptr address : {from, to}) {
    if (machine().memory.find(address) != nullptr) continue;
    machine().report("a node of a graph copies from or to memory that is not page-locked");
  }
  GraphNode node;
  node.kind = GraphNode::Kind::Copy;
  node.work = copy_work(machine(), to + p->dstXInBytes, from + p->srcXInBytes, p->WidthInBytes);
  return node;
}

GraphNode fill_node(const CUDA_MEMSET_NODE_PARAMS* p, CUcontext context) {
  require(p != nullptr && p->width > 0 && p->height > 0);
  require(p->elementSize == 1 || p->elementSize == 2 || p->elementSize == 4);
  GraphNode node;
  node.kind = GraphNode::Kind::Fill;
  node.work = fill_work(machine(), *context_of(context),
                        {p->dst, p->pitch, p->value, p->elementSize, p->width, p->height});
  return node;
}

GraphNode host_node(const CUDA_HOST_NODE_PARAMS* parameters) {
  require(parameters != nullptr);
  GraphNode node;
  node.kind = GraphNode::Kind::HostCall;
  node.work = host_work(parameters->fn, parameters->userData);
  return node;
}

void check_edge(const CUgraphEdgeData& edge, const GraphNode& from, const GraphNode& to) {
  const auto* const reserved = std::begin(edge.reserved);
  require(edge.to_port == 0 && std::all_of(reserved, std::end(edge.reserved),
                                           [](unsigned char byte) { return byte == 0; }));
  if (edge.type == CU_GRAPH_DEPENDENCY_TYPE_DEFAULT) {
    return require(edge.from_port == kKernelNodePortDefault);
  }
  require(edge.type == CU_GRAPH_DEPENDENCY_TYPE_PROGRAMMATIC);
  require(from.kind == GraphNode::Kind::Kernel && to.kind == GraphNode::Kind::Kernel);
  require(edge.from_port == kKernelNodePortProgrammatic, CUDA_ERROR_NOT_SUPPORTED);
}

// Later launches do what `made` says; those that are queued do what they did.
void replace(CUgraphExec handle, CUgraphNode node_of_graph, const GraphNode& made) {
  Executable& executable = *machine().executables.get(handle);
  GraphNode& node = executable.nodes[index_of(*executable.from, node_of_graph)];
  require(node.kind == made.kind);
  node.work = made.work;
}

}  // namespace

CUresult cuGraphCreate(CUgraph* graph, unsigned flags) {
  require(graph != nullptr && flags == 0);
  auto made = std::make_shared<Graph>();
  made->handle = machine().graphs.add(made);
  *graph = handle_of<CUgraph>(made->handle);
  return CUDA_SUCCESS;
}

CUresult cuGraphDestroy(CUgraph graph) {
  machine().graphs.take(graph);
  return CUDA_SUCCESS;
}

CUresult cuGraphAddKernelNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies,
                              std::size_t count, const CUDA_KERNEL_NODE_PARAMS* parameters) {
  add(node, graph, dependencies, count, kernel_node(parameters, false));
  return CUDA_SUCCESS;
}

CUresult cuGraphAddMemcpyNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies,
                              std::size_t count, const CUDA_MEMCPY3D* parameters,
                              CUcontext context) {
  add(node, graph, dependencies, count, copy_node(parameters, context));
  return CUDA_SUCCESS;
}

CUresult cuGraphAddMemsetNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies,
                              std::size_t count, const CUDA_MEMSET_NODE_PARAMS* parameters,
                              CUcontext context) {
  add(node, graph, dependencies, count, fill_node(parameters, context));
  return CUDA_SUCCESS;
}

CUresult cuGraphAddHostNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies,
                            std::size_t count, const CUDA_HOST_NODE_PARAMS* parameters) {
  add(node, graph, dependencies, count, host_node(parameters));
  return CUDA_SUCCESS;
}

CUresult cuGraphAddDependencies(CUgraph handle, const CUgraphNode* from, const CUgraphNode* to,
                                const CUgraphEdgeData* edges, std::size_t count) {
  require(count == 0 || (from != nullptr && to != nullptr));
  Graph& graph = *machine().graphs.get(handle);
  for (std::size_t i = 0; i < count; ++i) {
    const CUgraphEdgeData edge = edges == nullptr ? CUgraphEdgeData{} : edges[i];
    const std::size_t before = index_of(graph, from[i]);
    const std::size_t index = index_of(graph, to[i]);
    require(before < index, CUDA_ERROR_NOT_SUPPORTED);  // else there might be a cycle
    GraphNode& node = graph.nodes[index];
    check_edge(edge, graph.nodes[before], node);
    require(std::find(node.dependencies.begin(), node.dependencies.end(), before) ==
            node.dependencies.end());
    node.dependencies.push_back(before);
    if (edge.type == CU_GRAPH_DEPENDENCY_TYPE_PROGRAMMATIC) node.programmatic.insert(before);
    if (node.programmatic.size() % node.dependencies.size() != 0) {
      machine().report("a node of a graph has programmatic edges and others");
    }
    if (edges != nullptr && std::memcmp(&edges[i], &edges[0], sizeof edge) != 0) {
      machine().report("edges of several kinds in one call, which drivers take for one kind");
    }
  }
  return CUDA_SUCCESS;
}

CUresult cuGraphKernelNodeSetAttribute(CUgraphNode handle, CUlaunchAttributeID attribute,
                                       const CUlaunchAttributeValue* value) {
  require(value != nullptr);
  Graph& graph = *graph_of(handle);
  GraphNode& node = graph.nodes[index_of(graph, handle)];
  require(node.kind == GraphNode::Kind::Kernel);
  if (attribute == CU_LAUNCH_ATTRIBUTE_COOPERATIVE) node.cooperative = value->cooperative != 0;
  return CUDA_SUCCESS;
}

CUresult cuGraphInstantiateWithFlags(CUgraphExec* executable, CUgraph handle,
                                     unsigned long long flags) {
  require(executable != nullptr && flags == 0);
  Machine& m = machine();
  m.current();
  m.refuse_if_capturing();
  auto made = std::make_shared<Executable>();
  made->from = m.graphs.get(handle);
  made->nodes = made->from->nodes;
  *executable = handle_of<CUgraphExec>(m.executables.add(std::move(made)));
  return CUDA_SUCCESS;
}

// What was launched goes on.
CUresult cuGraphExecDestroy(CUgraphExec executable) {
  machine().executables.take(executable);
  return CUDA_SUCCESS;
}

CUresult cuGraphUpload(CUgraphExec executable, CUstream stream) {
  machine().executables.get(executable);
  machine().stream(stream);
  return CUDA_SUCCESS;
}

CUresult cuGraphLaunch(CUgraphExec handle, CUstream stream_handle) {
  Machine& m = machine();
  const std::shared_ptr<Executable> executable = m.executables.get(handle);
  const StreamPtr stream = m.stream(stream_handle);
  require(stream->capture == nullptr, CUDA_ERROR_NOT_SUPPORTED);
  std::vector<OperationPtr> before = m.frontier(stream);
  before.insert(before.end(), executable->last.begin(), executable->last.end());
  // One node that all come behind, and one that comes behind all.
  const OperationPtr start = m.enqueue(nullptr, stream->context, Work{}, std::move(before));
  std::vector<OperationPtr> queued{start};
  for (const GraphNode& node : executable->nodes) {
    std::vector<OperationPtr> behind{start};
    for (const std::size_t index : node.dependencies) {
      const OperationPtr& in_front = queued[index + 1];
      if (node.programmatic.contains(index) && !node.work.waits_first) {
        const std::set<OperationPtr> known(behind.begin(), behind.end());
        for (const OperationPtr& earlier : in_front->before) {
          if (!known.contains(earlier)) behind.push_back(earlier);
        }
      } else {
        behind.push_back(in_front);
      }
    }
    queued.push_back(m.enqueue(nullptr, stream->context, node.work, std::move(behind)));
  }
  const OperationPtr end = m.enqueue(stream, stream->context, Work{}, std::move(queued));
  stream->frontier = {end};
  stream->last_kernel = nullptr;
  executable->last = {end};
  return CUDA_SUCCESS;
}

CUresult cuGraphExecKernelNodeSetParams(CUgraphExec executable, CUgraphNode node,
                                        const CUDA_KERNEL_NODE_PARAMS* parameters) {
  const Graph& graph = *machine().executables.get(executable)->from;
  const bool cooperative = graph.nodes[index_of(graph, node)].cooperative;
  replace(executable, node, kernel_node(parameters, cooperative));
  return CUDA_SUCCESS;
}

CUresult cuGraphExecMemcpyNodeSetParams(CUgraphExec executable, CUgraphNode node,
                                        const CUDA_MEMCPY3D* parameters, CUcontext context) {
  replace(executable, node, copy_node(parameters, context));
  return CUDA_SUCCESS;
}

CUresult cuGraphExecMemsetNodeSetParams(CUgraphExec executable, CUgraphNode node,
                                        const CUDA_MEMSET_NODE_PARAMS* parameters,
                                        CUcontext context) {
  replace(executable, node, fill_node(parameters, context));
  return CUDA_SUCCESS;
}

CUresult cuGraphExecHostNodeSetParams(CUgraphExec executable, CUgraphNode node,
                                      const CUDA_HOST_NODE_PARAMS* parameters) {
  replace(executable, node, host_node(parameters));
  return CUDA_SUCCESS;
}

}  // namespace api
}  // namespace fake_cuda
