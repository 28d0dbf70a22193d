#include "sched/observers/overlap.h"

#include <algorithm>
#include <set>

#include "base/text.h"

namespace sennit {
namespace {

// The start or the end of a timed operation.
struct Edge {
  double at;
  int kernels;  // +1, -1 or 0
  int transfers;
};

}  // namespace

Overlap measure_overlap(const std::vector<TraceRecord>& records) {
  Overlap result;
  std::set<StreamId> streams;
  std::vector<Edge> edges;
  for (const TraceRecord& record : records) {
    if (record.kind == OperationKind::Transfer) {
      ++result.transfers;
      result.transfer_bytes += record.bytes;
    } else {
      result.dependencies += record.parents.size();
    }
    if (record.on_host()) {
      ++result.host_accesses;
      continue;
    }
    const bool kernel = record.kind != OperationKind::Transfer;
    if (record.kind == OperationKind::Launch) {
      ++result.kernels;
      streams.insert(record.stream);
    }
    if (!record.timed()) continue;
    edges.push_back({record.start_us, kernel ? 1 : 0, kernel ? 0 : 1});
    edges.push_back({record.end_us, kernel ? -1 : 0, kernel ? 0 : -1});
  }
  result.streams = streams.size();
  if (edges.empty()) return result;
  std::sort(edges.begin(), edges.end(), [](const Edge& a, const Edge& b) {
    return a.at != b.at ? a.at < b.at : a.kernels + a.transfers < b.kernels + b.transfers;
  });
  result.span_us = edges.back().at - edges.front().at;

  double transfer_us = 0, with_transfer = 0, with_kernel = 0, kernel_pairs = 0, overlapped = 0;
  double any_kernel_us = 0;
  int kernels = 0;
  int transfers = 0;
  double last = edges.front().at;
  for (const Edge& edge : edges) {
    const double step = edge.at - last;
    result.kernel_us += step * kernels;
    transfer_us += step * transfers;
    any_kernel_us += kernels > 0 ? step : 0;
    if (kernels > 0 && transfers > 0) {
      with_transfer += step * kernels;
      with_kernel += step * transfers;
    }
    if (kernels > 1) kernel_pairs += step * kernels;
    if (kernels + transfers > 1) overlapped += step * (kernels + transfers);
    kernels += edge.kernels;
    transfers += edge.transfers;
    last = edge.at;
  }
  const auto share = [](double part, double whole) { return whole > 0 ? part / whole : 0; };
  result.kernel_with_transfer = share(with_transfer, result.kernel_us);
  result.transfer_with_kernel = share(with_kernel, transfer_us);
  result.kernel_with_kernel = share(kernel_pairs, result.kernel_us);
  result.any = share(overlapped, result.kernel_us + transfer_us);
  result.mean_kernels = share(result.kernel_us, any_kernel_us);
  return result;
}

std::string to_text(const Overlap& o) {
  std::string text = format(
      "{} kernels with {} dependencies on {} streams; {} transfers ({}); {} reads and writes by "
      "the host\n",
      o.kernels, o.dependencies, o.streams, o.transfers, format_bytes(o.transfer_bytes),
      o.host_accesses);
  if (o.span_us > 0) {
    text += format(
        "{:.2f} ms from the first start to the last end, {:.2f} ms of kernels: {:.2f} at a time\n",
        o.span_us / 1e3, o.kernel_us / 1e3, o.mean_kernels);
    text += format(
        "overlap: {:.0f} % of kernel time beside another kernel, {:.0f} % beside a "
        "transfer; {:.0f} % of transfer time beside a kernel\n",
        100 * o.kernel_with_kernel, 100 * o.kernel_with_transfer, 100 * o.transfer_with_kernel);
  }
  return text;
}

}  // namespace sennit
