// conformance/modules.cpp: compiling, images, functions and variables of modules.
#include "conformance/conformance.h"
#include "conformance/kernels.h"

namespace sennit::conformance {
namespace {

class Modules : public Conformance {};
SENNIT_CONFORMANCE_SUITE(Modules);

TEST_P(Modules, FunctionsAreFoundByTheirNameExpressions) {
  const Buffer<float> floats(*this, 10, 1.5f);
  const Buffer<int> ints(*this, 10, 7);
  const auto s = stream();
  run(*s, "scale<float, 4>", Arguments(floats.data(), 10), {1, 1, 1}, {32, 1, 1});
  run(*s, "scale<int, 3>", Arguments(ints.data(), 10), {1, 1, 1}, {32, 1, 1});
  finish(*s);
  EXPECT_EQ(floats.read(), std::vector<float>(10, 6.0f));
  EXPECT_EQ(ints.read(), std::vector<int>(10, 21));
  EXPECT_EQ(function("scale<int, 3>").info().name, "scale<int, 3>");
}

TEST_P(Modules, AnUnknownFunctionRaisesAndTheKnownOnesAreListed) {
  try {
    module().function("scael<int, 3>");
    FAIL() << "found";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InvalidArgument);
    EXPECT_NE(error.message().find("scael<int, 3>"), std::string::npos);
    EXPECT_NE(error.message().find("scale<int, 3>"), std::string::npos);
  }
}

TEST_P(Modules, VariablesAreMemoryOfTheirModule) {
  const std::optional<ModuleVariable> factors = module().variable("factors");
  ASSERT_TRUE(factors);
  EXPECT_EQ(factors->bytes, 4 * sizeof(float));
  EXPECT_FALSE(module().variable("no_such_variable"));
  const float values[] = {1, 2, 3, 4};
  copy_and_wait(factors->address, values, sizeof values, 0, CopyCommand::kHost);
  const Buffer<float> data(*this, 8, 10.0f);
  const auto s = stream();
  run(*s, "apply_factors", Arguments(data.data()), {}, {8, 1, 1});
  finish(*s);
  EXPECT_EQ(data.read(), (std::vector<float>{10, 20, 30, 40, 10, 20, 30, 40}));
}

TEST_P(Modules, EachLoadedModuleHasVariablesOfItsOwn) {
  const std::unique_ptr<Module> other = device().load(image());
  const auto s = stream();
  run(*s, "no_parameters", Arguments(), {3, 1, 1}, {4, 1, 1});
  s->enqueue(launch(other->function("no_parameters"), Arguments(), {}, {5, 1, 1}), 0);
  finish(*s);
  const auto value_in = [&](Module& from) {
    const std::optional<ModuleVariable> counter = from.variable("counter");
    EXPECT_TRUE(counter);
    int value = -1;
    copy_and_wait(&value, counter->address, sizeof value, CopyCommand::kHost, 0);
    return value;
  };
  EXPECT_EQ(value_in(module()), 12);
  EXPECT_EQ(value_in(*other), 5);
}

TEST_P(Modules, AnImageIsLoadedByAnotherBackendOfItsKind) {
  const std::unique_ptr<Backend> other = open();
  Device& other_device = *other->devices().front();
  EXPECT_EQ(other->compiler_key(), backend().compiler_key());
  EXPECT_EQ(other_device.info().architecture, device().info().architecture);
  const std::unique_ptr<Module> loaded = other_device.load(Image{image().bytes, {}, {}});
  const auto s = other_device.create_stream();
  const auto e = other_device.create_event();
  const auto total = other_device.allocate(sizeof(std::uint64_t));
  s->enqueue(FillCommand{total->address(), sizeof(std::uint64_t), {}, 8}, 0);
  s->enqueue(
      launch(loaded->function("count_threads"), Arguments(total->address()), {10, 1, 1}, {6, 1, 1}),
      0);
  std::uint64_t result = 0;
  s->enqueue(CopyCommand{&result, total->address(), sizeof result, CopyCommand::kHost, 0}, 0);
  s->record(*e);
  e->sync();
  EXPECT_EQ(result, 60u);
}

TEST_P(Modules, BytesThatAreNoImageAreRefused) {
  Image damaged{std::vector<std::byte>(100, std::byte{0x41}), {}, {}};
  EXPECT_EQ(code_of([&] { device().load(damaged); }), ErrorCode::InvalidArgument);
  EXPECT_EQ(code_of([&] { device().load(Image{}); }), ErrorCode::InvalidArgument);
}

TEST_P(Modules, ErrorsInTheSourceAreShownWithTheirLine) {
  CompileRequest request;
  request.source = "__global__ void broken(int* x) {\n  x[0] = undeclared_name;\n}\n";
  request.source_name = "broken.cu";
  request.names = {"broken"};
  try {
    backend().compile(request, device());
    FAIL() << "compiled";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::CompileFailed);
    EXPECT_NE(error.message().find("broken.cu"), std::string::npos) << error.message();
    EXPECT_NE(error.message().find("undeclared_name"), std::string::npos) << error.message();
    EXPECT_NE(error.message().find('2'), std::string::npos) << error.message();
  }
}

TEST_P(Modules, NamesThatTheSourceDoesNotHaveAreRefused) {
  CompileRequest request = kernels_request();
  request.names = {"no_such_kernel"};
  try {
    backend().compile(request, device());
    FAIL() << "compiled";
  } catch (const Error& error) {
    // A compiler finds it among the source's errors, or when it looks for the name.
    EXPECT_TRUE(error.code() == ErrorCode::CompileFailed ||
                error.code() == ErrorCode::InvalidArgument);
    EXPECT_NE(error.message().find("no_such_kernel"), std::string::npos) << error.message();
  }
}

}  // namespace
}  // namespace sennit::conformance
