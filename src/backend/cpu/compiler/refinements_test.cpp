// backend/cpu/compiler/refinements_test.cpp: each refinement does what it is for, and can be left
// out.
//
// What a refinement changes shows in a kernel's states, in what it keeps per thread and per block,
// and in the IR of its regions; the answers must not change.
#include <gtest/gtest.h>
#include <llvm/AsmParser/Parser.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Support/SourceMgr.h>
#include <llvm/Target/TargetMachine.h>

#include <cmath>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "backend/cpu/compiler/host_target.h"
#include "backend/cpu/compiler/kernel_lowering.h"
#include "backend/cpu/compiler/pipeline.h"
#include "backend/cpu/kernel_fixture.h"

namespace sennit::cpu {
namespace {

LaunchConfig config(Dim3 grid, Dim3 block) { return {.grid = grid, .block = block}; }

std::vector<float> floats(std::size_t count) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<float>(i * 31 % 17) / 4;
  return values;
}

// ---- Pseudo-barriers ---------------------------------------------------------------------------

constexpr char kMatrixProduct[] = R"(
  __global__ void k(const float* a, const float* b, float* c, int n) {
    int column = blockIdx.x * blockDim.x + threadIdx.x, row = blockIdx.y * blockDim.y + threadIdx.y;
    if (row >= n || column >= n) return;
    float sum = 0;
    for (int i = 0; i < n; i++) sum += a[row * n + i] * b[i * n + column];
    c[row * n + column] = sum;
  })";

TEST(PseudoBarriers, MakeALoopOfAThreadTheOuterOne) {
  EXPECT_EQ(TestKernel(kMatrixProduct, "k", {.pseudo_barriers = false}).info().states.size(), 1u);
  TestKernel kernel(kMatrixProduct, "k");
  ASSERT_EQ(kernel.info().states.size(), 2u);
  EXPECT_EQ(kernel.info().states[1].kind, StateKind::Pseudo);
  const int n = 21;
  const auto a = floats(n * n), b = floats(n * n);
  std::vector<float> c(n * n);
  kernel(config({2, 3}, {16, 8}), a.data(), b.data(), c.data(), n);
  for (std::size_t row = 0; row < n; ++row) {
    for (std::size_t column = 0; column < n; ++column) {
      float sum = 0;
      for (std::size_t i = 0; i < n; ++i) sum += a[row * n + i] * b[i * n + column];
      ASSERT_FLOAT_EQ(c[row * n + column], sum) << row << ", " << column;
    }
  }
}

TEST(PseudoBarriers, LeaveShortAndDivergentLoopsAlone) {
  EXPECT_EQ(TestKernel(R"(__global__ void k(float* x) {
              float sum = 0;
            #pragma unroll 1
              for (int j = threadIdx.x; j < 12; j += 8) sum += x[j];
              x[threadIdx.x + 32] = sum; })",
                       "k")
                .info()
                .states.size(),
            1u);
  EXPECT_EQ(TestKernel(R"(__global__ void k(int* x) {
              int v = x[threadIdx.x], n = 0;
              while (v > 1) { v = v & 1 ? 3 * v + 1 : v / 2; n++; }
              x[threadIdx.x] = n; })",
                       "k")
                .info()
                .states.size(),
            1u);
}

// Of 3 columns, thread 0 has two and thread 1 one: when 1 stops in its second row, 0 does in its
// first.
constexpr char kTwice[] = R"(
  __global__ void k(const float* in, float* out, int rows, int columns) {
    for (int i = threadIdx.y; i < rows; i += blockDim.y)
      for (int j = threadIdx.x; j < columns; j += blockDim.x)
        out[i * columns + j] += 2 * in[i * columns + j];
  })";

TEST(PseudoBarriers, LetEachThreadGoRoundTheOuterLoopAtItsOwnTime) {
  TestKernel kernel(kTwice, "k");
  ASSERT_EQ(kernel.info().states.size(), 2u);
  const int rows = 6, columns = 3;
  const auto in = floats(rows * columns);
  std::vector<float> out(rows * columns + 8);
  kernel(config({1}, {2, 4}), in.data(), out.data(), rows, columns);
  for (std::size_t i = 0; i < out.size(); ++i) {
    ASSERT_EQ(out[i], i < rows * columns ? 2 * in[i] : 0) << i;
  }
}

// ---- What is kept across states ----------------------------------------------------------------

constexpr char kStridedSum[] = R"(
  __global__ void k(const float* in, float* out, int n) {
    float sum = 0;
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
      sum += in[i];
    atomicAdd(out, sum);
  })";

TEST(InductionSplit, KeepsTheStepOfAGridStrideLoopOnceForTheBlock) {
  TestKernel split(kStridedSum, "k"), whole(kStridedSum, "k", {.induction_split = false});
  EXPECT_LT(split.info().frame_bytes, whole.info().frame_bytes);
  EXPECT_GT(split.info().uniform_bytes, whole.info().uniform_bytes);
  const auto in = floats(1000);
  const float expected = std::accumulate(in.begin(), in.end(), 0.0f);
  for (TestKernel* kernel : {&split, &whole}) {
    float out = 0;
    (*kernel)(config({3}, {64}), in.data(), &out, 1000);
    EXPECT_FLOAT_EQ(out, expected);
  }
}

constexpr char kExchange[] = R"(
  __global__ void k(const float* in, float* out, int width) {
    __shared__ float s[256];
    int i = (blockIdx.y * width + blockIdx.x) * blockDim.x + threadIdx.x;
    float v = in[i];
    s[threadIdx.x] = v;
    __syncthreads();
    out[i] = s[(threadIdx.x + 1) % blockDim.x] + v;
  })";

TEST(Rematerialisation, KeepsNoAddressesAcrossABarrier) {
  TestKernel again(kExchange, "k"), kept(kExchange, "k", {.rematerialisation = false});
  EXPECT_EQ(again.info().frame_bytes, sizeof(float));  // v alone: it is read from memory
  EXPECT_GT(kept.info().frame_bytes, again.info().frame_bytes);
  const auto in = floats(4 * 32);
  for (TestKernel* kernel : {&again, &kept}) {
    std::vector<float> out(in.size());
    (*kernel)(config({2, 2}, {32}), in.data(), out.data(), 2);
    for (std::size_t i = 0; i < in.size(); ++i)
      ASSERT_EQ(out[i], in[i / 32 * 32 + (i + 1) % 32] + in[i]);
  }
}

TEST(FramePlan, KeepsWhatAllThreadsShareOnce) {
  TestKernel kernel(R"(__global__ void k(int* x, int turns) {
    int total = 0;
    for (int i = 0; i < turns; i++) {
      x[threadIdx.x] += i;
      __syncthreads();
      total += i * i;
    }
    x[threadIdx.x] += total;
  })",
                    "k");
  EXPECT_EQ(kernel.info().frame_bytes, 0u);
  EXPECT_EQ(kernel.info().uniform_bytes, 16u);  // i and total, rounded up
  std::vector<int> x(40);
  kernel(config({1}, {40}), x.data(), 4);
  EXPECT_EQ(x, std::vector<int>(40, 6 + 14));
}

// ---- The IR of regions -------------------------------------------------------------------------

// A module with one kernel, @__snt_entry_0, lowered.
class Lowered {
 public:
  Lowered(const std::string& body, const CompileTuning& tuning) {
    const std::string declarations = R"(
      declare i32 @__snt_tid(i32) #0
      declare i32 @__snt_ctaid(i32) #0
      declare i32 @__snt_ntid(i32) #0
      declare ptr @__snt_arg(i32) #0
      declare void @__snt_bar() #1
      declare ptr @llvm.threadlocal.address.p0(ptr)
      @s = external thread_local global [0 x i32]
      attributes #0 = { nounwind willreturn memory(none) }
      attributes #1 = { convergent nounwind }
    )";
    llvm::SMDiagnostic error;
    module_ = llvm::parseAssemblyString(
        declarations + "define void @__snt_entry_0() {\nentry:\n" + body + "\n}", error, context_);
    if (!module_) throw std::runtime_error(error.getMessage().str());
    machine_ = make_target_machine();
    module_->setDataLayout(machine_->createDataLayout());
    module_->setTargetTriple(host_target().triple);
    kernel_ = lower_kernel(*module_->getFunction("__snt_entry_0"), tuning);
    EXPECT_FALSE(llvm::verifyModule(*module_));
  }

  const LoweredKernel& kernel() const { return kernel_; }
  llvm::Function* region(std::size_t state) const {
    return module_->getFunction(region_symbol("__snt_entry_0", state));
  }
  void optimise(bool vectorise) { optimise_regions(*module_, *machine_, vectorise); }

  template <typename Instruction>
  std::size_t count() const {
    std::size_t count = 0;
    for (const llvm::Function& function : *module_)
      for (const llvm::Instruction& instruction : llvm::instructions(function))
        count += llvm::isa<Instruction>(instruction);
    return count;
  }
  bool has_vectors() const {
    for (const llvm::Function& function : *module_)
      for (const llvm::Instruction& instruction : llvm::instructions(function))
        if (instruction.getType()->isVectorTy()) return true;
    return false;
  }

 private:
  llvm::LLVMContext context_;
  std::unique_ptr<llvm::Module> module_;
  std::unique_ptr<llvm::TargetMachine> machine_;
  LoweredKernel kernel_;
};

// if (threadIdx.x < *argument 1) argument 0[threadIdx.x] = 7
constexpr char kFewThreads[] = R"(
  %x = call i32 @__snt_tid(i32 0)
  %a0 = call ptr @__snt_arg(i32 0)
  %out = load ptr, ptr %a0
  %a1 = call ptr @__snt_arg(i32 1)
  %n = load i32, ptr %a1
  %few = icmp ult i32 %x, %n
  br i1 %few, label %then, label %done
then:
  %x64 = zext i32 %x to i64
  %at = getelementptr i32, ptr %out, i64 %x64
  store i32 7, ptr %at
  br label %done
done:
  ret void)";

// The end of the loop over x: what the loop's next index is compared with.
const llvm::Value* x_end(const llvm::Function& region) {
  for (const llvm::BasicBlock& block : region)
    if (block.getName() == "x.latch")
      for (const llvm::Instruction& instruction : block)
        if (const auto* compare = llvm::dyn_cast<llvm::ICmpInst>(&instruction))
          return compare->getOperand(1);
  return nullptr;
}

TEST(RangeClip, VisitsOnlyThreadsThatHaveWork) {
  const Lowered clipped(kFewThreads, {}), whole(kFewThreads, {.range_clipping = false});
  EXPECT_TRUE(llvm::isa<llvm::LoadInst>(x_end(*whole.region(0))));  // the range's own end
  EXPECT_TRUE(llvm::isa<llvm::SelectInst>(x_end(*clipped.region(0))));
}

// The same guard on a position in the grid.
const std::string kEdge = [] {
  std::string text = kFewThreads;
  text.replace(text.find("%x = call i32 @__snt_tid(i32 0)"), 31,
               "%t = call i32 @__snt_tid(i32 0)\n%b = call i32 @__snt_ctaid(i32 0)\n"
               "%w = call i32 @__snt_ntid(i32 0)\n%f = mul i32 %b, %w\n%x = add i32 %f, %t");
  return text;
}();

TEST(EdgeGuards, GiveRangesInsideTheDataCodeWithoutTheGuard) {
  const Lowered with(kEdge, {}), without(kEdge, {.edge_guards = false});
  EXPECT_EQ(without.count<llvm::CallInst>(), 0u);
  ASSERT_EQ(with.count<llvm::CallInst>(), 1u);
  const llvm::Function* inner = nullptr;
  for (const llvm::Instruction& instruction : llvm::instructions(*with.region(0)))
    if (const auto* call = llvm::dyn_cast<llvm::CallInst>(&instruction))
      inner = call->getCalledFunction();
  ASSERT_NE(inner, nullptr);
  for (const llvm::BasicBlock& block : *inner) {
    const auto* branch = llvm::dyn_cast<llvm::BranchInst>(block.getTerminator());
    const bool decides = branch && branch->isConditional();
    EXPECT_TRUE(!decides || block.getName().ends_with(".latch")) << block.getName().str();
  }
}

TEST(EdgeGuards, AnEdgeWithinABlockIsRespected) {
  TestKernel kernel(R"(__global__ void k(int* x, unsigned n, int low) {
    unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    int j = (int)i - 5;
    if (i < n && j >= low) x[i] = j;
  })",
                    "k");
  for (const unsigned n : {0u, 1u, 63u, 64u, 65u, 190u, 192u, 4000000000u}) {
    for (const int low : {-5, 0, 60, 1000}) {
      std::vector<int> x(192, -99);
      kernel(config({3}, {64}), x.data(), n, low);
      for (unsigned i = 0; i < 192; ++i)
        ASSERT_EQ(x[i], i < n && static_cast<int>(i) - 5 >= low ? static_cast<int>(i) - 5 : -99)
            << "n " << n << ", low " << low << ", i " << i;
    }
  }
}

// The position moves on within the region, between the barrier and the guard.
TEST(EdgeGuards, AGuardBehindABarrierIsCheckedWithThisTurnsPosition) {
  TestKernel kernel(R"(__global__ void k(int* x, int n, int turns) {
    for (int turn = 0; turn < turns; turn++) {
      int i = blockIdx.x * 64 + threadIdx.x + turn * 40;
      if (i < n) x[i] += 1;
      __syncthreads();
    }
  })",
                    "k");
  std::vector<int> x(400), expected(400);
  for (int i = 0; i < 150; ++i)
    for (int turn = 0; turn < 5; ++turn)
      expected[static_cast<std::size_t>(i)] += i >= turn * 40 && i < turn * 40 + 64;
  kernel(config({1}, {64}), x.data(), 150, 5);
  EXPECT_EQ(x, expected);
}

// A position that wraps around within a block: the ends alone would look safe.
TEST(EdgeGuards, APositionThatWrapsAroundIsChecked) {
  TestKernel kernel(R"(__global__ void k(int* x, unsigned offset, unsigned n) {
    unsigned i = blockIdx.x * blockDim.x + threadIdx.x + offset;
    if (i < n) x[threadIdx.x] = 1;
  })",
                    "k");
  std::vector<int> x(64);
  kernel(config({1}, {64}), x.data(), 0u - 32u, 0u - 16u);
  for (std::size_t t = 0; t < 64; ++t) ASSERT_EQ(x[t], t < 16 || t >= 32) << t;
}

TEST(Vectorisation, RunsAVectorOfThreads) {
  Lowered vectors(kEdge, {}), scalars(kEdge, {.vectorisation = false});
  vectors.optimise(true);
  scalars.optimise(false);
  EXPECT_TRUE(vectors.has_vectors());
  EXPECT_FALSE(scalars.has_vectors());
}

TEST(SharedAtomics, NeedNoLockOnTheBlocksOwnMemory) {
  const std::string body = R"(
    %s = call ptr @llvm.threadlocal.address.p0(ptr @s)
    %old = atomicrmw add ptr %s, i32 1 monotonic
    %pair = cmpxchg ptr %s, i32 %old, i32 3 monotonic monotonic
    %a0 = call ptr @__snt_arg(i32 0)
    %out = load ptr, ptr %a0
    %other = atomicrmw add ptr %out, i32 %old monotonic
    ret void)";
  const Lowered plain(body, {}), locked(body, {.shared_atomics = false});
  EXPECT_EQ(plain.count<llvm::AtomicRMWInst>(), 1u);  // the one on device memory stays
  EXPECT_EQ(plain.count<llvm::AtomicCmpXchgInst>(), 0u);
  EXPECT_EQ(locked.count<llvm::AtomicRMWInst>(), 2u);
  EXPECT_EQ(locked.count<llvm::AtomicCmpXchgInst>(), 1u);
}

TEST(SharedAtomics, CountEveryThreadOfAHistogram) {
  for (const Variant& variant : variants()) {
    TestKernel kernel(R"(__global__ void k(const unsigned char* in, int* out, int n) {
      __shared__ int h[16], top;
      if (threadIdx.x < 16) h[threadIdx.x] = 0;
      if (threadIdx.x == 0) top = -1;
      __syncthreads();
      for (int i = threadIdx.x; i < n; i += blockDim.x) atomicAdd(&h[in[i]], 1);
      for (int i = threadIdx.x; i < n; i += blockDim.x) {
        atomicMax(&top, (int)in[i]);
        atomicCAS(&h[15], 0, 100);
      }
      __syncthreads();
      if (threadIdx.x < 16) out[threadIdx.x] = h[threadIdx.x];
      if (threadIdx.x == 0) out[16] = top;
    })",
                      "k", variant.tuning, variant.mode);
    std::vector<unsigned char> in(1001);
    std::vector<int> expected(17), out(17);
    for (std::size_t i = 0; i < in.size(); ++i) {
      in[i] = static_cast<unsigned char>(i * i % 13);
      ++expected[in[i]];
    }
    expected[15] = 100;
    expected[16] = 12;
    kernel(config({1}, {96}), in.data(), out.data(), 1001);
    EXPECT_EQ(out, expected) << variant.name;
  }
}

}  // namespace
}  // namespace sennit::cpu
