// kernel/source_macros.cpp: defines and expands macros.

#include "kernel/source_macros.h"

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "base/text.h"

namespace sennit {
namespace {

constexpr std::size_t kMaxTokens = 1'000'000;  // of one expansion
constexpr int kMaxDepth = 100;                 // of calls within the arguments of calls

Token make_token(Token::Kind kind, std::string_view text, const Token& like) {
  Token token = like;
  token.kind = kind;
  token.text = text;
  token.no_expand = false;
  return token;
}

}  // namespace

// One run over a list of tokens. Replacements are pushed on a stack and read again from there, so
// that a name which a replacement leaves behind can take its arguments from what follows.
class MacroExpansion {
 public:
  MacroExpansion(const MacroTable& table, int depth, std::size_t& produced)
      : table_(table), depth_(depth), produced_(produced) {}

  Tokens run(TokenSpan tokens, std::vector<std::string_view> active) {
    active_ = std::move(active);
    const std::size_t outer = active_.size();
    push(tokens);
    Tokens result;
    while (!pending_.empty()) {
      const Item item = pop();
      if (item.ends_macro) {
        active_.pop_back();
      } else if (!expand(item.token)) {
        result.push_back(item.token);
        if (paints(item.token)) result.back().no_expand = true;
        if (++produced_ > kMaxTokens) too_many();
      }
    }
    if (active_.size() != outer) fail("a macro was entered and not left");
    return result;
  }

 private:
  struct Item {
    Token token;
    bool ends_macro = false;  // no token: the innermost active macro's replacement ends here
  };

  void push(TokenSpan tokens) {
    if (pending_.size() + tokens.size() > kMaxTokens) too_many();
    for (std::size_t i = tokens.size(); i-- > 0;) pending_.push_back({tokens[i], false});
  }
  Item pop() {
    const Item item = pending_.back();
    pending_.pop_back();
    return item;
  }
  [[noreturn]] static void too_many() {
    raise(ErrorCode::InvalidArgument,
          format("the source's macros expand to more than {} tokens; give the kernel's signature",
                 kMaxTokens));
  }

  bool active(std::string_view name) const {
    return std::find(active_.begin(), active_.end(), name) != active_.end();
  }
  bool paints(const Token& token) const { return token.identifier() && active(token.text); }

  // Replaces `token`, just popped, on the stack; false if it is to stay.
  bool expand(const Token& token) {
    if (!token.identifier() || token.no_expand || active(token.text)) return false;
    const auto found = table_.macros_.find(token.text);
    if (found == table_.macros_.end()) return false;
    if (++produced_ > kMaxTokens) too_many();
    const Macro& macro = found->second;
    Tokens replacement;
    if (macro.function_like) {
      if (depth_ >= kMaxDepth) return false;
      const auto arguments = take_arguments(macro);
      if (!arguments) return false;
      replacement = substitute(macro, *arguments);
    } else {
      replacement = substitute(macro, {});
    }
    if (!replacement.empty()) {
      replacement.front().starts_line = token.starts_line;
      replacement.front().space_before = token.space_before;
    }
    active_.push_back(found->first);
    pending_.push_back({{}, true});
    push(replacement);
    return true;
  }

  // Pops "( a, b )" if that is next. Ends of macros on the way are passed: the call reaches out
  // of their replacements, as it may.
  std::optional<std::vector<Tokens>> take_arguments(const Macro& macro) {
    std::size_t next = pending_.size();
    while (next > 0 && pending_[next - 1].ends_macro) --next;
    if (next == 0 || !pending_[next - 1].token.is("(")) return std::nullopt;

    std::vector<Tokens> arguments(1);
    std::size_t ends = 0;
    int depth = 0;
    for (std::size_t i = pending_.size(); i-- > 0;) {
      if (pending_[i].ends_macro) {
        ++ends;
        continue;
      }
      const Token& token = pending_[i].token;
      const bool last_variadic = macro.variadic && arguments.size() > macro.parameters.size();
      if (token.is("(") && depth++ == 0) continue;
      if (token.is(")") && --depth == 0) {
        pending_.resize(i);
        for (; ends > 0; --ends) active_.pop_back();
        if (macro.parameters.empty() && !macro.variadic) arguments.clear();
        arguments.resize(macro.parameters.size() + (macro.variadic ? 1 : 0));
        return arguments;
      }
      if (token.is(",") && depth == 1 && !last_variadic) {
        arguments.emplace_back();
      } else {
        arguments.back().push_back(token);
      }
    }
    return std::nullopt;  // no ')': not a call
  }

  // The index of the argument that `token` of a body stands for.
  static std::optional<std::size_t> parameter(const Macro& macro, const Token& token) {
    if (!token.identifier()) return std::nullopt;
    if (macro.variadic && token.is("__VA_ARGS__")) return macro.parameters.size();
    const auto found = std::find(macro.parameters.begin(), macro.parameters.end(), token.text);
    if (found == macro.parameters.end()) return std::nullopt;
    return static_cast<std::size_t>(found - macro.parameters.begin());
  }

  Tokens substitute(const Macro& macro, const std::vector<Tokens>& arguments) {
    Tokens result;
    const Tokens& body = macro.body;
    bool paste = false;      // `##` stands before this operand
    bool left_side = false;  // and something stands before that
    for (std::size_t i = 0; i < body.size(); ++i) {
      const bool more = i + 1 < body.size();
      if (body[i].is("##") && i > 0 && more) {
        paste = true;
        continue;
      }
      const bool next_pastes = more && body[i + 1].is("##");
      const Token& like = body[i];
      Tokens operand;
      if (body[i].is("#") && macro.function_like && more && parameter(macro, body[i + 1])) {
        const Tokens& argument = arguments[*parameter(macro, body[++i])];
        operand = {make_token(Token::Kind::String,
                              table_.arena_.keep("\"" + spell(argument) + "\""), like)};
      } else if (const auto index = parameter(macro, body[i])) {
        operand = paste || next_pastes ? arguments[*index] : expanded(arguments[*index]);
        if (!operand.empty()) operand.front().space_before = like.space_before;
      } else {
        operand = {body[i]};
      }
      const bool filled = !operand.empty();
      if (paste && left_side && filled) {
        join_last(result, operand);
      } else {
        result.insert(result.end(), operand.begin(), operand.end());
      }
      if (result.size() > kMaxTokens) too_many();
      left_side = filled || (paste && left_side);
      paste = false;
    }
    return result;
  }

  Tokens expanded(const Tokens& argument) {
    return MacroExpansion(table_, depth_ + 1, produced_).run(argument, active_);
  }

  // Makes one token of the last of `result` and the first of `operand`, and appends the others.
  void join_last(Tokens& result, const Tokens& operand) {
    const Token left = result.back();
    result.pop_back();
    for (const Token& part :
         tokenize(std::string(left.text) + std::string(operand.front().text), table_.arena_)) {
      result.push_back(make_token(part.kind, part.text, left));
    }
    result.insert(result.end(), operand.begin() + 1, operand.end());
  }

  const MacroTable& table_;
  const int depth_;
  std::size_t& produced_;
  std::vector<Item> pending_;             // the next token is the last
  std::vector<std::string_view> active_;  // macros whose replacement is being read
};

void MacroTable::define(TokenSpan tokens) {
  if (tokens.empty() || !tokens[0].identifier() || tokens[0].is("defined")) return;
  Macro macro;
  std::size_t body = 1;
  if (tokens.size() > 1 && tokens[1].is("(") && !tokens[1].space_before) {
    macro.function_like = true;
    const std::size_t close = matching_bracket(tokens, 1);
    if (close == tokens.size()) return;
    for (std::size_t i = 2; i < close; ++i) {
      if (tokens[i].is("...")) {
        macro.variadic = true;
      } else if (tokens[i].identifier()) {
        macro.parameters.push_back(tokens[i].text);
      }
    }
    body = close + 1;
  }
  macro.body.assign(tokens.begin() + static_cast<std::ptrdiff_t>(body), tokens.end());
  for (Token& token : macro.body) token.starts_line = false;
  macros_.insert_or_assign(tokens[0].text, std::move(macro));
}

void MacroTable::define_option(std::string_view definition) {
  std::string text(definition);
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) {
    text += " 1";
  } else {
    text[equals] = ' ';
  }
  define(tokenize(std::move(text), arena_));
}

Tokens MacroTable::expand(TokenSpan tokens) const {
  std::size_t produced = 0;
  return MacroExpansion(*this, 0, produced).run(tokens, {});
}

}  // namespace sennit
