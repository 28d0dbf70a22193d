// kernel/program.cpp: from source to modules, through the disk cache.

#include "kernel/program.h"

#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "kernel/source_includes.h"

namespace sennit {
namespace {

// The same source will be refused again; a full memory may have room next time.
bool is_final(ErrorCode code) {
  return code == ErrorCode::CompileFailed || code == ErrorCode::Unsupported ||
         code == ErrorCode::InvalidArgument;
}

}  // namespace

Program::Program(CompileRequest request, Backend& backend, std::span<Device* const> devices,
                 BinaryCache* cache)
    : request_(std::move(request)),
      backend_(backend),
      devices_(devices.begin(), devices.end()),
      cache_(cache) {
  for (const Device* device : devices_) {
    const std::string& architecture = device->info().architecture;
    auto found = std::find_if(targets_.begin(), targets_.end(), [&](const auto& target) {
      return target->architecture == architecture;
    });
    if (found == targets_.end()) {
      found = targets_.insert(found, std::make_unique<Target>());
      (*found)->architecture = architecture;
    }
    slots_.push_back(std::make_unique<Slot>());
    slots_.back()->target = found->get();
  }
}

Program::Program(Image code, std::string name, Backend& backend, std::span<Device* const> devices)
    : Program(CompileRequest{{}, std::move(name), {}, {}}, backend, devices, nullptr) {
  for (const std::unique_ptr<Target>& target : targets_) {
    const Lock lock(target->mutex);
    target->image = code;
  }
}

Program::Slot& Program::slot(int device) {
  const auto index = static_cast<std::size_t>(device);
  if (index >= slots_.size()) {
    fail(format("device {} of a program for {}", device, slots_.size()));
  }
  return *slots_[index];
}

Module& Program::module(int device) {
  Slot& slot = this->slot(device);
  const Lock lock(slot.mutex);
  if (!slot.module) {
    slot.module = load(*slot.target, *devices_[static_cast<std::size_t>(device)]);
  }
  return *slot.module;
}

std::optional<KernelAccess> Program::access(std::string_view kernel) {
  Target& target = *slot(0).target;
  const Lock lock(target.mutex);
  for (const KernelAccess& known : image(target, *devices_.front()).access) {
    if (known.kernel == kernel) return known;
  }
  return std::nullopt;
}

std::string Program::assembly() {
  Target& target = *slot(0).target;
  const Lock lock(target.mutex);
  return backend_.assembly(image(target, *devices_.front()));
}

std::string Program::log(int device) {
  Target& target = *slot(device).target;
  const Lock lock(target.mutex);
  return target.image ? target.image->log : "";
}

std::unique_ptr<Module> Program::load(Target& target, Device& device) {
  const Lock lock(target.mutex);
  const Image& compiled = image(target, device);
  try {
    return device.load(compiled);
  } catch (const Error& error) {
    // An image from the disk is checked for corruption, yet a driver or loader that has changed
    // in a way that no key shows may refuse it. Our own compile's image it should take.
    if (!target.from_cache || error.code() == ErrorCode::OutOfMemory) throw;
    sennit::log(LogLevel::Info, "a cached kernel was refused and is compiled again: {}",
                error.what());
  }
  compile(target, device);
  return device.load(*target.image);
}

const Image& Program::image(Target& target, Device& device) {
  if (target.refusal) throw *target.refusal;
  if (!target.image && cache_ != nullptr) {
    if (const auto key = cache_key(target)) target.image = cache_->load(*key);
    target.from_cache = target.image.has_value();
  }
  if (!target.image) compile(target, device);
  return *target.image;
}

void Program::compile(Target& target, Device& device) {
  // The key is made before: a header that changes meanwhile must not be stored as compiled.
  const auto key = cache_ != nullptr ? cache_key(target) : std::nullopt;
  try {
    target.image = backend_.compile(request_, device);
  } catch (const Error& error) {
    if (is_final(error.code())) target.refusal = error;
    throw;
  }
  target.from_cache = false;
  if (!target.image->log.empty()) {
    sennit::log(LogLevel::Info, "compiling {}:\n{}", request_.source_name, target.image->log);
  }
  if (key) cache_->store(*key, *target.image);
}

std::optional<CacheKey> Program::cache_key(const Target& target) const {
  CacheKey key;
  key.compiler = backend_.compiler_key();
  if (key.compiler.empty()) return std::nullopt;
  auto included = included_text(request_.source, request_.source_name, request_.options);
  if (!included) return std::nullopt;
  key.request = request_;
  key.included = *std::move(included);
  key.backend = backend_.name();
  key.architecture = target.architecture;
  return key;
}

}  // namespace sennit
