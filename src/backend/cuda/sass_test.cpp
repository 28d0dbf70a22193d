// backend/cuda/sass_test.cpp: whose first instructions are a wait, and whose are not.
#include "backend/cuda/sass.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "backend/cuda/nvjitlink.h"
#include "doubles/fake_cuda_machine.h"

namespace sennit::cuda {
namespace {

using Word = std::array<std::uint64_t, 2>;  // an instruction

constexpr Word kFirst = {0x00000a00ff017b82, 0x000fe20000000800};  // LDC R1, c[0x0][0x28]
constexpr Word kWait = {0x000000000000782e, 0x000fe20000000000};   // ACQBULK

// Code whose instructions are kFirst, kWait and EXIT, to change one of them.
class MachineCode : public testing::Test {
 protected:
  MachineCode() {
    const NvJitLink* const linker =
        NvJitLink::find({"", "", FakeCudaMachine::nvjitlink_path()}, 13000, nullptr);
    std::string log;
    cubin_ = linker->assemble(
        ".version 9.0\n.target sm_90\n.address_size 64\n"
        ".entry other() {\nret;\n}\n.entry kernel() {\ngriddepcontrol.wait;\nret;\n}\n",
        "sm_90", {}, log);
  }
  void replace(const Word& old, const Word& made) {
    const auto* const bytes = reinterpret_cast<const std::byte*>(&old);
    const auto at = std::find_end(cubin_.begin(), cubin_.end(), bytes, bytes + sizeof old);
    ASSERT_NE(at, cubin_.end());
    std::memcpy(&*at, &made, sizeof made);
  }

  std::vector<std::byte> cubin_;
};

TEST_F(MachineCode, ThatWaitsBeforeAllElseIsRecognised) {
  EXPECT_TRUE(waits_first(cubin_, "kernel"));
  EXPECT_FALSE(waits_first(cubin_, "other"));
  EXPECT_FALSE(waits_first(cubin_, "kerne"));
  EXPECT_FALSE(waits_first(cubin_, "stranger"));
}

TEST_F(MachineCode, ThatWaitsUnderAConditionDoesNotWait) {
  replace(kWait, {kWait[0] & ~std::uint64_t{0x7000}, kWait[1]});  // @P0
  EXPECT_FALSE(waits_first(cubin_, "kernel"));
}

TEST_F(MachineCode, ThatMayTouchMemoryOrEndBeforeTheWaitDoesNotWaitFirst) {
  for (const std::uint64_t first : {0x0000000402027981ull,     // LDG
                                    0x0000000402057986ull,     // STG
                                    0x0000000402057f66ull,     // TLD
                                    0x000000000000094dull,     // @P0 EXIT
                                    0x0000000000007947ull,     // BRA
                                    0x000000000000782dull,     // PREEXIT: those behind may start
                                    0x00000000000071ffull}) {  // one that nobody knows
    replace(kFirst, {first, 0});
    EXPECT_FALSE(waits_first(cubin_, "kernel")) << std::hex << first;
    replace({first, 0}, kFirst);
  }
  EXPECT_TRUE(waits_first(cubin_, "kernel"));
}

TEST_F(MachineCode, OfOlderDevicesDoesNotWait) {
  constexpr std::size_t kFlags = 48;
  cubin_[kFlags + 1] = std::byte{80};
  EXPECT_FALSE(waits_first(cubin_, "kernel"));
}

// Under AddressSanitizer a read past the end is a failure.
TEST_F(MachineCode, ThatIsCutShortOrDamagedIsNotFollowedPastItsEnd) {
  const auto half = static_cast<std::ptrdiff_t>(cubin_.size() / 2);
  EXPECT_FALSE(waits_first({cubin_.begin(), cubin_.begin() + half}, "kernel"));
  for (std::size_t size = 0; size < cubin_.size(); ++size) {
    waits_first(std::vector(cubin_.data(), cubin_.data() + size), "kernel");
  }
  for (std::byte& byte : cubin_) {
    const std::byte was = std::exchange(byte, ~byte);
    waits_first(cubin_, "kernel");
    byte = was;
  }
}

}  // namespace
}  // namespace sennit::cuda
