// benchmarks/suite/rivals/graphs.cpp: a schedule as a CUDA graph, built once and relaunched.
#include "rivals/streams.h"

namespace suite {

using namespace sennit::cuda;

namespace {

class GraphWay : public Way {
 public:
  explicit GraphWay(const Schedule& schedule)
      : Way(schedule), stream_(schedule.gpu().create_stream()) {}
  ~GraphWay() override {
    schedule_.gpu().driver().cuGraphExecDestroy(executable_);
    schedule_.gpu().driver().cuGraphDestroy(graph_);
  }

 protected:
  void instantiate() {
    const Gpu& gpu = schedule_.gpu();
    gpu.check(gpu.driver().cuGraphInstantiateWithFlags(&executable_, graph_, 0),
              "instantiating a graph");
    gpu.check(gpu.driver().cuGraphUpload(executable_, stream_), "uploading a graph");
    gpu.sync(stream_);
  }
  void submit() override {
    const Gpu& gpu = schedule_.gpu();
    gpu.check(gpu.driver().cuGraphLaunch(executable_, stream_), "launching a graph");
  }
  void wait() override { schedule_.gpu().sync(stream_); }

  CUstream stream_;
  CUgraph graph_ = nullptr;
  CUgraphExec executable_ = nullptr;
};

class GraphCapture : public GraphWay {
 public:
  explicit GraphCapture(const Schedule& schedule) : GraphWay(schedule), lanes_(schedule) {
    const Gpu& gpu = schedule.gpu();
    const Driver& driver = gpu.driver();
    CUevent fork = schedule.gpu().create_event();
    gpu.check(driver.cuStreamBeginCapture(stream_, CU_STREAM_CAPTURE_MODE_RELAXED),
              "beginning a capture");
    gpu.check(driver.cuEventRecord(fork, stream_), "recording an event");
    for (CUstream lane : lanes_.streams()) {
      gpu.check(driver.cuStreamWaitEvent(lane, fork, 0), "waiting for an event");
    }
    lanes_.issue();
    for (const Schedule::Id end : schedule.ends()) {
      CUevent join = schedule.gpu().create_event();
      gpu.check(driver.cuEventRecord(join, lanes_.stream_of(end)), "recording an event");
      gpu.check(driver.cuStreamWaitEvent(stream_, join, 0), "waiting for an event");
    }
    gpu.check(driver.cuStreamEndCapture(stream_, &graph_), "ending a capture");
    instantiate();
  }

 private:
  LaneStreams lanes_;
};

class GraphApi : public GraphWay {
 public:
  explicit GraphApi(const Schedule& schedule) : GraphWay(schedule) {
    schedule.gpu().check(schedule.gpu().driver().cuGraphCreate(&graph_, 0), "making a graph");
    std::vector<CUgraphNode> nodes;
    std::vector<CUgraphNode> last_of_lane(schedule.lanes());
    for (const Schedule::Operation& operation : schedule.operations()) {
      std::vector<CUgraphNode> dependencies;
      for (const Schedule::Id parent : operation.after) dependencies.push_back(nodes[parent]);
      CUgraphNode& before = last_of_lane[operation.lane];
      if (before != nullptr) dependencies.push_back(before);
      before = add(operation, dependencies);
      nodes.push_back(before);
    }
    instantiate();
  }

 private:
  CUgraphNode add(const Schedule::Operation& operation,
                  const std::vector<CUgraphNode>& dependencies) {
    switch (operation.kind) {
      case Schedule::Kind::kLaunch:
        return add_launch(operation, dependencies);
      case Schedule::Kind::kZero:
        return add_zero(operation, dependencies);
      default:
        return add_copy(operation, dependencies);
    }
  }

  CUgraphNode add_launch(const Schedule::Operation& operation,
                         const std::vector<CUgraphNode>& dependencies) {
    const auto& [blocks, threads, shared_bytes] = operation.grid;
    CUDA_KERNEL_NODE_PARAMS parameters{};
    parameters.func = operation.function;
    parameters.gridDimX = blocks[0], parameters.gridDimY = blocks[1];
    parameters.gridDimZ = blocks[2];
    parameters.blockDimX = threads[0], parameters.blockDimY = threads[1];
    parameters.blockDimZ = threads[2];
    parameters.sharedMemBytes = shared_bytes;
    parameters.kernelParams = const_cast<void**>(operation.parameters.data());
    CUgraphNode node = nullptr;
    gpu().check(driver().cuGraphAddKernelNode(&node, graph_, dependencies.data(),
                                              dependencies.size(), &parameters),
                "adding a kernel to a graph");
    return node;
  }

  CUgraphNode add_zero(const Schedule::Operation& operation,
                       const std::vector<CUgraphNode>& dependencies) {
    CUDA_MEMSET_NODE_PARAMS parameters{};
    parameters.dst = operation.device.address;
    parameters.elementSize = 4;
    parameters.width = operation.device.bytes / 4;
    parameters.height = 1;
    CUgraphNode node = nullptr;
    gpu().check(driver().cuGraphAddMemsetNode(&node, graph_, dependencies.data(),
                                              dependencies.size(), &parameters, gpu().context()),
                "adding a fill to a graph");
    return node;
  }

  CUgraphNode add_copy(const Schedule::Operation& operation,
                       const std::vector<CUgraphNode>& dependencies) {
    CUDA_MEMCPY3D parameters{};
    parameters.WidthInBytes = operation.device.bytes;
    parameters.Height = 1;
    parameters.Depth = 1;
    if (operation.kind == Schedule::Kind::kUpload) {
      parameters.srcMemoryType = CU_MEMORYTYPE_HOST;
      parameters.srcHost = operation.host;
      parameters.dstMemoryType = CU_MEMORYTYPE_DEVICE;
      parameters.dstDevice = operation.device.address;
    } else {
      parameters.srcMemoryType = CU_MEMORYTYPE_DEVICE;
      parameters.srcDevice = operation.device.address;
      parameters.dstMemoryType = CU_MEMORYTYPE_HOST;
      parameters.dstHost = operation.host;
    }
    CUgraphNode node = nullptr;
    gpu().check(driver().cuGraphAddMemcpyNode(&node, graph_, dependencies.data(),
                                              dependencies.size(), &parameters, gpu().context()),
                "adding a copy to a graph");
    return node;
  }

  const Gpu& gpu() const { return schedule_.gpu(); }
  const Driver& driver() const { return schedule_.gpu().driver(); }
};

}  // namespace

std::unique_ptr<Way> make_graph_api(const Schedule& schedule) {
  return std::make_unique<GraphApi>(schedule);
}

std::unique_ptr<Way> make_graph_capture(const Schedule& schedule) {
  return std::make_unique<GraphCapture>(schedule);
}

}  // namespace suite
