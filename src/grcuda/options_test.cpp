// grcuda/options_test.cpp: GrCUDA's options, and what they become.
#include "grcuda/options.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include "base/error.h"
#include "runtime/runtime.h"

namespace sennit::grcuda {
namespace {

std::string refusal(std::string_view name, std::string_view value) {
  GrcudaOptions options;
  try {
    options.set(name, value);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InvalidArgument);
    return error.message();
  }
  return "";
}

Options with(std::initializer_list<std::pair<const char*, const char*>> settings) {
  GrcudaOptions options;
  for (const auto& [name, value] : settings) options.set(name, value);
  return options.apply(Options());
}

std::map<std::string, std::string> listed(const GrcudaOptions& options, int devices) {
  const auto all = options.list(devices);
  return {all.begin(), all.end()};
}

TEST(GrcudaOptions, TheTableIsInAlphabeticalOrderAndSaysWhatEachDoes) {
  const auto table = grcuda_option_table();
  EXPECT_EQ(table.size(), 21u);
  EXPECT_TRUE(std::is_sorted(table.begin(), table.end(), [](const auto& a, const auto& b) {
    std::string lower_a = a.name, lower_b = b.name;
    for (char& c : lower_a) c = static_cast<char>(std::tolower(c));
    for (char& c : lower_b) c = static_cast<char>(std::tolower(c));
    return lower_a < lower_b;
  }));
  for (const GrcudaOptionInfo& info : table) {
    EXPECT_FALSE(std::string_view(info.meaning).empty()) << info.name;
    EXPECT_EQ(std::string_view(info.environment).rfind("SENNIT_GRCUDA_", 0), 0u);
  }
}

TEST(GrcudaOptions, TheDocumentSaysOfEachWhatTheTableSays) {
  std::stringstream text;
  text << std::ifstream(SENNIT_SOURCE_DIR "/docs/grcuda_options.md").rdbuf();
  std::string plain = text.str();
  std::erase(plain, '`');
  for (const GrcudaOptionInfo& info : grcuda_option_table()) {
    const std::size_t row = plain.find(std::string("| ") + info.name + " |");
    ASSERT_NE(row, std::string::npos) << info.name;
    const std::string line = plain.substr(row, plain.find('\n', row) - row);
    std::string meaning = info.meaning;
    meaning = meaning.substr(0, meaning.find("; not given: all"));
    EXPECT_NE(line.find(meaning), std::string::npos) << line;
    std::istringstream words(info.values);
    for (std::string word; words >> word;) {
      EXPECT_NE(line.find(word.substr(0, word.find('='))), std::string::npos)
          << word << ": " << line;
    }
  }
}

TEST(GrcudaOptions, WhereNothingIsGivenSennitsOwnOptionsHold) {
  Options own;
  own.serial = true;
  own.stream_policy = "always_new";
  own.placement_policy = "round_robin";
  own.devices = 3;
  own.data_threshold = 0.5;
  own.bandwidth_matrix = "links.csv";
  own.assume_written = true;
  const Options same = GrcudaOptions().apply(own);
  EXPECT_TRUE(same.serial);
  EXPECT_EQ(same.stream_policy, "always_new");
  EXPECT_EQ(same.placement_policy, "round_robin");
  EXPECT_EQ(same.devices, 3);
  EXPECT_EQ(same.data_threshold, 0.5);
  EXPECT_EQ(same.bandwidth_matrix, "links.csv");
  EXPECT_TRUE(same.assume_written);
}

TEST(GrcudaOptions, PoliciesBecomeOurs) {
  EXPECT_TRUE(with({{"ExecutionPolicy", "sync"}}).serial);
  EXPECT_FALSE(with({{"ExecutionPolicy", "async"}}).serial);
  EXPECT_TRUE(with({{"DependencyPolicy", "no-const"}}).assume_written);
  EXPECT_FALSE(with({{"DependencyPolicy", "with-const"}}).assume_written);
  EXPECT_EQ(with({{"DeviceSelectionPolicy", "single-gpu"}}).placement_policy, "single_device");
  EXPECT_EQ(with({{"DeviceSelectionPolicy", "minmax-transfer-time"}}).placement_policy,
            "minmax_transfer_time");
  EXPECT_EQ(with({{"DataThreshold", "0.25"}}).data_threshold, 0.25);
  EXPECT_EQ(with({{"BandwidthMatrix", "a.csv"}}).bandwidth_matrix, "a.csv");
}

TEST(GrcudaOptions, OneNamedStreamPolicyMeansTheOriginalsDefaultForTheOther) {
  EXPECT_EQ(with({{"RetrieveNewStreamPolicy", "always-new"}}).stream_policy,
            "always_new+same_as_parent");
  EXPECT_EQ(with({{"RetrieveParentStreamPolicy", "disjoint"}}).stream_policy,
            "reuse_idle+disjoint_parents");
  EXPECT_EQ(with({{"RetrieveNewStreamPolicy", "always-new"},
                  {"RetrieveParentStreamPolicy", "multigpu-early-disjoint"}})
                .stream_policy,
            "always_new+multigpu_early_disjoint");
  EXPECT_EQ(with({{"RetrieveParentStreamPolicy", "adaptive"}}).stream_policy, "adaptive");
}

TEST(GrcudaOptions, TheFirstVersionsNamesAreOthersOfTheSame) {
  GrcudaOptions options;
  options.set("ExecutionPolicy", "default");
  options.set("DependencyPolicy", "default");
  options.set("RetrieveNewStreamPolicy", "fifo");
  options.set("RetrieveParentStreamPolicy", "default");
  EXPECT_EQ(options.ExecutionPolicy.value, "async");
  EXPECT_EQ(options.DependencyPolicy.value, "no-const");
  EXPECT_EQ(options.RetrieveNewStreamPolicy.value, "reuse");
  EXPECT_EQ(options.RetrieveParentStreamPolicy.value, "same-as-parent");
}

TEST(GrcudaOptions, ARuntimeTakesEveryValueOfAPolicy) {
  for (const GrcudaOptionInfo& info : grcuda_option_table()) {
    if (!std::string_view(info.name).ends_with("Policy")) continue;
    for (std::string_view rest = info.values; !rest.empty();) {
      const std::size_t end = std::min(rest.find(' '), rest.size());
      const std::string value(rest.substr(0, std::min(rest.find('='), end)));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      Options options = with({{info.name, value.c_str()}});
      options.device = "null";
      EXPECT_NO_THROW(Runtime::create(options)) << info.name << "=" << value;
    }
  }
}

TEST(GrcudaOptions, TheNumberOfGpusIsAtLeastOne) {
  EXPECT_EQ(with({{"NumberOfGPUs", "4"}}).devices, 4);
  EXPECT_EQ(with({{"NumberOfGPUs", "0"}}).devices, 1);
  EXPECT_EQ(with({{"NumberOfGPUs", "-3"}}).devices, 1);
}

TEST(GrcudaOptions, TensorRtForcesOneComputationAtATime) {
  EXPECT_TRUE(with({{"TensorRTEnabled", "true"}}).serial);
  EXPECT_TRUE(with({{"TensorRTEnabled", "true"}, {"ExecutionPolicy", "async"}}).serial);
  EXPECT_FALSE(with({{"TensorRTEnabled", "false"}}).serial);
}

TEST(GrcudaOptions, WhatConcernsManagedMemoryIsTakenAndChangesNothing) {
  const Options options = with({{"InputPrefetch", "true"},
                                {"ForceStreamAttach", "true"},
                                {"MemAdvisePolicy", "preferred-location"}});
#define SENNIT_SAME(type, name, standard, meaning) EXPECT_EQ(options.name, Options().name) << #name;
  SENNIT_OPTIONS(SENNIT_SAME)
#undef SENNIT_SAME
}

TEST(GrcudaOptions, AnUnknownNameListsTheKnownOnes) {
  for (const char* name : {"grcuda.ExecutionPolice", "ExecutionPolice", "executionpolicy"}) {
    const std::string message = refusal(name, "async");
    EXPECT_NE(message.find("no option is called 'grcuda."), std::string::npos) << message;
    for (const GrcudaOptionInfo& info : grcuda_option_table()) {
      EXPECT_NE(message.find(std::string("grcuda.") + info.name), std::string::npos) << message;
    }
  }
}

TEST(GrcudaOptions, AnUnknownValueListsTheKnownOnes) {
  struct Case {
    const char *name, *value, *taken;
  };
  for (const Case& c : {Case{"grcuda.ExecutionPolicy", "asynchronous", "async, sync, default"},
                        Case{"RetrieveNewStreamPolicy", "", "adaptive, reuse, always-new, fifo"},
                        Case{"DeviceSelectionPolicy", "min_transfer_size", "min-transfer-size"},
                        Case{"InputPrefetch", "yes", "true or false"},
                        Case{"NumberOfGPUs", "two", "a whole number"},
                        Case{"NumberOfGPUs", "2.5", "a whole number"},
                        Case{"DataThreshold", "2", "a number from 0 to 1"},
                        Case{"DataThreshold", "nan", "a number from 0 to 1"}}) {
    const std::string message = refusal(c.name, c.value);
    EXPECT_NE(message.find(c.taken), std::string::npos) << message;
    EXPECT_NE(message.find(std::string("'") + c.value + "'"), std::string::npos) << message;
  }
}

TEST(GrcudaOptions, AProgramSeesThemAllAsText) {
  GrcudaOptions options;
  options.set("NumberOfGPUs", "100");
  options.set("RetrieveNewStreamPolicy", "fifo");
  options.set("InputPrefetch", "true");
  auto all = listed(options, 4);
  EXPECT_EQ(all.size(), grcuda_option_table().size());
  EXPECT_EQ(all["grcuda.NumberOfGPUs"], "4") << "as many as there are";
  EXPECT_EQ(all["grcuda.RetrieveNewStreamPolicy"], "reuse");
  EXPECT_EQ(all["grcuda.RetrieveParentStreamPolicy"], "same-as-parent") << "since one was named";
  EXPECT_EQ(all["grcuda.InputPrefetch"], "true");
  EXPECT_EQ(all["grcuda.ForceStreamAttach"], "false");
  EXPECT_EQ(all["grcuda.DataThreshold"], "0.1");
  EXPECT_EQ(all["grcuda.ExportDAG"], "false");
  for (const auto& [name, value] : all) EXPECT_NO_THROW(options.set(name, value)) << name;
}

TEST(GrcudaOptions, ACommandLineSetsThem) {
  GrcudaOptions options;
  EXPECT_TRUE(options.take_argument("--grcuda.NumberOfGPUs=2"));
  EXPECT_TRUE(options.take_argument("--grcuda.InputPrefetch"));
  EXPECT_TRUE(options.take_argument("--grcuda.ExportDAG=a=b"));
  EXPECT_EQ(options.NumberOfGPUs.value, 2);
  EXPECT_TRUE(options.InputPrefetch.value);
  EXPECT_EQ(options.ExportDAG.value, "a=b");
  for (const char* other : {"grcuda.NumberOfGPUs=2", "--jvm", "--", "--grcuda", "program.py"}) {
    EXPECT_FALSE(options.take_argument(other)) << other;
  }
  EXPECT_THROW(options.take_argument("--grcuda.NumberOfGPUs"), Error);
  EXPECT_THROW(options.take_argument("--grcuda.What=1"), Error);
}

TEST(GrcudaOptions, TheEnvironmentSetsThemAndARefusalNamesItsVariable) {
  ::setenv("SENNIT_GRCUDA_NUMBEROFGPUS", "3", 1);
  EXPECT_EQ(GrcudaOptions::from_environment().NumberOfGPUs.value, 3);
  EXPECT_TRUE(GrcudaOptions::from_environment().NumberOfGPUs.given);
  ::setenv("SENNIT_GRCUDA_NUMBEROFGPUS", "many", 1);
  try {
    GrcudaOptions::from_environment();
    ADD_FAILURE() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.message().rfind("SENNIT_GRCUDA_NUMBEROFGPUS: ", 0), 0u) << error.message();
  }
  ::unsetenv("SENNIT_GRCUDA_NUMBEROFGPUS");
}

}  // namespace
}  // namespace sennit::grcuda
