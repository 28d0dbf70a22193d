// kernel/source_preprocessor.cpp: directives, conditions and includes.

#include "kernel/source_preprocessor.h"

#include <optional>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "kernel/constant_expression.h"

namespace sennit {
namespace {

constexpr int kMaxIncludeDepth = 50;
constexpr std::size_t kMaxIncludedBytes = 64 << 20;

// What compilers of CUDA C++ define, as far as prototypes may depend on it: the architecture and
// the standard are those that a compile without such options gets on the CPU.
constexpr std::string_view kPredefined[] = {
    "__CUDACC__=1", "__CUDACC_RTC__=1", "__cplusplus=201703L", "__CUDA_ARCH__=700",
    "__LP64__=1",   "__linux__=1",      "__x86_64__=1",
};

// "sm_90a" -> "__CUDA_ARCH__=900"
std::string architecture_definition(std::string_view name) {
  std::string digits;
  for (const char c : name) {
    if (c >= '0' && c <= '9') digits += c;
  }
  return "__CUDA_ARCH__=" + digits + "0";
}

// "c++20" -> "__cplusplus=202002L"
std::string standard_definition(std::string_view name) {
  const std::string_view year = name.substr(name.size() < 2 ? 0 : name.size() - 2);
  return std::string("__cplusplus=") + (year == "11"   ? "201103L"
                                        : year == "14" ? "201402L"
                                        : year == "20" ? "202002L"
                                        : year == "23" ? "202302L"
                                                       : "201703L");
}

}  // namespace

Preprocessor::Preprocessor(const std::string& source_name,
                           const std::vector<std::string>& compile_options, TextArena& arena)
    : arena_(arena),
      macros_(arena),
      include_folders_(compile_options),
      first_files_(first_includes(compile_options)),
      file_(source_name) {
  for (const std::string_view definition : kPredefined) macros_.define_option(definition);
  for (std::size_t i = 0; i < compile_options.size(); ++i) {
    const auto value = [&](std::string_view letter, std::string_view word) {
      return option_value(compile_options, i, letter, word);
    };
    if (const auto define = value("-D", "--define-macro")) {
      macros_.define_option(*define);
    } else if (const auto undefine = value("-U", "--undefine-macro")) {
      macros_.undefine(*undefine);
    } else if (const auto architecture = value("-arch", "--gpu-architecture")) {
      macros_.define_option(architecture_definition(*architecture));
    } else if (const auto standard = value("-std", "--std")) {
      macros_.define_option(standard_definition(*standard));
    }
  }
}

Tokens Preprocessor::run(std::string source) {
  Tokens text;
  for (const IncludeName& name : first_files_) include(name, 0, text);
  read(std::move(source), 0, text);
  flush(text);
  return text;
}

void Preprocessor::read(std::string source, int depth, Tokens& text) {
  const Tokens tokens = tokenize(std::move(source), arena_);
  const std::size_t outer = conditionals_.size();
  for (std::size_t i = 0; i < tokens.size();) {
    std::size_t end = i + 1;
    while (end < tokens.size() && !tokens[end].starts_line) ++end;
    const TokenSpan line = TokenSpan(tokens).subspan(i, end - i);
    if (line[0].is("#")) {
      directive(line.subspan(1), depth, text);
    } else if (active()) {
      unexpanded_.insert(unexpanded_.end(), line.begin(), line.end());
    }
    i = end;
  }
  if (conditionals_.size() > outer) conditionals_.resize(outer);  // an #endif is missing
}

void Preprocessor::flush(Tokens& text) {
  const Tokens expanded = macros_.expand(unexpanded_);
  text.insert(text.end(), expanded.begin(), expanded.end());
  unexpanded_.clear();
}

void Preprocessor::directive(TokenSpan line, int depth, Tokens& text) {
  if (line.empty()) return;
  const std::string_view name = line[0].text;
  const TokenSpan rest = line.subspan(1);
  if (conditional(name, rest) || !active()) return;
  if (name == "define") {
    flush(text);
    macros_.define(rest);
  } else if (name == "undef" && !rest.empty()) {
    flush(text);
    macros_.undefine(rest[0].text);
  } else if (name == "include") {
    const auto file = read_include_name(macros_.expand(rest));
    if (file && depth < kMaxIncludeDepth) include(*file, depth, text);
  } else if (name == "pragma" && !rest.empty()) {
    if (rest[0].is("pack")) packs_structs_ = true;
    if (rest[0].is("once")) once_.insert(file_);
  }
}

bool Preprocessor::conditional(std::string_view name, TokenSpan rest) {
  const auto open = [&](bool condition_holds) {
    const bool outer = active();
    conditionals_.push_back({outer && condition_holds, condition_holds, outer});
  };
  const auto otherwise = [&](bool condition_holds) {
    if (conditionals_.empty()) return;
    Conditional& here = conditionals_.back();
    here.active = here.outer_active && !here.taken && condition_holds;
    here.taken = here.taken || condition_holds;
  };
  const auto defined = [&] { return !rest.empty() && macros_.defined(rest[0].text); };
  if (name == "if") {
    open(active() && condition(rest));
  } else if (name == "ifdef") {
    open(defined());
  } else if (name == "ifndef") {
    open(!defined());
  } else if (name == "elif") {
    otherwise(condition(rest));
  } else if (name == "elifdef") {
    otherwise(defined());
  } else if (name == "elifndef") {
    otherwise(!defined());
  } else if (name == "else") {
    otherwise(true);
  } else if (name == "endif") {
    if (!conditionals_.empty()) conditionals_.pop_back();
  } else {
    return false;
  }
  return true;
}

bool Preprocessor::condition(TokenSpan expression) const {
  static constexpr std::string_view kNo = "0", kYes = "1";
  Tokens replaced;
  for (std::size_t i = 0; i < expression.size(); ++i) {
    Token token = expression[i];
    const bool defined = token.is("defined");
    if (defined || token.is("__has_include")) {
      const bool parentheses = i + 1 < expression.size() && expression[i + 1].is("(");
      const std::size_t name = i + (parentheses ? 2 : 1);
      token.kind = Token::Kind::Number;
      token.text = defined && name < expression.size() && macros_.defined(expression[name].text)
                       ? kYes
                       : kNo;
      i = parentheses ? matching_bracket(expression, i + 1) : name;
    }
    replaced.push_back(token);
  }
  const ConstantNames names{[](TokenSpan) { return std::optional<std::int64_t>(0); }, {}};
  return evaluate_constant(macros_.expand(replaced), names).value_or(0) != 0;
}

void Preprocessor::include(const IncludeName& name, int depth, Tokens& text) {
  auto file = include_folders_.read(name, file_);
  if (!file || once_.contains(file->path)) return;
  included_bytes_ += file->text.size() + 1024;  // a small file again and again is endless too
  if (included_bytes_ > kMaxIncludedBytes) {
    raise(
        ErrorCode::InvalidArgument,
        format("the source includes more than {}, '{}' again and again perhaps; give the kernel's "
               "signature",
               format_bytes(kMaxIncludedBytes), file->path));
  }
  const std::string outer = std::exchange(file_, file->path);
  read(std::move(file->text), depth + 1, text);
  file_ = outer;
}

}  // namespace sennit
