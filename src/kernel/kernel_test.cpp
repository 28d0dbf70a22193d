// kernel/kernel_test.cpp: when programs compile and load, and where signatures come from.

#include "kernel/kernel.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <thread>

namespace sennit {
namespace {

class FakeFunction : public Function {
 public:
  const FunctionInfo& info() const override { return info_; }
  std::optional<double> typical_us(const LaunchConfig&, std::size_t) const override {
    return std::nullopt;
  }
  FunctionInfo info_;
};

class FakeModule : public Module {
 public:
  FakeModule(std::vector<std::byte> code, FunctionInfo info)
      : code_(std::move(code)), info_(std::move(info)) {}
  Function& function(std::string_view name) override {
    const std::lock_guard lock(mutex_);
    const auto [found, is_new] = functions_.try_emplace(std::string(name));
    if (is_new) found->second.info_ = info_;
    return found->second;
  }
  std::optional<ModuleVariable> variable(std::string_view) override { return std::nullopt; }
  std::vector<std::byte> code_;
  FunctionInfo info_;
  std::mutex mutex_;
  std::map<std::string, FakeFunction> functions_;
};

// Counts what is asked of it.
class FakeDevice : public Device {
 public:
  explicit FakeDevice(std::string architecture) { info_.architecture = std::move(architecture); }
  const DeviceInfo& info() const override { return info_; }
  std::unique_ptr<Module> load(const Image& image) override {
    ++loads;
    if (refused_loads > 0) {
      --refused_loads;
      raise(ErrorCode::Unavailable, "the driver is of another version");
    }
    return std::make_unique<FakeModule>(image.bytes, function);
  }
  std::unique_ptr<Stream> create_stream() override { return nullptr; }
  std::unique_ptr<Event> create_event() override { return nullptr; }
  std::unique_ptr<Graph> create_graph() override { return nullptr; }
  std::unique_ptr<Allocation> allocate(std::size_t) override { return nullptr; }
  std::unique_ptr<Allocation> allocate_host(std::size_t) override { return nullptr; }
  std::optional<Failure> take_failure() override { return std::nullopt; }

  std::atomic<int> loads = 0;
  int refused_loads = 0;
  FunctionInfo function;  // of all kernels

 private:
  DeviceInfo info_;
};

class FakeBackend : public Backend {
 public:
  std::string_view name() const override { return "fake"; }
  std::span<Device* const> devices() override { return devices_; }
  Image compile(const CompileRequest& request, const Device& device) override {
    ++compiles;
    std::this_thread::yield();
    if (refusal) raise(*refusal, "kernel.cu:1: refused");
    Image image;
    for (const char letter : request.source + device.info().architecture) {
      image.bytes.push_back(static_cast<std::byte>(letter));
    }
    return image;
  }
  std::string compiler_key() const override { return "fake 1"; }

  FakeDevice a{"small"}, b{"large"}, c{"small"};
  std::atomic<int> compiles = 0;
  std::optional<ErrorCode> refusal;

 private:
  Device* devices_[3] = {&a, &b, &c};
};

class KernelTest : public testing::Test {
 protected:
  KernelTest() {
    folder_ = testing::TempDir() + "sennit_program_" + std::to_string(::getpid());
    std::filesystem::remove_all(folder_);
  }
  ~KernelTest() override { std::filesystem::remove_all(folder_); }

  std::shared_ptr<Program> program(BinaryCache* cache = nullptr, std::string source = "source",
                                   std::vector<std::string> options = {}) {
    return std::make_shared<Program>(CompileRequest{std::move(source), "kernel.cu", {"k"}, options},
                                     backend_, backend_.devices(), cache);
  }

  std::string folder_;
  FakeBackend backend_;
};

TEST_F(KernelTest, CompilesOncePerArchitectureAndLoadsOncePerDevice) {
  const auto p = program();
  EXPECT_EQ(backend_.compiles, 0);
  p->module(0);
  p->module(0);
  EXPECT_EQ(backend_.compiles, 1);
  EXPECT_EQ(backend_.a.loads, 1);
  p->module(2);  // of the same architecture
  EXPECT_EQ(backend_.compiles, 1);
  EXPECT_EQ(backend_.c.loads, 1);
  p->module(1);
  EXPECT_EQ(backend_.compiles, 2);
}

TEST_F(KernelTest, IsRefusedOnADeviceWhoseCodeHasOtherParameters) {
  const Signature declared("k", {value_parameter("n", element_type(Dtype::Int32))});
  backend_.a.function.parameters = {{0, 4}};
  backend_.b.function.parameters = {{0, 8}};
  Kernel kernel(program(), "k", declared, DeclaredBy::Source);
  kernel.load(0);
  try {
    kernel.load(1);
    FAIL() << "loaded";
  } catch (const Error& error) {
    EXPECT_EQ(error.message(),
              "kernel 'k': the source and the machine code disagree: parameter 1 has 4 bytes "
              "against 8; give a signature\n"
              "  declared:     k(n: int32)\n"
              "  machine code: 8 bytes at 0");
  }
  EXPECT_EQ(kernel.find(1), nullptr);
  EXPECT_NO_THROW(kernel.load(2));  // where nothing is known of them
}

TEST_F(KernelTest, AFunctionIsFoundOnceItIsLoaded) {
  Kernel kernel(program(), "k", Signature("k", {}), DeclaredBy::Source);
  EXPECT_EQ(kernel.find(0), nullptr);
  Function& function = kernel.load(0);
  EXPECT_EQ(kernel.find(0), &function);
  EXPECT_EQ(&kernel.load(0), &function);
  EXPECT_EQ(kernel.find(1), nullptr);
  EXPECT_NE(&kernel.load(1), &function);
}

TEST_F(KernelTest, ThreadsThatComeTogetherCompileOnce) {
  Kernel kernel(program(), "k", Signature("k", {}), DeclaredBy::Source);
  std::vector<std::thread> threads;
  std::vector<Function*> found(8);
  for (std::size_t i = 0; i < found.size(); ++i) {
    threads.emplace_back([&, i] { found[i] = &kernel.load(i % 2 == 0 ? 0 : 2); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(backend_.compiles, 1);
  EXPECT_EQ(backend_.a.loads, 1);
  for (std::size_t i = 2; i < found.size(); ++i) EXPECT_EQ(found[i], found[i % 2]);
}

TEST_F(KernelTest, WhatTheCompilerRefusesIsNotCompiledAgain) {
  const auto p = program();
  backend_.refusal = ErrorCode::CompileFailed;
  EXPECT_THROW(p->module(0), Error);
  EXPECT_THROW(p->module(2), Error);
  EXPECT_EQ(backend_.compiles, 1);
}

TEST_F(KernelTest, WhatFailsForLackOfMemoryIsTriedAgain) {
  const auto p = program();
  backend_.refusal = ErrorCode::OutOfMemory;
  EXPECT_THROW(p->module(0), Error);
  backend_.refusal.reset();
  p->module(0);
  EXPECT_EQ(backend_.compiles, 2);
}

TEST_F(KernelTest, AnImageOnDiskSavesTheCompile) {
  BinaryCache cache(folder_, 1 << 20);
  program(&cache)->module(0);
  program(&cache)->module(0);
  EXPECT_EQ(backend_.compiles, 1);
  EXPECT_EQ(backend_.a.loads, 2);
  program(&cache)->module(1);
  program(&cache, "other source")->module(0);
  program(&cache, "source", {"-DN"})->module(0);
  EXPECT_EQ(backend_.compiles, 4);
}

TEST_F(KernelTest, AnImageOnDiskThatTheDeviceRefusesIsCompiledAgain) {
  BinaryCache cache(folder_, 1 << 20);
  program(&cache)->module(0);
  backend_.a.refused_loads = 1;
  program(&cache)->module(0);
  EXPECT_EQ(backend_.compiles, 2);
  backend_.a.refused_loads = 1;
  EXPECT_THROW(program()->module(0), Error);  // compiled just now: no second try
}

TEST_F(KernelTest, AHeaderThatChangesIsCompiledAgain) {
  BinaryCache cache(folder_ + "/cache", 1 << 20);
  std::filesystem::create_directories(folder_);
  const auto write = [&](const char* name, const char* text) {
    std::ofstream(folder_ + "/" + name) << text;
  };
  const std::string source = "#if 0\n#include <outer.h>\n#endif\n";
  const auto compile = [&] {
    program(&cache, source, {"-I" + folder_, "-include", folder_ + "/first.h"})->module(0);
  };
  write("outer.h", "#include \"inner.h\"");
  write("inner.h", "1");
  compile();
  compile();
  EXPECT_EQ(backend_.compiles, 1);
  write("inner.h", "2");
  compile();
  EXPECT_EQ(backend_.compiles, 2);
  write("first.h", "3");
  compile();
  compile();
  EXPECT_EQ(backend_.compiles, 3);
}

TEST_F(KernelTest, ASourceThatIncludesAMacroIsNotCached) {
  BinaryCache cache(folder_, 1 << 20);
  program(&cache, "#include HEADER\n", {"-DHEADER=<x.h>"})->module(0);
  program(&cache, "#include HEADER\n", {"-DHEADER=<x.h>"})->module(0);
  EXPECT_EQ(backend_.compiles, 2);
}

// ---- Signatures ------------------------------------------------------------------------------

std::string signature(const std::string& source, std::string_view text) {
  try {
    return kernel_signature({source, "kernel.cu", {"k"}, {}}, "k", text, SignatureDialect::Sennit)
        .to_string();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InvalidArgument);
    return error.message();
  }
}

TEST(KernelSignature, ComesFromTheSourceUnlessATextIsGiven) {
  const std::string source = "__global__ void k(float* x, int n) {}";
  EXPECT_EQ(signature(source, ""), "k(x: inout pointer float32, n: int32)");
  EXPECT_EQ(signature(source, "k(y: in pointer float, m: sint32)"),
            "k(y: in pointer float32, m: int32)");
  EXPECT_EQ(signature(source, "const pointer, sint32"), "k(in pointer void, int32)");
  EXPECT_EQ(signature(source, "(out pointer, sint32): void"), "k(out pointer void, int32)");
  EXPECT_EQ(signature("KERNEL(k)", "k(p: struct 24)"), "k(p: struct 24 align 8)");
}

TEST(KernelSignature, MustAgreeWithTheSourceAboutTheBytes) {
  const std::string source = "__global__ void k(float* x, int n) {}";
  EXPECT_EQ(signature(source, "pointer, sint64"),
            "kernel 'k': the signature and the source disagree: parameter 2 has 8 bytes against "
            "4; correct the signature\n"
            "  signature: k(inout pointer void, int64)\n"
            "  source:    k(x: inout pointer float32, n: int32)");
  EXPECT_NE(signature(source, "pointer").find("1 parameter against 2"), std::string::npos);
  EXPECT_NE(signature("__global__ void k(char c, float4 f) {}", "uint8, struct 16")
                .find("parameter 2 starts at byte 8 against 16"),
            std::string::npos);
}

}  // namespace
}  // namespace sennit
