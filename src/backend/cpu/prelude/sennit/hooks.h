// sennit/hooks.h: what the region pass gives each thread; see cpu/compiler/hooks.h for their words.
#pragma once

extern "C" {
// Indices, by dimension 0 to 2: of the thread, the block, and their counts. `nomerge`: two calls in
// two branches must not become one with a variable operand.
__attribute__((const, nothrow, nomerge)) unsigned __snt_tid(int);
__attribute__((const, nothrow, nomerge)) unsigned __snt_ntid(int);
__attribute__((const, nothrow, nomerge)) unsigned __snt_ctaid(int);
__attribute__((const, nothrow, nomerge)) unsigned __snt_nctaid(int);
// The thread's rank in its block, x fastest.
__attribute__((const, nothrow)) unsigned __snt_lin();
// Address of a kernel parameter.
__attribute__((const, nothrow, nomerge)) void* __snt_arg(int);
// The block's dynamic shared memory.
__attribute__((const, nothrow)) void* __snt_dynshared();
// One 8-byte slot for each thread of the block, by rank, with 64 unused ones on both sides.
__attribute__((const, nothrow)) unsigned long long* __snt_xchg();
// Barriers: of the block, of the warp's lanes in `mask`, of the grid.
__attribute__((convergent, nothrow)) void __snt_bar();
__attribute__((convergent, nothrow)) void __snt_warpbar(unsigned mask);
__attribute__((convergent, nothrow)) void __snt_gridbar();
// Waits until no other lane of the warp can go on; the lanes that were waiting here.
__attribute__((convergent, nothrow)) unsigned __snt_activemask();
// The thread leaves the kernel and the launch fails.
__attribute__((noreturn, nothrow)) void __snt_assert_fail(const char* text, const char* file,
                                                          unsigned line);
__attribute__((noreturn, nothrow)) void __snt_trap();
// Cycles or nanoseconds of this machine.
__attribute__((nothrow)) long long __snt_clock();
}
