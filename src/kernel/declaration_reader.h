// kernel/declaration_reader.h: the walk over a source's declarations.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/source_declarations.h"

namespace sennit {

// Fills a SourceDeclarations and is gone.
class DeclarationReader {
 public:
  DeclarationReader(TokenSpan tokens, TextArena& arena, SourceDeclarations& result)
      : tokens_(tokens), arena_(arena), result_(result) {}

  void run();

 private:
  struct Scope {
    std::string prefix;
    bool extern_c;
    std::size_t end;  // the closing brace
    bool record = false;
  };

  bool at(std::string_view text, std::size_t offset = 0) const {
    return position_ + offset < tokens_.size() && tokens_[position_ + offset].is(text);
  }
  const std::string& prefix() const { return scopes_.back().prefix; }

  // Into the braces at the position, and out of those that end there.
  void enter(std::string prefix, bool extern_c, bool record = false);
  void leave();
  // To behind the next `;`, over everything in brackets.
  void skip_statement();
  void skip_one();
  TokenSpan rest_of_statement();

  void declare(Declaration declaration);
  Declaration named(Declaration::Kind kind, std::string_view name) const;

  // One declaration of any kind.
  void declaration();
  void name_space();
  // A variable or function: up to its `;`, or to the end of its body.
  void general(std::vector<TemplateParameter> parameters, bool is_template);
  // ": a(1), b{2}": the braces that follow a name are no body.
  void constructor_initialisers();
  // "constexpr int N" = ...
  void constant(TokenSpan header, TokenSpan expression);
  // The kernel's name is what stands before its last parameter list.
  void kernel(TokenSpan header, std::vector<TemplateParameter> parameters, bool is_template,
              bool is_defined);
  // "ns::k" at the end of `tokens`; empty if what stands there is no name of a function.
  static std::string name_before(TokenSpan tokens);

  // ---- Types; declaration_reader_types.cpp ----

  void using_declaration(std::vector<TemplateParameter> parameters);
  // typedef specifiers declarator, declarator ... ;
  void typedef_declaration();
  Tokens type_called(std::string_view name) const;
  // The last identifier outside array bounds and parameter lists: "x" of "*x[4]", "(*x)(int n)".
  static std::string_view declared_name(TokenSpan item);
  // enum [class] [name] [: type] { ... }; false, without moving, if none with a body starts here.
  // For a typedef, `tag` gets the name, made from the typedef's if the enum has none.
  bool enumeration(std::string_view* tag);
  void enumerators(TokenSpan body, std::string_view enum_name, bool scoped);
  // The identifier behind a body: "A" of `typedef struct { ... } A;`, else a name of our own.
  std::string_view name_behind(std::size_t close);
  // struct name [: bases] { ... }: declares it. Without a `tag` the walk goes on inside, for
  // nested names; for a typedef it goes on behind. False, without moving, if none starts here.
  bool record(const std::vector<TemplateParameter>& parameters, std::string_view* tag);

  TokenSpan tokens_;
  TextArena& arena_;
  SourceDeclarations& result_;
  std::vector<Scope> scopes_;
  std::set<std::string> specialised_;
  std::size_t position_ = 0;
};

}  // namespace sennit
