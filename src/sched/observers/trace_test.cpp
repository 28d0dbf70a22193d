#include "sched/observers/trace.h"

#include "sched/observers/overlap.h"
#include "sched/observers/trace_svg.h"
#include "sched/observers/trace_text.h"
#include "sched/virtual_fixture.h"

namespace sennit {
namespace {

class TraceTest : public SchedulerTest {
 protected:
  void record() {
    VirtualOptions options = shared_memory();
    options.machine.kernels["mix"] = {100, 0};
    make({}, options);
    trace_ = std::make_shared<Trace>(scheduler_->device(0));
    scheduler_->device(0).record_timings(true);
    scheduler_->attach(trace_);
  }
  const std::vector<TraceRecord>& stop() {
    scheduler_->sync();
    scheduler_->detach(trace_.get());
    std::vector<Timing> timings;
    scheduler_->device(0).take_timings(timings);
    trace_->add(timings);
    return trace_->records();
  }
  std::vector<std::size_t> of(const char* label) const {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < trace_->records().size(); ++i) {
      if (trace_->records()[i].label == label) found.push_back(i);
    }
    return found;
  }

  std::shared_ptr<Trace> trace_;
};

//   [a: x] --> [b: y from x]      a is finished long before b is submitted
TEST_F(TraceTest, ADependencyIsRecordedEvenIfNobodyHadToWaitForIt) {
  record();
  const Handle x = array(), y = array();
  launch("mix", {x, {}});
  scheduler_->sync();
  launch("mix", {y, {}}, {{x, {}}});
  const std::vector<TraceRecord>& records = stop();
  const auto kernels = of("mix");
  ASSERT_EQ(kernels.size(), 2u);
  EXPECT_EQ(records[kernels[1]].parents,
            (std::vector<std::uint32_t>{static_cast<std::uint32_t>(kernels[0])}));
}

TEST_F(TraceTest, AnArrayThatTakesTheIdOfAReleasedOneDependsOnNothingOfIt) {
  record();
  Handle x = array();
  launch("mix", {x, {}});
  const ArrayId id = x->id;
  x.reset();
  scheduler_->sync();
  const Handle y = array();
  ASSERT_EQ(y->id, id);
  launch("mix", {y, {}});
  stop();
  EXPECT_TRUE(trace_->records()[of("mix").back()].parents.empty());
}

TEST_F(TraceTest, KernelsThatRanTogetherAreMeasuredAsOverlapping) {
  record();
  const Handle x = array(), y = array();
  set_all(x, 1);
  set_all(y, 1);
  launch("mix", {x, {}});
  launch("mix", {y, {}});             // beside the first
  launch("mix", {y, {}}, {{x, {}}});  // alone
  const Overlap overlap = measure_overlap(stop());
  EXPECT_EQ(overlap.kernels, 3u);
  EXPECT_EQ(overlap.streams, 2u);
  EXPECT_DOUBLE_EQ(overlap.span_us, 200);
  EXPECT_DOUBLE_EQ(overlap.kernel_us, 300);
  EXPECT_NEAR(overlap.kernel_with_kernel, 2.0 / 3, 1e-9);
  EXPECT_NEAR(overlap.mean_kernels, 1.5, 1e-9);
}

TEST_F(TraceTest, ThePictureShowsEveryKernelAndTheLinesEscapeTheirNames) {
  record();
  const Handle x = array(), y = array();
  backend_->registry().add_function("scale<float>", run_mix);
  launch("scale<float>", {x, {}});
  launch("scale<float>", {y, {}}, {{x, {}}});
  const std::vector<TraceRecord>& records = stop();
  const std::string svg = to_svg(records);
  EXPECT_NE(svg.find("scale&lt;float&gt;"), std::string::npos);
  EXPECT_EQ(svg.find("scale<float>"), std::string::npos);
  EXPECT_EQ(svg.substr(svg.size() - 7), "</svg>\n");
  const std::string dot = to_dot(records);
  EXPECT_NE(dot.find(" -> "), std::string::npos);
  EXPECT_NE(to_json(records).find(R"("kind": "launch")"), std::string::npos);
}

TEST_F(TraceTest, AFailedOperationIsMarked) {
  record();
  kernel("bad", [](const LaunchConfig&, void**) { raise(ErrorCode::KernelFailed, "no"); });
  const Handle x = array();
  launch("bad", {x, {}});
  EXPECT_THROW(scheduler_->sync(), Error);
  stop();
  EXPECT_TRUE(trace_->records()[of("bad").front()].failed);
}

}  // namespace
}  // namespace sennit
