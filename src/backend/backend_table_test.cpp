// backend/backend_table_test.cpp: backends by name.
#include "backend/backend_table.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>

#include "backend/virtual/virtual_fixture.h"
#include "base/shared_library.h"
#include "base/text.h"

namespace sennit {
namespace {

TEST(BackendTable, NamesAreUniqueAndDescribed) {
  std::set<std::string_view> names;
  for (const BackendInfo& backend : backends()) {
    EXPECT_TRUE(names.insert(backend.name).second) << backend.name;
    EXPECT_FALSE(backend.description.empty());
    EXPECT_EQ(find_backend(backend.name).open, backend.open);
  }
}

TEST(BackendTable, AnUnknownNameListsTheKnown) {
  const std::string message = raised(ErrorCode::InvalidArgument, [] { find_backend("virtal"); });
  EXPECT_TRUE(contains(message, "no backend is called 'virtal'; known: "));
  for (const BackendInfo& backend : backends()) {
    EXPECT_TRUE(contains(message, std::string(backend.name)));
  }
}

TEST(BackendTable, EachOpeningIsABackendOfItsOwn) {
  for (const char* name : {"virtual", "null"}) {
    auto first = find_backend(name).open({});
    auto second = find_backend(name).open({});
    EXPECT_EQ(first->name(), name);
    EXPECT_NE(first->devices()[0], second->devices()[0]);
  }
}

// The plug-in may have been left out of the build: then the message says how to get it.
TEST(BackendTable, TheCpuBackendOpensTwiceOrSaysHowToGetIt) {
  const std::string beside = SharedLibrary::folder_of(reinterpret_cast<void*>(&find_backend));
  const auto open = [] { return find_backend("cpu").open({}); };
  if (!std::filesystem::exists(beside + "/libsennit-cpu.so")) {
    const std::string message = raised(ErrorCode::Unavailable, open);
    EXPECT_TRUE(contains(message, "libsennit-cpu.so not found in " + beside));
    EXPECT_TRUE(contains(message, "SENNIT_CPU=ON"));
    EXPECT_TRUE(contains(message, "plugin_path"));
    return;
  }
  auto first = open();
  auto second = open();
  EXPECT_EQ(first->name(), "cpu");
  EXPECT_NE(first->devices()[0], second->devices()[0]);
}

class FolderOfTheTest : public ::testing::Test {
 protected:
  FolderOfTheTest() {
    path_ = std::filesystem::temp_directory_path() / format("sennit-backends-{}", ::getpid());
    std::filesystem::create_directory(path_);
  }
  ~FolderOfTheTest() override { std::filesystem::remove_all(path_); }

  std::string write(const std::string& name, const std::string& text) {
    const std::string path = path_ + "/" + name;
    std::ofstream(path) << text;
    return path;
  }
  std::string path_;
};

TEST_F(FolderOfTheTest, AVirtualMachineIsReadFromItsFile) {
  BackendOptions options;
  options.virtual_machine = write("machine.txt", "devices 3\n");
  EXPECT_EQ(find_backend("virtual").open(options)->devices().size(), 3u);
}

TEST_F(FolderOfTheTest, APluginThatIsNoLibraryIsReportedWithItsPath) {
  BackendOptions options;
  options.plugin_path = "/nowhere:" + path_;
  const std::string path = write("libsennit-cpu.so", "not a library");
  EXPECT_TRUE(
      contains(raised(ErrorCode::Unavailable, [&] { find_backend("cpu").open(options); }), path));
}

}  // namespace
}  // namespace sennit
