// memory/bandwidths_test.cpp: the file, the measurement, and what a topology makes of them.
#include "memory/bandwidths.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "backend/virtual/virtual_backend.h"
#include "base/error.h"

namespace sennit {
namespace {

namespace fs = std::filesystem;

constexpr Location kHost = Location::host(), kFirst = Location::device(0),
                   kSecond = Location::device(1);

VirtualOptions machine(std::string_view text) {
  VirtualOptions options;
  options.machine = VirtualMachine::parse(text, "machine");
  return options;
}

// GB/s of every link: each location's row, the host's first.
std::vector<std::vector<double>> matrix(const Topology& topology) {
  std::vector<std::vector<double>> rows(topology.location_count());
  for (std::uint8_t from = 0; from < rows.size(); ++from) {
    for (std::uint8_t to = 0; to < rows.size(); ++to) {
      rows[from].push_back(from == to ? 0 : topology.bandwidth({from}, {to}) / 1e9);
    }
  }
  return rows;
}

class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / ("sennit-bandwidths-" + std::to_string(getpid()))) {
    fs::remove_all(path_);
  }
  ~Folder() { fs::remove_all(path_); }
  std::string path() const { return path_.string(); }
  std::vector<fs::path> files() const {
    std::vector<fs::path> all;
    if (!fs::exists(path_)) return all;
    for (const auto& entry : fs::directory_iterator(path_)) all.push_back(entry.path());
    return all;
  }

 private:
  fs::path path_;
};

// As GrCUDA's own test has it, but for a device's link to itself, which nothing asks for.
TEST(Bandwidths, AMatrixIsReadAsGrcudaReadsIt) {
  VirtualBackend backend(machine("devices 2"));
  Topology topology(2);
  set_bandwidths(topology, backend.devices(),
                 parse_bandwidths("From,To,Bandwidth\n-1,0,10.9\n-1,1,20\n0,0,30\n0,1,40.2\n"
                                  "1,0,50\n1,1,60\n0,7,1\n",
                                  "matrix.csv"));
  EXPECT_EQ(topology.bandwidth(kHost, kFirst), 10e9);
  EXPECT_EQ(topology.bandwidth(kFirst, kHost), 10e9);
  EXPECT_EQ(topology.bandwidth(kHost, kSecond), 20e9);
  EXPECT_EQ(topology.bandwidth(kFirst, kSecond), 45e9);
  EXPECT_EQ(topology.bandwidth(kSecond, kFirst), 45e9);
}

TEST(Bandwidths, ASlowLinkStaysALink) {
  VirtualBackend backend(machine("devices 1"));
  Topology topology(1);
  set_bandwidths(topology, backend.devices(), std::vector<Bandwidth>{{-1, 0, 0.5}});
  EXPECT_EQ(topology.bandwidth(kHost, kFirst), 0.5e9);
}

TEST(Bandwidths, AFileThatIsNoneIsRefusedWithItsLine) {
  struct Case {
    const char *text, *says;
  };
  for (const Case& c : {Case{"0,1,5\n", "m.csv:1: '0,1,5' is not the line 'From,To,Bandwidth'"},
                        Case{"From,To,Bandwidth\n0,1\n", "m.csv:2: '0,1' is not two devices"},
                        Case{"From,To,Bandwidth\n\n0,-2,5\n", "m.csv:3: '0,-2,5' is not two"},
                        Case{"From,To,Bandwidth\n0,1,5,6\n", "m.csv:2: '0,1,5,6' is not two"},
                        Case{"From,To,Bandwidth\n0,1,fast\n", "m.csv:2: '0,1,fast' is not two"},
                        Case{"From,To,Bandwidth\n0,1,-5\n", "has no possible bandwidth"},
                        Case{"From,To,Bandwidth\n0,1,inf\n", "has no possible bandwidth"}}) {
    try {
      parse_bandwidths(c.text, "m.csv");
      ADD_FAILURE() << c.text << " was read";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::InvalidArgument);
      EXPECT_NE(error.message().find(c.says), std::string::npos) << error.message();
    }
  }
}

TEST(Bandwidths, LinesMayEndAsOnWindows) {
  const auto rows = parse_bandwidths("From,To,Bandwidth\r\n-1, 0, 12.5\r\n", "m.csv");
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].gigabytes_per_second, 12.5);
}

TEST(Bandwidths, AMissingPairIsNamed) {
  VirtualBackend backend(machine("devices 2"));
  Topology topology(2);
  try {
    set_bandwidths(topology, backend.devices(),
                   std::vector<Bandwidth>{{-1, 0, 10}, {-1, 1, 10}, {0, 1, 10}});
    ADD_FAILURE() << "accepted";
  } catch (const Error& error) {
    EXPECT_NE(error.message().find("no row for 1,0"), std::string::npos) << error.message();
  }
}

TEST(Bandwidths, AFileThatIsNotThereIsSaidToBeOptional) {
  VirtualBackend backend(machine("devices 1"));
  try {
    find_bandwidths(backend.devices(), "/nowhere/matrix.csv", "");
    ADD_FAILURE() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::Unavailable);
    EXPECT_NE(error.message().find("without one the bandwidths are measured"), std::string::npos);
  }
}

TEST(Bandwidths, AMachineIsMeasuredAsItsLinksAre) {
  VirtualBackend backend(
      machine("devices 3\n"
              "link * * 20e9 0\n"
              "link host 1 10e9 0\n"
              "link 1 host 15e9 0\n"
              "link 0 2 300e9 0\n"
              "link 2 0 100e9 0\n"));
  Topology topology(3);
  set_bandwidths(topology, backend.devices(), measure_bandwidths(backend.devices()));
  EXPECT_EQ(matrix(topology),
            (std::vector<std::vector<double>>{
                {0, 20, 10, 20}, {20, 0, 20, 200}, {10, 20, 0, 20}, {20, 200, 20, 0}}));
  EXPECT_EQ(backend.live().allocations, 0u);
  EXPECT_EQ(backend.live().streams, 0u);
}

TEST(Bandwidths, DevicesInTheHostsMemoryHaveNoLinks) {
  VirtualBackend backend(machine("devices 2\nmemory shared"));
  EXPECT_TRUE(measure_bandwidths(backend.devices()).empty());
}

TEST(Bandwidths, WhatWasMeasuredIsKeptForTheSameDevices) {
  const Folder folder;
  VirtualBackend backend(machine("devices 2\nlink * * 25e9 0"));
  find_bandwidths(backend.devices(), "", folder.path());
  ASSERT_EQ(folder.files().size(), 1u);
  EXPECT_EQ(fs::status(folder.path()).permissions(), fs::perms::owner_all);

  backend.reset_observations();
  const auto again = find_bandwidths(backend.devices(), "", folder.path());
  EXPECT_TRUE(backend.commands().empty()) << "measured a second time";
  Topology topology(2);
  set_bandwidths(topology, backend.devices(), again);
  EXPECT_EQ(topology.bandwidth(kFirst, kSecond), 25e9);

  VirtualBackend larger(machine("devices 3"));
  find_bandwidths(larger.devices(), "", folder.path());
  EXPECT_EQ(folder.files().size(), 2u);
}

TEST(Bandwidths, AKeptFileThatIsSpoiltIsMeasuredAnew) {
  const Folder folder;
  VirtualBackend backend(machine("devices 2"));
  find_bandwidths(backend.devices(), "", folder.path());
  for (const char* text : {"", "From,To,Bandwidth\n-1,0,5\n", "From,To,Bandwidth\nx\n"}) {
    std::ofstream(folder.files().at(0)) << text;
    Topology topology(2);
    set_bandwidths(topology, backend.devices(),
                   find_bandwidths(backend.devices(), "", folder.path()));
    EXPECT_EQ(topology.bandwidth(kHost, kFirst), 50e9) << text;
  }
}

TEST(Bandwidths, AFolderThatCannotBeWrittenOnlyCostsTime) {
  VirtualBackend backend(machine("devices 2"));
  EXPECT_FALSE(find_bandwidths(backend.devices(), "", "/proc/sennit").empty());
}

}  // namespace
}  // namespace sennit
