// backend/cuda/ptx/access_test.cpp: what kernels do to memory by themselves, on PTX that compilers
// seldom write.
#include "backend/cuda/ptx/access.h"

#include <gtest/gtest.h>

#include "backend/cuda/ptx/access_fixture.h"
#include "base/error.h"

namespace sennit::cuda::ptx {
namespace {

// ---- Addresses ---------------------------------------------------------------------------------

TEST(PtxAccess, LoadsReadAndStoresWrite) {
  EXPECT_EQ(access_in("ld.global.f32 %f1, [%a];\nst.global.f32 [%b+4], %f1;"), "a=ro b=w c=-");
}

TEST(PtxAccess, AReusedRegisterIsWhatItWasGivenLast) {
  EXPECT_EQ(access_in("mov.u64 %rd1, %a;\nld.f32 %f1, [%rd1];\nmov.u64 %rd1, %b;\n"
                      "st.f32 [%rd1], %f1;"),
            "a=ro b=w c=-");
}

TEST(PtxAccess, AGuardedAssignmentKeepsWhatWasThere) {
  EXPECT_EQ(access_in("mov.u64 %rd1, %a;\n@%p1 mov.u64 %rd1, %b;\nst.f32 [%rd1], %f1;"),
            "a=w b=w c=-");
}

TEST(PtxAccess, AGuardedStoreWrites) {
  EXPECT_EQ(access_in("@%p1 st.f32 [%a], %f1;\nld.f32 %f2, [%a];"), "a=rwo b=- c=-");
}

TEST(PtxAccess, ARegisterOfAnInnerScopeIsAnother) {
  EXPECT_EQ(access_in("mov.u64 %rd1, %a;\n{\n.reg .b64 %rd1;\nmov.u64 %rd1, %b;\n"
                      "ld.f32 %f1, [%rd1];\n}\nst.f32 [%rd1], %f1;"),
            "a=w b=ro c=-");
}

TEST(PtxAccess, LabelsOfInnerScopesAreTheirOwn) {
  EXPECT_EQ(access_in("{\nL: st.f32 [%a], %f1;\n@%p1 bra L;\n}\n{\nbra L;\nst.f32 [%b], %f1;\n"
                      "L: st.f32 [%c], %f1;\n}"),
            "a=w b=- c=w");
}

TEST(PtxAccess, WhatIsAddedToAPointerIsAnIndex) {
  // Trusted as a pointer, so that c is none.
  EXPECT_EQ(access_in("cvta.to.global.u64 %rd1, %a;\nadd.s64 %rd2, %rd1, %c;\n"
                      "st.global.u8 [%rd2], %r1;"),
            "a=w b=- c=-");
  // Nothing tells which of the two is the pointer.
  EXPECT_EQ(access_in("add.s64 %rd2, %a, %c;\nst.u8 [%rd2], %r1;"), "a=w b=- c=w");
  // The code says which: c is a number.
  EXPECT_EQ(access_in_new("add.s64 %rd2, %a, %c;\nst.u8 [%rd2], %r1;"), "a=w b=- c=-");
  EXPECT_EQ(access_in_new("ld.u64 %rd1, [%b];\nadd.s64 %rd2, %rd1, %a;\nst.u8 [%rd2], %r1;"),
            "a=w b=ro c=-");
  // A number that is used as an address may be any array's, and is one.
  EXPECT_EQ(access_in_new("st.u8 [%c], %r1;"), "a=- b=- c=w; untracked");
  EXPECT_EQ(access_in_new("cvta.to.global.u64 %rd1, %c;\nadd.s64 %rd2, %rd1, %rd3;\n"
                          "st.global.u8 [%rd2], %r1;"),
            "a=- b=- c=w; untracked");
}

TEST(PtxAccess, AnAddressFoundInMemoryIsNotTracked) {
  EXPECT_EQ(access_in("ld.u64 %rd1, [%a];\nst.f32 [%rd1+8], %f1;"), "a=ro b=- c=-; untracked");
  EXPECT_EQ(access_in("ld.u64 %rd1, [%a];\nadd.s64 %rd1, %rd1, %c;\nst.f32 [%rd1], %f1;"),
            "a=ro b=- c=w; untracked");
}

TEST(PtxAccess, AScaledIndexIsNoAddress) {
  EXPECT_EQ(access_in("shl.b64 %rd1, %c, 2;\ncvt.s64.s32 %rd2, %r1;\nadd.s64 %rd3, %a, %rd2;\n"
                      "ld.u32 %r2, [%rd3];\nmul.wide.s32 %rd4, %r2, 4;\nadd.s64 %rd5, %b, %rd4;\n"
                      "st.u32 [%rd5], %r2;"),
            "a=ro b=w c=-");
}

TEST(PtxAccess, HalvesPutTogetherAreTheAddressAgain) {
  EXPECT_EQ(access_in("mov.b64 {%r1, %r2}, %a;\nadd.cc.u32 %r3, %r1, 4;\naddc.u32 %r4, %r2, 0;\n"
                      "mov.b64 %rd1, {%r3, %r4};\nst.u32 [%rd1], 1;"),
            "a=w b=- c=-");
  EXPECT_EQ(access_in("mov.b64 {%r1, %r2}, %a;\nmov.b64 {%r3, %r4}, %b;\n"
                      "mov.b64 %rd1, {%r1, %r4};\nst.u32 [%rd1], 1;"),
            "a=w b=w c=-");
  EXPECT_EQ(access_in("shr.u64 %rd1, %a, 32;\ncvt.u32.u64 %r1, %rd1;\ncvt.u32.u64 %r2, %a;\n"
                      "cvt.u64.u32 %rd2, %r1;\nshl.b64 %rd3, %rd2, 32;\ncvt.u64.u32 %rd4, %r2;\n"
                      "or.b64 %rd5, %rd3, %rd4;\nst.u32 [%rd5], 1;"),
            "a=w b=- c=-; untracked");
}

TEST(PtxAccess, MasksKeepAnAddressOrCutItOff) {
  EXPECT_EQ(access_in("and.b64 %rd1, %a, -16;\nst.u32 [%rd1], 1;"), "a=w b=- c=-");
  EXPECT_EQ(access_in("and.b64 %rd1, %a, 15;\nadd.s64 %rd2, %b, %rd1;\nst.u32 [%rd2], 1;"),
            "a=- b=w c=-");
}

TEST(PtxAccess, ADistanceAddedToAnAddressLeadsToTheOther) {
  EXPECT_EQ(access_in_new("sub.s64 %rd1, %b, %a;\nadd.s64 %rd2, %a, %rd1;\nst.u32 [%rd2], 1;"),
            "a=escapes b=escapes c=-");
  EXPECT_EQ(
      access_in_new("add.s64 %rd1, %a, 64;\nsub.s64 %rd2, %rd1, %a;\nadd.s64 %rd3, %b, %rd2;\n"
                    "st.u32 [%rd3], 1;"),
      "a=- b=w c=-");
}

TEST(PtxAccess, AComparisonWithNullOrItselfTellsNothing) {
  EXPECT_EQ(access_in_new("setp.eq.s64 %p1, %a, 0;\nadd.s64 %rd1, %a, 8;\n"
                          "setp.lt.u64 %p2, %rd1, %a;"),
            "a=- b=- c=-");
  EXPECT_EQ(access_in_new("setp.eq.s64 %p1, %a, %b;"), "a=escapes b=escapes c=-");
  EXPECT_EQ(access_in_new("setp.eq.s64 %p1, %a, 4096;"), "a=escapes b=- c=-");
  EXPECT_EQ(access_in_new("setp.lt.u64 %p1, %rd1, %c;"), "a=- b=- c=-");
}

TEST(PtxAccess, ARegisterThatNothingAssignsMayHoldAnything) {
  EXPECT_EQ(access_in("st.u32 [%rd9], 1;"), "a=- b=- c=-; untracked");
  // xor of a register with itself is a number, whatever was in it.
  EXPECT_EQ(access_in("xor.b64 %rd1, %rd1, %rd1;\nadd.s64 %rd2, %a, %rd1;\nst.u32 [%rd2], 1;"),
            "a=w b=- c=-");
}

TEST(PtxAccess, AddressesOfParametersLeadToWhatTheyHold) {
  EXPECT_EQ(access_in("mov.b64 %rd1, a;\nld.param.u64 %rd2, [%rd1];\nst.u32 [%rd2], 1;"),
            "a=w b=- c=-");
  EXPECT_EQ(access_in("mov.b64 %rd1, b;\ncvta.param.u64 %rd2, %rd1;\nld.u64 %rd3, [%rd2];\n"
                      "st.u32 [%rd3], 1;"),
            "a=- b=w c=-");
}

TEST(PtxAccess, PointersInStructsAreNotTracked) {
  EXPECT_EQ(access_of(".entry k(.param .align 8 .b8 a[16]) {\n.reg .b64 %rd<3>;\n"
                      "ld.param.u64 %rd1, [a+8];\nst.u32 [%rd1], 1;\nret;\n}"),
            "a=-; untracked");
  EXPECT_EQ(access_of(".entry k(.param .align 8 .b8 a[8]) {\n.reg .b64 %rd<3>;\n"
                      "ld.param.u64 %rd1, [a];\nst.u32 [%rd1], 1;\nret;\n}"),
            "a=-; untracked");
}

// ---- Memory of the kernel's own ----------------------------------------------------------------

TEST(PtxAccess, PointersInLocalMemoryAreFollowedByTheirOffset) {
  const std::string body =
      ".local .align 8 .b8 depot[16];\nmov.u64 %rd1, depot;\nst.local.u64 [%rd1], %a;\n"
      "st.local.u64 [%rd1+8], %b;\n";
  EXPECT_EQ(access_in(body + "ld.local.u64 %rd2, [%rd1+8];\nst.u32 [%rd2], 1;"), "a=- b=w c=-");
  EXPECT_EQ(access_in(body + "add.s64 %rd3, %rd1, %rd9;\nld.local.u64 %rd2, [%rd3];\n"
                             "st.u32 [%rd2], 1;"),
            "a=w b=w c=-");
  EXPECT_EQ(access_in(body + "ld.local.v2.u64 {%rd2, %rd3}, [%rd1];\nst.u32 [%rd2], 1;\n"
                             "ld.u32 %r1, [%rd3];"),
            "a=w b=ro c=-");
}

TEST(PtxAccess, PointersInSharedMemoryAreFollowed) {
  EXPECT_EQ(access_in(".shared .align 8 .b8 s[8];\nst.shared.u64 [s], %a;\nbar.sync 0;\n"
                      "ld.shared.u64 %rd1, [s];\nst.u32 [%rd1], 1;"),
            "a=w b=- c=-");
  // At an address that is not known: somewhere in shared memory.
  EXPECT_EQ(access_in(".shared .align 8 .b8 s[8];\nst.shared.u64 [%r1], %a;\n"
                      "ld.shared.u64 %rd1, [s];\nst.u32 [%rd1], 1;"),
            "a=w b=- c=-");
}

// A matrix is loaded by a whole warp: more than one thread's element.
TEST(PtxAccess, WhatIsLoadedByAWarpIsAnythingOfTheArray) {
  EXPECT_EQ(access_in(".shared .align 16 .b8 s[64];\nst.shared.u64 [s+32], %a;\n"
                      "ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%r1, %r2}, [s];\n"
                      "mov.b64 %rd1, {%r1, %r2};\nst.u32 [%rd1], 1;"),
            "a=w b=- c=-");
}

TEST(PtxAccess, UnsizedSharedArraysAreOne) {
  EXPECT_EQ(access_in("st.shared.u64 [x], %a;\nld.shared.u64 %rd1, [y];\nst.u32 [%rd1], 1;",
                      ".extern .shared .b8 x[];\n.extern .shared .b8 y[];\n"),
            "a=w b=- c=-");
  EXPECT_EQ(access_in(".extern .shared .b8 x[];\n.extern .shared .b8 y[];\n"
                      "st.shared.u64 [x], %a;\nld.shared.u64 %rd1, [y];\nst.u32 [%rd1], 1;"),
            "a=w b=- c=-");
}

// What others can write may be an address that nobody knows.
TEST(PtxAccess, LocalMemoryWhoseAddressIsGivenAwayHoldsAnything) {
  const std::string body =
      ".local .align 8 .b8 depot[8];\nmov.u64 %rd1, depot;\ncvta.local.u64 %rd2, %rd1;\n"
      "st.local.u64 [%rd1], %b;\n";
  const std::string use = "ld.local.u64 %rd3, [%rd1];\nst.u32 [%rd3], 1;";
  EXPECT_EQ(access_in(body + use), "a=- b=w c=-");
  EXPECT_EQ(access_in(body + "st.global.u64 [%a], %rd2;\n" + use), "a=w b=escapes c=-; untracked");
}

TEST(PtxAccess, WhatIsStoredToMemoryEscapesWithAllItLeadsTo) {
  EXPECT_EQ(access_in_new("st.global.u64 [%a], %b;"), "a=w b=escapes c=-");
  EXPECT_EQ(access_in_new(".local .align 8 .b8 depot[8];\nmov.u64 %rd1, depot;\n"
                          "cvta.local.u64 %rd2, %rd1;\nst.global.u64 [%a], %rd2;\n"
                          "st.local.u64 [%rd1], %b;"),
            "a=w b=escapes c=-");
}

TEST(PtxAccess, AnUnknownOpcodeLetsEverythingEscape) {
  EXPECT_EQ(access_in_new("frobnicate.b64 %rd1, %a;\nst.u32 [%rd1], 1;"),
            "a=escapes b=- c=-; untracked");
  EXPECT_EQ(access_in_new("frobnicate.b64 [%a], %b;"), "a=escapes b=escapes c=-");
}

// ---- Every way to touch memory -----------------------------------------------------------------

struct Touching {
  const char* instruction;
  const char* access;
};

TEST(PtxAccess, EveryInstructionThatTouchesMemory) {
  const Touching all[] = {
      {"ld.volatile.global.v4.f32 {%f1, %f2, %f3, %f4}, [%a];", "a=ro b=- c=-"},
      {"ld.global.nc.L1::no_allocate.f32 %f1, [%a];", "a=ro b=- c=-"},
      {"ldu.global.f32 %f1, [%a];", "a=ro b=- c=-"},
      {"st.global.v2.f32 [%a], {%f1, %f2};", "a=w b=- c=-"},
      {"atom.global.add.u32 %r1, [%a], 1;", "a=rwo b=- c=-"},
      {"atom.global.cas.b64 %rd1, [%a], %rd2, %rd3;", "a=rwo b=- c=-"},
      {"red.global.add.f32 [%a], %f1;", "a=rwo b=- c=-"},
      {"red.async.relaxed.cluster.shared::cluster.mbarrier::complete_tx::bytes.add.u32 [%r1], %r2, "
       "[%r3];",
       "a=- b=- c=-"},
      {"st.async.shared::cluster.mbarrier::complete_tx::bytes.u32 [%r1], %r2, [%r3];",
       "a=- b=- c=-"},
      {"st.bulk.shared::cta [%r1], 64, 0;", "a=- b=- c=-"},
      {"multimem.ld_reduce.global.add.f32 %f1, [%a];", "a=ro b=- c=-"},
      {"multimem.st.global.f32 [%a], %f1;", "a=w b=- c=-"},
      {"multimem.red.global.add.f32 [%a], %f1;", "a=rwo b=- c=-"},
      {"cp.async.ca.shared.global [%r1], [%a], 16;", "a=ro b=- c=-"},
      {"cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%r1], [%a], %r2, [%r3];",
       "a=ro b=- c=-"},
      {"cp.async.bulk.global.shared::cta.bulk_group [%a], [%r1], %r2;", "a=w b=- c=-"},
      {"cp.reduce.async.bulk.global.shared::cta.bulk_group.add.u32 [%a], [%r1], %r2;",
       "a=rwo b=- c=-"},
      {"cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes [%r1], "
       "[%a, {%r2, %r3}], [%r4];",
       "a=ro b=- c=-; untracked"},
      {"cp.async.bulk.tensor.1d.global.shared::cta.bulk_group [%a, {%r2}], [%r1];",
       "a=ro b=- c=-; untracked"},
      {"cp.async.bulk.prefetch.L2.global [%a], 64;", "a=- b=- c=-"},
      {"prefetch.global.L2 [%a];", "a=- b=- c=-"},
      {"discard.global.L2 [%a], 128;", "a=w b=- c=-"},
      {"tensormap.replace.tile.global_address.global.b1024.b64 [%a], %rd1;", "a=rwo b=- c=-"},
      {"tensormap.cp_fenceproxy.global.shared::cta.tensormap::generic.release.gpu.sync.aligned "
       "[%a], [%r1], 128;",
       "a=w b=- c=-"},
      {"wmma.load.a.sync.aligned.row.m16n16k16.global.f16 {%r1, %r2}, [%a], %r3;", "a=ro b=- c=-"},
      {"wmma.store.d.sync.aligned.row.m16n16k16.global.f32 [%a], {%f1, %f2}, %r3;", "a=w b=- c=-"},
      {"ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%r1, %r2}, [%r3];", "a=- b=- c=-"},
      {"stmatrix.sync.aligned.m8n8.x1.shared.b16 [%r3], {%r1};", "a=- b=- c=-"},
      {"tex.2d.v4.f32.s32 {%f1, %f2, %f3, %f4}, [%c, {%r1, %r2}];", "a=- b=- c=-; untracked"},
      {"sust.b.1d.b32.trap [%c, {%r1}], {%r2};", "a=- b=- c=-; untracked"},
      {"mbarrier.try_wait.shared::cta.b64 %p1, [%r1], %rd1;", "a=- b=- c=-"},
      {"fence.proxy.tensormap::generic.acquire.gpu [%a], 128;", "a=- b=- c=-"},
      {"isspacep.global %p1, %a;", "a=- b=- c=-"},
      {"griddepcontrol.wait;", "a=- b=- c=-"},
  };
  for (const Touching& touching : all) {
    EXPECT_EQ(access_in(touching.instruction), touching.access) << touching.instruction;
  }
}

TEST(PtxAccess, AnAddressGoesThroughEveryMove) {
  const char* const all[] = {
      "mov.b64 %rd1, %a;",
      "cvta.to.global.u64 %rd1, %a;",
      "selp.b64 %rd1, %a, %a, %p1;",
      "slct.b64.s32 %rd1, %a, %a, %r1;",
      "add.s64 %rd1, %a, 8;",
      "sub.s64 %rd1, %a, 8;",
      "mad.lo.s64 %rd1, %rd3, 4, %a;",
      "mad.wide.s32 %rd1, %r1, 4, %a;",
      "min.u64 %rd1, %a, %a;",
      "mov.b64 {%r1, %r2}, %a;\nshfl.sync.idx.b32 %r3|%p1, %r1, 0, 31, -1;\n"
      "shfl.sync.idx.b32 %r4|%p1, %r2, 0, 31, -1;\nmov.b64 %rd1, {%r3, %r4};",
      "mov.b64 {%r1, %r2}, %a;\nprmt.b32 %r3, %r1, %r1, 12816;\n"
      "mov.b64 %rd1, {%r3, %r2};"};
  for (const char* const move : all) {
    EXPECT_EQ(access_in(std::string(move) + "\nst.u32 [%rd1], 1;"), "a=w b=- c=-") << move;
  }
}

// ---- Control -----------------------------------------------------------------------------------

TEST(PtxAccess, CodeThatIsNotReachedDoesNothing) {
  EXPECT_EQ(access_in("bra.uni L;\nst.u32 [%a], 1;\nL: st.u32 [%b], 1;\nret;\nst.u32 [%c], 1;"),
            "a=- b=w c=-");
}

TEST(PtxAccess, ABranchLeavesItsScopeForALabelOutside) {
  EXPECT_EQ(access_in("{\n{\nbra L;\n}\nst.u32 [%a], 1;\n}\nL: st.u32 [%b], 1;"), "a=- b=w c=-");
}

TEST(PtxAccess, AnIndexedBranchGoesToAllItsTargets) {
  EXPECT_EQ(access_in("ts: .branchtargets L1, L2;\nbrx.idx %r1, ts;\nL0: st.u32 [%a], 1;\n"
                      "L1: st.u32 [%b], 1;\nret;\nL2: st.u32 [%c], 1;"),
            "a=- b=w c=w");
}

TEST(PtxAccess, ABranchToNowhereIsRefused) {
  EXPECT_THROW(access_in("bra L;"), Error);
  EXPECT_THROW(access_in("{\nL: bra L;\n}\nbra L;"), Error);
}

TEST(PtxAccess, OldContentsAreReadBeforeTheFirstWriteAndBarrier) {
  EXPECT_EQ(access_in("st.u32 [%a], 1;\nld.u32 %r1, [%a];"), "a=rw b=- c=-");
  EXPECT_EQ(access_in("bar.sync 0;\nld.u32 %r1, [%a];"), "a=r b=- c=-");
  EXPECT_EQ(access_in("@%p1 bar.sync 0;\nld.u32 %r1, [%a];"), "a=ro b=- c=-");
  EXPECT_EQ(access_in("barrier.cluster.arrive;\nld.u32 %r1, [%a];"), "a=ro b=- c=-");
  EXPECT_EQ(access_in("@%p1 bra L;\nst.u32 [%a], 1;\nL: ld.u32 %r1, [%a];"), "a=rwo b=- c=-");
  EXPECT_EQ(access_in("L: ld.u32 %r1, [%a];\nbar.sync 0;\n@%p1 bra L;"), "a=ro b=- c=-");
  // Through one of two, and not known which: neither counts as written.
  EXPECT_EQ(access_in("selp.b64 %rd1, %a, %b, %p1;\nst.u32 [%rd1], 1;\nld.u32 %r1, [%a];"),
            "a=rwo b=w c=-");
}

}  // namespace
}  // namespace sennit::cuda::ptx
