// tests/abi/element_access_test.cpp: what the C ABI promises of snt_value_read_now and _write_now.
#include <gtest/gtest.h>
#include <sennit/sennit.h>

#include "../../benchmarks/allocation_counter.h"

namespace sennit {
namespace {

TEST(ElementAccess, OfAnArrayOnTheHostAllocatesNothing) {
  SNT_INIT(snt_runtime_config, config);
  config.device = "virtual";
  snt_runtime* runtime = nullptr;
  ASSERT_EQ(snt_runtime_create(&config, &runtime), nullptr);
  snt_grcuda* program = nullptr;
  ASSERT_EQ(snt_grcuda_create(runtime, nullptr, 0, &program), nullptr);
  for (const char* const expression : {"float[1000]", "int[1000]", "char[1000]"}) {
    snt_any array{};
    const std::uint64_t none = allocations_so_far();
    ASSERT_EQ(snt_grcuda_eval(program, expression, &array), nullptr);
    EXPECT_GT(allocations_so_far(), none) << "those of the library are counted";
    snt_any number{};
    number.kind = SNT_ANY_INT;
    number.value.i = 3;
    for (int i = 0; i < 1000; ++i) {  // now the host has them all
      ASSERT_EQ(snt_value_write(array.value.object, i, &number), nullptr);
    }
    int done = 0;
    const std::uint64_t before = allocations_so_far();
    for (int i = 0; i < 1000; ++i) {
      snt_any found{};
      done += snt_value_write_now(array.value.object, i, &number);
      done += snt_value_read_now(array.value.object, i, &found);
    }
    EXPECT_EQ(allocations_so_far(), before) << expression;
    EXPECT_EQ(done, 2000) << expression;
    snt_any_release(&array);
  }
  snt_grcuda_release(program);
  snt_runtime_release(runtime);
}

}  // namespace
}  // namespace sennit
