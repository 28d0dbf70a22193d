#include "grcuda/options.h"

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "base/intern.h"
#include "base/log.h"
#include "base/text.h"

namespace sennit::grcuda {
namespace {

constexpr std::string_view kPrefix = "grcuda.";

std::string environment_name(std::string_view name) {
  std::string variable = "SENNIT_GRCUDA_";
  for (const char c : name) {
    variable += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return variable;
}

[[noreturn]] void refuse(const GrcudaOptionInfo& info, std::string_view value,
                         std::string_view taken) {
  raise(ErrorCode::InvalidArgument,
        format("option {}{}: '{}' is not possible; it takes {}", kPrefix, info.name, value, taken));
}

// ---- One parser and one printer for each type of the table --------------------------------------

void parse(const GrcudaOptionInfo& info, std::string_view text, bool& out) {
  if (text != "true" && text != "false") refuse(info, text, "true or false");
  out = text == "true";
}

template <typename Number>
void parse(const GrcudaOptionInfo& info, std::string_view text, Number& out) {
  Number value{};
  const auto [stop, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool fits = std::is_integral_v<Number> || (value >= 0 && value <= 1);
  if (fault != std::errc() || stop != text.data() + text.size() || !fits) {
    refuse(info, text, info.values);
  }
  out = value;
}

void parse(const GrcudaOptionInfo&, std::string_view text, std::string& out) { out = text; }

// Other names of a value become the value.
void parse_choice(const GrcudaOptionInfo& info, std::string_view text, std::string& out) {
  std::string known;
  for (std::string_view rest = info.values; !rest.empty();) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    const std::string_view word = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const std::size_t equals = std::min(word.find('='), word.size());
    const std::string_view name = word.substr(0, equals);
    if (name == text) {
      out = equals < word.size() ? word.substr(equals + 1) : word;
      return;
    }
    known += format("{}{}", known.empty() ? "" : ", ", name);
  }
  refuse(info, text, known);
}

std::string print(bool value) { return value ? "true" : "false"; }
std::string print(std::int64_t value) { return format("{}", value); }
std::string print(double value) { return format("{}", value); }
std::string print(const std::string& value) { return value; }

// ---- What sennit calls them ---------------------------------------------------------------------

std::string in_sennit(std::string_view policy) {
  if (policy == "single-gpu") return "single_device";
  if (policy == "reuse") return "reuse_idle";
  if (policy == "disjoint") return "disjoint_parents";
  std::string name(policy);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

}  // namespace

std::span<const GrcudaOptionInfo> grcuda_option_table() {
  static const std::vector<GrcudaOptionInfo> table = [] {
    std::vector<GrcudaOptionInfo> rows;
#define SENNIT_GRCUDA_ROW(type, name, standard, values, meaning) \
  rows.push_back({#name, intern(environment_name(#name)), standard, values, meaning});
    SENNIT_GRCUDA_OPTIONS(SENNIT_GRCUDA_ROW)
#undef SENNIT_GRCUDA_ROW
    return rows;
  }();
  return table;
}

GrcudaOptions::GrcudaOptions() {
  for (const GrcudaOptionInfo& info : grcuda_option_table()) set(info.name, info.standard);
#define SENNIT_GRCUDA_RESET(type, name, standard, values, meaning) name.given = false;
  SENNIT_GRCUDA_OPTIONS(SENNIT_GRCUDA_RESET)
#undef SENNIT_GRCUDA_RESET
}

GrcudaOptions GrcudaOptions::from_environment() {
  GrcudaOptions options;
  for (const GrcudaOptionInfo& info : grcuda_option_table()) {
    const char* const value = environment_value(info.environment);
    if (value == nullptr) continue;
    try {
      options.set(info.name, value);
    } catch (Error& error) {
      error.add_context(info.environment);
      throw;
    }
  }
  return options;
}

void GrcudaOptions::set(std::string_view name, std::string_view value) {
  if (name.starts_with(kPrefix)) name.remove_prefix(kPrefix.size());
  const auto table = grcuda_option_table();
  const auto info = std::find_if(table.begin(), table.end(),
                                 [&](const GrcudaOptionInfo& row) { return name == row.name; });
  if (info == table.end()) {
    std::string known;
    for (const GrcudaOptionInfo& row : table) {
      known += format("{}{}{}", known.empty() ? "" : ", ", kPrefix, row.name);
    }
    raise(ErrorCode::InvalidArgument,
          format("no option is called '{}{}'; known: {}", kPrefix, name, known));
  }
#define SENNIT_GRCUDA_PARSE_Choice parse_choice
#define SENNIT_GRCUDA_PARSE_Flag parse
#define SENNIT_GRCUDA_PARSE_Fraction parse
#define SENNIT_GRCUDA_PARSE_Integer parse
#define SENNIT_GRCUDA_PARSE_Text parse
#define SENNIT_GRCUDA_SET(type, member, standard, values, meaning) \
  if (name == #member) {                                           \
    SENNIT_GRCUDA_PARSE_##type(*info, value, member.value);        \
    member.given = true;                                           \
  }
  SENNIT_GRCUDA_OPTIONS(SENNIT_GRCUDA_SET)
#undef SENNIT_GRCUDA_SET
#undef SENNIT_GRCUDA_PARSE_Choice
#undef SENNIT_GRCUDA_PARSE_Flag
#undef SENNIT_GRCUDA_PARSE_Fraction
#undef SENNIT_GRCUDA_PARSE_Integer
#undef SENNIT_GRCUDA_PARSE_Text
}

bool GrcudaOptions::take_argument(std::string_view argument) {
  if (!argument.starts_with("--") || !argument.substr(2).starts_with(kPrefix)) return false;
  argument.remove_prefix(2);
  const std::size_t equals = argument.find('=');
  // The first version's programs name flags alone.
  set(argument.substr(0, equals),
      equals == std::string_view::npos ? "true" : argument.substr(equals + 1));
  return true;
}

GrcudaOptions::StreamPolicies GrcudaOptions::stream_policies() const {
  StreamPolicies streams{RetrieveNewStreamPolicy.value, RetrieveParentStreamPolicy.value};
  if (streams.root == "adaptive" && streams.child != "adaptive") streams.root = "reuse";
  if (streams.child == "adaptive" && streams.root != "adaptive") streams.child = "same-as-parent";
  return streams;
}

Options GrcudaOptions::apply(Options options) const {
  if (ExecutionPolicy.given) options.serial = ExecutionPolicy.value == "sync";
  if (TensorRTEnabled.value && !options.serial) {
    log(LogLevel::Warning,
        "grcuda.TensorRTEnabled: computations are not ordered with those of TensorRT, so each is "
        "finished before the next is submitted");
    options.serial = true;
  }
  if (DependencyPolicy.given) options.assume_written = DependencyPolicy.value == "no-const";

  const StreamPolicies streams = stream_policies();
  if (streams.child != "adaptive") {
    options.stream_policy = format("{}+{}", in_sennit(streams.root), in_sennit(streams.child));
  } else if (RetrieveNewStreamPolicy.given || RetrieveParentStreamPolicy.given) {
    options.stream_policy = "adaptive";
  }
  if (DeviceSelectionPolicy.given) {
    options.placement_policy = in_sennit(DeviceSelectionPolicy.value);
  }
  if (DataThreshold.given) options.data_threshold = DataThreshold.value;
  if (BandwidthMatrix.given) options.bandwidth_matrix = BandwidthMatrix.value;
  if (NumberOfGPUs.given) {
    if (NumberOfGPUs.value < 1) {
      log(LogLevel::Warning, "grcuda.NumberOfGPUs is {}; using 1", NumberOfGPUs.value);
    }
    options.devices = std::max<std::int64_t>(NumberOfGPUs.value, 1);
  }
#define SENNIT_GRCUDA_TELL(type, name, standard, values, meaning)                             \
  if (name.given && std::string_view(meaning).starts_with("nothing: ")) {                     \
    log(LogLevel::Info, "grcuda." #name " is accepted and changes {}", std::string(meaning)); \
  }
  SENNIT_GRCUDA_OPTIONS(SENNIT_GRCUDA_TELL)
#undef SENNIT_GRCUDA_TELL
  return options;
}

std::vector<std::pair<std::string, std::string>> GrcudaOptions::list(int devices) const {
  std::vector<std::pair<std::string, std::string>> all;
  const auto add = [&](std::string_view name, const auto& setting) {
    all.emplace_back(format("{}{}", kPrefix, name), print(setting.value));
  };
  GrcudaOptions shown = *this;
  shown.NumberOfGPUs.value = devices;
  const StreamPolicies streams = stream_policies();
  shown.RetrieveNewStreamPolicy.value = streams.root;
  shown.RetrieveParentStreamPolicy.value = streams.child;
#define SENNIT_GRCUDA_LIST(type, name, standard, values, meaning) add(#name, shown.name);
  SENNIT_GRCUDA_OPTIONS(SENNIT_GRCUDA_LIST)
#undef SENNIT_GRCUDA_LIST
  return all;
}

}  // namespace sennit::grcuda
