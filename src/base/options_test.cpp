// base/options_test.cpp: the table of options, and what is refused.

#include "base/options.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include "base/error.h"

namespace sennit {
namespace {

// Sets a variable of the environment for a scope.
class Environment {
 public:
  Environment(const char* name, const char* value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    ::setenv(name, value, 1);
  }
  ~Environment() {
    if (before_) {
      ::setenv(name_, before_->c_str(), 1);
    } else {
      ::unsetenv(name_);
    }
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  const char* name_;
  std::optional<std::string> before_;
};

class OptionsTest : public ::testing::Test {
 protected:
  // The developer's own settings are not the subject.
  void SetUp() override {
    for (const OptionInfo& info : option_table()) ::unsetenv(info.environment);
  }
  // The message with which `set` refuses; empty if it does not.
  static std::string refusal(Options& options, const char* name, const char* value) {
    try {
      options.set(name, value);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::InvalidArgument);
      return error.message();
    }
    return "";
  }
};

TEST_F(OptionsTest, TheTableIsInAlphabeticalOrderAndEveryRowIsFilledIn) {
  const auto table = option_table();
  EXPECT_TRUE(std::is_sorted(table.begin(), table.end(), [](const auto& a, const auto& b) {
    return std::string_view(a.name) < b.name;
  }));
  for (const OptionInfo& info : table) {
    EXPECT_FALSE(std::string_view(info.meaning).empty()) << info.name;
    std::string expected = std::string("SENNIT_") + info.name;
    std::transform(expected.begin(), expected.end(), expected.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    EXPECT_EQ(info.environment, expected);
  }
}

TEST_F(OptionsTest, TheDefaultsAreThoseOfTheTable) {
  const Options options;
  EXPECT_EQ(options.device, "auto");
  EXPECT_EQ(options.devices, 0);
  EXPECT_EQ(options.placement_policy, "single_device");
  EXPECT_EQ(options.stream_policy, "adaptive");
  EXPECT_FALSE(options.serial);
  EXPECT_TRUE(options.compile_eagerly);
  EXPECT_EQ(options.cache_bytes, std::int64_t{1} << 30);
  EXPECT_EQ(options.log_level, LogLevel::Warning);
  EXPECT_EQ(options.max_streams, 64);
  EXPECT_EQ(options.data_threshold, 0.1);
  EXPECT_EQ(options.seed, 1);
}

TEST_F(OptionsTest, TheEnvironmentReplacesDefaultsAndNamedValuesReplaceTheEnvironment) {
  const Environment device("SENNIT_DEVICE", "cpu");
  const Environment streams("SENNIT_MAX_STREAMS", "4");
  const Environment serial("SENNIT_SERIAL", "on");
  Options options = Options::from_environment();
  EXPECT_EQ(options.device, "cpu");
  EXPECT_EQ(options.max_streams, 4);
  EXPECT_TRUE(options.serial);
  options.set("device", "virtual");
  EXPECT_EQ(options.device, "virtual");
  EXPECT_EQ(Options().device, "auto") << "the defaults know nothing of the environment";
}

TEST_F(OptionsTest, TheEnvironmentSaysWhereCompiledKernelsAreKept) {
  const Environment home("HOME", "/home/somebody");
  const Environment unset("XDG_CACHE_HOME", "");
  EXPECT_EQ(Options::from_environment().cache_dir, "/home/somebody/.cache/sennit");
  const Environment caches("XDG_CACHE_HOME", "/caches");
  EXPECT_EQ(Options::from_environment().cache_dir, "/caches/sennit");
  const Environment none("SENNIT_CACHE_DIR", "");
  EXPECT_EQ(Options::from_environment().cache_dir, "");
}

TEST_F(OptionsTest, AnUnknownNameListsTheKnownOnes) {
  Options options;
  const std::string message = refusal(options, "max_stream", "4");
  EXPECT_NE(message.find("no option is called 'max_stream'"), std::string::npos) << message;
  for (const OptionInfo& info : option_table()) {
    EXPECT_NE(message.find(info.name), std::string::npos) << info.name << " in " << message;
  }
}

TEST_F(OptionsTest, ARefusedValueSaysWhatIsTakenAndChangesNothing) {
  struct Case {
    const char *name, *value, *taken;
  };
  for (const Case& c : {Case{"devices", "two", "a whole number from 0"},
                        Case{"devices", "-1", "a whole number from 0"},
                        Case{"devices", "2 ", "a whole number from 0"},
                        Case{"devices", "", "a whole number from 0"},
                        Case{"devices", "99999999999999999999", "a whole number from 0"},
                        Case{"max_streams", "0", "a whole number from 1"},
                        Case{"data_threshold", "1.5", "a number from 0 to 1"},
                        Case{"data_threshold", "nan", "a number from 0 to 1"},
                        Case{"data_threshold", "0,1", "a number from 0 to 1"},
                        Case{"serial", "maybe", "true or false"},
                        Case{"log_level", "loud", "silent, error, warning, info or debug"}}) {
    Options options;
    const std::string message = refusal(options, c.name, c.value);
    EXPECT_NE(message.find(c.taken), std::string::npos) << c.name << ": " << message;
    EXPECT_NE(message.find(std::string("'") + c.value + "'"), std::string::npos) << message;
    EXPECT_EQ(options.devices, 0);
    EXPECT_EQ(options.max_streams, 64);
    EXPECT_EQ(options.log_level, LogLevel::Warning);
  }
}

TEST_F(OptionsTest, ARefusedValueOfTheEnvironmentNamesItsVariable) {
  const Environment streams("SENNIT_MAX_STREAMS", "many");
  try {
    Options::from_environment();
    ADD_FAILURE() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.message().rfind("SENNIT_MAX_STREAMS: ", 0), 0u) << error.message();
  }
}

TEST_F(OptionsTest, EveryLogLevelHasAName) {
  Options options;
  for (const auto& [name, level] :
       {std::pair{"silent", LogLevel::Silent}, std::pair{"error", LogLevel::Error},
        std::pair{"warning", LogLevel::Warning}, std::pair{"info", LogLevel::Info},
        std::pair{"debug", LogLevel::Debug}}) {
    options.set("log_level", name);
    EXPECT_EQ(options.log_level, level);
  }
}

// Switches scattered over the sources are found by nobody.
TEST_F(OptionsTest, NoOtherSourceAsksTheEnvironment) {
  int asking = 0;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(SENNIT_SOURCE_DIR "/src")) {
    const std::string path = entry.path().string();
    if (!entry.is_regular_file() || path.ends_with("_test.cpp")) continue;
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    if (text.str().find("getenv(") == std::string::npos) continue;
    ++asking;
    EXPECT_TRUE(path.ends_with("src/base/options.cpp")) << path;
  }
  EXPECT_EQ(asking, 1);
}

}  // namespace
}  // namespace sennit
