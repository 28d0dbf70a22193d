// sched/drawn_devices_test.cpp: the devices and streams that GrCUDA's own tests for several GPUs
// expect, and the places of replicas.
#include "sched/drawn_program.h"

namespace sennit {
namespace {

using Setup = DrawnProgram::Setup;

const std::string kNewStreams[] = {"reuse_idle", "always_new"};

using Sizes = std::map<std::string, std::size_t>;  // in elements; 10 unless told

// What a drawing is run with: `child` beside each policy for new streams, with-const.
Setup on(int devices, std::string placement, const std::string& root, const std::string& child,
         Sizes elements = {}) {
  Setup setup;
  setup.streams = root + "+" + child;
  setup.read_only = true;
  setup.placement = std::move(placement);
  setup.devices = devices;
  setup.own_memory = true;
  setup.bandwidth_matrix = SENNIT_SOURCE_DIR "/src/sched/testdata/8_gpus.csv";
  setup.elements = std::move(elements);
  return setup;
}

struct Expected {
  std::string placement;
  std::string child;
  int devices;  // of the machine
  std::string placed;
  std::size_t streams;
};

void expect(std::string_view program, const std::vector<Expected>& all, const Sizes& sizes = {}) {
  for (const Expected& expected : all) {
    for (const std::string& root : kNewStreams) {
      const DrawnProgram drawn(
          on(expected.devices, expected.placement, root, expected.child, sizes), program);
      const std::string what = format("{}, {}+{}, {} devices", expected.placement, root,
                                      expected.child, expected.devices);
      EXPECT_EQ(drawn.devices(), expected.placed) << what;
      EXPECT_EQ(drawn.stream_count(), expected.streams) << what;
    }
  }
}

std::vector<Expected> for_each(const std::vector<std::string>& placements,
                               const std::vector<int>& devices, const Expected& like) {
  std::vector<Expected> all;
  for (const std::string& placement : placements) {
    for (const int count : devices) {
      all.push_back(like);
      all.back().placement = placement;
      all.back().devices = count;
    }
  }
  return all;
}

constexpr std::string_view kImg =
    "(1r,2) (1r,3) (1r,4) | (2r,5) (3r,6) | (4r,7) (4r,8) |"
    "(4,7,8) (1r,4,9) (9r,3r,6r,10) (10r,2r,5r,11) | sync(11)";
constexpr std::string_view kHits =
    "(1r,2) (3r,4) (2r,5) (4r,6) (2r,5r,3) (4r,6r,1) |"
    "(1r,2) (3r,4) (2r,5) (4r,6) (2r,5r,3) (4r,6r,1) | sync(3) sync(1)";

const std::vector<std::string> kByData = {"min_transfer_size", "minmin_transfer_time",
                                          "minmax_transfer_time"};

TEST(DrawnDevices, ASingleGpuTakesAll) {
  expect(kImg, for_each({"single_device"}, {1, 2, 3},
                        {"", "disjoint_parents", 0, "0 0 0 0 0 0 0 0 0 0 0", 4}));
  expect(kHits, for_each({"single_device"}, {1, 2, 3},
                         {"", "disjoint_parents", 0, "0 0 0 0 0 0 0 0 0 0 0 0", 2}));
}

//   [1] --> blur small [2] --> sobel [5] ------------------------------------.
//     |---> blur large [3] --> sobel [6] -----------------------.            v
//     `---> blur unsharpen [4] --> max [7], min [8] --> extend --> combine --> combine
TEST(DrawnDevices, ImgSpreadsOverTheDevices) {
  expect(kImg, {{"stream_aware", "disjoint_parents", 2, "0 1 0 0 1 0 1 0 0 1 0", 4},
                {"stream_aware", "disjoint_parents", 3, "0 1 2 0 1 2 0 2 2 1 0", 4},
                {"round_robin", "disjoint_parents", 3, "0 1 2 0 1 2 0 2 2 1 0", 4}});
}

TEST(DrawnDevices, ImgStaysTogetherByData) {
  expect(kImg, {{"min_transfer_size", "multigpu_early_disjoint", 3, "0 0 0 0 0 0 0 0 0 0 0", 4},
                {"min_transfer_size", "multigpu_disjoint", 3, "0 0 0 0 0 0 0 0 0 0 0", 4}});
}

//   authorities [1] <--> [2], [5]      hubs [3] <--> [4], [6]      crosswise at the end of a turn
TEST(DrawnDevices, HitsHasTwoHalves) {
  const Expected halves{"", "disjoint_parents", 0, "0 1 0 1 0 1 0 1 0 1 0 1", 2};
  expect(kHits, for_each({"stream_aware"}, {2, 3}, halves));
  expect(kHits, for_each({"round_robin"}, {4}, halves));
  expect(kHits, {{"min_transfer_size", "multigpu_early_disjoint", 4, "0 1 0 1 0 1 0 0 0 0 0 0", 3},
                 {"min_transfer_size", "multigpu_disjoint", 4, "0 1 0 1 0 1 0 1 0 1 0 1", 2}});
}

//   [a] [b] [c] [d] twice, --> [a,b], [c,d] --> [ar]  [ar,b]  [ar,c]  [ar,d]
TEST(DrawnDevices, ManyKernelsGoWhereStreamsAreFreeOrDataIs) {
  constexpr std::string_view kMany =
      "(a) (b) (c) (d) (a) (b) (c) (d) (a,b) (c,d) (ar) (ar,b) (ar,c) (ar,d)";
  expect(kMany,
         {{"stream_aware", "disjoint_parents", 4, "0 1 2 3 0 1 2 3 0 2 0 0 2 1", 6},
          {"min_transfer_size", "multigpu_early_disjoint", 4, "0 1 2 3 0 1 2 3 0 2 0 0 0 0", 7},
          {"min_transfer_size", "multigpu_disjoint", 4, "0 1 2 3 0 1 2 3 0 2 0 0 2 2", 6}});
}

//   [a1] ---> [a1,a2] ---> [a1]
//   [a2] ------^    `----> [a2]     where [a2] could go elsewhere if it were known that the other
//                                   device's work is over: an imprecision that GrCUDA notes, too
TEST(DrawnDevices, AForkAfterAJoinStaysWhereItWas) {
  const Expected like{"", "disjoint_parents", 0, "0 1 0 0 0", 3};
  expect("(1) (2) (1,2) (1) (2)", for_each({"round_robin", "stream_aware"}, {2}, like));
  expect("(1) (2) (1,2) (1) (2)", for_each(kByData, {2}, like));
}

TEST(DrawnDevices, IndependentKernelsTakeTheDevicesInTurn) {
  const std::string placed[] = {"0 0 0 0 0 0 0 0 0 0", "0 1 2 3 0 1 2 3 0 1",
                                "0 1 2 3 4 5 6 7 0 1"};
  for (const auto& [devices, expected] :
       {std::pair{1, placed[0]}, std::pair{4, placed[1]}, std::pair{8, placed[2]}}) {
    std::vector<std::string> policies = kByData;
    policies.push_back("round_robin");
    for (const char* child : {"disjoint_parents", "multigpu_early_disjoint", "multigpu_disjoint"}) {
      expect("(1) (2) (3) (4) (5) (6) (7) (8) (9) (10)",
             for_each(policies, {devices}, {"", child, 0, expected, 10}));
    }
  }
}

const Sizes kLargeD = {{"d", 100}};

//   [ar] [br] [cr] [dr] --> joins of two and three of them
TEST(DrawnDevices, AJoinOfAPipelineGoesToAParentOrToTheData) {
  constexpr std::string_view kFirst = "(ar) (br) (cr) (dr) (a,b) (a,b,c) (a,b,d)";
  expect(kFirst, for_each(kByData, {4, 8}, {"", "disjoint_parents", 0, "0 1 2 3 0 2 3", 4}),
         kLargeD);
  for (const char* child : {"multigpu_early_disjoint", "multigpu_disjoint"}) {
    expect(kFirst, {{"min_transfer_size", child, 4, "0 1 2 3 0 0 3", 4}}, kLargeD);
  }
}

TEST(DrawnDevices, EarlyGoesToTheDataAndMultiToTheParentThatHasMost) {
  constexpr std::string_view kSecond = "(ar) (br) (cr) (dr) (ar,b) (c,d) (a,b,c)";
  expect(kSecond,
         {{"min_transfer_size", "multigpu_early_disjoint", 4, "0 1 2 3 0 3 0", 5},
          {"min_transfer_size", "multigpu_disjoint", 4, "0 1 2 3 1 3 1", 4}},
         kLargeD);
  constexpr std::string_view kThird = "(a) (br) (cr) (dr) (ar,b) (c,d) (b,c)";
  expect(kThird,
         {{"min_transfer_size", "multigpu_early_disjoint", 4, "0 1 2 3 0 3 0", 4},
          {"min_transfer_size", "multigpu_disjoint", 4, "0 1 2 3 0 3 0", 4}},
         kLargeD);
  constexpr std::string_view kFourth = "(ar) (br) (cr) (dr) (ar,b) (a,c,d) (a,c)";
  expect(kFourth,
         {{"min_transfer_size", "multigpu_early_disjoint", 4, "0 1 2 3 0 3 3", 5},
          {"min_transfer_size", "multigpu_disjoint", 4, "0 1 2 3 1 3 3", 4}},
         kLargeD);
}

// A policy is asked once, although the operation is decided again when there is memory for it.
TEST(DrawnDevices, ALaunchHasMemoryOnlyWhereItIsPlaced) {
  for (const char* placement : {"round_robin", "min_transfer_size"}) {
    DrawnProgram program(on(4, placement, "reuse_idle", "disjoint_parents"));
    program.host_writes("1", 3);
    program.run("(1)");
    EXPECT_EQ(program.scheduler().statistics().allocated_bytes, 2u * 40) << "the host's and one";
  }
}

// ---- Where replicas are -------------------------------------------------------------------------

//   [1r,2] on 0, [1r,3] on 1, host writes 1 and 3 and reads 2
TEST(DrawnDevices, ReadingAddsAPlaceAndWritingLeavesOne) {
  const auto run = [](auto check) {
    DrawnProgram program(on(2, "round_robin", "reuse_idle", "disjoint_parents"), "(1r,2)");
    check(program);
  };
  const auto where = [&](const std::string& name, bool second, bool host) {
    std::string text;
    run([&](DrawnProgram& program) {
      if (second) program.run("(1r,3)");
      if (host) {
        program.host_writes("1", 5);
        program.host_writes("3", 6);
        program.host_reads("2");
      }
      text = program.where(name);
    });
    return text;
  };
  EXPECT_EQ(where("1", false, false), "host 0");
  EXPECT_EQ(where("2", false, false), "0");
  EXPECT_EQ(where("1", true, false), "host 0 1");
  EXPECT_EQ(where("3", true, false), "1");
  EXPECT_EQ(where("1", true, true), "host");
  EXPECT_EQ(where("3", true, true), "host");
  EXPECT_EQ(where("2", true, true), "host 0");
}

}  // namespace
}  // namespace sennit
