#include "results.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <stdexcept>

namespace suite {
namespace {

std::FILE* open_file(const std::filesystem::path& path, const char* mode) {
  std::FILE* file = std::fopen(path.c_str(), mode);
  if (file == nullptr) throw std::runtime_error("cannot write '" + path.string() + "'");
  return file;
}

std::string joined(const std::vector<double>& values) {
  std::string text;
  char number[32];
  for (const double value : values) {
    std::snprintf(number, sizeof number, "%s%.3f", text.empty() ? "" : ", ", value);
    text += number;
  }
  return text;
}

}  // namespace

std::string file_name_of(const std::string& device) {
  std::string name;
  for (const char c : device) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  while (!name.empty() && name.back() == '-') name.pop_back();
  return name;
}

Results::Results(const std::string& folder, const Machine& machine, std::string commit)
    : commit_(std::move(commit)) {
  if (folder.empty()) return;
  std::filesystem::create_directories(folder);
  const std::filesystem::path place(folder);
  const std::string name = file_name_of(machine.device);
  lines_ = open_file(place / (name + ".jsonl"), "a");
  samples_ = open_file(place / (name + ".samples.jsonl"), "a");
  std::FILE* description = open_file(place / (name + ".machine.json"), "w");
  std::fprintf(description, "{\"device\": \"%s\", \"cuda\": \"%s\"}\n", machine.device.c_str(),
               machine.cuda.c_str());
  std::fclose(description);
}

Results::~Results() {
  if (lines_ != nullptr) std::fclose(lines_);
  if (samples_ != nullptr) std::fclose(samples_);
}

void Results::add(const std::string& benchmark, std::int64_t size, const Contender& measured) {
  if (lines_ == nullptr || measured.times_us.empty()) return;
  const auto [least, most] =
      std::minmax_element(measured.times_us.begin(), measured.times_us.end());
  const double cold_us = measured.cold_us.empty() ? 0 : measured.cold_us.front();
  std::fprintf(lines_,
               "{\"benchmark\": \"%s\", \"size\": %lld, \"language\": \"c++\", "
               "\"implementation\": \"%s\", \"median_us\": %.3f, \"min_us\": %.3f, "
               "\"max_us\": %.3f, \"iterations\": %zu, \"cold_us\": %.3f, \"verified\": %s, "
               "\"commit\": \"%s\"}\n",
               benchmark.c_str(), static_cast<long long>(size), measured.name.c_str(),
               median(measured.times_us), *least, *most, measured.times_us.size(), cold_us,
               measured.verified ? "true" : "false", commit_.c_str());
  std::fprintf(samples_,
               "{\"benchmark\": \"%s\", \"size\": %lld, \"language\": \"c++\", "
               "\"implementation\": \"%s\", \"cold_us\": [%s], \"times_us\": [%s], "
               "\"submit_us\": [%s]}\n",
               benchmark.c_str(), static_cast<long long>(size), measured.name.c_str(),
               joined(measured.cold_us).c_str(), joined(measured.times_us).c_str(),
               joined(measured.submit_us).c_str());
  std::fflush(lines_);
  std::fflush(samples_);
}

}  // namespace suite
