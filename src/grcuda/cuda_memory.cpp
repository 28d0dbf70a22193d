// grcuda/cuda_memory.cpp: cudaMalloc, cudaMallocManaged, cudaFree, cudaMemcpy, cudaMemcpyAsync.
#include <optional>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "grcuda/coercion.h"
#include "grcuda/cuda_functions.h"
#include "grcuda/device_array.h"
#include "grcuda/gpu_pointer.h"
#include "grcuda/stream.h"

namespace sennit::grcuda {
namespace {

using Arguments = std::span<const Any>;

// One side of a copy: bytes of tracked memory, or an address of the host's own.
struct Side {
  std::optional<Array> tracked;  // as bytes
  std::byte* host = nullptr;
};

Array bytes_of_memory(const Array& memory, std::int64_t offset, std::int64_t bytes,
                      const std::string& whose) {
  const auto has = static_cast<std::int64_t>(memory.layout().bytes());
  if (offset + bytes > has) {
    raise(ErrorCode::InvalidArgument,
          format("invalid argument(1) in cudaMemcpy: {} bytes, and {} has {} from there", bytes,
                 whose, has - offset));
  }
  const std::int64_t stride = 1;
  return memory.view_of(Dtype::UInt8, {&bytes, 1}, {&stride, 1}, offset);
}

Side side_from(const Any& any, std::int64_t bytes, Runtime& runtime, GpuPointers& pointers,
               std::string_view role) {
  if (const auto array = find_value<DeviceArray>(any)) {
    const Layout& layout = array->array().layout();
    if (!layout.c_contiguous() && !layout.f_contiguous()) {
      raise(ErrorCode::InvalidArgument,
            format("cudaMemcpy: {} has gaps between its elements; use its copyFrom or copyTo",
                   array->describe()));
    }
    return {bytes_of_memory(array->array(), 0, bytes, array->describe()), nullptr};
  }
  const std::uint64_t address = address_from(any, role);
  if (const auto place = pointers.find(address)) {
    return {
        bytes_of_memory(place->pointer->memory(), place->offset, bytes, place->pointer->describe()),
        nullptr};
  }
  const Device& device = runtime.scheduler().device(0);
  auto* const pointer = reinterpret_cast<std::byte*>(address);
  if (!device.info().shares_host_memory && device.can_use(pointer)) {
    raise(ErrorCode::InvalidArgument,
          format("cudaMemcpy: {} is {:#x}, an address on {} that cudaMalloc did not give; give the "
                 "array itself",
                 role, address, device.info().name));
  }
  if (pointer == nullptr) {
    raise(ErrorCode::InvalidArgument, format("invalid argument(1) in cudaMemcpy: {} is 0", role));
  }
  return {std::nullopt, pointer};
}

// (to, from, bytes): the direction is found from the addresses.
void copy(Runtime& runtime, GpuPointers& pointers, const Any& to, const Any& from,
          const Any& bytes_given) {
  const std::int64_t bytes = integer_from(bytes_given, "a number of bytes");
  if (bytes < 0) raise(ErrorCode::InvalidArgument, format("cannot copy {} bytes", bytes));
  if (bytes == 0) return;
  const Side target = side_from(to, bytes, runtime, pointers, "the destination");
  const Side source = side_from(from, bytes, runtime, pointers, "the source");
  if (target.tracked && source.tracked) return target.tracked->copy_from(*source.tracked);
  if (target.tracked) return target.tracked->write(source.host);
  if (source.tracked) return source.tracked->read(target.host);
  std::memmove(target.host, source.host, static_cast<std::size_t>(bytes));
}

}  // namespace

void add_cuda_memory_functions(Namespace& root, const std::shared_ptr<Runtime>& runtime) {
  const auto pointers = std::make_shared<GpuPointers>();
  const auto add = [&](const char* name, std::size_t least, std::size_t most, Function::Body body) {
    root.add(name, Function::make(name, least, most, std::move(body)));
  };
  for (const char* name : {"cudaMalloc", "cudaMallocManaged"}) {
    // The documents give the latter flags, which are those of managed memory.
    const std::size_t most = std::string_view(name) == "cudaMalloc" ? 1 : 2;
    add(name, 1, most, [runtime, pointers](Arguments given) -> Any {
      auto pointer = GpuPointer::allocate(*runtime, integer_from(given[0], "a number of bytes"));
      pointers->add(pointer);
      return ValueRef(std::move(pointer));
    });
  }
  add("cudaFree", 1, 1, [pointers](Arguments given) -> Any {
    if (find_value<DeviceArray>(given[0])) {
      raise(ErrorCode::InvalidArgument,
            format("expected GPUPointer or LittleEndianNativeArrayView, not {}; use its free()",
                   describe(given[0])));
    }
    const std::uint64_t address = address_from(given[0], "the memory of cudaFree");
    const auto place = pointers->find(address);
    if (!place || place->offset != 0) {
      raise(ErrorCode::InvalidArgument,
            format("expected GPUPointer or LittleEndianNativeArrayView: cudaMalloc did not give {}",
                   describe(given[0])));
    }
    place->pointer->free();
    return {};
  });
  // A fourth argument is the kind of the copy, which the addresses tell anyway.
  add("cudaMemcpy", 3, 4, [runtime, pointers](Arguments given) -> Any {
    copy(*runtime, *pointers, given[0], given[1], given[2]);
    return {};
  });
  // (to, from, bytes [, kind] [, stream])
  add("cudaMemcpyAsync", 3, 5, [runtime, pointers](Arguments given) -> Any {
    // What is queued on the stream comes first; the copy itself is in order with all else.
    if (const auto stream = find_value<Stream>(given.back())) stream->sync();
    copy(*runtime, *pointers, given[0], given[1], given[2]);
    return {};
  });
}

}  // namespace sennit::grcuda
