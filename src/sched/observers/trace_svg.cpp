#include "sched/observers/trace_svg.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "sched/observers/dag_layout.h"

namespace sennit {
namespace {

constexpr std::size_t kMostDrawn = 2000;
constexpr double kMargin = 24;
constexpr double kNodeWidth = 112;
constexpr double kNodeHeight = 24;
constexpr double kColumn = 160;  // from one depth of the DAG to the next
constexpr double kLane = 30;
constexpr double kLabelWidth = 120;

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

// A colour for each label, far apart on the colour circle (golden angle), the same in both parts.
class Colours {
 public:
  std::string of(const TraceRecord& record) {
    if (record.failed) return "#d32f2f";
    if (record.on_host()) return "#e0e0e0";
    if (record.kind == OperationKind::Transfer) return "#b0bec5";
    const auto [entry, fresh] = hues_.try_emplace(record.label, 0.0);
    if (fresh) entry->second = 137.5 * static_cast<double>(hues_.size() - 1);
    return format("hsl({:.0f}, 62%, 72%)",
                  entry->second - 360.0 * static_cast<int>(entry->second / 360));
  }

 private:
  std::map<std::string, double> hues_;
};

std::string tooltip(const TraceRecord& record) {
  std::string text = format("{} {}", name_of(record.kind), record.label);
  if (record.where.known()) text += format("\n{}:{}", record.where.file, record.where.line);
  if (record.touches_known) text += "\ncounts as touching every array whose address is known";
  if (record.timed()) text += format("\n{:.1f} us", record.end_us - record.start_us);
  return escaped(text);
}

std::string shortened(const std::string& label, std::size_t letters) {
  return escaped(label.size() <= letters ? label : label.substr(0, letters - 1) + "\u2026");
}

std::string curve(double x1, double y1, double x2, double y2) {
  return format("C{:.1f},{:.1f} {:.1f},{:.1f} {:.1f},{:.1f}", x1 + 24, y1, x2 - 24, y2, x2, y2);
}

// The DAG in columns by depth. Curves lie in the gaps between columns; within a column an edge that
// passes is a straight line.
std::string draw_dag(const std::vector<TraceRecord>& records, std::size_t count, double top,
                     Colours& colours, double& width, double& bottom) {
  std::vector<std::size_t> shown;  // by node of the picture
  std::vector<std::uint32_t> node_of(count);
  std::vector<std::vector<std::uint32_t>> parents;
  for (std::size_t i = 0; i < count; ++i) {
    if (records[i].kind == OperationKind::Transfer) continue;
    node_of[i] = static_cast<std::uint32_t>(shown.size());
    shown.push_back(i);
    parents.emplace_back();
    for (const std::uint32_t parent : records[i].parents) parents.back().push_back(node_of[parent]);
  }
  const DagLayout layout = lay_out_dag(parents);
  const double middle = top + kNodeHeight / 2;
  const auto left_of = [](std::size_t column) {
    return kMargin + kColumn * static_cast<double>(column);
  };
  std::string lines;
  std::string boxes;
  for (std::size_t node = 0; node < shown.size(); ++node) {
    const TraceRecord& record = records[shown[node]];
    const double x = left_of(layout.column[node]);
    const double y = middle + layout.y[node];
    boxes += format(
        "<g><title>{}</title><rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{}\" height=\"{}\" rx=\"5\" "
        "fill=\"{}\" class=\"n\"/><text x=\"{:.1f}\" y=\"{:.1f}\" "
        "text-anchor=\"middle\">{}</text></g>\n",
        tooltip(record), x, y - kNodeHeight / 2, kNodeWidth, kNodeHeight, colours.of(record),
        x + kNodeWidth / 2, y + 4, shortened(record.label, 17));
    width = std::max(width, x + kNodeWidth + kMargin);
    if (!layout.trunk[node].empty()) {
      double last = y;
      std::string path = format("M{:.1f},{:.1f} ", x + kNodeWidth, y);
      for (std::size_t k = 0; k < layout.trunk[node].size(); ++k) {
        const double at = left_of(layout.column[node] + 1 + k);
        const double next = middle + layout.trunk[node][k];
        path += curve(at - kColumn + kNodeWidth, last, at, next);
        path += format(" H{:.1f} ", at + kNodeWidth);
        last = next;
      }
      lines += format("<path d=\"{}\" class=\"e\"/>\n", path);
    }
    for (const std::uint32_t parent : parents[node]) {
      const std::size_t passed = layout.column[node] - layout.column[parent] - 1;
      const double from =
          middle + (passed == 0 ? layout.y[parent] : layout.trunk[parent][passed - 1]);
      const double start = x - kColumn + kNodeWidth;
      lines += format("<path d=\"M{:.1f},{:.1f} {}\" class=\"e\"/>\n", start, from,
                      curve(start, from, x, y));
    }
  }
  bottom = top + layout.height + kNodeHeight + 10;
  return lines + boxes;
}

std::string draw_timeline(const std::vector<TraceRecord>& records, std::size_t count, double top,
                          double width, Colours& colours, double& bottom) {
  double begin = 1e300;
  double end = 0;
  std::set<std::pair<int, StreamId>> lanes;
  bool host = false;
  for (std::size_t i = 0; i < count; ++i) {
    const TraceRecord& record = records[i];
    if (!record.timed()) continue;
    if (record.on_host()) {
      if (record.end_us == record.start_us) continue;  // did not wait
      host = true;
    } else {
      lanes.insert({record.device, record.stream});
    }
    begin = std::min(begin, record.start_us);
    end = std::max(end, record.end_us);
  }
  if (end <= begin) {
    bottom = top + kLane;
    return format(
        "<text x=\"{}\" y=\"{:.1f}\">this device does not tell when its work ran</text>\n", kMargin,
        top + 16);
  }
  std::map<std::pair<int, StreamId>, double> rows;
  std::string text;
  double y = top;
  const auto name = [&](const std::string& label) {
    text += format("<text x=\"{}\" y=\"{:.1f}\">{}</text>\n", kMargin, y + 16, label);
    text += format("<line x1=\"{}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" class=\"l\"/>\n",
                   kMargin + kLabelWidth, y + kLane - 3, width - kMargin, y + kLane - 3);
    y += kLane;
  };
  if (host) {
    rows[{-1, kNoStream}] = y;
    name("host waits");
  }
  for (const auto& lane : lanes) {
    rows[lane] = y;
    name(format("device {}, stream {}", lane.first, lane.second));
  }
  const double scale = (width - 2 * kMargin - kLabelWidth) / (end - begin);
  for (std::size_t i = 0; i < count; ++i) {
    const TraceRecord& record = records[i];
    const auto row = rows.find(record.on_host() ? std::pair<int, StreamId>{-1, kNoStream}
                                                : std::pair{record.device, record.stream});
    if (!record.timed() || row == rows.end() || record.end_us == record.start_us) continue;
    const double x = kMargin + kLabelWidth + (record.start_us - begin) * scale;
    const double w = std::max((record.end_us - record.start_us) * scale, 0.7);
    text += format(
        "<g><title>{}</title><rect x=\"{:.2f}\" y=\"{:.1f}\" width=\"{:.2f}\" height=\"{}\" "
        "fill=\"{}\" class=\"b\"/>",
        tooltip(record), x, row->second, w, kLane - 8, colours.of(record));
    if (w > 34) {
      text += format("<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"s\">{}</text>", x + 3,
                     row->second + 15, shortened(record.label, static_cast<std::size_t>(w / 6.5)));
    }
    text += "</g>\n";
  }
  text += format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{:.3f} ms</text>\n",
                 width - kMargin, y + 14, (end - begin) / 1e3);
  text += format("<text x=\"{:.1f}\" y=\"{:.1f}\">0</text>\n", kMargin + kLabelWidth, y + 14);
  bottom = y + 20;
  return text;
}

}  // namespace

std::string to_svg(const std::vector<TraceRecord>& records) {
  const std::size_t count = std::min(records.size(), kMostDrawn);
  Colours colours;
  double width = 900;
  double dag_bottom = 0;
  double bottom = 0;
  const double dag_top = kMargin + 30;
  const std::string dag = draw_dag(records, count, dag_top, colours, width, dag_bottom);
  const double time_top = dag_bottom + 46;
  const std::string timeline = draw_timeline(records, count, time_top, width, colours, bottom);
  std::string text = format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" "
      "height=\"{1:.0f}\">\n",
      width, bottom + kMargin);
  text +=
      "<style>text{font:11px sans-serif;fill:#222}.h{font-weight:bold;font-size:14px}"
      ".s{font-size:10px}.e{fill:none;stroke:#90a4ae}.n{stroke:#607d8b}.b{stroke:#607d8b;"
      "stroke-width:.3}.l{stroke:#eceff1}</style>\n<rect width=\"100%\" height=\"100%\" "
      "fill=\"white\"/>\n";
  text += format(
      "<text x=\"{}\" y=\"{}\" class=\"h\">Dependencies{}</text>\n", kMargin, kMargin + 12,
      count < records.size() ? format(" (the first {} of {} operations)", count, records.size())
                             : "");
  text += dag;
  text +=
      format("<text x=\"{}\" y=\"{:.1f}\" class=\"h\">Timeline</text>\n", kMargin, time_top - 14);
  return text + timeline + "</svg>\n";
}

}  // namespace sennit
