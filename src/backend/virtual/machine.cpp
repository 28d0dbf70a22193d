// backend/virtual/machine.cpp: reads a machine's description, and answers what things cost.
#include "backend/virtual/machine.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>

#include "base/error.h"
#include "base/text.h"

namespace sennit {
namespace {

// Words of one line, taken from the left. Each `take` names what it wants, for the message.
class Line {
 public:
  Line(std::string_view text, std::string where) : rest_(text), where_(std::move(where)) {
    rest_ = rest_.substr(0, rest_.find('#'));
    trim();
  }

  bool empty() const { return rest_.empty(); }

  std::string_view take_word(std::string_view what) {
    if (rest_.empty()) complain(format("{} is missing", what));
    const std::string_view word = rest_.substr(0, rest_.find_first_of(kBlanks));
    rest_.remove_prefix(word.size());
    trim();
    return word;
  }

  std::string_view take_rest(std::string_view what) {
    if (rest_.empty()) complain(format("{} is missing", what));
    return std::exchange(rest_, {});
  }

  double take_number(std::string_view what) {
    const std::string_view word = take_word(what);
    double value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc() || end != word.data() + word.size() || !(value >= 0)) {
      complain(format("{} is '{}'; write a number that is not negative", what, word));
    }
    return value;
  }

  template <typename Integer>
  Integer take_count(std::string_view what) {
    const std::string_view word = take_word(what);
    Integer value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc() || end != word.data() + word.size() || value < 0) {
      complain(format("{} is '{}'; write a whole number that is not negative", what, word));
    }
    return value;
  }

  // One of two words; true for the first.
  bool take_choice(std::string_view what, std::string_view yes, std::string_view no) {
    const std::string_view word = take_word(what);
    if (word != yes && word != no) {
      complain(format("{} is '{}'; write '{}' or '{}'", what, word, yes, no));
    }
    return word == yes;
  }

  void expect_end() {
    if (!rest_.empty()) complain(format("'{}' is left over at the end of the line", rest_));
  }

  [[noreturn]] void complain(const std::string& what) const {
    raise(ErrorCode::InvalidArgument, format("{}: {}", where_, what));
  }

 private:
  static constexpr std::string_view kBlanks = " \t\r";

  void trim() {
    const auto begin = rest_.find_first_not_of(kBlanks);
    const auto end = rest_.find_last_not_of(kBlanks);
    rest_ =
        begin == std::string_view::npos ? std::string_view{} : rest_.substr(begin, end - begin + 1);
  }

  std::string_view rest_;
  std::string where_;
};

int take_link_end(Line& line, std::string_view what) {
  const std::string_view word = line.take_word(what);
  if (word == "host") return CopyCommand::kHost;
  if (word == "*") return VirtualMachine::kAny;
  int device = -1;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), device);
  if (error != std::errc() || end != word.data() + word.size() || device < 0) {
    line.complain(format("{} is '{}'; write a device's number, 'host' or '*'", what, word));
  }
  return device;
}

void read_link(VirtualMachine& machine, Line& line) {
  VirtualMachine::Link link;
  link.from = take_link_end(line, "the link's start");
  link.to = take_link_end(line, "the link's end");
  link.bytes_per_second = line.take_number("bytes per second");
  if (link.bytes_per_second == 0) line.complain("a link of 0 bytes per second never delivers");
  link.latency_us = line.empty() ? 0 : line.take_number("the latency");
  machine.links.push_back(link);
}

void read_kernel(VirtualMachine& machine, Line& line) {
  VirtualMachine::KernelCost cost;
  cost.fixed_us = line.take_number("the time of a launch");
  cost.per_block_us = line.take_number("the time of a block");
  machine.kernels[std::string(line.take_rest("the kernel's name"))] = cost;
}

struct Setting {
  std::string_view name;
  void (*read)(VirtualMachine& machine, Line& line);
};

constexpr Setting kSettings[] = {
    {"devices", [](auto& m, Line& l) { m.devices = l.take_count<int>("the number of devices"); }},
    {"memory",
     [](auto& m, Line& l) { m.shares_host_memory = l.take_choice("memory", "shared", "own"); }},
    {"memory_bytes",
     [](auto& m, Line& l) { m.memory_bytes = l.take_count<std::size_t>("memory_bytes"); }},
    {"concurrent_kernels",
     [](auto& m, Line& l) { m.concurrent_kernels = l.take_count<int>("concurrent_kernels"); }},
    {"launch_us", [](auto& m, Line& l) { m.launch_us = l.take_number("launch_us"); }},
    {"crossing_us", [](auto& m, Line& l) { m.crossing_us = l.take_number("crossing_us"); }},
    {"host_waits",
     [](auto& m, Line& l) { m.host_waits = l.take_choice("host_waits", "yes", "no"); }},
    {"bytes_per_second",
     [](auto& m, Line& l) {
       m.bytes_per_second = l.take_number("bytes_per_second");
       if (m.bytes_per_second == 0) l.complain("memory of 0 bytes per second never delivers");
     }},
    {"link", read_link},
    {"kernel_us", [](auto& m, Line& l) { m.kernel_us = l.take_number("kernel_us"); }},
    {"kernel", read_kernel},
};

}  // namespace

VirtualMachine VirtualMachine::parse(std::string_view text, std::string_view file) {
  VirtualMachine machine;
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    Line line(text.substr(0, end), format("{}:{}", file, number));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty()) continue;
    const std::string_view name = line.take_word("the setting");
    const Setting* found = nullptr;
    std::vector<std::string_view> known;
    for (const Setting& setting : kSettings) {
      known.push_back(setting.name);
      if (setting.name == name) found = &setting;
    }
    if (found == nullptr) {
      line.complain(format("no setting is called '{}'; known: {}", name, join(known)));
    }
    found->read(machine, line);
    line.expect_end();
  }
  if (machine.devices < 1) {
    raise(ErrorCode::InvalidArgument,
          format("{}: a machine has at least one device; devices is {}", file, machine.devices));
  }
  return machine;
}

VirtualMachine VirtualMachine::read_file(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) {
    raise(ErrorCode::Unavailable,
          format("cannot read the virtual machine's description '{}'; it is a text file with one "
                 "setting a line, such as 'devices 2'",
                 path));
  }
  return parse(text.str(), path);
}

const VirtualMachine::Link& VirtualMachine::link(int from, int to) const {
  const auto fits = [&](const Link& link) {
    return (link.from == kAny || link.from == from) && (link.to == kAny || link.to == to);
  };
  const auto last = std::find_if(links.rbegin(), links.rend(), fits);
  if (last == links.rend()) fail(format("no link from {} to {}", from, to));
  return *last;
}

std::optional<double> VirtualMachine::known_duration_us(std::string_view kernel,
                                                        const LaunchConfig& config) const {
  const auto found = kernels.find(kernel);
  if (found == kernels.end()) return std::nullopt;
  const KernelCost& cost = found->second;
  return cost.fixed_us + cost.per_block_us * static_cast<double>(config.grid.count());
}

double VirtualMachine::launch_duration_us(std::string_view kernel,
                                          const LaunchConfig& config) const {
  return known_duration_us(kernel, config).value_or(kernel_us);
}

}  // namespace sennit
