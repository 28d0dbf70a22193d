// tests/cuda/order_test.cpp: the fake driver runs work in legal orders, all of them, and sees when
// nothing orders what has to be ordered.
#include <set>

#include "cuda/fake_driver.h"

namespace sennit::cuda {
namespace {

class FakeDriverOrder : public FakeDriver {
 protected:
  // The orders in which `queue` makes its work run, over many seeds.
  template <typename Queue>
  std::set<std::vector<int>> orders(Queue queue) {
    std::set<std::vector<int>> seen;
    for (int i = 0; i < 60; ++i) {
      const CUdeviceptr log = make_memory();
      queue(log);
      ok(driver.cuCtxSynchronize());
      seen.insert(noted(log));
    }
    return seen;
  }
};
using Orders = std::set<std::vector<int>>;

TEST_F(FakeDriverOrder, WorkRunsWhenTheHostWaits) {
  const CUdeviceptr log = make_memory();
  const CUstream stream = make_stream();
  note(stream, log, 1);
  EXPECT_TRUE(noted(log).empty());
  ok(driver.cuStreamSynchronize(stream));
  EXPECT_EQ(noted(log), std::vector<int>{1});
}

TEST_F(FakeDriverOrder, PollingEnds) {
  const CUdeviceptr log = make_memory();
  const CUstream stream = make_stream();
  for (int i = 0; i < 20; ++i) note(stream, log, i);
  int asked = 1;
  while (driver.cuStreamQuery(stream) == CUDA_ERROR_NOT_READY) ++asked;
  EXPECT_GT(asked, 1);
  EXPECT_EQ(noted(log).size(), 20u);
}

TEST_F(FakeDriverOrder, AStreamKeepsItsOrder) {
  const CUstream stream = make_stream();
  EXPECT_EQ(orders([&](CUdeviceptr log) {
              for (int id = 0; id < 5; ++id) note(stream, log, id);
            }),
            (Orders{{0, 1, 2, 3, 4}}));
}

TEST_F(FakeDriverOrder, StreamsRunInEveryOrderAndTheirRaceIsSeen) {
  const CUstream a = make_stream(), b = make_stream();
  EXPECT_EQ(orders([&](CUdeviceptr log) {
              note(a, log, 1);
              note(b, log, 2);
              expect_misuse("kernel 'note' and kernel 'note' touch memory of device 0");
            }),
            (Orders{{1, 2}, {2, 1}}));
}

TEST_F(FakeDriverOrder, AWaitOrders) {
  const CUstream a = make_stream(), b = make_stream();
  const CUevent event = make_event();
  EXPECT_EQ(orders([&](CUdeviceptr log) {
              note(a, log, 1);
              ok(driver.cuEventRecord(event, a));
              ok(driver.cuStreamWaitEvent(b, event, 0));
              note(b, log, 2);
            }),
            (Orders{{1, 2}}));
}

//   a: [1] record [3] record
//   b:     wait [2]
TEST_F(FakeDriverOrder, AWaitMeansTheRecordBeforeIt) {
  const CUstream a = make_stream(), b = make_stream();
  const CUevent event = make_event();
  const CUdeviceptr other = make_memory();
  std::set<bool> third_before_second;
  for (int i = 0; i < 60; ++i) {
    const CUdeviceptr log = make_memory();
    note(a, log, 1);
    ok(driver.cuEventRecord(event, a));
    ok(driver.cuStreamWaitEvent(b, event, 0));
    note(b, log, 2);
    note(a, other, 3);
    ok(driver.cuEventRecord(event, a));
    ok(driver.cuEventSynchronize(event));
    third_before_second.insert(noted(log).size() == 1);
    ok(driver.cuCtxSynchronize());
  }
  EXPECT_EQ(third_before_second, (std::set<bool>{false, true}));
}

TEST_F(FakeDriverOrder, AnEventNeverRecordedHoldsBackNothing) {
  const CUevent event = make_event();
  ok(driver.cuEventQuery(event));
  ok(driver.cuEventSynchronize(event));
  ok(driver.cuStreamWaitEvent(make_stream(), event, 0));
}

TEST_F(FakeDriverOrder, WhatTheHostWaitedForIsOrdered) {
  const CUdeviceptr log = make_memory();
  const CUstream a = make_stream(), b = make_stream();
  note(a, log, 1);
  ok(driver.cuStreamSynchronize(a));
  note(b, log, 2);
  ok(driver.cuStreamSynchronize(b));
}

// It has run, but that was luck.
TEST_F(FakeDriverOrder, WhatHasRunUnobservedIsNotOrdered) {
  const CUdeviceptr log = make_memory();
  const CUstream a = make_stream(), b = make_stream();
  note(a, log, 1);
  gpus.run_all();
  EXPECT_EQ(noted(log), std::vector<int>{1});
  note(b, log, 2);
  expect_misuse("nothing orders them");
}

TEST_F(FakeDriverOrder, ReadersNeedNoOrder) {
  const CUdeviceptr log = make_memory();
  ok(try_launch(function("look"), make_stream(), log));
  ok(try_launch(function("look"), make_stream(), log));
}

TEST_F(FakeDriverOrder, CopiesOfDisjointBytesNeedNoOrder) {
  const CUdeviceptr memory = make_memory(100);
  ok(driver.cuMemsetD8Async(memory, 1, 50, make_stream()));
  ok(driver.cuMemsetD8Async(memory + 50, 1, 50, make_stream()));
  ok(driver.cuMemsetD8Async(memory + 49, 1, 1, make_stream()));
  expect_misuse("a fill of 50 bytes and a fill of 1 bytes");
}

TEST_F(FakeDriverOrder, CopiesIntoPinnedMemoryAreWatched) {
  void* host = nullptr;
  ok(driver.cuMemHostAlloc(&host, 100, kMemHostAllocPortable));
  const auto to = reinterpret_cast<CUdeviceptr>(host);
  ok(driver.cuMemcpyAsync(to, make_memory(100), 100, make_stream()));
  ok(driver.cuMemcpyAsync(to, make_memory(100), 100, make_stream()));
  expect_misuse("pinned memory");
  ok(driver.cuCtxSynchronize());
  ok(driver.cuMemFreeHost(host));
}

// Each comes behind the other's earlier work, which does not order two blocking streams.
TEST_F(FakeDriverOrder, TheLegacyStreamIsOrderedWithBlockingOnes) {
  const CUstream blocking = make_stream(CU_STREAM_DEFAULT);
  EXPECT_EQ(orders([&](CUdeviceptr log) {
              note(blocking, log, 1);
              note(nullptr, log, 2);
              note(blocking, log, 3);
              note(stream_per_thread(), log, 4);
              expect_misuse("nothing orders them");  // 3 and 4
              note(stream_legacy(), log, 5);
            }),
            (Orders{{1, 2, 3, 4, 5}, {1, 2, 4, 3, 5}}));
}

TEST_F(FakeDriverOrder, TheLegacyStreamIsNotOrderedWithNonBlockingOnes) {
  const CUstream other = make_stream(CU_STREAM_NON_BLOCKING);
  EXPECT_EQ(orders([&](CUdeviceptr log) {
              note(other, log, 1);
              note(stream_legacy(), log, 2);
              expect_misuse("nothing orders them");
            }),
            (Orders{{1, 2}, {2, 1}}));
}

TEST_F(FakeDriverOrder, AFullStreamBlocksTheCaller) {
  const CUdeviceptr memory = make_memory();
  const CUstream stream = make_stream();
  for (int i = 0; i < 1024; ++i) ok(driver.cuMemsetD8Async(memory, 0, 1, stream));
  EXPECT_EQ(gpus.blocked(), 0u);
  ok(driver.cuMemsetD8Async(memory, 0, 1, stream));
  EXPECT_EQ(gpus.blocked(), 1u);
}

TEST_F(FakeDriverOrder, ASeedRepeatsItsOrder) {
  const CUstream a = make_stream(), b = make_stream();
  const auto order = [&] {
    const CUdeviceptr log = make_memory();
    for (int i = 0; i < 10; ++i) note(i % 2 == 0 ? a : b, log, i);
    ok(driver.cuCtxSynchronize());
    gpus.take_misuses();
    return noted(log);
  };
  gpus.seed(5);
  const std::vector<int> first = order();
  const std::vector<int> second = order();
  gpus.seed(5);
  EXPECT_EQ(order(), first);
  EXPECT_NE(first, second);
}

// ---- Launched early ----------------------------------------------------------------------------

class FakeDriverEarly : public FakeDriverOrder {
 protected:
  // "note" as somebody's PTX, with griddepcontrol.wait at its beginning or not.
  CUfunction noting(bool waits) {
    const std::string text = std::string(".version 8.0\n.target sm_90\n.address_size 64\n") +
                             ".entry note()\n{\n.pragma \"fake note\tw8@0\tv4@8\";\n" +
                             (waits ? "griddepcontrol.wait;\n" : "") + "ret;\n}\n";
    CUmodule made = nullptr;
    CUfunction found = nullptr;
    ok(driver.cuModuleLoadData(&made, text.c_str()));
    ok(driver.cuModuleGetFunction(&found, made, "note"));
    return found;
  }
  void launch_early(CUfunction kernel, CUstream stream, CUdeviceptr log, int id) {
    void* parameters[] = {&log, &id};
    CUlaunchAttribute early{};
    early.id = CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION;
    early.value.programmaticStreamSerializationAllowed = 1;
    const CUlaunchConfig config{1, 1, 1, 1, 1, 1, 0, stream, &early, 1};
    ok(driver.cuLaunchKernelEx(&config, kernel, parameters, nullptr));
  }
  std::size_t misuses() { return gpus.take_misuses().size(); }

  const CUfunction waiting = noting(true), other = noting(false);
};

TEST_F(FakeDriverEarly, AKernelThatWaitsComesBehindTheOneInFront) {
  const CUstream stream = make_stream();
  EXPECT_EQ(orders([&](CUdeviceptr log) {
              for (int id = 1; id <= 4; ++id) {
                if (id == 1) {
                  ok(try_launch(waiting, stream, log, id));
                } else {
                  launch_early(waiting, stream, log, id);
                }
              }
            }),
            (Orders{{1, 2, 3, 4}}));
}

TEST_F(FakeDriverEarly, AKernelThatDoesNotWaitOvertakesAndItsRaceIsSeen) {
  EXPECT_EQ(orders([&](CUdeviceptr log) {
              const CUstream stream = make_stream();
              ok(try_launch(waiting, stream, log, 1));
              launch_early(other, stream, log, 2);
              expect_misuse("nothing orders them");
            }),
            (Orders{{1, 2}, {2, 1}}));
}

// 3 waits for 2 to end, and 2 has not waited for 1.
TEST_F(FakeDriverEarly, BehindOneThatDoesNotWaitAWaitIsNotEnough) {
  const Orders seen = orders([&](CUdeviceptr log) {
    const CUstream stream = make_stream();
    ok(try_launch(waiting, stream, log, 1));
    launch_early(other, stream, log, 2);
    launch_early(waiting, stream, log, 3);
    EXPECT_GE(misuses(), 1u);
  });
  EXPECT_TRUE(seen.contains({2, 3, 1}));
}

TEST_F(FakeDriverEarly, WithNoKernelInFrontIsAMisuse) {
  const CUdeviceptr log = make_memory();
  const CUstream stream = make_stream();
  launch_early(waiting, stream, log, 1);
  expect_misuse("no kernel is in front of it");
  ok(driver.cuMemsetD8Async(log + 300, 0, 4, stream));
  launch_early(waiting, stream, log, 2);
  expect_misuse("no kernel is in front of it");
  ok(driver.cuCtxSynchronize());
}

// ---- Graphs ------------------------------------------------------------------------------------

class FakeDriverGraphs : public FakeDriverOrder {
 protected:
  CUgraphNode add(CUgraph graph, CUdeviceptr log, int id, std::vector<CUgraphNode> behind = {}) {
    void* parameters[] = {&log, &id};
    CUDA_KERNEL_NODE_PARAMS node{};
    node.func = function("note");
    node.gridDimX = node.gridDimY = node.gridDimZ = 1;
    node.blockDimX = node.blockDimY = node.blockDimZ = 1;
    node.kernelParams = parameters;
    CUgraphNode made = nullptr;
    ok(driver.cuGraphAddKernelNode(&made, graph, behind.data(), behind.size(), &node));
    return made;
  }
};

TEST_F(FakeDriverGraphs, EdgesOrderAndNothingElseDoes) {
  const CUstream stream = make_stream();
  EXPECT_EQ(orders([&](CUdeviceptr log) {
              CUgraph graph = nullptr;
              CUgraphExec executable = nullptr;
              ok(driver.cuGraphCreate(&graph, 0));
              const CUgraphNode first = add(graph, log, 1);
              add(graph, log, 2, {first});
              add(graph, log, 3, {first});
              ok(driver.cuGraphInstantiateWithFlags(&executable, graph, 0));
              note(stream, log, 0);
              ok(driver.cuGraphLaunch(executable, stream));
              expect_misuse("nothing orders them");  // 2 and 3
              note(stream, log, 4);
            }),
            (Orders{{0, 1, 2, 3, 4}, {0, 1, 3, 2, 4}}));
}

// Its kernels do not wait, so that a programmatic edge lets the second overtake.
TEST_F(FakeDriverGraphs, AProgrammaticEdgeLeavesTheOrderToTheKernel) {
  const CUstream stream = make_stream();
  constexpr CUgraphEdgeData kEarly{
      kKernelNodePortProgrammatic, 0, CU_GRAPH_DEPENDENCY_TYPE_PROGRAMMATIC, {}};
  EXPECT_EQ(orders([&](CUdeviceptr log) {
              CUgraph graph = nullptr;
              CUgraphExec executable = nullptr;
              ok(driver.cuGraphCreate(&graph, 0));
              const CUgraphNode first = add(graph, log, 1), second = add(graph, log, 2);
              ok(driver.cuGraphAddDependencies(graph, &first, &second, &kEarly, 1));
              ok(driver.cuGraphInstantiateWithFlags(&executable, graph, 0));
              ok(driver.cuGraphLaunch(executable, stream));
              expect_misuse("nothing orders them");
            }),
            (Orders{{1, 2}, {2, 1}}));
}

TEST_F(FakeDriverGraphs, EdgesThatTheDriverRefuses) {
  const CUdeviceptr log = make_memory();
  CUgraph graph = nullptr;
  ok(driver.cuGraphCreate(&graph, 0));
  const CUgraphNode first = add(graph, log, 1), second = add(graph, log, 2, {first});
  CUgraphNode fill = nullptr;
  const CUDA_MEMSET_NODE_PARAMS parameters{log + 300, 0, 0, 1, 4, 1};
  ok(driver.cuGraphAddMemsetNode(&fill, graph, nullptr, 0, &parameters, contexts[0]));
  CUgraphEdgeData edge{kKernelNodePortProgrammatic, 0, CU_GRAPH_DEPENDENCY_TYPE_PROGRAMMATIC, {}};
  const auto add_edge = [&](CUgraphNode from, CUgraphNode to) {
    return driver.cuGraphAddDependencies(graph, &from, &to, &edge, 1);
  };
  EXPECT_EQ(add_edge(first, second), CUDA_ERROR_INVALID_VALUE);  // there is one
  EXPECT_EQ(add_edge(first, fill), CUDA_ERROR_INVALID_VALUE);    // no kernel
  edge.type = CU_GRAPH_DEPENDENCY_TYPE_DEFAULT;
  EXPECT_EQ(add_edge(first, fill), CUDA_ERROR_INVALID_VALUE);  // has no such port
  edge.from_port = kKernelNodePortDefault;
  edge.reserved[4] = 1;
  EXPECT_EQ(add_edge(first, fill), CUDA_ERROR_INVALID_VALUE);
  edge.reserved[4] = 0;
  EXPECT_EQ(add_edge(first, fill), CUDA_SUCCESS);
}

TEST_F(FakeDriverGraphs, OneExecutableDoesNotOverlapItself) {
  const CUstream a = make_stream(), b = make_stream();
  EXPECT_EQ(orders([&](CUdeviceptr log) {
              CUgraph graph = nullptr;
              CUgraphExec executable = nullptr;
              ok(driver.cuGraphCreate(&graph, 0));
              add(graph, log, 2, {add(graph, log, 1)});
              ok(driver.cuGraphInstantiateWithFlags(&executable, graph, 0));
              ok(driver.cuGraphLaunch(executable, a));
              ok(driver.cuGraphLaunch(executable, b));
            }),
            (Orders{{1, 2, 1, 2}}));
}

TEST_F(FakeDriverGraphs, WhatIsDestroyedIsNotLaunched) {
  const CUdeviceptr log = make_memory();
  const CUstream stream = make_stream();
  CUgraph graph = nullptr;
  CUgraphExec executable = nullptr;
  ok(driver.cuGraphCreate(&graph, 0));
  add(graph, log, 1);
  ok(driver.cuGraphInstantiateWithFlags(&executable, graph, 0));
  ok(driver.cuGraphLaunch(executable, stream));
  ok(driver.cuGraphDestroy(graph));
  ok(driver.cuGraphExecDestroy(executable));
  EXPECT_EQ(driver.cuGraphLaunch(executable, stream), CUDA_ERROR_INVALID_VALUE);
  expect_misuse("a handle of no living executable graph");
  EXPECT_EQ(driver.cuGraphDestroy(graph), CUDA_ERROR_INVALID_VALUE);
  expect_misuse("a handle of no living graph");
  ok(driver.cuStreamSynchronize(stream));
  EXPECT_EQ(noted(log), std::vector<int>{1});
}

// ---- Captures ----------------------------------------------------------------------------------

//   [1] --> [2] --.
//     \---> [3] --+--> [4]     the right one in another stream
TEST_F(FakeDriverGraphs, ACaptureIsAGraphOfWhatWasQueued) {
  const CUstream a = make_stream(), b = make_stream(), other = make_stream();
  const CUevent fork = make_event(), join = make_event();
  EXPECT_EQ(orders([&](CUdeviceptr log) {
              CUgraph graph = nullptr;
              CUgraphExec executable = nullptr;
              ok(driver.cuStreamBeginCapture(a, CU_STREAM_CAPTURE_MODE_RELAXED));
              note(a, log, 1);
              ok(driver.cuEventRecord(fork, a));
              ok(driver.cuStreamWaitEvent(b, fork, 0));
              note(a, log, 2);
              note(b, log, 3);
              ok(driver.cuEventRecord(join, b));
              ok(driver.cuStreamWaitEvent(a, join, 0));
              note(a, log, 4);
              ok(driver.cuStreamEndCapture(a, &graph));
              ok(driver.cuGraphInstantiateWithFlags(&executable, graph, 0));
              ok(driver.cuGraphLaunch(executable, other));
              expect_misuse("nothing orders them");  // 2 and 3
            }),
            (Orders{{1, 2, 3, 4}, {1, 3, 2, 4}}));
}

TEST_F(FakeDriverGraphs, UnsafeCallsDuringACaptureAreRefusedAndEndIt) {
  void* host = nullptr;
  CUgraph graph = nullptr;
  const CUdeviceptr memory = make_memory();
  const CUstream stream = make_stream(), other = make_stream();
  const CUevent event = make_event();
  ok(driver.cuStreamBeginCapture(stream, CU_STREAM_CAPTURE_MODE_GLOBAL));
  ok(driver.cuMemsetD8Async(memory, 0, 4, other));
  EXPECT_EQ(driver.cuMemHostAlloc(&host, 100, 0), CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
  EXPECT_EQ(driver.cuMemFreeAsync(memory, other), CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
  EXPECT_EQ(driver.cuStreamQuery(other), CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
  EXPECT_EQ(driver.cuCtxSynchronize(), CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
  EXPECT_EQ(driver.cuEventQuery(event), CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
  CUstreamCaptureStatus status{};
  ok(driver.cuStreamIsCapturing(stream, &status));
  EXPECT_EQ(status, CU_STREAM_CAPTURE_STATUS_INVALIDATED);
  EXPECT_EQ(driver.cuStreamSynchronize(stream), CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
  EXPECT_EQ(driver.cuStreamEndCapture(stream, &graph), CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
}

TEST_F(FakeDriverGraphs, ARelaxedThreadMayDoWhatItLikes) {
  void* host = nullptr;
  CUgraph graph = nullptr;
  const CUstream stream = make_stream();
  CUstreamCaptureMode mode = CU_STREAM_CAPTURE_MODE_RELAXED;
  ok(driver.cuThreadExchangeStreamCaptureMode(&mode));
  ok(driver.cuStreamBeginCapture(stream, CU_STREAM_CAPTURE_MODE_GLOBAL));
  ok(driver.cuMemHostAlloc(&host, 100, 0));
  ok(driver.cuStreamEndCapture(stream, &graph));
  ok(driver.cuThreadExchangeStreamCaptureMode(&mode));
  EXPECT_EQ(mode, CU_STREAM_CAPTURE_MODE_RELAXED);
  ok(driver.cuMemFreeHost(host));
}

TEST_F(FakeDriverGraphs, TheEndOfACaptureWantsAllItsStreamsJoined) {
  CUgraph graph = nullptr;
  const CUdeviceptr log = make_memory();
  const CUstream a = make_stream(), b = make_stream();
  const CUevent fork = make_event();
  ok(driver.cuStreamBeginCapture(a, CU_STREAM_CAPTURE_MODE_RELAXED));
  ok(driver.cuEventRecord(fork, a));
  ok(driver.cuStreamWaitEvent(b, fork, 0));
  note(b, log, 1);
  EXPECT_EQ(static_cast<int>(driver.cuStreamEndCapture(a, &graph)), 904);
}

}  // namespace
}  // namespace sennit::cuda
