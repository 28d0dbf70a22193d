// backend/cpu/compiler/fault_lowering.h: assert and __trap become a report and an early return.
#pragma once

namespace llvm {
class Function;
}

namespace sennit::cpu {

// A thread that fails tells the block runner (by the hook kFault, which the region builder gives
// the thread's place) and leaves the kernel: no unwinding, no signal. The runner gives the block
// up when the region returns. REQUIRES: all that the kernel calls has been inlined.
void lower_faults(llvm::Function& kernel);

}  // namespace sennit::cpu
