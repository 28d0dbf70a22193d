#include "runtime/array.h"

#include <algorithm>

#include "base/intern.h"
#include "base/text.h"
#include "runtime/runtime.h"

namespace sennit {

Array::Array(std::shared_ptr<Runtime> runtime, std::shared_ptr<Storage> storage, Layout layout,
             bool is_view)
    : runtime_(std::move(runtime)),
      storage_(std::move(storage)),
      layout_(std::move(layout)),
      is_view_(is_view),
      extents_(layout_.shape().begin(), layout_.shape().end()),
      view_{storage_->id,    layout_.dtype(),
            layout_.dense(), static_cast<std::size_t>(layout_.offset_bytes()),
            layout_.hull(),  extents_} {}

Array::Array(const Array& other)
    : Array(other.runtime_, other.storage_, other.layout_, other.is_view_) {}

Array Array::view_of(Dtype dtype, std::span<const std::int64_t> shape,
                     std::span<const std::int64_t> strides_bytes, std::int64_t offset_bytes) const {
  return {runtime_, storage_,
          Layout::strided(dtype, shape, strides_bytes, layout_.offset_bytes() + offset_bytes,
                          storage_->bytes),
          true};
}

// ---- elements --------------------------------------------------------------------------------

namespace {

// Loads and stores of whole elements, so that a racing reader sees the old or the new one.
template <typename Word>
void copy_word(std::byte* to, const std::byte* from) {
  const Word word = __atomic_load_n(reinterpret_cast<const Word*>(from), __ATOMIC_RELAXED);
  __atomic_store_n(reinterpret_cast<Word*>(to), word, __ATOMIC_RELAXED);
}

void copy_element(std::byte* to, const std::byte* from, std::size_t bytes) {
  const auto aligned =
      ((reinterpret_cast<std::uintptr_t>(to) | reinterpret_cast<std::uintptr_t>(from)) &
       (bytes - 1)) == 0;
  if (aligned && bytes == 4) return copy_word<std::uint32_t>(to, from);
  if (aligned && bytes == 8) return copy_word<std::uint64_t>(to, from);
  if (bytes == 1) return copy_word<std::uint8_t>(to, from);
  if (aligned && bytes == 2) return copy_word<std::uint16_t>(to, from);
  std::memcpy(to, from, bytes);
}

}  // namespace

bool Array::read_element_now(std::size_t at, void* out) const {
  const std::size_t bytes = layout_.element_bytes();
  Storage& storage = *storage_;
  if (!storage.readable.contains(at, at + bytes)) return false;
  copy_element(static_cast<std::byte*>(out), storage.mirror.load(std::memory_order_relaxed) + at,
               bytes);
  return true;
}

bool Array::write_element_now(std::size_t at, const void* value) const {
  const std::size_t bytes = layout_.element_bytes();
  Storage& storage = *storage_;
  std::uint64_t token = 0;
  if (!storage.writable.enter(at, at + bytes, token)) return false;
  copy_element(storage.mirror.load(std::memory_order_relaxed) + at,
               static_cast<const std::byte*>(value), bytes);
  storage.writable.leave(token);
  return true;
}

void Array::read_element(std::size_t at, void* out) const {
  if (read_element_now(at, out)) return;
  runtime_->scheduler().read_element(*storage_, {at, at + layout_.element_bytes()}, out);
}

void Array::write_element(std::size_t at, const void* value) const {
  if (write_element_now(at, value)) return;
  runtime_->scheduler().write_element(*storage_, {at, at + layout_.element_bytes()}, value);
}

// ---- bulk ------------------------------------------------------------------------------------

void Array::read(void* out) const {
  if (layout_.size() == 0) return;
  if (layout_.c_contiguous()) {
    runtime_->scheduler().copy_out(*storage_, layout_.hull(), static_cast<std::byte*>(out));
    return;
  }
  const HostPin pin = runtime_->scheduler().read(*storage_, layout_.hull());
  const std::byte* first = pin.data() + layout_.offset_bytes();
  copy_strided(static_cast<std::byte*>(out), c_strides(layout_.shape(), layout_.element_bytes()),
               first, layout_.strides_bytes(), layout_.shape(), layout_.element_bytes());
}

void Array::write(const void* data) const {
  if (layout_.size() == 0) return;
  if (layout_.c_contiguous()) {
    runtime_->scheduler().copy_in(*storage_, layout_.hull(), static_cast<const std::byte*>(data));
    return;
  }
  store([&](std::byte* first) {
    copy_strided(first, layout_.strides_bytes(), static_cast<const std::byte*>(data),
                 c_strides(layout_.shape(), layout_.element_bytes()), layout_.shape(),
                 layout_.element_bytes());
  });
}

// Calls `store` with the first element once the host may write all of them.
void Array::store(const std::function<void(std::byte*)>& store) const {
  // What lies between the elements of a strided view stays as it is.
  const AccessMode mode = layout_.dense() ? AccessMode::Overwrite : AccessMode::ReadWrite;
  runtime_->scheduler().write(*storage_, layout_.hull(), mode,
                              [&](std::byte* base) { store(base + layout_.offset_bytes()); });
}

bool Array::is_ready() const { return runtime_->scheduler().is_ready(*storage_, layout_.hull()); }
void Array::wait() const { runtime_->scheduler().wait_ready(*storage_, layout_.hull()); }

// ---- scheduled work --------------------------------------------------------------------------

namespace {

// Strided fills and copies: on the host, in order with everything else.
class StridedCopy final : public HostCallWork::Call {
 public:
  StridedCopy(Layout to, Layout from) : to_(std::move(to)), from_(std::move(from)) {}

  void run(std::span<std::byte* const> addresses) override {
    // Through a packed copy, since the two may overlap.
    std::vector<std::byte> packed(from_.bytes());
    const std::vector<std::int64_t> strides = c_strides(from_.shape(), from_.element_bytes());
    copy_strided(packed.data(), strides, addresses.back() + from_.offset_bytes(),
                 from_.strides_bytes(), from_.shape(), from_.element_bytes());
    copy_strided(addresses.front() + to_.offset_bytes(), to_.strides_bytes(), packed.data(),
                 strides, to_.shape(), to_.element_bytes());
  }

 private:
  const Layout to_;
  const Layout from_;
};

class StridedFill final : public HostCallWork::Call {
 public:
  StridedFill(Layout to, std::array<std::byte, 16> value) : to_(std::move(to)), value_(value) {}

  void run(std::span<std::byte* const> addresses) override {
    const std::vector<std::int64_t> none(to_.shape().size(), 0);
    copy_strided(addresses.front() + to_.offset_bytes(), to_.strides_bytes(), value_.data(), none,
                 to_.shape(), to_.element_bytes());
  }

 private:
  const Layout to_;
  const std::array<std::byte, 16> value_;
};

}  // namespace

void Array::fill(const void* value, SourceLocation where) const {
  if (layout_.size() == 0) return;
  std::array<std::byte, 16> pattern{};
  std::memcpy(pattern.data(), value, layout_.element_bytes());
  const Access access{storage_->id, layout_.dense() ? AccessMode::Overwrite : AccessMode::ReadWrite,
                      layout_.hull()};
  Operation operation;
  operation.label = "fill";
  operation.where = where;
  operation.accesses = {&access, 1};
  if (layout_.dense()) {
    operation.kind = OperationKind::Fill;
    operation.work = FillWork{{storage_->id, layout_.hull().begin},
                              layout_.bytes(),
                              pattern,
                              static_cast<std::uint32_t>(layout_.element_bytes())};
  } else {
    operation.kind = OperationKind::HostCall;
    operation.work = HostCallWork{std::make_shared<StridedFill>(layout_, pattern)};
  }
  runtime_->scheduler().submit(operation);
  if (operation.kind == OperationKind::HostCall) runtime_->scheduler().settle(*storage_);
}

void Array::copy_from(const Array& from, SourceLocation where) const {
  const Layout& source = from.layout_;
  if (source.dtype() != layout_.dtype() ||
      !std::equal(source.shape().begin(), source.shape().end(), layout_.shape().begin(),
                  layout_.shape().end())) {
    raise(ErrorCode::InvalidArgument,
          format("cannot copy {} to {}: they must have the same shape and element type",
                 source.to_string(), layout_.to_string()));
  }
  if (&from.runtime() != runtime_.get()) {
    raise(ErrorCode::InvalidArgument,
          "cannot copy between arrays of two runtimes; read the one and write the other");
  }
  if (layout_.size() == 0) return;
  const bool same_storage = from.storage_ == storage_;
  const bool overlap = same_storage && source.hull().overlaps(layout_.hull());
  if (overlap && source.offset_bytes() == layout_.offset_bytes() &&
      std::equal(source.strides_bytes().begin(), source.strides_bytes().end(),
                 layout_.strides_bytes().begin())) {
    return;  // onto itself
  }
  const bool plain = !overlap && ((source.c_contiguous() && layout_.c_contiguous()) ||
                                  (source.f_contiguous() && layout_.f_contiguous()));
  Access accesses[] = {
      {storage_->id, layout_.dense() ? AccessMode::Overwrite : AccessMode::ReadWrite,
       layout_.hull()},
      {from.storage_->id, AccessMode::Read, source.hull()}};
  Operation operation;
  operation.label = "copy";
  operation.where = where;
  operation.accesses = accesses;
  if (plain) {
    operation.kind = OperationKind::Copy;
    operation.work = CopyWork{{storage_->id, layout_.hull().begin},
                              {from.storage_->id, source.hull().begin},
                              layout_.bytes()};
  } else {
    operation.kind = OperationKind::HostCall;
    operation.work = HostCallWork{std::make_shared<StridedCopy>(layout_, source)};
    if (overlap) {
      accesses[0].mode = AccessMode::ReadWrite;
      accesses[0].range = {std::min(source.hull().begin, layout_.hull().begin),
                           std::max(source.hull().end, layout_.hull().end)};
      operation.accesses = {accesses, 1};
    }
  }
  runtime_->scheduler().submit(operation);
  if (operation.kind != OperationKind::HostCall) return;
  runtime_->scheduler().settle(*storage_);
  if (!same_storage) runtime_->scheduler().settle(*from.storage_);
}

// ---- host views ------------------------------------------------------------------------------

std::unique_ptr<HostView> HostView::snapshot(const Array& array) {
  std::unique_ptr<HostView> view(new HostView(array));
  const Storage& storage = array.storage();
  const ByteRange hull = array.layout().hull();
  Scheduler& scheduler = array.runtime().scheduler();
  view->pin_ = scheduler.read(array.storage(), hull);
  if (storage.in_place) {
    // Its owner, and kernels, write in place: only a copy stays as it is.
    const HostPin source = std::move(view->pin_);
    auto copy = std::make_shared<ReplicaMemory>(
        scheduler.device(0).allocate_host(std::max<std::size_t>(storage.bytes, 1)));
    scheduler.copy_on_host(copy->address() + hull.begin, source.data() + hull.begin, hull.size());
    view->pin_ = HostPin(std::move(copy));
  }
  view->data_ = view->pin_.data() + array.layout().offset_bytes();
  return view;
}

std::unique_ptr<HostView> HostView::writable(const Array& array, SourceLocation where) {
  if (where.known()) where.file = intern(where.file);
  std::unique_ptr<HostView> view(new HostView(array));
  view->data_ =
      array.runtime().scheduler().open_view(array.storage(), where) + array.layout().offset_bytes();
  view->open_ = true;
  return view;
}

void HostView::close() noexcept {
  if (open_.exchange(false)) array_.runtime().scheduler().close_view(array_.storage());
}

}  // namespace sennit
