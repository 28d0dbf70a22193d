#include "access/corpus.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "base/error.h"
#include "base/text.h"

namespace sennit::access_corpus {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMark = "//@ kernel ";

constexpr std::pair<std::string_view, Use> kUses[] = {
    {"value", Use::Value}, {"unused", Use::Unused},       {"read", Use::Read},
    {"write", Use::Write}, {"readwrite", Use::ReadWrite}, {"escapes", Use::Escapes}};

std::optional<Use> use_of(std::string_view text) {
  for (const auto& [name, use] : kUses) {
    if (name == text) return use;
  }
  return std::nullopt;
}

std::vector<std::string> split_names(const std::string& list) {
  std::vector<std::string> names;
  std::istringstream stream(list);
  for (std::string name; std::getline(stream, name, ',');) names.push_back(name);
  return names;
}

CorpusKernel read_annotation(std::string_view text, const std::string& file, int line) {
  const auto refuse = [&](const std::string& problem) {
    raise(ErrorCode::InvalidArgument, format("{}:{}: {}", file, line, problem));
  };
  CorpusKernel kernel;
  kernel.line = line;
  // A name may have "::" and blanks, but no colon before a blank.
  const std::size_t colon = std::min(text.find(": "), text.size() - (text.ends_with(':') ? 1 : 0));
  if (colon == text.size()) refuse("no ':' behind the kernel's name");
  kernel.name = text.substr(0, colon);
  std::istringstream words{std::string(text.substr(colon + 1))};
  bool variables = false;
  for (std::string word; words >> word;) {
    if (word == "touches-untracked") {
      kernel.touches_untracked = true;
    } else if (word == "cuda-only") {
      kernel.cuda_only = true;
    } else if (word == "globals") {
      variables = true;
    } else if (word.starts_with("old=")) {
      kernel.old_contents = split_names(word.substr(4));
    } else {
      const std::size_t equals = word.find('=');
      const auto use = equals == std::string::npos ? std::nullopt : use_of(word.substr(equals + 1));
      if (!use) refuse(format("'{}' is neither a flag nor a name with a use", word));
      (variables ? kernel.variables : kernel.parameters).emplace_back(word.substr(0, equals), *use);
    }
  }
  std::sort(kernel.variables.begin(), kernel.variables.end());
  return kernel;
}

CorpusFile read_file(const fs::path& path) {
  CorpusFile file;
  file.name = path.filename().string();
  std::ifstream stream(path);
  file.source.assign(std::istreambuf_iterator<char>(stream), {});
  std::istringstream lines(file.source);
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (!line.starts_with(kMark)) continue;
    file.kernels.push_back(
        read_annotation(std::string_view(line).substr(kMark.size()), file.name, number));
  }
  return file;
}

}  // namespace

std::vector<CorpusFile> read_corpus() {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(SENNIT_SOURCE_DIR "/tests/access/corpus")) {
    if (entry.path().extension() == ".cu") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<CorpusFile> files;
  for (const fs::path& path : paths) files.push_back(read_file(path));
  return files;
}

}  // namespace sennit::access_corpus
