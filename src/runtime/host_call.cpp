#include "runtime/host_call.h"

#include <algorithm>
#include <vector>

#include "base/intern.h"
#include "runtime/runtime.h"

namespace sennit {
namespace {

// Where an array begins: in the memory of which access, at which byte.
struct Place {
  std::size_t access;
  std::int64_t byte;
};

class Call final : public HostCallWork::Call {
 public:
  Call(std::vector<Place> places, std::shared_ptr<HostFunction> function)
      : places_(std::move(places)), function_(std::move(function)) {}

  void run(std::span<std::byte* const> addresses) override {
    std::vector<std::byte*> arrays;
    for (const Place& place : places_) arrays.push_back(addresses[place.access] + place.byte);
    function_->run(arrays);
  }

 private:
  const std::vector<Place> places_;
  const std::shared_ptr<HostFunction> function_;
};

}  // namespace

NodeId call_on_host(Runtime& runtime, const std::string& label,
                    std::span<const HostCallArray> arrays, std::shared_ptr<HostFunction> function,
                    std::span<const NodeId> after) {
  std::vector<Access> accesses;
  std::vector<Storage*> storages;
  std::vector<Place> places;
  for (const HostCallArray& given : arrays) {
    const ByteRange hull = given.array->layout().hull();
    Storage& storage = given.array->storage();
    // One access for each storage, so that no two of an operation overlap.
    const auto known = std::find(storages.begin(), storages.end(), &storage);
    const auto index = static_cast<std::size_t>(known - storages.begin());
    if (known == storages.end()) {
      storages.push_back(&storage);
      accesses.push_back({storage.id, given.mode, hull});
    } else {
      Access& access = accesses[index];
      access.range = {std::min(access.range.begin, hull.begin),
                      std::max(access.range.end, hull.end)};
      if (given.mode != AccessMode::Read) access.mode = AccessMode::ReadWrite;
    }
    places.push_back({index, given.array->layout().offset_bytes()});
  }
  Operation operation;
  operation.kind = OperationKind::HostCall;
  operation.label = intern(label);
  operation.accesses = accesses;
  operation.after = after;
  operation.work = HostCallWork{std::make_shared<Call>(std::move(places), std::move(function))};
  const NodeId node = runtime.scheduler().submit(operation);
  for (Storage* const storage : storages) runtime.scheduler().settle(*storage);
  return node;
}

}  // namespace sennit
