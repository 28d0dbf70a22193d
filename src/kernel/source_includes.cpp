// kernel/source_includes.cpp: the search for included files.

#include "kernel/source_includes.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

namespace sennit {
namespace {

std::optional<std::string> read_file(const std::filesystem::path& path) {
  std::error_code unreadable;
  if (!std::filesystem::is_regular_file(path, unreadable)) return std::nullopt;
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(stream), {});
}

// Reads the includes of one file, and of those. False if they cannot be known.
class Collector {
 public:
  explicit Collector(const std::vector<std::string>& compile_options) : folders_(compile_options) {}

  bool collect(const std::string& text, const std::string& path) {
    TextArena arena;
    const Tokens tokens = tokenize(text, arena);
    for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
      if (!tokens[i].starts_line || !tokens[i].is("#")) continue;
      if (!tokens[i + 1].is("include") && !tokens[i + 1].is("include_next")) continue;
      std::size_t end = i + 2;
      while (end < tokens.size() && !tokens[end].starts_line) ++end;
      const auto name = read_include_name(TokenSpan(tokens).subspan(i + 2, end - i - 2));
      if (!name) return false;
      found(*name, path);
    }
    while (!pending_.empty()) {
      const IncludedFile next = std::move(pending_.back());
      pending_.pop_back();
      if (!collect(next.text, next.path)) return false;
    }
    return true;
  }
  void found(const IncludeName& name, const std::string& includer) {
    auto file = folders_.read(name, includer);
    if (!file || !seen_.insert(file->path).second) return;
    collected_ += file->path + '\0' + std::to_string(file->text.size()) + '\0' + file->text;
    pending_.push_back(*std::move(file));
  }
  std::string take() { return std::move(collected_); }

 private:
  const IncludeFolders folders_;
  std::set<std::string> seen_;
  std::vector<IncludedFile> pending_;
  std::string collected_;
};

}  // namespace

std::optional<std::string> option_value(const std::vector<std::string>& options, std::size_t& i,
                                        std::string_view letter, std::string_view word) {
  const std::string_view option = options[i];
  if (option == letter || option == word) {
    return i + 1 < options.size() ? std::optional(options[++i]) : std::nullopt;
  }
  if (option.starts_with(std::string(word) + "=")) {
    return std::string(option.substr(word.size() + 1));
  }
  if (!option.starts_with(letter)) return std::nullopt;
  const std::size_t equals = option.substr(letter.size()).starts_with('=') ? 1 : 0;
  return std::string(option.substr(letter.size() + equals));
}

std::optional<IncludeName> read_include_name(TokenSpan tokens) {
  if (tokens.empty()) return std::nullopt;
  IncludeName name;
  if (tokens[0].kind == Token::Kind::String && tokens[0].text.size() > 2) {
    name.file = tokens[0].text.substr(1, tokens[0].text.size() - 2);
    name.quoted = true;
    return name;
  }
  if (!tokens[0].is("<")) return std::nullopt;
  for (std::size_t i = 1; i < tokens.size(); ++i) {
    if (tokens[i].is(">")) return name;
    if (tokens[i].space_before) name.file += ' ';
    name.file += tokens[i].text;
  }
  return std::nullopt;
}

std::vector<IncludeName> first_includes(const std::vector<std::string>& compile_options) {
  std::vector<IncludeName> names;
  for (std::size_t i = 0; i < compile_options.size(); ++i) {
    if (auto file = option_value(compile_options, i, "-include", "--pre-include")) {
      names.push_back({*std::move(file), true});
    }
  }
  return names;
}

IncludeFolders::IncludeFolders(const std::vector<std::string>& compile_options) {
  for (std::size_t i = 0; i < compile_options.size(); ++i) {
    if (auto folder = option_value(compile_options, i, "-I", "--include-path")) {
      folders_.push_back(*std::move(folder));
    }
  }
}

std::optional<IncludedFile> IncludeFolders::read(const IncludeName& name,
                                                 const std::string& includer) const {
  const auto from = [&](const std::filesystem::path& folder) -> std::optional<IncludedFile> {
    const auto path = folder / name.file;
    if (auto text = read_file(path)) {
      return IncludedFile{path.lexically_normal().string(), *std::move(text)};
    }
    return std::nullopt;
  };
  if (name.quoted) {
    if (auto file = from(std::filesystem::path(includer).parent_path())) return file;
  }
  for (const std::string& folder : folders_) {
    if (auto file = from(folder)) return file;
  }
  return std::nullopt;
}

std::optional<std::string> included_text(const std::string& source, const std::string& source_name,
                                         const std::vector<std::string>& compile_options) {
  Collector collector(compile_options);
  for (const IncludeName& name : first_includes(compile_options))
    collector.found(name, source_name);
  if (!collector.collect(source, source_name)) return std::nullopt;
  return collector.take();
}

}  // namespace sennit
