// backend/cpu/compiler/hooks.h: the functions that the prelude calls and the compiler replaces.
//
// The prelude (backend/cpu/prelude) declares each of them extern "C", with the C prototype given
// here. None has a definition: the region pass rewrites every call, after all of the kernel has
// been inlined into one function. A call that remains in a function which could not be inlined
// (recursion, a function pointer) is a compile error.
#pragma once

namespace sennit::cpu::hooks {

// Every kernel wanted gets an entry `extern "C" void __snt_entry_<i>()`, i = its index in
// CompileRequest::names, that fetches the arguments and calls the kernel.
inline constexpr char kEntryPrefix[] = "__snt_entry_";
inline constexpr char kPrefix[] = "__snt_";

// ---- Where am I: const, nothrow ----------------------------------------------------------------
inline constexpr char kThreadIndex[] = "__snt_tid";   // unsigned (int dim): threadIdx
inline constexpr char kBlockDim[] = "__snt_ntid";     // unsigned (int dim): blockDim
inline constexpr char kBlockIndex[] = "__snt_ctaid";  // unsigned (int dim): blockIdx
inline constexpr char kGridDim[] = "__snt_nctaid";    // unsigned (int dim): gridDim
inline constexpr char kThreadRank[] = "__snt_lin";    // unsigned (void): rank in the block
inline constexpr char kArgument[] = "__snt_arg";      // void* (int i): address of parameter i
inline constexpr char kExchange[] = "__snt_xchg";     // unsigned long long* (void): scratch of
                                                      //   the block; thread t owns bytes of
                                                      //   element t + 64, whatever its size <= 8

// ---- Waiting: convergent, nothrow; never duplicated, never removed -----------------------------
inline constexpr char kBlockBarrier[] = "__snt_bar";     // void (void): __syncthreads
inline constexpr char kWarpBarrier[] = "__snt_warpbar";  // void (unsigned mask): __syncwarp
inline constexpr char kGridBarrier[] = "__snt_gridbar";  // void (void): grid.sync()
// unsigned (void): waits until no other lane of the warp can go on; returns the mask of the
// lanes that were waiting here. __activemask and coalesced groups.
inline constexpr char kActiveMask[] = "__snt_activemask";

// ---- Failing: noreturn, nothrow ----------------------------------------------------------------
// void (const char* text, const char* file, unsigned line): the text says all of what failed:
// "assertion `n > 0' failed". The thread leaves the kernel; the launch fails with its place.
inline constexpr char kAssertFail[] = "__snt_assert_fail";
inline constexpr char kTrap[] = "__snt_trap";  // void (void): __trap()

// ---- Made by the compiler itself, not for the prelude ------------------------------------------
// `__shared__` is `constinit thread_local` in the prelude: each such variable becomes an offset
// from one of these two; an extern array without bounds is the dynamic one.
inline constexpr char kStaticShared[] = "__snt_sshared";
inline constexpr char kDynamicShared[] = "__snt_dynshared";
inline constexpr char kPseudoBarrier[] = "__snt_pseudobar";  // void (void)
inline constexpr char kWarpMask[] = "__snt_warpmask";  // unsigned* (void): BlockContext::warp_mask

inline constexpr char kFault[] = "__snt_fault";  // void (ptr text, ptr file, i32 line): the thread
                                                 //   fails here; it leaves behind the call

// ---- Ordinary functions that kernels call and the loader resolves ------------------------------
// Defined in kernel_runtime.cpp: every name in its table, and libc's and libm's (printf, memcpy,
// malloc, sin ...).
inline constexpr char kClock[] = "__snt_clock";  // long long (void): cycles or nanoseconds
// void (ptr, i64 bytes, i32 use), made by the compiler where accesses are traced.
inline constexpr char kTraceAccess[] = "__snt_trace_access";
inline constexpr char kReportFault[] = "__snt_report_fault";  // made by the compiler

}  // namespace sennit::cpu::hooks
