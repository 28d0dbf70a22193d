// backend/virtual/nouns.cpp: what of the nouns is more than one call of the core.
#include "backend/virtual/nouns.h"

#include "backend/virtual/named_image.h"
#include "base/error.h"
#include "base/text.h"

namespace sennit {
namespace {

// The caller's event or stream as ours. Raises Internal if it is of another backend.
template <typename Ours, typename Theirs>
Ours& ours(Theirs& noun, const VirtualCorePtr& core, const char* what) {
  auto* own = dynamic_cast<Ours*>(&noun);
  if (own == nullptr || own->core() != core) fail(format("{} is of another backend", what));
  return *own;
}

}  // namespace

void VirtualStream::wait(const Event& event) {
  core_->wait(queue_, ours<const VirtualEvent>(event, core_, "an event to wait for").point_);
}

void VirtualStream::record(Event& event) {
  core_->record(queue_, ours<VirtualEvent>(event, core_, "an event to record").point_);
}

VirtualModule::VirtualModule(VirtualCorePtr core, int device, const std::vector<std::string>& names)
    : core_(std::move(core)), functions_(core_->load(device, names)) {}

Function& VirtualModule::function(std::string_view name) {
  std::vector<std::string_view> known;
  for (const auto& function : functions_) {
    if (function->info().name == name) return *function;
    known.push_back(function->info().name);
  }
  raise(ErrorCode::InvalidArgument,
        format("the module has no kernel '{}'; it has: {}", name, join(known)));
}

std::optional<ModuleVariable> VirtualModule::variable(std::string_view name) {
  if (functions_.empty()) return std::nullopt;
  const auto found = functions_.front()->variables->find(name);
  if (found == functions_.front()->variables->end()) return std::nullopt;
  return ModuleVariable{found->second->address, found->second->bytes};
}

Graph::Node VirtualGraph::add(const Command& command, std::span<const Node> dependencies,
                              CommandTag tag) {
  const auto node = static_cast<Node>(plan_.commands.size());
  for (const Node dependency : dependencies) {
    if (dependency >= node) fail(format("graph node {} depends on {}", node, dependency));
  }
  plan_.commands.emplace_back(command, core_->info(plan_.device), plan_.device);
  plan_.tags.push_back(tag);
  plan_.parents.emplace_back(dependencies.begin(), dependencies.end());
  return node;
}

void VirtualGraph::update(Node node, const Command& command, CommandTag tag) {
  if (node >= plan_.commands.size()) {
    fail(format("graph node {} is updated; there are {}", node, plan_.commands.size()));
  }
  if (plan_.commands[node].command.index() != command.index()) {
    fail(format("graph node {} is updated by a command of another kind", node));
  }
  plan_.commands[node] = OwnedCommand(command, core_->info(plan_.device), plan_.device);
  plan_.tags[node] = tag;
}

void VirtualGraph::launch(Stream& stream, std::span<const CommandTag> tags) {
  if (!tags.empty()) plan_.tags.assign(tags.begin(), tags.end());
  core_->launch_graph(ours<VirtualStream>(stream, core_, "a graph's stream").queue(), plan_);
}

std::unique_ptr<Module> VirtualDevice::load(const Image& image) {
  return std::make_unique<VirtualModule>(core_, ordinal_, names_of_image(image));
}

}  // namespace sennit
