// backend/cuda/nvjitlink.cpp: finds the linker, and has it assemble PTX.
#include "backend/cuda/nvjitlink.h"

#include <map>
#include <memory>

#include "base/mutex.h"
#include "base/shared_library.h"
#include "base/text.h"

namespace sennit::cuda {
namespace {

constexpr const char* kNames[] = {"libnvJitLink.so.13", "libnvJitLink.so.12"};

std::vector<std::string> candidates(const ToolkitSearch& search, const Nvrtc* compiler) {
  if (!search.nvjitlink.empty()) return {search.nvjitlink};
  std::vector<std::string> files;
  const std::string& beside = compiler != nullptr ? compiler->path : search.nvrtc;
  if (const std::size_t end = beside.rfind('/'); end != std::string::npos) {
    for (const char* name : kNames) {
      files.push_back(beside.substr(0, end + 1) + name);
      files.push_back(beside.substr(0, end + 1) + "../../nvjitlink/lib/" + name);  // CUDA 12 wheels
    }
  }
  const auto others = toolkit_libraries(search.cuda_home, kNames, "nvjitlink");
  files.insert(files.end(), others.begin(), others.end());
  return files;
}

// nullptr if it is absent, incomplete, or of a version that does not fit.
std::unique_ptr<NvJitLink> try_load(const std::string& file, int driver_version,
                                    const Nvrtc* compiler) {
  const SharedLibrary library = SharedLibrary::try_open(file);
  if (!library) return nullptr;
  auto linker = std::make_unique<NvJitLink>();
  bool complete = true;
#define SENNIT_NVJITLINK_LOAD(name, parameters)                          \
  linker->name = library.function<nvJitLinkResult(*) parameters>(#name); \
  complete = complete && linker->name != nullptr;
  SENNIT_NVJITLINK_SYMBOLS(SENNIT_NVJITLINK_LOAD)
#undef SENNIT_NVJITLINK_LOAD
  if (!complete) return nullptr;
  if (linker->nvJitLinkVersion(&linker->major, &linker->minor) != NVJITLINK_SUCCESS) return nullptr;
  if (linker->major > static_cast<unsigned>(driver_version / 1000)) return nullptr;
  if (compiler != nullptr && (linker->major != static_cast<unsigned>(compiler->major) ||
                              linker->minor != static_cast<unsigned>(compiler->minor))) {
    return nullptr;
  }
  linker->path = file;
  return linker;
}

class Link {
 public:
  explicit Link(const NvJitLink& linker) : linker_(linker) {}
  ~Link() {
    if (handle != nullptr) linker_.nvJitLinkDestroy(&handle);
  }
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  nvJitLinkHandle handle = nullptr;

 private:
  const NvJitLink& linker_;
};

}  // namespace

const NvJitLink* NvJitLink::find(const ToolkitSearch& search, int driver_version,
                                 const Nvrtc* compiler) {
  static Mutex& mutex = *new Mutex;
  static auto& opened = *new std::map<std::string, std::unique_ptr<NvJitLink>>;
  const Lock lock(mutex);
  const auto [at, is_new] =
      opened.try_emplace(format("{}|{}|{}|{}|{}", search.nvjitlink, search.nvrtc, search.cuda_home,
                                driver_version / 1000, compiler != nullptr ? compiler->path : ""));
  if (!is_new) return at->second.get();
  for (const std::string& file : candidates(search, compiler)) {
    at->second = try_load(file, driver_version, compiler);
    if (at->second) break;
  }
  return at->second.get();
}

std::vector<std::byte> NvJitLink::assemble(const std::string& ptx, const std::string& architecture,
                                           std::span<const std::string> options,
                                           std::string& log) const {
  std::vector<std::string> all = {"-arch=" + architecture};
  all.insert(all.end(), options.begin(), options.end());
  std::vector<const char*> pointers;
  for (const std::string& option : all) pointers.push_back(option.c_str());
  Link link(*this);
  std::size_t bytes = 0;
  if (nvJitLinkCreate(&link.handle, static_cast<std::uint32_t>(pointers.size()), pointers.data()) ==
          NVJITLINK_SUCCESS &&
      nvJitLinkAddData(link.handle, NVJITLINK_INPUT_PTX, ptx.c_str(), ptx.size() + 1, "sennit") ==
          NVJITLINK_SUCCESS &&
      nvJitLinkComplete(link.handle) == NVJITLINK_SUCCESS &&
      nvJitLinkGetLinkedCubinSize(link.handle, &bytes) == NVJITLINK_SUCCESS) {
    std::vector<std::byte> cubin(bytes);
    if (nvJitLinkGetLinkedCubin(link.handle, cubin.data()) == NVJITLINK_SUCCESS) return cubin;
  }
  log = format("nvJitLink {}.{} refuses it", major, minor);
  if (link.handle != nullptr &&
      nvJitLinkGetErrorLogSize(link.handle, &bytes) == NVJITLINK_SUCCESS && bytes > 0) {
    std::string text(bytes, '\0');
    nvJitLinkGetErrorLog(link.handle, text.data());
    log += ": " + std::string(text.c_str());
  }
  return {};
}

}  // namespace sennit::cuda
