// runtime/array.h: typed N-dimensional data, or a view of such an array.
#pragma once

#include <cstddef>
#include <cstring>
#include <functional>
#include <memory>

#include "base/error.h"
#include "kernel/arguments.h"
#include "memory/storage.h"
#include "runtime/layout.h"
#include "sched/scheduler.h"

namespace sennit {

class Runtime;

// Constant after construction; what changes is in the storage. Any thread.
class Array {
 public:
  Array(std::shared_ptr<Runtime> runtime, std::shared_ptr<Storage> storage, Layout layout,
        bool is_view);

  Runtime& runtime() const { return *runtime_; }
  const std::shared_ptr<Runtime>& shared_runtime() const { return runtime_; }
  Storage& storage() const { return *storage_; }
  const std::shared_ptr<Storage>& shared_storage() const { return storage_; }
  const Layout& layout() const { return layout_; }
  bool is_view() const { return is_view_; }
  const ArrayView& view() const { return view_; }  // as a kernel's argument sees it

  // The same bytes, seen otherwise. `offset_bytes` counts from this array's first element.
  Array view_of(Dtype dtype, std::span<const std::int64_t> shape,
                std::span<const std::int64_t> strides_bytes, std::int64_t offset_bytes) const;

  // One element at byte `at` of the storage (see Layout::element_at).
  void read_element(std::size_t at, void* out) const;
  void write_element(std::size_t at, const void* value) const;
  // As above where that is a plain load or store; else false.
  bool read_element_now(std::size_t at, void* out) const;
  bool write_element_now(std::size_t at, const void* value) const;
  // All elements, in C order and contiguous in the caller's memory.
  void read(void* out) const;
  void write(const void* data) const;
  // Scheduled like kernels.
  void fill(const void* value, SourceLocation where = {}) const;
  void copy_from(const Array& from, SourceLocation where = {}) const;

  bool is_ready() const;
  void wait() const;

 private:
  void store(const std::function<void(std::byte*)>& store) const;

  std::shared_ptr<Runtime> runtime_;
  std::shared_ptr<Storage> storage_;
  Layout layout_;
  bool is_view_;
  std::vector<std::size_t> extents_;  // what view_.shape points to
  ArrayView view_;

 public:
  Array(const Array& other);
  Array& operator=(const Array&) = delete;
};

// The array's bytes in place: a read-only snapshot, or writable and exclusive.
class HostView {
 public:
  static std::unique_ptr<HostView> snapshot(const Array& array);
  static std::unique_ptr<HostView> writable(const Array& array, SourceLocation where);
  ~HostView() { close(); }

  std::byte* data() const { return data_; }  // the first element
  const Array& array() const { return array_; }
  // Ends a writable view; what was written is the array's contents.
  void close() noexcept;

 private:
  explicit HostView(const Array& array) : array_(array) {}

  Array array_;
  HostPin pin_;
  std::byte* data_ = nullptr;
  std::atomic<bool> open_{false};
};

}  // namespace sennit
