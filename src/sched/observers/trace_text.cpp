#include "sched/observers/trace_text.h"

#include "base/text.h"

namespace sennit {
namespace {

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += format("\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace

std::string to_dot(const std::vector<TraceRecord>& records) {
  std::string text = "digraph sennit {\n  rankdir=LR; node [shape=box, style=rounded];\n";
  for (std::size_t i = 0; i < records.size(); ++i) {
    const TraceRecord& record = records[i];
    if (record.kind == OperationKind::Transfer) continue;
    text += format("  n{} [label={}{}];\n", i, in_quotes(record.label),
                   record.on_host() ? ", style=dashed" : "");
    for (const std::uint32_t parent : record.parents) text += format("  n{} -> n{};\n", parent, i);
  }
  return text + "}\n";
}

std::string to_json(const std::vector<TraceRecord>& records) {
  std::string text = "[\n";
  const double origin = records.empty() ? 0 : records.front().submitted_us;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const TraceRecord& record = records[i];
    std::string parents;
    for (const std::uint32_t parent : record.parents) {
      parents += format("{}{}", parents.empty() ? "" : ", ", parent);
    }
    text += format(R"({{"id": {}, "kind": {}, "label": {}, "device": {}, "stream": {}, )", i,
                   in_quotes(name_of(record.kind)), in_quotes(record.label), record.device,
                   record.on_host() ? "null" : std::to_string(record.stream));
    text += format(R"("parents": [{}], "bytes": {}, "submitted_us": {:.3f}, )", parents,
                   record.bytes, record.submitted_us - origin);
    if (record.timed()) {
      text += format(R"("start_us": {:.3f}, "end_us": {:.3f}, )", record.start_us - origin,
                     record.end_us - origin);
    }
    if (record.where.known()) {
      text +=
          format(R"("file": {}, "line": {}, )", in_quotes(record.where.file), record.where.line);
    }
    if (record.touches_known) text += R"("touches_known": true, )";
    text += format(R"("failed": {}}}{})", record.failed ? "true" : "false",
                   i + 1 < records.size() ? ",\n" : "\n");
  }
  return text + "]\n";
}

}  // namespace sennit
