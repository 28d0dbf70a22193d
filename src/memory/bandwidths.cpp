#include "memory/bandwidths.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"

namespace sennit {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kHeader = "From,To,Bandwidth";
// Long enough to hide what starting a copy costs, short enough for all pairs of 8 devices.
constexpr std::size_t kCopyBytes = std::size_t{4} << 20;
constexpr int kCopies = 3;  // the first wakes the link; the fastest of the others counts

// ---- The file ----------------------------------------------------------------------------------

std::string_view take(std::string_view& text, char end) {
  const std::size_t at = text.find(end);
  std::string_view part = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  while (!part.empty() && (part.back() == '\r' || part.back() == ' ')) part.remove_suffix(1);
  while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
  return part;
}

template <typename Number>
bool parse(std::string_view text, Number& out) {
  const auto [stop, fault] = std::from_chars(text.data(), text.data() + text.size(), out);
  return fault == std::errc() && stop == text.data() + text.size();
}

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) return std::nullopt;
  return text.str();
}

const Bandwidth* find(std::span<const Bandwidth> all, int from, int to) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const Bandwidth& bandwidth) {
    return bandwidth.from == from && bandwidth.to == to;
  });
  return found == all.end() ? nullptr : &*found;
}

// ---- Measuring ---------------------------------------------------------------------------------

bool has_memory(const Device& device) { return !device.info().shares_host_memory; }

// Memory on both ends of every link, and a stream on each device.
struct Probe {
  explicit Probe(Device& probed)
      : device(probed),
        memory(probed.allocate(kCopyBytes)),
        host(probed.allocate_host(kCopyBytes)),
        stream(probed.create_stream()),
        event(probed.create_event()) {
    device.record_timings(true);
  }
  ~Probe() { device.record_timings(false); }

  // How long a copy took that the device's stream was given; its own figure where it has one.
  double copy_us(const CopyCommand& copy) {
    const double start_us = device.now_us();
    stream->enqueue(copy, 1);
    stream->record(*event);
    event->sync();
    const double end_us = device.now_us();
    std::vector<Timing> timings;
    device.take_timings(timings);
    if (const auto failure = device.take_failure()) throw failure->error;
    return timings.empty() ? end_us - start_us : timings.back().end_us - timings.back().start_us;
  }

  Device& device;
  std::unique_ptr<Allocation> memory;
  std::unique_ptr<Allocation> host;
  std::unique_ptr<Stream> stream;
  std::unique_ptr<Event> event;
};

// `link` is what the device says of itself, for a machine whose copies take no time.
Bandwidth measure(Probe& probe, const CopyCommand& copy, double link) {
  double least_us = 0;
  for (int i = 0; i < kCopies; ++i) {
    const double us = probe.copy_us(copy);
    if (i == 1 || (i > 1 && us < least_us)) least_us = us;
  }
  const double rate = least_us > 0 ? static_cast<double>(copy.bytes) / least_us * 1e6 : link;
  return {copy.from_device, copy.to_device, std::round(rate / 1e6) / 1e3};  // as the file keeps it
}

// ---- Keeping -----------------------------------------------------------------------------------

// The same devices in another host may be linked otherwise.
std::string cached_path(std::span<Device* const> devices, const std::string& folder) {
  char host[256] = {};
  ::gethostname(host, sizeof host - 1);
  std::string key = host;
  for (const Device* device : devices) {
    const DeviceInfo& info = device->info();
    key += format("\n{} {} {} {} {}", info.kind, info.name, info.architecture, info.dlpack_id,
                  info.link_bytes_per_second);
  }
  return format("{}/bandwidths-{:016x}.csv", folder, XXH3_64bits(key.data(), key.size()));
}

bool covers(std::span<const Bandwidth> bandwidths, std::span<Device* const> devices) {
  const int count = static_cast<int>(devices.size());
  for (int to = 0; to < count; ++to) {
    for (int from = Bandwidth::kHost; from < count; ++from) {
      const bool link = has_memory(*devices[static_cast<std::size_t>(to)]) && from != to &&
                        (from < 0 || has_memory(*devices[static_cast<std::size_t>(from)]));
      if (link && find(bandwidths, from, to) == nullptr) return false;
    }
  }
  return true;
}

// Under a name of its own and then renamed: others see all of it or nothing.
void keep(const std::string& path, const std::string& text) {
  std::error_code error;
  if (const fs::path folder = fs::path(path).parent_path(); !fs::exists(folder, error)) {
    fs::create_directories(folder, error);
    fs::permissions(folder, fs::perms::owner_all, error);
  }
  const std::string temporary = format("{}.new-{}", path, ::getpid());
  const bool written = static_cast<bool>(std::ofstream(temporary, std::ios::binary) << text);
  if (written) fs::rename(temporary, path, error);
  if (written && !error) return;
  log(LogLevel::Warning,
      "the measured bandwidths cannot be kept in '{}' and will be measured again", path);
  fs::remove(temporary, error);
}

}  // namespace

std::vector<Bandwidth> parse_bandwidths(std::string_view text, std::string_view file) {
  std::vector<Bandwidth> bandwidths;
  for (int number = 1; !text.empty(); ++number) {
    std::string_view line = take(text, '\n');
    const auto refuse = [&](std::string_view why) {
      raise(ErrorCode::InvalidArgument, format("{}:{}: '{}' {}", file, number, line, why));
    };
    if (number == 1) {
      if (line != kHeader)
        refuse(format("is not the line '{}' that such a file begins with", kHeader));
      continue;
    }
    if (line.empty()) continue;
    std::string_view rest = line;
    Bandwidth row;
    const bool parsed = parse(take(rest, ','), row.from) && parse(take(rest, ','), row.to) &&
                        parse(take(rest, ','), row.gigabytes_per_second) && rest.empty();
    if (!parsed || row.from < Bandwidth::kHost || row.to < Bandwidth::kHost) {
      refuse("is not two devices (-1: the host) and a number of GB/s, such as '-1,0,12.5'");
    }
    if (!(row.gigabytes_per_second >= 0) || std::isinf(row.gigabytes_per_second)) {
      refuse("has no possible bandwidth; it is a number of GB/s from 0");
    }
    bandwidths.push_back(row);
  }
  return bandwidths;
}

std::string to_csv(std::span<const Bandwidth> bandwidths) {
  std::string text = format("{}\n", kHeader);
  for (const Bandwidth& row : bandwidths) {
    text += format("{},{},{:.3f}\n", row.from, row.to, row.gigabytes_per_second);
  }
  return text;
}

std::vector<Bandwidth> measure_bandwidths(std::span<Device* const> devices) {
  std::vector<std::unique_ptr<Probe>> probes;
  for (Device* device : devices) {
    probes.push_back(has_memory(*device) ? std::make_unique<Probe>(*device) : nullptr);
  }
  std::vector<Bandwidth> bandwidths;
  for (std::size_t to = 0; to < probes.size(); ++to) {
    if (!probes[to]) continue;
    const double link = probes[to]->device.info().link_bytes_per_second;
    const auto ordinal = [](std::size_t device) { return static_cast<int>(device); };
    void* const memory = probes[to]->memory->address();
    void* const host = probes[to]->host->address();
    const auto add = [&](const CopyCommand& copy) {
      bandwidths.push_back(measure(*probes[to], copy, link));
    };
    add({memory, host, kCopyBytes, ordinal(to), CopyCommand::kHost});
    add({host, memory, kCopyBytes, CopyCommand::kHost, ordinal(to)});
    for (std::size_t from = 0; from < probes.size(); ++from) {
      if (from == to || !probes[from]) continue;
      add({memory, probes[from]->memory->address(), kCopyBytes, ordinal(to), ordinal(from)});
    }
  }
  return bandwidths;
}

std::vector<Bandwidth> find_bandwidths(std::span<Device* const> devices, const std::string& file,
                                       const std::string& cache_dir) {
  if (!file.empty()) {
    const std::optional<std::string> text = read_file(file);
    if (!text) {
      raise(ErrorCode::Unavailable,
            format("cannot read the bandwidth matrix '{}'; it is a CSV file that begins with '{}'; "
                   "without one the bandwidths are measured",
                   file, kHeader));
    }
    return parse_bandwidths(*text, file);
  }
  if (cache_dir.empty()) return measure_bandwidths(devices);
  const std::string path = cached_path(devices, cache_dir);
  if (const std::optional<std::string> text = read_file(path)) {
    try {
      std::vector<Bandwidth> kept = parse_bandwidths(*text, path);
      if (covers(kept, devices)) return kept;
    } catch (const Error& error) {
      log(LogLevel::Warning, "{}; measuring again", error.what());
    }
  }
  std::vector<Bandwidth> measured = measure_bandwidths(devices);
  keep(path, to_csv(measured));
  return measured;
}

void set_bandwidths(Topology& topology, std::span<Device* const> devices,
                    std::span<const Bandwidth> bandwidths) {
  const auto row = [&](int from, int to) -> double {
    const Bandwidth* const found = find(bandwidths, from, to);
    if (found == nullptr) {
      raise(ErrorCode::InvalidArgument,
            format("the bandwidth matrix has no row for {},{}; it needs one from -1 (the host) to "
                   "each of the {} devices, and one for each pair of them",
                   from, to, devices.size()));
    }
    // Less than 1 GB/s stays what it is: 0 would be no link at all.
    const double rate = found->gigabytes_per_second;
    return rate < 1 ? rate : std::floor(rate);
  };
  std::vector<int> ordinals;  // of the topology's devices
  for (std::size_t i = 0; i < devices.size(); ++i) {
    if (has_memory(*devices[i])) ordinals.push_back(static_cast<int>(i));
  }
  for (std::size_t to = 0; to < ordinals.size(); ++to) {
    const Location location = Location::device(static_cast<int>(to));
    const double host = row(Bandwidth::kHost, ordinals[to]) * 1e9;
    topology.set_bandwidth(Location::host(), location, host);
    topology.set_bandwidth(location, Location::host(), host);
    for (std::size_t from = 0; from < to; ++from) {
      const Location other = Location::device(static_cast<int>(from));
      const double mean =
          (row(ordinals[from], ordinals[to]) + row(ordinals[to], ordinals[from])) / 2;
      topology.set_bandwidth(location, other, mean * 1e9);
      topology.set_bandwidth(other, location, mean * 1e9);
    }
  }
}

}  // namespace sennit
