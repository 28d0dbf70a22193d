// kernel/source_layout.cpp: walks over the members of a struct.

#include "kernel/source_layout.h"

#include <algorithm>

#include "base/text.h"

namespace sennit {
namespace {

// Kernels take at most 32,764 bytes of parameters; anything near this is no argument.
constexpr std::uint64_t kMaxBytes = 1 << 24;

std::size_t behind_bracket(TokenSpan tokens, std::size_t open) {
  return std::min(matching_bracket(tokens, open) + 1, tokens.size());
}

// One member of a body: up to its `;`, or to the end of a function's body.
struct Member {
  TokenSpan tokens;       // without the `;` and the body
  bool function = false;  // takes no space
  bool braces = false;    // a nested type's definition
  std::size_t next = 0;
};

// "(*" or "(Class::*" at `open`.
bool names_function_pointer(TokenSpan tokens, std::size_t open) {
  std::size_t i = open + 1;
  while (i + 1 < tokens.size() && tokens[i].identifier() && tokens[i + 1].is("::")) i += 2;
  return i < tokens.size() && tokens[i].is("*");
}

Member read_member(TokenSpan body, std::size_t begin) {
  Member member;
  bool initialiser = false;
  bool parameters_seen = false;
  std::size_t i = begin;
  std::size_t end = body.size();
  while (i < body.size() && !body[i].is(";")) {
    const std::size_t behind = skip_attributes(body, i);
    if (behind != i) {
      i = behind;
    } else if (body[i].is("=")) {
      initialiser = true;
      ++i;
    } else if (body[i].is("(") && names_function_pointer(body, i)) {
      initialiser = true;  // what follows are that function's parameters
      i = behind_bracket(body, i);
    } else if (body[i].is("(") && !initialiser && !parameters_seen) {
      parameters_seen = true;
      i = behind_bracket(body, i);
    } else if (body[i].is(":") && parameters_seen) {
      // A constructor's initialisers: a{1} and b(2) are no body.
      for (++i; i < body.size() && !body[i].is(";"); i = behind_bracket(body, i)) {
        while (i < body.size() && !body[i].is("(") && !body[i].is("{") && !body[i].is(";")) ++i;
        if (i >= body.size() || body[i].is(";")) break;
        if (body[i].is("{") && !body[i - 1].identifier() && !body[i - 1].is(">")) break;
      }
    } else if (body[i].is("{") && parameters_seen && !initialiser) {
      member.function = true;
      end = std::min(end, i);
      i = behind_bracket(body, i);
      member.tokens = body.subspan(begin, end - begin);
      member.next = i + (i < body.size() && body[i].is(";") ? 1 : 0);
      return member;
    } else if (body[i].is("{") && !initialiser && i > begin &&
               (body[begin].is("struct") || body[begin].is("class") || body[begin].is("union") ||
                body[begin].is("enum"))) {
      member.braces = true;
      i = behind_bracket(body, i);
    } else if (body[i].is("(") || body[i].is("{") || body[i].is("[")) {
      i = behind_bracket(body, i);
    } else {
      ++i;
    }
  }
  member.tokens = body.subspan(begin, i - begin);
  member.function = parameters_seen;
  member.next = std::min(i + 1, body.size());
  return member;
}

}  // namespace

void StructLayout::refuse(std::string why) {
  if (problem_.empty()) problem_ = std::move(why);
}

void StructLayout::measure(SourceType& type) {
  const std::string& name = type.element.name;
  if (!declaration_.obstacle.empty()) refuse(format("'{}' {}", name, declaration_.obstacle));
  const TokenSpan body = declaration_.tokens;
  for (std::size_t i = 0; i < body.size() && problem_.empty();) {
    const bool access = i + 1 < body.size() && body[i + 1].is(":") &&
                        (body[i].is("public") || body[i].is("private") || body[i].is("protected"));
    if (access) {
      i += 2;
      continue;
    }
    if (body[i].is("template")) {
      i = i + 1 < body.size() && body[i + 1].is("<")
              ? std::min(matching_angle(body, i + 1) + 1, body.size())
              : i + 1;
      const Member member = read_member(body, i);
      i = std::max(member.next, i + 1);
      continue;
    }
    const Member member = read_member(body, i);
    const auto is = [&](std::string_view word) {
      return std::any_of(member.tokens.begin(), member.tokens.end(),
                         [&](const Token& token) { return token.is(word); });
    };
    if (is("virtual")) {
      refuse(format("'{}' has virtual functions", name));
    } else if (member.braces) {
      const bool definition_only = member.tokens.back().is("}") && member.tokens.size() > 1 &&
                                   (member.tokens[1].identifier() || member.tokens[0].is("enum"));
      if (!definition_only) refuse(format("'{}' has a member of a type without a name", name));
    } else if (!member.function && !member.tokens.empty() && !is("static") && !is("friend") &&
               !member.tokens[0].is("using") && !member.tokens[0].is("typedef") &&
               !member.tokens[0].is("static_assert")) {
      member_declaration(member.tokens);
    }
    i = std::max(member.next, i + 1);
  }
  if (!declaration_.alignment.empty()) {
    const auto given = types_.constant(declaration_.alignment, context_);
    if (given && *given > 0 && *given <= 4096 && (*given & (*given - 1)) == 0) {
      alignment_ = std::max(alignment_, static_cast<std::uint64_t>(*given));
    } else {
      refuse(format("the alignment of '{}' is not understood", name));
    }
  }
  if (!problem_.empty()) {
    type.problem = problem_;
    return;
  }
  end_ = std::max<std::uint64_t>(end_, 1);  // an empty struct has one byte
  type.element.alignment = static_cast<std::uint32_t>(alignment_);
  type.element.bytes =
      static_cast<std::uint32_t>((end_ + alignment_ - 1) / alignment_ * alignment_);
}

void StructLayout::member_declaration(TokenSpan tokens) {
  const bool aligned = std::any_of(tokens.begin(), tokens.end(), [](const Token& token) {
    return token.is("alignas") || token.is("__align__") || token.is("__attribute__");
  });
  if (aligned) return refuse(format("'{}' has an aligned member", declaration_.name));
  for (const SourceVariable& member : types_.read_variables(tokens, context_)) add(member);
}

void StructLayout::add(const SourceVariable& member) {
  const SourceType& type = member.type;
  if (member.is_bit_field) return refuse(format("'{}' has bit fields", declaration_.name));
  if (member.is_function) {
    return refuse(format("'{}' has a pointer to a function", declaration_.name));
  }
  if (type.is_reference) return refuse(format("'{}' has a reference", declaration_.name));
  if (member.name.empty()) {
    return refuse(format("a member of '{}' is not understood", declaration_.name));
  }
  std::uint64_t bytes = type.bytes();
  if (bytes == 0 || (type.pointers.empty() && !type.problem.empty())) {
    return refuse(type.problem.empty() ? format("'{}' has no size", type.name()) : type.problem);
  }
  for (const TokenSpan bound : member.bounds) {
    const auto count = types_.constant(bound, context_);
    if (!count || *count <= 0) {
      return refuse(
          format("the bound '{}' in '{}' is not understood", spell(bound), declaration_.name));
    }
    if (static_cast<std::uint64_t>(*count) > kMaxBytes / bytes) {
      return refuse(format("'{}' is too large", declaration_.name));
    }
    bytes *= static_cast<std::uint64_t>(*count);
  }
  const std::uint64_t alignment = type.alignment();
  const std::uint64_t offset =
      declaration_.is_union ? 0 : (end_ + alignment - 1) / alignment * alignment;
  end_ = std::max(end_, offset + bytes);
  alignment_ = std::max(alignment_, alignment);
  if (end_ > kMaxBytes) refuse(format("'{}' is too large", declaration_.name));
}

}  // namespace sennit
