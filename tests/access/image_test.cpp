// access/image_test.cpp: the CUDA backend says what kernels do, in the image and behind the cache.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "base/log.h"
#include "doubles/fake_cuda_machine.h"
#include "kernel/binary_cache.h"

namespace sennit {
namespace {

constexpr std::string_view kPtx = R"(.version 8.0
.target sm_90
.address_size 64
.visible .entry store(.param .u64 a, .param .u64 b) {
  .reg .b64 %rd<3>;
  .reg .f32 %f<2>;
  ld.param.u64 %rd1, [a];
  ld.param.u64 %rd2, [b];
  ld.global.f32 %f1, [%rd2];
  st.global.f32 [%rd1], %f1;
  ret;
}
)";

constexpr const char* kSource = R"(
__device__ int counter;
template <typename T, int n>
__global__ void scale(T* to, const T* from) { to[threadIdx.x] = from[threadIdx.x] * n; }
extern "C" __global__ void count(int* unused) { atomicAdd(&counter, 1); }
)";

const KernelAccess* find(const Image& image, std::string_view kernel) {
  const auto found = std::find_if(image.access.begin(), image.access.end(),
                                  [&](const KernelAccess& k) { return k.kernel == kernel; });
  return found == image.access.end() ? nullptr : &*found;
}

class ImageAccess : public ::testing::Test {
 protected:
  ImageAccess() {
    set_log_sink(
        [](void* user, LogLevel, const char* message) {
          static_cast<ImageAccess*>(user)->log_ += std::string(message) + "\n";
        },
        this, LogLevel::Warning);
  }
  ~ImageAccess() override { set_log_sink(nullptr, nullptr, LogLevel::Warning); }

  static std::unique_ptr<Backend> open(bool real_nvrtc) {
    return find_backend("cuda").open(FakeCudaMachine::backend_options(real_nvrtc));
  }
  static Image adopt(const Backend& backend, std::string_view code) {
    return backend.adopt_code(std::as_bytes(std::span(code)));
  }

  const FakeCudaMachine gpus_;
  std::string log_;
};

TEST_F(ImageAccess, OfReadyPtxGoesByItsSymbols) {
  const Image image = adopt(*open(false), kPtx);
  ASSERT_EQ(image.access.size(), 1u);
  const KernelAccess* const store = find(image, "store");
  ASSERT_NE(store, nullptr);
  EXPECT_TRUE(store->parameters[0].writes && !store->parameters[0].reads);
  EXPECT_TRUE(store->parameters[1].reads && !store->parameters[1].writes);
  EXPECT_EQ(log_, "");
}

TEST_F(ImageAccess, OfMachineCodeIsNotKnownWhichIsSaidOnce) {
  const auto backend = open(false);
  EXPECT_TRUE(adopt(*backend, "\177ELF and so on").access.empty());
  EXPECT_TRUE(adopt(*backend, "\177ELF and others").access.empty());
  EXPECT_EQ(log_.find("machine code alone does not say"), 0u);
  EXPECT_EQ(log_.find('\n'), log_.size() - 1);
}

TEST_F(ImageAccess, PtxThatCannotBeReadIsTakenAllTheSameWithOneWarning) {
  const auto backend = open(false);
  const std::string_view broken = ".version 99.0\n.target sm_999\n.novelty { }\n";
  const Image image = adopt(*backend, broken);
  EXPECT_EQ(image.bytes.size(), broken.size());
  EXPECT_TRUE(image.access.empty());
  adopt(*backend, broken);
  EXPECT_EQ(
      log_,
      "what the kernels of kernel code do to their arguments is not known: PTX line 3, column "
      "10: expected a directive, a variable or a function, found '{'; every array is taken to "
      "be read and written\n");
}

TEST_F(ImageAccess, OfASourceGoesByNameExpressionsAndOutlivesTheCache) {
  const auto backend = open(true);
  CompileRequest request{kSource, "scale.cu", {"scale<float, 4>", "scale<int,2>"}, {"-lineinfo"}};
  Image compiled;
  try {
    compiled = backend->compile(request, *backend->devices().front());
  } catch (const Error& error) {
    if (error.code() != ErrorCode::Unavailable) throw;
    GTEST_SKIP() << error.what();
  }
  // Our own image, given back as ready code, has the names too.
  const Image adopted = backend->adopt_code(compiled.bytes);
  const std::string folder = ::testing::TempDir() + "sennit_access_" + std::to_string(::getpid());
  BinaryCache cache(folder, 1 << 20);
  const CacheKey key{request, "", "cuda", "sm_90", "nvrtc"};
  cache.store(key, compiled);
  const auto loaded = cache.load(key);
  ASSERT_TRUE(loaded);
  for (const Image* const image :
       std::initializer_list<const Image*>{&compiled, &adopted, &*loaded}) {
    ASSERT_EQ(image->access.size(), 3u);
    for (const char* const name : {"scale<float, 4>", "scale<int,2>"}) {
      const KernelAccess* const scale = find(*image, name);
      ASSERT_NE(scale, nullptr) << name;
      EXPECT_TRUE(scale->parameters[0].writes && !scale->parameters[0].reads);
      EXPECT_TRUE(scale->parameters[1].reads && !scale->parameters[1].writes);
      EXPECT_EQ(scale->parameters[0].write.source, "scale.cu:4");
    }
    const KernelAccess* const count = find(*image, "count");
    ASSERT_NE(count, nullptr);
    ASSERT_EQ(count->variables.size(), 1u);
    EXPECT_EQ(count->variables[0].name, "counter");
    EXPECT_TRUE(count->variables[0].reads && count->variables[0].writes);
  }
  EXPECT_EQ(log_, "");
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace sennit
