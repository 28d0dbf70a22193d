// sched/drawn_streams_test.cpp: the graphs and streams that GrCUDA's own scheduler tests expect.
#include "sched/drawn_program.h"

namespace sennit {
namespace {

using Setup = DrawnProgram::Setup;

Setup with(std::string streams, bool read_only = false) {
  Setup setup;
  setup.streams = std::move(streams);
  setup.read_only = read_only;
  return setup;
}
const std::string kNewStreams[] = {"reuse_idle", "always_new"};
const std::string kParentStreams[] = {"same_as_parent", "disjoint_parents"};

// ---- Every argument counts as written (DependencyPolicy no-const) -------------------------------

//   [A1] ---.
//   [B2] --[C 1,2,3] --> [D3]
TEST(DrawnStreams, AJoinFollowsItsFirstParent) {
  for (const std::string& root : kNewStreams) {
    DrawnProgram program(with(root + "+same_as_parent"), "A(1) B(2) C(1,2,3) D(3)");
    EXPECT_EQ(program.vertices(), 4u);
    EXPECT_EQ(program.edges(), 3u);
    EXPECT_EQ(program.frontier(), "C D");
    EXPECT_EQ(program.parents("C"), "A B");
    EXPECT_EQ(program.streams(), "0 1 0 0");
    EXPECT_EQ(program.active(), "3 1");
    program.run("sync(3)");
    EXPECT_EQ(program.frontier(), "");
    EXPECT_EQ(program.active(), "0 0");
  }
}

//   [A 1,2] --> [B1] --> [D 1,3] --> [E 1,4] --> [F4]
//       `-----> [C2]
TEST(DrawnStreams, WithSameAsParentAConnectedGraphHasOneStream) {
  DrawnProgram program(with("reuse_idle+same_as_parent"), "A(1,2) B(1) C(2) D(1,3) E(1,4) F(4)");
  EXPECT_EQ(program.vertices(), 6u);
  EXPECT_EQ(program.edges(), 5u);
  EXPECT_EQ(program.frontier(), "C D E F");
  EXPECT_EQ(program.active(), "6");
  program.run("sync(4)");
  EXPECT_EQ(program.active(), "0");
}

TEST(DrawnStreams, WithDisjointASyncEndsOneBranchOnly) {
  DrawnProgram program(with("reuse_idle+disjoint_parents"), "A(1,2) B(1) C(2) D(1,3) E(1,4) F(4)");
  EXPECT_EQ(program.frontier(), "C D E F");
  program.run("sync(2)");
  EXPECT_EQ(program.frontier(), "D E F");
  program.run("sync(4)");
  EXPECT_EQ(program.frontier(), "");
}

//   [A 1,2] --> [B1] --> [D 1,3]        [E4] --> [F 4,5]
//       `-----> [C2]
TEST(DrawnStreams, UnconnectedGraphsHaveAStreamEach) {
  DrawnProgram program(with("reuse_idle+same_as_parent"), "A(1,2) B(1) C(2) D(1,3) E(4) F(4,5)");
  EXPECT_EQ(program.streams(), "0 0 0 0 1 1");
  program.run("sync(2)");
  EXPECT_EQ(program.active(), "0 2");
  program.run("sync(4)");
  EXPECT_EQ(program.active(), "0 0");
}

//   [K i] sync   [K i+1] sync   ... ten times
TEST(DrawnStreams, StreamsWhoseWorkIsOverAreUsedAgainUnlessAlwaysNew) {
  for (const auto& [root, count] : {std::pair{"reuse_idle", 2u}, std::pair{"always_new", 20u}}) {
    DrawnProgram program(with(root));
    for (int i = 0; i < 10; ++i) {
      program.run(format("({0}) ({1}) sync({0}) sync({1})", 2 * i, 2 * i + 1));
    }
    EXPECT_EQ(program.stream_count(), count) << root;
  }
}

//   [K1] ---.
//   [K2] --[K 1,2] sync   ... ten times
TEST(DrawnStreams, ARepeatedJoinTakesTheSameStreamsEachTime) {
  DrawnProgram program(with("reuse_idle+same_as_parent"));
  std::string expected;
  for (int i = 0; i < 10; ++i) {
    program.run("(1) (2) (1,2) sync(1) sync(2)");
    expected += i == 0 ? "0 1 0" : " 0 1 0";
  }
  EXPECT_EQ(program.streams(), expected);
}

// ---- What is only read counts as such (DependencyPolicy with-const) -----------------------------

TEST(DrawnStreams, ReadersOfOneArrayDoNotDependOnEachOther) {
  DrawnProgram program(with("reuse_idle+same_as_parent", true), "A(1r,2) B(1r,3)");
  EXPECT_EQ(program.edges(), 0u);
  EXPECT_EQ(program.frontier(), "A B");
}

//   [A1] --> [B 1r] --> [D1]
//      `---> [C 1r] ----^
TEST(DrawnStreams, AWriterDependsOnTheReadersAndThroughThemOnTheWriterBefore) {
  DrawnProgram program(with("reuse_idle+same_as_parent", true), "A(1) B(1r) C(1r)");
  EXPECT_EQ(program.edges(), 2u);
  EXPECT_EQ(program.frontier(), "A B C");
  program.run("D(1)");
  EXPECT_EQ(program.edges(), 4u);
  EXPECT_EQ(program.parents("D"), "B C");
  EXPECT_EQ(program.frontier(), "D");
}

TEST(DrawnStreams, AWriterWaitsForReadersOfWhatNobodyWrote) {
  DrawnProgram program(with("reuse_idle+same_as_parent", true), "A(1r) B(1r) C(1,2) D(2)");
  EXPECT_EQ(program.edges(), 3u);
}

//   [A 1r,2] --> [B1] --> [D 1r,3] --------.
//       |          `----> [E 1r,4] --> [F4] --> [G 1,3,4]
//       `-----> [C 2r]
TEST(DrawnStreams, AnEdgeThatAnotherPathImpliesIsNone) {
  DrawnProgram program(with("reuse_idle+disjoint_parents", true),
                       "A(1r,2) B(1) C(2r) D(1r,3) E(1r,4) F(4)");
  EXPECT_EQ(program.vertices(), 6u);
  EXPECT_EQ(program.edges(), 5u);
  EXPECT_EQ(program.frontier(), "A B C D E F");
  program.run("G(1,3,4)");
  EXPECT_EQ(program.vertices(), 7u);
  EXPECT_EQ(program.edges(), 7u);
  EXPECT_EQ(program.parents("G"), "D F");
  EXPECT_EQ(program.frontier(), "A C G");
}

TEST(DrawnStreams, ASyncEndsWhatItWaitsForAndAllBeforeThat) {
  for (const char* last : {"sync(3)", "sync(1)"}) {
    DrawnProgram program(with("reuse_idle+disjoint_parents", true),
                         "A(1r,2) B(1) C(2r) D(1r,3) E(1r,4) F(4)");
    program.run("sync(2)");
    EXPECT_EQ(program.frontier(), "B D E F");
    program.run("sync(4)");
    EXPECT_EQ(program.frontier(), "D");
    program.run(last);
    EXPECT_EQ(program.frontier(), "");
  }
}

//   [K 1r] --> host write     On one replica: the write waits for the reader.
TEST(DrawnStreams, AHostWriteWaitsForTheReadersOfTheSameReplica) {
  DrawnProgram program(with("reuse_idle+same_as_parent", true), "K(1r)");
  program.host_reads("1");
  EXPECT_EQ(program.active(), "1");
  program.host_writes("1", 7);
  EXPECT_EQ(program.active(), "0");
}

// ---- Disjoint streams ---------------------------------------------------------------------------

TEST(DrawnStreams, OnlyOneChildFollowsAParent) {
  DrawnProgram program(with("reuse_idle+disjoint_parents"), "A(1,2) B(1) C(2)");
  EXPECT_EQ(program.streams(), "0 0 1");
}

//   [A] --> [C]          [A] [B] [C]
//      x                    x   x       each of the lower row has all of the upper as parents
//   [B] --> [D]          [D] [E] [F]
TEST(DrawnStreams, ChildrenOfSeveralParentsFollowOneEach) {
  for (const std::string& root : kNewStreams) {
    DrawnProgram two(with(root + "+disjoint_parents"), "A(1,2) B(3,4) C(1,3) D(2,4)");
    EXPECT_EQ(two.streams(), "0 1 0 1");
    DrawnProgram three(with(root + "+disjoint_parents"),
                       "A(1,2,3) B(4,5,6) C(7,8,9) D(1,4,7) E(2,5,8) F(3,6,9)");
    EXPECT_EQ(three.streams(), "0 1 2 0 1 2");
  }
}

//   [A 1,2] --> [B1]
//       `-----> [C 2,3] --> [D2]
//                    `----> [E3]
TEST(DrawnStreams, StreamsOfAForkAreFreedByTheirOwnSyncs) {
  DrawnProgram program(with("reuse_idle+disjoint_parents"), "A(1,2) B(1) C(2,3) D(2) E(3)");
  EXPECT_EQ(program.streams(), "0 0 1 1 2");
  program.run("sync(3)");
  EXPECT_EQ(program.active(), "1 1 0");
  program.run("sync(1)");
  EXPECT_EQ(program.active(), "0 1 0");
  program.run("sync(2)");
  EXPECT_EQ(program.active(), "0 0 0");
}

// ---- Whole applications -------------------------------------------------------------------------

TEST(DrawnStreams, HitsTakesTwoStreams) {
  for (const std::string& root : kNewStreams) {
    for (const std::string& child : kParentStreams) {
      DrawnProgram program(with(root + "+" + child, true));
      for (int i = 0; i < 2; ++i) {
        program.run("(1r,2) (3r,4) (2r,5) (4r,6) (2r,5r,3) (4r,6r,1)");
      }
      program.run("sync(3) sync(1)");
      EXPECT_EQ(program.stream_count(), 2u) << root << "+" << child;
      EXPECT_EQ(program.active(), "0 0");
    }
  }
}

TEST(DrawnStreams, ImgTakesFourStreamsAtMost) {
  for (const std::string& root : kNewStreams) {
    for (const std::string& child : kParentStreams) {
      for (const bool read_only : {false, true}) {
        DrawnProgram program(with(root + "+" + child, read_only),
                             "(1r,2) (1r,3) (1r,4)  (2r,5) (3r,6)  (4r,7) (4r,8)"
                             "(4,7,8) (1r,4,9) (9r,3r,6r,10) (10r,2r,5r,11)  sync(11)");
        const bool disjoint = child == "disjoint_parents";
        const std::size_t expected = disjoint && read_only ? 4 : !disjoint && !read_only ? 1 : 3;
        EXPECT_EQ(program.stream_count(), expected) << root << "+" << child << " " << read_only;
        EXPECT_EQ(program.active().find_first_not_of("0 "), std::string::npos) << program.active();
      }
    }
  }
}

//   [K of an array that goes]     [K of one that gets its id]
TEST(DrawnStreams, AnArrayInTheIdOfAnotherHasNoParents) {
  DrawnProgram program(with("reuse_idle+same_as_parent"), "(1)");
  program.drop("1");
  program.run("(2)");
  EXPECT_EQ(program.streams(), "0 1");
}

// ---- Beyond the original ------------------------------------------------------------------------

//   [A 1,2] --> [B1] --> [C3 1r]     the host looks at 1 ...
TEST(DrawnStreams, AHostReadLeavesWhatStandsBehindTheWriterAlone) {
  DrawnProgram program(with("reuse_idle+same_as_parent"), "A(1,2) B(2,3) C(3)");
  EXPECT_EQ(program.active(), "3");
  program.host_reads("1");
  EXPECT_EQ(program.active(), "2") << "GrCUDA would have waited for the whole stream";
}

}  // namespace
}  // namespace sennit
