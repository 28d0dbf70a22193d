// backend/cpu/compiler/loader.cpp: an image becomes code in memory, without compiling anything.
//
// One ORC session serves the process. Each module is a library of its own in it, so that two of
// them never share a symbol; they find what is not theirs in one common library.
#include "backend/cpu/compiler/loader.h"

#include <llvm/ExecutionEngine/Orc/Core.h>
#include <llvm/ExecutionEngine/Orc/ExecutorProcessControl.h>
#include <llvm/ExecutionEngine/Orc/LLJIT.h>
#include <llvm/Support/MemoryBuffer.h>

#include <atomic>
#include <utility>

#include "backend/cpu/compiler/compiler.h"
#include "backend/cpu/compiler/host_target.h"
#include "backend/cpu/compiler/image.h"
#include "backend/cpu/compiler/runtime_symbols.h"
#include "base/error.h"
#include "base/text.h"

namespace sennit::cpu {

namespace {

void check(llvm::Error error, std::string_view doing) {
  if (error) fail(format("{}: {}", doing, llvm::toString(std::move(error))));
}

template <typename T>
T check(llvm::Expected<T> value, std::string_view doing) {
  check(value.takeError(), doing);
  return static_cast<T&&>(*value);  // a reference stays one
}

// Gives every module what kernels may call, when it first asks.
class RuntimeSymbols final : public llvm::orc::DefinitionGenerator {
 public:
  llvm::Error tryToGenerate(llvm::orc::LookupState&, llvm::orc::LookupKind,
                            llvm::orc::JITDylib& library, llvm::orc::JITDylibLookupFlags,
                            const llvm::orc::SymbolLookupSet& wanted) override {
    llvm::orc::SymbolMap found;
    for (const auto& [name, flags] : wanted)
      if (const void* address = find_runtime_symbol((*name).str()))
        found[name] = {llvm::orc::ExecutorAddr::fromPtr(address),
                       llvm::JITSymbolFlags::Exported | llvm::JITSymbolFlags::Callable};
    return found.empty() ? llvm::Error::success()
                         : library.define(llvm::orc::absoluteSymbols(std::move(found)));
  }
};

class Session {
 public:
  // Never destroyed: modules may be released while the process ends.
  static Session& instance() {
    static Session* const session = new Session;
    return *session;
  }

  llvm::orc::LLJIT& jit() { return *jit_; }

  llvm::orc::JITDylib& create_library() {
    const std::string name = format("module{}", count_.fetch_add(1));
    auto& library = check(jit_->createJITDylib(name), "creating a library");
    library.addToLinkOrder(*common_);
    return library;
  }

 private:
  Session() {
    host_target();  // makes LLVM ready
    jit_ = check(llvm::orc::LLJITBuilder().create(), "starting the JIT linker");
    common_ = &check(jit_->getExecutionSession().createJITDylib("runtime"), "creating a library");
    common_->addGenerator(std::make_unique<RuntimeSymbols>());
  }

  std::unique_ptr<llvm::orc::LLJIT> jit_;
  llvm::orc::JITDylib* common_ = nullptr;
  std::atomic<std::uint64_t> count_{0};
};

class JitModule final : public LoadedModule {
 public:
  explicit JitModule(const ImageContent& content)
      : session_(Session::instance()), library_(session_.create_library()) {
    try {
      link(content);
    } catch (...) {
      unload();
      throw;
    }
  }
  ~JitModule() override { unload(); }

 private:
  void link(const ImageContent& content) {
    const llvm::StringRef object(reinterpret_cast<const char*>(content.object.data()),
                                 content.object.size());
    check(session_.jit().addObjectFile(library_, llvm::MemoryBuffer::getMemBufferCopy(object)),
          "adding an object file");
    const auto addresses = look_up_all(content);
    std::size_t next = 0;
    for (const ImageKernel& kernel : content.kernels) {
      CompiledKernel loaded;
      loaded.name = kernel.name;
      loaded.lowered_name = kernel.lowered_name;
      for (const LoweredState& state : kernel.code.states)
        loaded.states.push_back(
            {state.kind, state.whole_warp, addresses[next++].toPtr<RegionFunction>()});
      loaded.frame_bytes = kernel.code.frame_bytes;
      loaded.uniform_bytes = kernel.code.uniform_bytes;
      loaded.static_shared_bytes = kernel.code.static_shared_bytes;
      loaded.parameter_bytes = kernel.parameter_bytes;
      loaded.max_threads = kernel.max_threads;
      loaded.uses_warps = kernel.code.uses_warps;
      loaded.uses_grid_sync = kernel.code.uses_grid_sync;
      kernels_.push_back(std::move(loaded));
    }
    for (const ImageVariable& variable : content.variables)
      variables_.push_back(
          {variable.name, variable.symbol, {addresses[next++].toPtr<void*>(), variable.bytes}});
  }

  // One look-up links the whole module: regions of all kernels in order, then variables.
  std::vector<llvm::orc::ExecutorAddr> look_up_all(const ImageContent& content) {
    auto& execution = session_.jit().getExecutionSession();
    std::vector<llvm::orc::SymbolStringPtr> names;
    for (const ImageKernel& kernel : content.kernels)
      for (std::size_t state = 0; state < kernel.code.states.size(); ++state)
        names.push_back(session_.jit().mangleAndIntern(region_symbol(kernel.code.symbol, state)));
    for (const ImageVariable& variable : content.variables)
      names.push_back(session_.jit().mangleAndIntern(variable.symbol));
    const auto found = check(execution.lookup(llvm::orc::makeJITDylibSearchOrder(&library_),
                                              llvm::orc::SymbolLookupSet(names)),
                             "linking a module");
    std::vector<llvm::orc::ExecutorAddr> addresses;
    for (const auto& name : names) addresses.push_back(found.at(name).getAddress());
    return addresses;
  }

  void unload() {
    // Nothing sensible can be done about a failure: the memory stays mapped.
    llvm::consumeError(session_.jit().getExecutionSession().removeJITDylib(library_));
  }

  Session& session_;
  llvm::orc::JITDylib& library_;
};

}  // namespace

std::unique_ptr<LoadedModule> load(const Image& image) {
  const ImageContent content = unpack(image.bytes);
  if (content.architecture != host_architecture())
    raise(ErrorCode::InvalidArgument,
          format("the image was compiled for '{}', this machine is '{}'; compile the kernels again",
                 content.architecture, host_architecture()));
  return std::make_unique<JitModule>(content);
}

}  // namespace sennit::cpu
