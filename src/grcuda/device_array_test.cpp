// grcuda/device_array_test.cpp: elements of arrays that the host has.
#include "grcuda/device_array.h"

#include <gtest/gtest.h>

#include "runtime/runtime.h"

namespace sennit::grcuda {
namespace {

using Shape = std::vector<std::int64_t>;

class DeviceArrayElements : public ::testing::Test {
 protected:
  static std::shared_ptr<Runtime> machine() {
    Options options;
    options.device = "virtual";
    options.cache_dir = "";
    return Runtime::create(options);
  }
  std::shared_ptr<DeviceArray> array(Dtype dtype, const Shape& shape) {
    return DeviceArray::create(*runtime_, dtype, shape, Order::C);
  }

  const std::shared_ptr<Runtime> runtime_ = machine();
};

// Called under the scheduler's lock, which is not recursive: whoever takes it hangs.
class UnderTheLock final : public Observer {
 public:
  explicit UnderTheLock(std::function<void()> access) : access_(std::move(access)) {}
  void on_issue(const ObservedOperation&) override { access_(); }
  void on_done(NodeId, const Error*) override {}

 private:
  const std::function<void()> access_;
};

TEST_F(DeviceArrayElements, OnTheHostAreReadAndWrittenWithoutTheLock) {
  const auto x = array(Dtype::Float32, {1000});
  x->write_element(7, 1.5);
  int accesses = 0;
  const auto observer = std::make_shared<UnderTheLock>([&] {
    Any found;
    EXPECT_TRUE(x->read_now(7, found));
    EXPECT_EQ(std::get<double>(found), 1.5 + accesses);
    ++accesses;
    EXPECT_TRUE(x->write_now(7, 1.5 + accesses));
  });
  runtime_->scheduler().attach(observer);
  const auto y = array(Dtype::Float32, {8});
  const float one = 1;
  y->array().fill(&one, {});
  y->array().fill(&one, {});
  runtime_->scheduler().detach(observer.get());
  EXPECT_GE(accesses, 2);
}

TEST_F(DeviceArrayElements, OnTheDeviceAreNotReadAtOnce) {
  const auto x = array(Dtype::Int32, {4});
  const std::int32_t seven = 7;
  x->array().fill(&seven, {});
  Any found;
  EXPECT_FALSE(x->read_now(1, found));
  EXPECT_EQ(std::get<std::int64_t>(x->read_element(1)), 7);
  EXPECT_TRUE(x->read_now(2, found)) << "what stands beside came with it";
  EXPECT_EQ(std::get<std::int64_t>(found), 7);
}

TEST_F(DeviceArrayElements, OutOfRangeOrOfAFreedArrayAreNotReadAtOnce) {
  const auto x = array(Dtype::Int32, {4});
  x->write_element(3, std::int64_t{1});
  Any found;
  EXPECT_TRUE(x->read_now(3, found));
  EXPECT_FALSE(x->read_now(4, found));
  EXPECT_FALSE(x->read_now(-1, found));
  EXPECT_FALSE(x->write_now(3, 0.5)) << "does not fit";
  std::get<ValueRef>(*x->member("free"))->call({});
  EXPECT_FALSE(x->read_now(3, found));
  EXPECT_FALSE(x->write_now(3, std::int64_t{1}));
}

}  // namespace
}  // namespace sennit::grcuda
