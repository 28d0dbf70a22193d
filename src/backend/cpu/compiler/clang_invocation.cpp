// backend/cpu/compiler/clang_invocation.cpp: how Clang is called: its arguments, files and
// preamble.
#include "backend/cpu/compiler/clang_invocation.h"

#include <map>
#include <utility>
#include <vector>

#include "backend/cpu/compiler/diagnostics.h"
#include "backend/cpu/compiler/prelude_files.h"
#include "base/error.h"
#include "base/mutex.h"
#include "base/text.h"
#include "clang/Frontend/PrecompiledPreamble.h"
#include "clang/Lex/PreprocessorOptions.h"
#include "llvm/Support/VirtualFileSystem.h"

namespace sennit::cpu {
namespace {

using FileSystem = llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem>;

// Exists in memory only.
constexpr char kMainFile[] = "/.sennit/main.cu";
constexpr char kPreambleLine[] = "#include <sennit/prelude.h>\n";
// Clang takes all leading directives for the preamble; only ours is in the precompiled one.
constexpr char kPreambleEnd[] = "namespace __snt {}\n";

// Headers that sources include for names which the prelude has given them already.
constexpr const char* kNeedlessHeaders[] = {
    "builtin_types.h",
    "cuda.h",
    "cuda_runtime.h",
    "cuda_runtime_api.h",
    "cuda_device_runtime_api.h",
    "device_atomic_functions.h",
    "device_functions.h",
    "device_launch_parameters.h",
    "device_types.h",
    "driver_types.h",
    "float.h",
    "host_defines.h",
    "limits.h",
    "math.h",
    "math_functions.h",
    "nvrtc.h",
    "sm_20_intrinsics.h",
    "sm_30_intrinsics.h",
    "sm_35_intrinsics.h",
    "stdbool.h",
    "stddef.h",
    "stdint.h",
    "stdio.h",
    "stdlib.h",
    "string.h",
    "vector_functions.h",
    "vector_types.h",
};

// The machine's files, seen through the prelude's.
FileSystem make_files() {
  auto memory = llvm::makeIntrusiveRefCnt<llvm::vfs::InMemoryFileSystem>();
  for (const char* name : kNeedlessHeaders) {
    memory->addFile(format("{}/{}", kPreludeFolder, name), 0,
                    llvm::MemoryBuffer::getMemBuffer("", name));
  }
  for (const PreludeFile& file : prelude_files()) {
    memory->addFile(format("{}/{}", kPreludeFolder, file.path), 0,
                    llvm::MemoryBuffer::getMemBuffer(file.text, file.path, false));
  }
  auto files =
      llvm::makeIntrusiveRefCnt<llvm::vfs::OverlayFileSystem>(llvm::vfs::getRealFileSystem());
  files->pushOverlay(memory);
  return files;
}

// The arguments that change what the prelude means: the key of its precompiled form.
std::vector<std::string> base_arguments(const CompileOptions& options, const Target& target) {
  std::vector<std::string> arguments = {
      "-triple", target.triple, "-target-cpu", target.cpu, "-x", "c++", "-std=" + options.standard,
      // The region pass optimises; O3 only keeps Clang from marking functions `optnone`.
      "-emit-llvm-only", "-O3", "-disable-llvm-passes", "-nostdsysteminc", "-nobuiltininc",
      "-internal-isystem", kPreludeFolder,
      "-fdeclspec",                   // threadIdx.x is a property
      "-fpch-instantiate-templates",  // once, with the preamble, and not again with each source
      "-relaxed-aliasing",            // kernels read floats through int4 pointers
      "-debug-info-kind=line-tables-only",  // for messages about what a kernel does
      "-fno-rtti", "-fno-threadsafe-statics", "-mrelocation-model", "pic", "-pic-level", "2",
      options.contract ? "-ffp-contract=fast" : "-ffp-contract=off", "-Wno-unknown-pragmas",
      "-Wno-unknown-attributes", "-ferror-limit", "20"};
  llvm::SmallVector<llvm::StringRef> features;
  llvm::StringRef(target.features).split(features, ',', -1, /*KeepEmpty=*/false);
  for (llvm::StringRef feature : features) {
    arguments.insert(arguments.end(), {"-target-feature", feature.str()});
  }
  if (options.architecture != 0) {
    arguments.push_back(format("-D__CUDA_ARCH__={}", options.architecture));
  }
  // CUDA's fast math keeps NaN, infinity and the order of sums: only functions and divisions
  // become less exact, and so do they here.
  if (options.fast_math) {
    arguments.insert(arguments.end(), {"-D__USE_FAST_MATH__", "-freciprocal-math"});
  }
  return arguments;
}

void set_arguments(clang::CompilerInvocation& invocation, std::vector<std::string> arguments,
                   clang::DiagnosticsEngine& diagnostics) {
  arguments.push_back(kMainFile);
  std::vector<const char*> pointers;
  for (const std::string& argument : arguments) pointers.push_back(argument.c_str());
  if (!clang::CompilerInvocation::CreateFromArgs(invocation, pointers, diagnostics)) {
    fail("Clang refuses its arguments: " + join(arguments, " "));
  }
}

// The prelude, parsed: shared by all compilations of the process, which only read it.
class Preambles {
 public:
  const clang::PrecompiledPreamble& find(const std::vector<std::string>& arguments,
                                         DiagnosticLog& log) {
    Lock lock(mutex_);
    const std::string key = join(arguments, "\n");
    auto found = by_arguments_.find(key);
    if (found == by_arguments_.end()) {
      found = by_arguments_.emplace(key, build(arguments, log)).first;
    }
    return found->second;
  }

 private:
  static clang::PrecompiledPreamble build(const std::vector<std::string>& arguments,
                                          DiagnosticLog& log) {
    auto diagnostics = clang::CompilerInstance::createDiagnostics(new clang::DiagnosticOptions,
                                                                  &log, /*ShouldOwnClient=*/false);
    clang::CompilerInvocation invocation;
    set_arguments(invocation, arguments, *diagnostics);
    const auto text = llvm::MemoryBuffer::getMemBuffer(kPreambleLine, kMainFile);
    const clang::PreambleBounds bounds(static_cast<unsigned>(text->getBufferSize()), true);
    clang::PreambleCallbacks callbacks;
    auto preamble = clang::PrecompiledPreamble::Build(
        invocation, text.get(), bounds, *diagnostics, make_files(),
        std::make_shared<clang::PCHContainerOperations>(), /*StoreInMemory=*/true, "", callbacks);
    if (!preamble || diagnostics->hasErrorOccurred()) {
      fail(format("the prelude does not compile for {}:\n{}", join(arguments, " "), log.text()));
    }
    return std::move(*preamble);
  }

  Mutex mutex_;
  // Grows by one for each set of options in use. Guarded by mutex_; the nodes never move.
  std::map<std::string, clang::PrecompiledPreamble> by_arguments_ SENNIT_GUARDED_BY(mutex_);
};

Preambles& preambles() {
  static Preambles& instance = *new Preambles;  // never destroyed: threads may compile at exit
  return instance;
}

}  // namespace

void prepare_clang(clang::CompilerInstance& compiler, DiagnosticLog& log,
                   const CompileOptions& options, const Target& target, std::string source) {
  const std::vector<std::string> base = base_arguments(options, target);
  const clang::PrecompiledPreamble& preamble = preambles().find(base, log);

  std::vector<std::string> arguments = base;
  for (const std::string& folder : options.include_folders) {
    arguments.insert(arguments.end(), {"-I", folder});
  }
  if (!options.warnings) arguments.push_back("-w");
  const auto about_arguments = clang::CompilerInstance::createDiagnostics(
      new clang::DiagnosticOptions, &log, /*ShouldOwnClient=*/false);
  set_arguments(compiler.getInvocation(), std::move(arguments), *about_arguments);
  compiler.createDiagnostics(&log, /*ShouldOwnClient=*/false);
  compiler.setVerboseOutputStream(llvm::nulls());  // "1 error generated."

  FileSystem files = make_files();
  auto main_file =
      llvm::MemoryBuffer::getMemBufferCopy(kPreambleLine + (kPreambleEnd + source), kMainFile);
  // The compiler frees the buffer with its source manager.
  preamble.OverridePreamble(compiler.getInvocation(), files, main_file.release());
  compiler.createFileManager(files);
}

}  // namespace sennit::cpu
