#include "backend/cuda/ptx/opcodes.h"

#include <unordered_map>

#include "backend/cuda/ptx/module.h"

namespace sennit::cuda::ptx {
namespace {

constexpr Touch kRead = Touch::Read, kWrite = Touch::Write, kBoth = Touch::ReadWrite;
constexpr bool kResult = true;

// A longer name goes before a shorter one: "cp.async.bulk.prefetch" before "cp.async".
constexpr OpcodeRule kRules[] = {
    // Moves.
    {"mov", Meaning::Copy, kResult, {}, 0, false},
    {"selp", Meaning::Copy, kResult, {}, 2, false},
    {"slct", Meaning::Copy, kResult, {}, 2, false},
    {"shfl", Meaning::Copy, kResult, {}, 1, false},
    {"prmt", Meaning::Copy, kResult, {}, 2, false},
    {"movmatrix", Meaning::Copy, kResult, {}, 0, false},
    {"shf", Meaning::Copy, kResult, {}, 2, false},
    {"bfe", Meaning::Copy, kResult, {}, 1, false},
    {"bfi", Meaning::Copy, kResult, {}, 2, false},
    {"mapa", Meaning::Copy, kResult, {}, 1, false},
    {"cvta", Meaning::Trust, kResult, {}, 0, false},
    {"cvt", Meaning::Convert, kResult, {}, 0, false},

    // Integer arithmetic, of which addresses are made.
    {"add", Meaning::Add, kResult, {}, 0, false},
    {"addc", Meaning::Add, kResult, {}, 0, false},
    {"sub", Meaning::Subtract, kResult, {}, 0, false},
    {"subc", Meaning::Subtract, kResult, {}, 0, false},
    {"mad", Meaning::MultiplyAdd, kResult, {}, 0, false},
    {"mad24", Meaning::MultiplyAdd, kResult, {}, 0, false},
    {"madc", Meaning::MultiplyAdd, kResult, {}, 0, false},
    {"and", Meaning::And, kResult, {}, 0, false},
    {"mul", Meaning::Scale, kResult, {}, 0, false},
    {"mul24", Meaning::Scale, kResult, {}, 0, false},
    {"shl", Meaning::Scale, kResult, {}, 1, false},
    {"div", Meaning::Scale, kResult, {}, 0, false},
    {"rem", Meaning::Scale, kResult, {}, 0, false},
    {"shr", Meaning::Mix, kResult, {}, 1, false},
    {"or", Meaning::Mix, kResult, {}, 0, false},
    {"xor", Meaning::Mix, kResult, {}, 0, false},
    {"not", Meaning::Mix, kResult, {}, 0, false},
    {"cnot", Meaning::Mix, kResult, {}, 0, false},
    {"neg", Meaning::Mix, kResult, {}, 0, false},
    {"abs", Meaning::Mix, kResult, {}, 0, false},
    {"lop3", Meaning::Mix, kResult, {}, 0, false},
    {"szext", Meaning::Mix, kResult, {}, 1, false},
    {"bmsk", Meaning::Mix, kResult, {}, 0, false},
    {"brev", Meaning::Mix, kResult, {}, 0, false},
    {"sad", Meaning::Mix, kResult, {}, 0, false},
    {"dp2a", Meaning::Mix, kResult, {}, 0, false},
    {"dp4a", Meaning::Mix, kResult, {}, 0, false},
    {"redux", Meaning::Mix, kResult, {}, 1, false},
    {"min", Meaning::Extremum, kResult, {}, 0, false},
    {"max", Meaning::Extremum, kResult, {}, 0, false},

    // Floating-point arithmetic; addresses only pass through by mistake.
    {"fma", Meaning::Mix, kResult, {}, 0, false},
    {"mma", Meaning::Mix, kResult, {}, 0, false},
    {"wmma.mma", Meaning::Mix, kResult, {}, 0, false},
    {"rcp", Meaning::Mix, kResult, {}, 0, false},
    {"sqrt", Meaning::Mix, kResult, {}, 0, false},
    {"rsqrt", Meaning::Mix, kResult, {}, 0, false},
    {"sin", Meaning::Mix, kResult, {}, 0, false},
    {"cos", Meaning::Mix, kResult, {}, 0, false},
    {"lg2", Meaning::Mix, kResult, {}, 0, false},
    {"ex2", Meaning::Mix, kResult, {}, 0, false},
    {"tanh", Meaning::Mix, kResult, {}, 0, false},
    {"copysign", Meaning::Mix, kResult, {}, 0, false},

    // Tests, of which no address can be made again.
    {"setp", Meaning::Compare, kResult, {}, 0, false},
    {"set", Meaning::Compare, kResult, {}, 0, false},
    {"match", Meaning::Compare, kResult, {}, 1, false},
    {"testp", Meaning::Nothing, kResult, {}, 0, false},
    {"isspacep", Meaning::Nothing, kResult, {}, 0, false},
    {"popc", Meaning::Nothing, kResult, {}, 0, false},
    {"clz", Meaning::Nothing, kResult, {}, 0, false},
    {"bfind", Meaning::Nothing, kResult, {}, 0, false},
    {"fns", Meaning::Nothing, kResult, {}, 0, false},
    {"vote", Meaning::Nothing, kResult, {}, 0, false},
    {"activemask", Meaning::Nothing, kResult, {}, 0, false},
    {"elect", Meaning::Nothing, kResult, {}, 0, false},
    {"getctarank", Meaning::Nothing, kResult, {}, 0, false},
    {"istypep", Meaning::Nothing, kResult, {}, 0, false},
    {"txq", Meaning::Nothing, kResult, {}, 0, false},
    {"suq", Meaning::Nothing, kResult, {}, 0, false},
    {"createpolicy", Meaning::Nothing, kResult, {}, 0, false},
    {"stacksave", Meaning::Nothing, kResult, {}, 0, false},

    // Memory.
    {"ld", Meaning::Memory, kResult, {kRead}, 0, false, true},
    {"ldu", Meaning::Memory, kResult, {kRead}, 0, false, true},
    {"st", Meaning::Memory, !kResult, {kWrite}, 0, false, true},
    {"st.async", Meaning::Memory, !kResult, {kWrite, kBoth}, 0, false},
    {"st.bulk", Meaning::Memory, !kResult, {kWrite}, 0, false},
    {"atom", Meaning::Memory, kResult, {kBoth}, 0, false},
    {"red", Meaning::Memory, !kResult, {kBoth}, 0, false},
    {"red.async", Meaning::Memory, !kResult, {kBoth, kBoth}, 0, false},
    {"multimem.ld_reduce", Meaning::Memory, kResult, {kRead}, 0, false},
    {"multimem.st", Meaning::Memory, !kResult, {kWrite}, 0, false},
    {"multimem.red", Meaning::Memory, !kResult, {kBoth}, 0, false},
    {"multimem.cp.async.bulk", Meaning::Memory, !kResult, {kWrite, kRead}, 0, false},
    {"multimem.cp.reduce.async.bulk", Meaning::Memory, !kResult, {kBoth, kRead}, 0, false},
    {"ldmatrix", Meaning::Memory, kResult, {kRead}, 0, false},
    {"stmatrix", Meaning::Memory, !kResult, {kWrite}, 0, false},
    {"wmma.load", Meaning::Memory, kResult, {kRead}, 0, false},
    {"wmma.store", Meaning::Memory, !kResult, {kWrite}, 0, false},
    {"discard", Meaning::Memory, !kResult, {kWrite}, 0, false},
    {"prefetch", Meaning::Nothing, !kResult, {}, 0, false},
    {"prefetchu", Meaning::Nothing, !kResult, {}, 0, false},
    {"applypriority", Meaning::Nothing, !kResult, {}, 0, false},

    // Copies that run on their own.
    {"cp.async", Meaning::Memory, !kResult, {kWrite, kRead}, 0, false},
    {"cp.async.bulk", Meaning::Memory, !kResult, {kWrite, kRead, kBoth}, 0, false},
    {"cp.reduce.async.bulk", Meaning::Memory, !kResult, {kBoth, kRead, kBoth}, 0, false},
    {"cp.async.bulk.prefetch", Meaning::Nothing, !kResult, {}, 0, false},
    {"cp.async.bulk.commit_group", Meaning::Nothing, !kResult, {}, 0, false},
    {"cp.async.bulk.wait_group", Meaning::Nothing, !kResult, {}, 0, false},
    {"cp.async.commit_group", Meaning::Nothing, !kResult, {}, 0, false},
    {"cp.async.wait_group", Meaning::Nothing, !kResult, {}, 0, false},
    {"cp.async.wait_all", Meaning::Nothing, !kResult, {}, 0, false},
    {"cp.async.mbarrier", Meaning::Memory, !kResult, {kBoth}, 0, false},
    {"tensormap.replace", Meaning::Memory, !kResult, {kBoth}, 0, false},
    {"tensormap.cp_fenceproxy", Meaning::Memory, !kResult, {kWrite, kRead}, 0, false},
    {"clusterlaunchcontrol.try_cancel", Meaning::Memory, !kResult, {kWrite, kBoth}, 0, false},
    {"clusterlaunchcontrol.query_cancel", Meaning::Nothing, kResult, {}, 0, false},

    // Textures and surfaces.
    {"tex", Meaning::Texture, kResult, {kRead}, 0, false},
    {"tld4", Meaning::Texture, kResult, {kRead}, 0, false},
    {"suld", Meaning::Texture, kResult, {kRead}, 0, false},
    {"sust", Meaning::Texture, !kResult, {kWrite}, 0, false},
    {"sured", Meaning::Texture, !kResult, {kBoth}, 0, false},

    // Barriers and hints.
    {"bar", Meaning::Nothing, !kResult, {}, 0, true},
    {"barrier", Meaning::Nothing, !kResult, {}, 0, true},
    {"bar.red", Meaning::Nothing, kResult, {}, 0, true},
    {"bar.cta.red", Meaning::Nothing, kResult, {}, 0, true},
    {"bar.cta.arrive", Meaning::Nothing, !kResult, {}, 0, false},
    {"barrier.red", Meaning::Nothing, kResult, {}, 0, true},
    {"barrier.cta.red", Meaning::Nothing, kResult, {}, 0, true},
    {"bar.arrive", Meaning::Nothing, !kResult, {}, 0, false},
    {"barrier.arrive", Meaning::Nothing, !kResult, {}, 0, false},
    {"barrier.cta.arrive", Meaning::Nothing, !kResult, {}, 0, false},
    {"barrier.cluster.arrive", Meaning::Nothing, !kResult, {}, 0, false},
    {"mbarrier.init", Meaning::Memory, !kResult, {kWrite}, 0, false},
    {"mbarrier.inval", Meaning::Memory, !kResult, {kWrite}, 0, false},
    {"mbarrier.expect_tx", Meaning::Memory, !kResult, {kBoth}, 0, false},
    {"mbarrier.complete_tx", Meaning::Memory, !kResult, {kBoth}, 0, false},
    {"mbarrier.arrive", Meaning::Memory, kResult, {kBoth}, 0, false},
    {"mbarrier.arrive_drop", Meaning::Memory, kResult, {kBoth}, 0, false},
    {"mbarrier.test_wait", Meaning::Memory, kResult, {kRead}, 0, true},
    {"mbarrier.try_wait", Meaning::Memory, kResult, {kRead}, 0, true},
    {"mbarrier.pending_count", Meaning::Nothing, kResult, {}, 0, false},
    {"membar", Meaning::Nothing, !kResult, {}, 0, false},
    {"fence", Meaning::Nothing, !kResult, {}, 0, false},
    {"griddepcontrol", Meaning::Nothing, !kResult, {}, 0, false},
    {"nanosleep", Meaning::Nothing, !kResult, {}, 0, false},
    {"setmaxnreg", Meaning::Nothing, !kResult, {}, 0, false},
    {"pmevent", Meaning::Nothing, !kResult, {}, 0, false},
    {"brkpt", Meaning::Nothing, !kResult, {}, 0, false},
    {"stackrestore", Meaning::Nothing, !kResult, {}, 0, false},
    {"wgmma.fence", Meaning::Nothing, !kResult, {}, 0, false},
    {"wgmma.commit_group", Meaning::Nothing, !kResult, {}, 0, false},
    {"wgmma.wait_group", Meaning::Nothing, !kResult, {}, 0, false},

    // Control.
    {"alloca", Meaning::Allocate, kResult, {}, 0, false},
    {"bra", Meaning::Branch, !kResult, {}, 0, false},
    {"brx", Meaning::IndexedBranch, !kResult, {}, 0, false},
    {"call", Meaning::Call, !kResult, {}, 0, false},
    {"ret", Meaning::Return, !kResult, {}, 0, false},
    {"exit", Meaning::Exit, !kResult, {}, 0, false},
    {"trap", Meaning::Exit, !kResult, {}, 0, false},
};

constexpr OpcodeRule kUnknown = {"", Meaning::Unknown, kResult, {kBoth, kBoth, kBoth}, 0, false};

const OpcodeRule& find_rule(std::string_view opcode) {
  static const auto& rules = *[] {
    auto* table = new std::unordered_map<std::string_view, const OpcodeRule*>;
    for (const OpcodeRule& rule : kRules) table->emplace(rule.name, &rule);
    return table;
  }();
  // The longest name that begins the opcode, cut at a dot.
  for (std::string_view name = opcode; !name.empty();) {
    if (const auto found = rules.find(name); found != rules.end()) return *found->second;
    const std::size_t dot = name.rfind('.');
    name = dot == std::string_view::npos ? std::string_view() : name.substr(0, dot);
  }
  return kUnknown;
}

bool names_space(std::string_view word, Space& space) {
  word = word.substr(0, word.find("::"));  // ".shared::cta"
  if (word == ".global") return space = Space::Global, true;
  if (word == ".const") return space = Space::Const, true;
  if (word == ".shared") return space = Space::Shared, true;
  if (word == ".local") return space = Space::Local, true;
  if (word == ".param") return space = Space::Param, true;
  return false;
}

}  // namespace

Opcode decode(std::string_view text) {
  Opcode opcode;
  opcode.rule = &find_rule(text);
  std::size_t spaces = 0;
  for (std::size_t dot = text.find('.'); dot != std::string_view::npos;) {
    const std::size_t end = text.find('.', dot + 1);
    const std::string_view word = text.substr(dot, end == std::string_view::npos ? end : end - dot);
    Space space = Space::Generic;
    if (names_space(word, space)) {
      if (spaces < opcode.spaces.size()) opcode.spaces[spaces++] = space;
    } else if (const std::size_t bytes = type_bytes(word); bytes != 0) {
      opcode.previous_bytes = opcode.bytes;
      opcode.bytes = static_cast<std::uint32_t>(bytes);
    }
    dot = end;
  }
  // Barriers of copies lie in shared memory, whether the opcode says so or not.
  if (spaces == 1 && opcode.rule->touches[1] != Touch::None) opcode.spaces[1] = opcode.spaces[0];
  if (opcode.rule->touches[2] != Touch::None) opcode.spaces[2] = Space::Shared;
  return opcode;
}

}  // namespace sennit::cuda::ptx
