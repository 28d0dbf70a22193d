// backend/cpu/cpu_allocation_test.cpp: alignment, the limit, and the errors of allocations.
#include "backend/cpu/cpu_allocation.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <limits>

#include "base/error.h"

namespace sennit::cpu {
namespace {

constexpr std::size_t kLimit = 64 << 20;

ErrorCode code_of_allocating(CpuMemory& memory, std::size_t bytes) {
  try {
    memory.allocate(bytes);
  } catch (const Error& error) {
    return error.code();
  }
  return ErrorCode::Internal;
}

TEST(CpuMemory, IsAlignedAndWritableFromOneByteToManyPages) {
  CpuMemory memory(kLimit);
  for (const std::size_t bytes : {1u, 255u, 4096u, 100001u, 4u << 20, (9u << 20) + 1}) {
    const auto allocation = memory.allocate(bytes);
    EXPECT_EQ(allocation->bytes(), bytes);
    const auto address = reinterpret_cast<std::uintptr_t>(allocation->address());
    EXPECT_EQ(address % (bytes >= 4096 ? 4096 : 256), 0u) << bytes;
    std::memset(allocation->address(), 0x5a, bytes);
  }
}

TEST(CpuMemory, RefusesZeroBytes) {
  CpuMemory memory(kLimit);
  EXPECT_EQ(code_of_allocating(memory, 0), ErrorCode::InvalidArgument);
}

TEST(CpuMemory, IsOutAtItsLimitAndHasTheMemoryAgainOnceItIsFreed) {
  CpuMemory memory(kLimit);
  {
    const auto most = memory.allocate(kLimit - 10);
    EXPECT_EQ(memory.used_bytes(), kLimit - 10);
    EXPECT_EQ(code_of_allocating(memory, 11), ErrorCode::OutOfMemory);
    EXPECT_NE(memory.allocate(10)->address(), nullptr);
  }
  EXPECT_EQ(memory.used_bytes(), 0u);
  EXPECT_NE(memory.allocate(kLimit)->address(), nullptr);
}

TEST(CpuMemory, IsOutForSizesThatNoMachineHas) {
  CpuMemory memory(kLimit);
  EXPECT_EQ(code_of_allocating(memory, std::numeric_limits<std::size_t>::max()),
            ErrorCode::OutOfMemory);
  EXPECT_EQ(memory.used_bytes(), 0u);
}

}  // namespace
}  // namespace sennit::cpu
