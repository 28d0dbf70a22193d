// benchmarks/allocation_counter.h: counts the heap allocations of the whole program.
//
// Replaces `new` and `delete`: to be included by one source of a program.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace sennit {

inline std::atomic<std::uint64_t> allocation_count{0};

inline std::uint64_t allocations_so_far() {
  return allocation_count.load(std::memory_order_relaxed);
}

}  // namespace sennit

// Every other form of `new` and `delete` ends here. Not inlined: a compiler that sees `free` in
// the place of `delete` takes it for a mistake.
[[gnu::noinline]] void* operator new(std::size_t bytes) {
  sennit::allocation_count.fetch_add(1, std::memory_order_relaxed);
  if (void* memory = std::malloc(bytes > 0 ? bytes : 1)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new(std::size_t bytes, std::align_val_t alignment) {
  sennit::allocation_count.fetch_add(1, std::memory_order_relaxed);
  const auto step = static_cast<std::size_t>(alignment);
  if (void* memory = std::aligned_alloc(step, (bytes + step - 1) / step * step)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}
