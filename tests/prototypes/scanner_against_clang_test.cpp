// tests/prototypes/scanner_against_clang_test.cpp: what the scanner reads from a source is what
// Clang finds in it.
//
// The scanner reads prototypes without a compiler, so a mistake of its own would corrupt an
// argument silently. Clang, which the CPU plug-in carries, is its oracle here: for every kernel of
// the tests, the examples and the benchmarks, and for the scanner's own corpus and that of
// accesses.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include "access/corpus.h"
#include "backend/cpu/compiler/frontend.h"
#include "base/text.h"
#include "conformance/kernels.h"
#include "kernel/source_scanner.h"
#include "kernel/source_scanner_corpus.h"
#include "random/kernels.h"
#include "random/program.h"

namespace sennit {
namespace {

// The one for which CUDA is defined here: its types are as large as those of a GPU.
const cpu::Target kTarget{"x86_64-pc-linux-gnu", "x86-64", ""};

// ---- Comparing ---------------------------------------------------------------------------------

// Canonical names that Clang prints, of types that arithmetic knows.
std::optional<Dtype> dtype_of(std::string_view canonical) {
  static const std::map<std::string, Dtype, std::less<>> kNames = {
      {"bool", Dtype::Bool},
      {"char", Dtype::Int8},
      {"signed char", Dtype::Int8},
      {"unsigned char", Dtype::UInt8},
      {"short", Dtype::Int16},
      {"unsigned short", Dtype::UInt16},
      {"char16_t", Dtype::UInt16},
      {"int", Dtype::Int32},
      {"wchar_t", Dtype::Int32},
      {"unsigned int", Dtype::UInt32},
      {"char32_t", Dtype::UInt32},
      {"long", Dtype::Int64},
      {"long long", Dtype::Int64},
      {"unsigned long", Dtype::UInt64},
      {"unsigned long long", Dtype::UInt64},
      {"__half", Dtype::Float16},
      {"__nv_bfloat16", Dtype::BFloat16},
      {"float", Dtype::Float32},
      {"double", Dtype::Float64},
  };
  const auto found = kNames.find(canonical);
  return found == kNames.end() ? std::nullopt : std::optional(found->second);
}

// "const float *__restrict" -> "float", "const int" -> "int", "float *const *" -> "float *const".
std::string value_type(const cpu::Parameter& clang) {
  std::string type = clang.type;
  if (clang.is_pointer) type.erase(std::min(type.rfind('*'), type.size()));
  for (const std::string_view word : {"const ", "volatile "}) {
    while (type.starts_with(word)) type.erase(0, word.size());
  }
  while (type.ends_with(' ')) type.pop_back();
  return type;
}

// How the scanner's parameter differs from Clang's; empty if it does not.
std::string difference(const Parameter& ours, const cpu::Parameter& clang) {
  const bool pointer = ours.kind == ParameterKind::Pointer;
  if (pointer != clang.is_pointer) return pointer ? "it is no pointer" : "it is a pointer";
  if (ours.bytes() != clang.bytes || ours.alignment() != clang.alignment) {
    return format("it has {} bytes aligned to {}, not {} aligned to {}", clang.bytes,
                  clang.alignment, ours.bytes(), ours.alignment());
  }
  if (pointer) {
    const bool reads_only = ours.access == AccessMode::Read;
    if (reads_only != clang.points_to_const) {
      return format("what it points to {} const", clang.points_to_const ? "is" : "is not");
    }
    // Both may know the name of a type and not its layout: Clang has none of a template that
    // nobody made.
    const bool known = ours.type.bytes != 0 && clang.pointee_bytes != 0;
    if (known && (ours.type.bytes != clang.pointee_bytes ||
                  ours.type.alignment != clang.pointee_alignment)) {
      return format("it points to {} bytes aligned to {}, not {} aligned to {}",
                    clang.pointee_bytes, clang.pointee_alignment, ours.type.bytes,
                    ours.type.alignment);
    }
  }
  const std::optional<Dtype> number = dtype_of(value_type(clang));
  if (number && (ours.type.dtype != number || ours.type.components != 1)) {
    return format("it is of {}, not {}", name_of(*number), ours.type.name);
  }
  return {};
}

std::string differences(const Signature& ours, const std::vector<cpu::Parameter>& clang) {
  if (ours.parameters().size() != clang.size()) {
    return format("Clang finds {} parameters, not {}", clang.size(), ours.parameters().size());
  }
  std::string text;
  for (std::size_t i = 0; i < clang.size(); ++i) {
    const std::string wrong = difference(ours.parameters()[i], clang[i]);
    if (wrong.empty()) continue;
    text +=
        format("parameter {}, '{}' of type '{}': {}; ", i + 1, clang[i].name, clang[i].type, wrong);
  }
  return text;
}

// What the scanner does not read, and asks a signature for.
struct Refused {
  std::string_view name;
  std::string_view reason;
};
constexpr Refused kRefused[] = {
    {"sum_of_all<int, long, float>", "a parameter pack"},
    {"bits_of_struct", "a struct with bit fields"},
};

const Refused* find_refused(std::string_view name) {
  const auto found = std::ranges::find(kRefused, name, &Refused::name);
  return found == std::end(kRefused) ? nullptr : found;
}

// Compares the kernels `names` of a source. Where they differ, a test failure names the kernel, the
// parameter and both opinions.
void compare(const std::string& origin, const std::string& source,
             const std::vector<std::string>& names, const std::string& for_clang_alone = "") {
  SCOPED_TRACE(origin);
  CompileRequest request;
  request.source = for_clang_alone + source;
  request.source_name = origin;
  request.names = names;
  std::vector<cpu::EntryPoint> clang;
  try {
    clang = cpu::prototypes(request, kTarget).named;
  } catch (const Error& error) {
    ADD_FAILURE() << "Clang: " << error.what();
    return;
  }
  ASSERT_EQ(clang.size(), names.size());
  SourceScanner scanner(source, origin, {});
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto* reason = find_refused(names[i]);
    try {
      const Signature ours = scanner.signature(names[i]);
      EXPECT_EQ(differences(ours, clang[i].parameters), "") << names[i];
      EXPECT_EQ(reason, nullptr) << names[i] << " is read now: take it off the list";
    } catch (const Error& error) {
      EXPECT_NE(reason, nullptr) << names[i] << ": " << error.what();
    }
  }
}

// ---- What is compared --------------------------------------------------------------------------

// Beside its plain kernels, what a source declares as a template or several times is compared by
// these names.
const std::map<std::string, std::vector<std::string>> kInstances = {
    {"halves.cu", {"arithmetic<half>", "arithmetic<__nv_bfloat16>"}},
    {"numbers.cu", {"apply<float, sqrtf>", "apply2<double, pow>"}},
    {"sharing.cu", {"reduce<int, 256>", "reduce<double, 32>"}},
    {"templates.cu",
     {"scale<float, 4>", "scale<int, -3>", "outer::limits<unsigned long long>",
      "static_cast<void (*)(int*)>(overloaded)", "(void (*)(float*))overloaded", "squares<double>",
      "sum_of_all<int, long, float>", "by_mode<Mode::Add>"}},
    {"warps.cu", {"shuffles<unsigned long long>"}},
};

std::string base_name(const std::string& kernel) { return kernel.substr(0, kernel.find('<')); }

// Finds the kernels of a source by Clang, so that none is left out; the scanner must list the same.
void compare_file(const std::filesystem::path& path) {
  const std::string file = path.filename().string();
  SCOPED_TRACE(file);
  std::ifstream stream(path);
  std::stringstream text;
  text << stream.rdbuf();
  CompileRequest request;
  request.source = text.str();
  request.source_name = file;
  std::multiset<std::string> declared;
  std::vector<std::string> names;
  bool instances = false;
  const std::vector<cpu::KernelPrototype> kernels = cpu::prototypes(request, kTarget).declared;
  for (const cpu::KernelPrototype& kernel : kernels) declared.insert(kernel.name);
  for (const cpu::KernelPrototype& kernel : kernels) {
    const bool plain = !kernel.is_template && declared.count(kernel.name) == 1;
    if (plain) names.push_back(kernel.name);
    instances |= !plain;
  }
  const auto listed = kInstances.find(file);
  EXPECT_EQ(instances, listed != kInstances.end()) << "templates and overloads need kInstances";
  if (listed != kInstances.end()) {
    names.insert(names.end(), listed->second.begin(), listed->second.end());
  }
  std::set<std::string> scanned;
  for (const std::string& kernel : SourceScanner(request.source, file, {}).kernels()) {
    scanned.insert(base_name(kernel));
  }
  EXPECT_EQ(scanned, std::set<std::string>(declared.begin(), declared.end()));
  compare(file, request.source, names);
}

TEST(ScannerAgainstClang, TheyAgreeOnEveryFileOfKernels) {
  const std::filesystem::path root = SENNIT_SOURCE_DIR;
  int files = 0;
  for (const char* folder : {"src/backend/cpu/testdata", "examples", "benchmarks"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
      if (entry.path().extension() != ".cu") continue;
      compare_file(entry.path());
      ++files;
    }
  }
  EXPECT_GE(files, 8);
}

TEST(ScannerAgainstClang, TheyAgreeOnTheKernelsOfTheConformanceSuite) {
  const CompileRequest request = conformance::kernels_request();
  compare(request.source_name, request.source, request.names);
}

// All but those with inline PTX, which Clang takes for no processor.
TEST(ScannerAgainstClang, TheyAgreeOnTheCorpusOfAccesses) {
  std::size_t kernels = 0;
  for (const access_corpus::CorpusFile& file : access_corpus::read_corpus()) {
    std::vector<std::string> names;
    for (const access_corpus::CorpusKernel& kernel : file.kernels) {
      if (!kernel.cuda_only) names.push_back(kernel.name);
    }
    if (names.empty()) continue;  // its headers are CUDA's
    compare(file.name, file.source, names);
    kernels += names.size();
  }
  EXPECT_GE(kernels, 150u);
}

TEST(ScannerAgainstClang, TheyAgreeOnTheKernelsOfRandomPrograms) {
  std::vector<std::string> names;
  for (int i = 0; i < random_programs::kKernels; ++i) {
    names.push_back(random_programs::kernel(i).name);
  }
  compare("random programs", random_programs::kernel_source(), names);
}

// What the scanner knows without them.
const std::string kHeaders =
    "#include <cstddef>\n#include <cstdint>\n#include <cuComplex.h>\n#include <cuda_bf16.h>\n"
    "#include <cuda_fp16.h>\n#include <cuda/std/cstdint>\n";

// Rows, by a part of their source or name, that this Clang does not compile.
struct Uncompiled {
  std::string_view part;
  std::string_view reason;
};
constexpr Uncompiled kUncompiled[] = {
    {"thrust::", "the plug-in brings no Thrust"},
    {"#pragma unroll\n_Pragma", "Clang takes it before a loop only"},
    {"Unknown*", "a compiler wants every name declared; the scanner, those that matter"},
    {"typename T::value_type*", "likewise"},
    {"struct float4 {", "the plug-in defines the type itself, as a compiler of CUDA does"},
    {"namespace a { extern \"C\"", "Clang wants a::k; NVRTC takes the name that C gives it"},
};

void expect_uncompiled(const Prototype& row, std::string_view reason) {
  CompileRequest request;
  request.source = kHeaders + row.source;
  request.names = {row.name};
  EXPECT_THROW(cpu::prototypes(request, kTarget), Error) << "no longer true: " << reason;
}

TEST(ScannerAgainstClang, TheyAgreeOnTheScannersOwnCorpus) {
  for (const Prototype& row : kPrototypeCorpus) {
    SCOPED_TRACE(row.source);
    const std::string_view source = row.source;
    const auto* found = std::ranges::find_if(kUncompiled, [&](const Uncompiled& exception) {
      return source.find(exception.part) != std::string_view::npos;
    });
    if (found != std::end(kUncompiled)) {
      expect_uncompiled(row, found->reason);
    } else {
      compare("kernel.cu", row.source, {row.name}, kHeaders);
    }
  }
}

}  // namespace
}  // namespace sennit
