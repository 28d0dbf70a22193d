// backend/cuda/cuda_graph.h: commands with dependencies as a CUDA graph.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "backend/backend.h"
#include "backend/cuda/cuda_commands.h"
#include "backend/cuda/cuda_context.h"
#include "backend/cuda/cuda_stream.h"

namespace sennit::cuda {

// Built by the API from our dependencies, instantiated at the first launch, updated in place after.
class CudaGraph final : public Graph {
 public:
  explicit CudaGraph(const DeviceServices& services)
      : services_(services), context_(services.context) {}
  ~CudaGraph() override;

  Node add(const Command& command, std::span<const Node> dependencies, CommandTag tag) override;
  void update(Node node, const Command& command, CommandTag tag) override;
  void prepare() override;
  void launch(Stream& stream, std::span<const CommandTag> tags = {}) override;

 private:
  struct NodeState {
    Command command;
    std::vector<std::byte> parameters;  // what the command's spans show
    std::vector<std::uint32_t> offsets;
    std::vector<Node> dependencies;
    CommandTag tag = 0;
    CUgraphNode handle = nullptr;
    bool is_kernel = false;  // of the driver's kinds: a fill may be one
    bool is_early = false;   // its edges are programmatic
  };

  void check(const Command& command) const;
  void rename(std::span<const CommandTag> tags);
  void keep(NodeState& state, const Command& command, CommandTag tag);
  void build(NodeState& state);
  static bool can_be_early(const NodeState& state);
  bool is_early(const NodeState& state) const;
  void add_early_edges(CUgraphNode node, std::span<const CUgraphNode> behind);
  void instantiate();
  void discard();
  bool update_executable(NodeState& state);
  HostCall* host_call(const HostCallCommand& command, CommandTag tag);
  // Calls `use` with the kernel's parameters in the driver's terms.
  template <typename Use>
  CUresult with_kernel(const NodeState& state, Use use) const;
  CUDA_MEMCPY3D copy_parameters(const CopyCommand& command) const;

  const DeviceServices services_;
  const CudaContext& context_;
  std::vector<NodeState> nodes_;
  // Host functions of all versions: a launch that still runs may yet call an old one.
  std::vector<std::unique_ptr<HostCall>> host_calls_;
  CUgraph graph_ = nullptr;
  CUgraphExec executable_ = nullptr;
};

}  // namespace sennit::cuda
