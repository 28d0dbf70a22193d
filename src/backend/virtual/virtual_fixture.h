// backend/virtual/virtual_fixture.h: for the tests of this folder: a machine whose kernels write
// down that they ran, and that must be left as it was found.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "backend/virtual/virtual_backend.h"
#include "base/error.h"

namespace sennit {

// The bytes of some parameters, each at its natural alignment.
class Parameters {
 public:
  template <typename... Values>
  explicit Parameters(const Values&... values) {
    (add(&values, sizeof values, alignof(Values)), ...);
  }

  std::vector<std::byte> bytes;
  std::vector<std::uint32_t> offsets;

 private:
  void add(const void* value, std::size_t size, std::size_t alignment) {
    const std::size_t offset = (bytes.size() + alignment - 1) / alignment * alignment;
    bytes.resize(offset + size);
    std::memcpy(bytes.data() + offset, value, size);
    offsets.push_back(static_cast<std::uint32_t>(offset));
  }
};

// A backend with the kernel "note"(int id), which appends `id` to `ran`.
class VirtualMachineOfNotes {
 public:
  explicit VirtualMachineOfNotes(VirtualOptions options = {}) : backend(std::move(options)) {
    backend.registry().add_function("note", [this](const LaunchConfig&, void** parameters) {
      ran.push_back(parameter<int>(parameters, 0));
    });
    for (Device* device : backend.devices()) modules_.push_back(load(*device, {"note"}));
  }
  ~VirtualMachineOfNotes() {
    backend.run_all();
    modules_.clear();
    EXPECT_EQ(backend.live(), LiveCounts{});
    EXPECT_EQ(backend.pending(), 0u);
  }

  static VirtualOptions seeded(std::uint64_t seed) {
    VirtualOptions options;
    options.seed = seed;
    return options;
  }

  Device& device(int ordinal = 0) { return *backend.devices()[static_cast<std::size_t>(ordinal)]; }

  std::unique_ptr<Module> load(Device& on, std::vector<std::string> names) {
    CompileRequest request;
    request.names = std::move(names);
    return on.load(backend.compile(request, on));
  }

  void note(Stream& stream, int id, int on_device = 0) {
    launch(stream, modules_[static_cast<std::size_t>(on_device)]->function("note"), Parameters(id),
           static_cast<CommandTag>(id));
  }

  static LaunchCommand launch_command(Function& function, const Parameters& parameters) {
    LaunchCommand launch;
    launch.function = &function;
    launch.parameters = parameters.bytes;
    launch.offsets = parameters.offsets;
    return launch;
  }
  static void launch(Stream& stream, Function& function, const Parameters& parameters,
                     CommandTag tag = 0) {
    stream.enqueue(launch_command(function, parameters), tag);
  }

  Function& note_function(int on_device = 0) {
    return modules_[static_cast<std::size_t>(on_device)]->function("note");
  }

  VirtualBackend backend;
  std::vector<int> ran;

 private:
  std::vector<std::unique_ptr<Module>> modules_;
};

// What `body` raises: "Code: message", or "" if it raises nothing.
template <typename Body>
std::string raised(ErrorCode code, Body body) {
  try {
    body();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.message();
  }
  ADD_FAILURE() << "nothing was raised";
  return "";
}

inline ::testing::AssertionResult contains(const std::string& text, const std::string& part) {
  if (text.find(part) != std::string::npos) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "'" << text << "' does not contain '" << part << "'";
}

}  // namespace sennit
