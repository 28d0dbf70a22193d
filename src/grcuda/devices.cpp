#include "grcuda/devices.h"

#include <charconv>

#include "base/error.h"
#include "base/text.h"
#include "grcuda/coercion.h"
#include "grcuda/device_attributes.h"

namespace sennit::grcuda {

CurrentDevice::CurrentDevice(Runtime& runtime)
    : count_(runtime.scheduler().device_count()),
      places_launches_(runtime.options().placement_policy == "single_device") {}

void CurrentDevice::set(std::int64_t device) {
  if (device < 0 || device >= count_) {
    raise(ErrorCode::InvalidArgument,
          format("the selected GPU is not valid: {}; {} {} in use, counted from 0", device, count_,
                 count_ == 1 ? "is" : "are"));
  }
  current_.store(static_cast<int>(device), std::memory_order_relaxed);
}

std::span<Device* const> all_devices(Runtime& runtime) { return runtime.backend().devices(); }

// ---- Attributes ------------------------------------------------------------------------------

namespace {

struct NamedAttribute {
  int number;
  std::string_view name;
};

#define SENNIT_ATTRIBUTE_ROW(number, name) {number, #name},
constexpr NamedAttribute kAttributes[] = {SENNIT_DEVICE_ATTRIBUTES(SENNIT_ATTRIBUTE_ROW)};
#undef SENNIT_ATTRIBUTE_ROW

// 90 of "sm_90"; 0 for what is no GPU.
int capability_of(const DeviceInfo& info) {
  int capability = 0;
  constexpr std::string_view kPrefix = "sm_";
  if (info.architecture.starts_with(kPrefix)) {
    std::from_chars(info.architecture.data() + kPrefix.size(),
                    info.architecture.data() + info.architecture.size(), capability);
  }
  return capability;
}

}  // namespace

std::optional<std::int64_t> device_attribute(const Device& device, std::int64_t number) {
  if (number < 0 || number > 0x7fffffff) return std::nullopt;
  if (const auto known = device.cuda_attribute(static_cast<int>(number))) return *known;
  // Of devices that are no GPUs: what sennit knows of each.
  const DeviceInfo& info = device.info();
  switch (number) {
    case 1:
      return info.max_threads_per_block;
    case 2:
      return info.max_block.x;
    case 3:
      return info.max_block.y;
    case 4:
      return info.max_block.z;
    case 5:
      return info.max_grid.x;
    case 6:
      return info.max_grid.y;
    case 7:
      return info.max_grid.z;
    case 8:
    case 97:
      return static_cast<std::int64_t>(info.max_shared_bytes);
    case 10:
      return 32;
    case 16:
      return info.multiprocessors;
    case 31:
      return 1;
    case 75:
      return capability_of(info) / 10;
    case 76:
      return capability_of(info) % 10;
    default:
      return std::nullopt;
  }
}

// ---- Objects ---------------------------------------------------------------------------------

namespace {

// Read-only members, asked for anew at each read.
class DeviceProperties final : public Value {
 public:
  DeviceProperties(std::shared_ptr<Runtime> runtime, const Device& device)
      : runtime_(std::move(runtime)), device_(device) {}

  std::string describe() const override {
    return format("DeviceProperties({})", device_.info().name);
  }
  bool has_members() const override { return true; }
  std::vector<std::string> member_names() const override {
    std::vector<std::string> names = {"deviceName", "freeDeviceMemory", "totalDeviceMemory"};
    for (const NamedAttribute& attribute : kAttributes) {
      if (device_attribute(device_, attribute.number)) names.emplace_back(attribute.name);
    }
    return names;
  }
  std::optional<Any> member(std::string_view name) override {
    const DeviceInfo& info = device_.info();
    if (name == "deviceName") return info.name;
    if (name == "totalDeviceMemory") return static_cast<std::int64_t>(info.memory_bytes);
    if (name == "freeDeviceMemory") {
      return static_cast<std::int64_t>(device_.free_memory_bytes().value_or(info.memory_bytes));
    }
    for (const NamedAttribute& attribute : kAttributes) {
      if (attribute.name != name) continue;
      const auto value = device_attribute(device_, attribute.number);
      return value ? std::optional<Any>(*value) : std::nullopt;
    }
    return std::nullopt;
  }

 private:
  const std::shared_ptr<Runtime> runtime_;  // the device is its
  const Device& device_;
};

class DeviceValue final : public Value {
 public:
  DeviceValue(std::shared_ptr<Runtime> runtime, std::shared_ptr<CurrentDevice> current, int id)
      : runtime_(std::move(runtime)), current_(std::move(current)), id_(id) {}

  std::string describe() const override {
    return format("Device(id={}, {})", id_, device().info().name);
  }
  bool has_members() const override { return true; }
  std::vector<std::string> member_names() const override {
    return {"id", "isCurrent", "properties", "setCurrent"};
  }
  std::optional<Any> member(std::string_view name) override {
    if (name == "id") return std::int64_t{id_};
    if (name == "properties")
      return ValueRef(std::make_shared<DeviceProperties>(runtime_, device()));
    if (name == "isCurrent") {
      return Function::make("isCurrent", 0, 0, [current = current_, id = id_](auto) -> Any {
        return current->get() == id;
      });
    }
    if (name == "setCurrent") {
      return Function::make("setCurrent", 0, 0, [current = current_, id = id_](auto) -> Any {
        current->set(id);
        return {};
      });
    }
    return std::nullopt;
  }

 private:
  const Device& device() const { return *all_devices(*runtime_)[static_cast<std::size_t>(id_)]; }

  const std::shared_ptr<Runtime> runtime_;
  const std::shared_ptr<CurrentDevice> current_;
  const int id_;
};

class DeviceList final : public Value {
 public:
  explicit DeviceList(std::vector<ValueRef> devices) : devices_(std::move(devices)) {}

  std::string describe() const override { return format("DeviceList({})", devices_.size()); }
  bool has_elements() const override { return true; }
  std::int64_t size() const override { return static_cast<std::int64_t>(devices_.size()); }
  Any read_element(std::int64_t index) override {
    if (index < 0 || index >= size()) {
      raise(ErrorCode::InvalidArgument,
            format("there is no device {}: there are {}, counted from 0", index, size()));
    }
    return devices_[static_cast<std::size_t>(index)];
  }

 private:
  const std::vector<ValueRef> devices_;
};

}  // namespace

void add_device_functions(Namespace& root, const std::shared_ptr<Runtime>& runtime,
                          const std::shared_ptr<CurrentDevice>& current) {
  std::vector<ValueRef> devices;
  for (std::size_t id = 0; id < all_devices(*runtime).size(); ++id) {
    devices.push_back(std::make_shared<DeviceValue>(runtime, current, static_cast<int>(id)));
  }
  const auto list = std::make_shared<DeviceList>(std::move(devices));
  root.add("getdevices", Function::make("getdevices", 0, 0, [list](auto) -> Any { return list; }));
  root.add("getdevice", Function::make("getdevice", 1, 1, [list](std::span<const Any> arguments) {
             return list->read_element(integer_from(arguments[0], "the number of a device"));
           }));
}

}  // namespace sennit::grcuda
