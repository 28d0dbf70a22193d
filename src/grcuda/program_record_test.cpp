// grcuda/program_record_test.cpp: the graph of a program, as a file.
#include "grcuda/program_record.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/error.h"

namespace sennit::grcuda {
namespace {

namespace fs = std::filesystem;

std::shared_ptr<Runtime> machine() {
  Options options;
  options.device = "virtual";
  options.cache_dir = "";
  return Runtime::create(options);
}

GrcudaOptions with(const std::string& name, const std::string& value) {
  GrcudaOptions options;
  options.set(name, value);
  return options;
}

//   [fill x] --> [copy to y]
TEST(ProgramRecord, TheGraphIsWrittenAtTheEnd) {
  const fs::path path = fs::temp_directory_path() / ("sennit-export-" + std::to_string(::getpid()));
  const fs::path file = path.string() + ".dot";
  const auto runtime = machine();
  {
    const auto record = ProgramRecord::begin(runtime, with("ExportDAG", path.string()));
    ASSERT_NE(record, nullptr);
    const std::int64_t size = 8;
    const Array x = runtime->create_array(Dtype::Float32, {&size, 1});
    const Array y = runtime->create_array(Dtype::Float32, {&size, 1});
    const float one = 1;
    x.fill(&one, {});
    y.copy_from(x);
    EXPECT_FALSE(fs::exists(file));
  }
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  EXPECT_EQ(text.str().rfind("digraph", 0), 0u) << text.str();
  EXPECT_NE(text.str().find("->"), std::string::npos) << text.str();
  fs::remove(file);
}

TEST(ProgramRecord, NothingIsRecordedUnlessAskedFor) {
  const auto runtime = machine();
  EXPECT_EQ(ProgramRecord::begin(runtime, {}), nullptr);
  EXPECT_EQ(ProgramRecord::begin(runtime, with("ExportDAG", "false")), nullptr);
  EXPECT_EQ(ProgramRecord::begin(runtime, with("ExportDAG", "true")), nullptr);
  EXPECT_NE(ProgramRecord::begin(runtime, with("EnableComputationTimers", "true")), nullptr);
}

TEST(ProgramRecord, AFileThatCannotBeWrittenEndsNoProgram) {
  EXPECT_NO_THROW(ProgramRecord::begin(machine(), with("ExportDAG", "/nowhere/at/all")));
}

}  // namespace
}  // namespace sennit::grcuda
