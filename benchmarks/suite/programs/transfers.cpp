// benchmarks/suite/programs/transfers.cpp: single transfers with sennit.
#include "problems/patterns.h"
#include "programs/programs.h"

namespace suite {
namespace {

using sennit::Array;

class UploadProgram : public Implementation {
 public:
  UploadProgram(const Upload& problem, const sennit::Runtime& runtime)
      : pageable_(problem.pageable),
        put_(runtime.kernel(kernel_source("overhead.cu"), "put")),
        values_(runtime.array(problem.sets[0].inputs[Upload::kValues].as<float>())),
        result_(runtime.array<float>({1})) {}

  void reset(const InputSet& set) override {
    theirs_ = set.inputs[Upload::kValues].as<float>();
    if (!pageable_) write_on_host(values_, theirs_);
  }
  void submit() override {
    if (pageable_) values_.write(theirs_);
    put_({1}, {1})(values_, result_);
  }
  void finish(std::span<double> first) override { first[0] = result_[0]; }
  void read(std::size_t, HostData& values) override { read_into(result_, values); }

 private:
  bool pageable_;
  sennit::Kernel put_;
  Array<float> values_, result_;
  std::span<const float> theirs_;
};

class DownloadProgram : public Implementation {
 public:
  DownloadProgram(const Download& problem, const sennit::Runtime& runtime)
      : pageable_(problem.pageable),
        put_(runtime.kernel(kernel_source("overhead.cu"), "put")),
        value_(runtime.array<float>({1})),
        result_(runtime.array<float>({static_cast<std::int64_t>(problem.outputs[0].count)})),
        theirs_(problem.outputs[0].count) {}

  void reset(const InputSet& set) override {
    value_[0] = set.inputs[Download::kValue].as<float>()[0];
  }
  void submit() override { put_({1}, {1})(value_, result_); }
  void finish(std::span<double> first) override {
    if (pageable_) {
      result_.read(theirs_);
      first[0] = theirs_[0];
    } else {
      first[0] = result_.snapshot()[0];
    }
  }
  void read(std::size_t, HostData& values) override { read_into(result_, values); }

 private:
  bool pageable_;
  sennit::Kernel put_;
  Array<float> value_, result_;
  std::vector<float> theirs_;
};

}  // namespace

std::unique_ptr<Implementation> upload_program(const Problem& problem,
                                               const sennit::Runtime& runtime, Shape) {
  return std::make_unique<UploadProgram>(dynamic_cast<const Upload&>(problem), runtime);
}

std::unique_ptr<Implementation> download_program(const Problem& problem,
                                                 const sennit::Runtime& runtime, Shape) {
  return std::make_unique<DownloadProgram>(dynamic_cast<const Download&>(problem), runtime);
}

}  // namespace suite
