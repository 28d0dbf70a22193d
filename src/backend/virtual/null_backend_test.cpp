// backend/virtual/null_backend_test.cpp: the machine that only counts.
#include "backend/virtual/null_backend.h"

#include <gtest/gtest.h>

#include <cstring>

#include "backend/virtual/virtual_fixture.h"

namespace sennit {
namespace {

TEST(NullBackend, CountsEveryCallAndRunsNothing) {
  NullBackend backend;
  Device& device = *backend.devices()[0];
  CompileRequest request;
  request.names = {"any", "other"};
  auto module = device.load(backend.compile(request, device));
  auto stream = device.create_stream();
  auto event = device.create_event();
  auto graph = device.create_graph();
  auto memory = device.allocate(100);
  auto next = device.allocate(100);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory->address()) % 256, 0u);
  EXPECT_GE(static_cast<std::byte*>(next->address()),
            static_cast<std::byte*>(memory->address()) + 100);
  LaunchCommand launch;
  launch.function = &module->function("other");
  stream->enqueue(launch, 1);
  FillCommand fill;
  fill.to = memory->address();  // nobody touches it
  fill.bytes = 100;
  stream->enqueue(fill, 1);
  stream->enqueue(CopyCommand{}, 1);
  stream->enqueue(CopyCommand{}, 1);
  stream->enqueue(HostCallCommand{}, 1);
  EXPECT_EQ(graph->add(fill, {}, 1), 0u);
  EXPECT_EQ(graph->add(fill, {}, 1), 1u);
  graph->launch(*stream);
  stream->record(*event);
  stream->wait(*event);
  EXPECT_TRUE(event->is_done());
  event->sync();
  memory.reset();
  CallCounts expected;
  expected.launches = 1;
  expected.fills = 1;
  expected.copies = 2;
  expected.host_calls = 1;
  expected.graph_launches = 1;
  expected.records = 1;
  expected.waits = 1;
  expected.event_queries = 1;
  expected.event_syncs = 1;
  expected.allocations = 2;
  expected.frees = 1;
  EXPECT_EQ(backend.counts(), expected);
  EXPECT_FALSE(device.take_failure().has_value());
}

TEST(NullBackend, HostMemoryIsReal) {
  NullOptions options;
  options.shares_host_memory = true;
  NullBackend backend(options);
  Device& device = *backend.devices()[0];
  for (const bool host : {true, false}) {  // a device that shares it included
    auto memory = host ? device.allocate_host(1000) : device.allocate(1000);
    std::memset(memory->address(), 1, memory->bytes());
  }
}

TEST(NullBackend, OnASlowMachineOnlyWaitingFindsWorkDone) {
  NullOptions options;
  options.slow = true;
  NullBackend backend(options);
  auto event = backend.devices()[0]->create_event();
  EXPECT_FALSE(event->is_done());
  event->sync();  // returns
}

TEST(NullBackend, KernelsTakeWhatTheOptionsSay) {
  NullOptions options;
  options.devices = 2;
  options.typical_us = 5;
  NullBackend backend(options);
  ASSERT_EQ(backend.devices().size(), 2u);
  Device& device = *backend.devices()[1];
  CompileRequest request;
  request.names = {"any"};
  auto module = device.load(backend.compile(request, device));
  EXPECT_EQ(module->function("any").typical_us(LaunchConfig{}, 0), 5);
  EXPECT_TRUE(contains(raised(ErrorCode::InvalidArgument, [&] { module->function("other"); }),
                       "it has: any"));
}

}  // namespace
}  // namespace sennit
