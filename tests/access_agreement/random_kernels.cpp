// access_agreement/random_kernels.cpp: kernels that shuffle their pointers about.
#include "access_agreement/random_kernels.h"

#include <array>
#include <random>
#include <string>

#include "base/text.h"

namespace sennit::access_corpus {
namespace {

constexpr int kMaxDepth = 3;  // of branches and loops in each other

constexpr char kFunctions[] = R"(
typedef unsigned long long Address;
struct Box { int* x; int* y; int k; };
__device__ __noinline__ int* pick(int* a, int* b, int which) { return which & 1 ? a : b; }
__device__ __noinline__ int* walk(int* a, int* b, int n) {
  return n <= 0 ? a : walk(b, a + 1, n - 1);
}
__device__ __noinline__ void put(int* p, int* q, int n) {
  if (n <= 0) return;
  *p = n;
  put(q, p, n - 1);
}
__device__ __noinline__ int get(const int* p, int n) { return n <= 0 ? *p : get(p + 1, n - 1) + 1; }
__device__ __noinline__ void exchange(Box* box, int n) {
  if (n <= 0) return;
  int* x = box->x;
  box->x = box->y;
  box->y = x;
  exchange(box, n - 2);
}
__device__ int* first(int* a, int* b) { return a; }
__device__ int* second(int* a, int* b) { return b; }
__device__ int* (*choices[2])(int*, int*) = {first, second};
)";

class Writer {
 public:
  explicit Writer(std::mt19937_64& random) : random_(random) {}

  std::string kernel(const std::string& name) {
    text_ = format(
        "extern \"C\" __global__ void {}(int* a, int* b, int* c, int* d, int* out, int n, int "
        "which) "
        "{{\n"
        "  int* p[4] = {{a, b, c, d}};\n"
        "  int *p0 = {}, *p1 = {}, *p2 = {}, *p3 = {}, acc = n;\n"
        "  int* stack[4] = {{p0, p1, p0, p1}};\n"
        "  Box boxes[2] = {{{{p2, p3, 1}}, {{p3, p2, 2}}}};\n"
        "  __shared__ int* pool[4];\n"
        "  for (int i = 0; i < 4; ++i) pool[i] = {};\n"
        "  __syncthreads();\n",
        name, parameter(), parameter(), parameter(), parameter(), parameter());
    statements(6 + below(8), 0);
    return text_ + "  out[threadIdx.x] = acc;\n}\n";
  }

 private:
  int below(int bound) { return static_cast<int>(random_() % static_cast<unsigned>(bound)); }

  std::string parameter() { return std::string(1, "abcd"[below(4)]); }
  std::string pointer() { return format("p{}", below(4)); }
  // A number from 0 to `mask`; the same for all threads if `uniform`.
  std::string index(int mask, bool uniform = false) {
    static constexpr std::array kTerms = {"n", "which", "threadIdx.x", "acc"};
    return format("(({} + {}) & {})", kTerms[static_cast<unsigned>(below(uniform ? 2 : 4))],
                  below(4), mask);
  }

  void statements(int count, int depth) {
    for (int i = 0; i < count; ++i) statement(depth);
  }

  void statement(int depth) {
    const std::string to = pointer(), from = pointer(), other = pointer();
    const auto add = [&](const std::string& code) { text_ += "  " + code + "\n"; };
    switch (below(depth < kMaxDepth ? 24 : 22)) {
      case 0:
        return add(format("{} = {};", to, from));
      case 1:
        return add(format("{} = {} ? {} : {};", to, index(1), from, other));
      case 2:
        return add(format("{} = {} + {};", to, from, index(7)));
      case 3:
        return add(format("stack[{}] = {};", index(3), from));
      case 4:
        return add(format("{} = stack[{}];", to, index(3)));
      case 5:
        return add(format("pool[{}] = {};", index(3), from));
      case 6:
        return add(format("{} = pool[{}];", to, index(3)));
      case 7:
        return add(format("boxes[{}].{} = {};", index(1), below(2) ? "x" : "y", from));
      case 8:
        return add(format("{} = boxes[{}].{};", to, index(1), below(2) ? "x" : "y"));
      case 9:
        return add(format("{} = (int*)((Address){} + 4 * {});", to, from, index(3)));
      case 10:
        return add(format("{} = (int*)(((Address){} | 1) & ~1ull);", to, from));
      case 11:  // in two halves, through a local array
        return add(
            format("{{ unsigned h[2] = {{(unsigned)(Address){0}, (unsigned)((Address){0} >> "
                   "32)}}; acc += h[{1}] & 1; {2} = (int*)((Address)h[1] << 32 | h[0]); }}",
                   from, index(1), to));
      case 12:
        return add(format("{} = pick({}, {}, {});", to, from, other, index(1)));
      case 13:
        return add(format("{} = walk({}, {}, {});", to, from, other, index(3)));
      case 14:
        return add(format("put({}, {}, {});", to, from, index(3)));
      case 15:
        return add(format("acc += get({}, {});", from, index(3)));
      case 16:
        return add(format("exchange(&boxes[{}], {});", index(1), index(3)));
      case 17:
        return add(format("{} = choices[{}]({}, {});", to, index(1), from, other));
      case 18:
        return add(format("acc += {}[{}];", from, index(7)));
      case 19:
        return add(format("{}[{}] = acc;", to, index(7)));
      case 20:
        return add(format("atomicAdd({} + {}, 1);", to, index(3)));
      case 21:
        return add(format("memmove({}, {}, 4 * {});", to, from, index(7)));
      case 22:
        add(format("if ({}) {{", index(1)));
        statements(1 + below(3), depth + 1);
        add("} else {");
        statements(below(3), depth + 1);
        return add("}");
      default:
        add(format("for (int i{0} = 0; i{0} <= {1}; ++i{0}) {{", depth, index(3, true)));
        statements(1 + below(3), depth + 1);
        return add("}");
    }
  }

  std::mt19937_64& random_;
  std::string text_;
};

}  // namespace

CorpusFile random_file(std::uint64_t seed, int kernels) {
  std::mt19937_64 random(seed);
  CorpusFile file;
  file.name = format("random_{}.cu", seed);
  file.source = kFunctions;
  for (int i = 0; i < kernels; ++i) {
    CorpusKernel kernel;
    kernel.name = format("kernel{}", i);
    for (const char* name : {"a", "b", "c", "d", "out", "n", "which"})
      kernel.parameters.emplace_back(name, Use::Unused);
    file.source += Writer(random).kernel(kernel.name);
    file.kernels.push_back(std::move(kernel));
  }
  return file;
}

}  // namespace sennit::access_corpus
