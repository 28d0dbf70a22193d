#include "grcuda/mangling.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <random>
#include <set>

namespace sennit::grcuda {
namespace {

std::string mangled(std::string_view signature) {
  return mangled_name(parse_signature(signature, Result::Ignored));
}

TEST(Mangling, NamesAndNamespaces) {
  EXPECT_EQ(mangled("cxx f()"), "_Z1fv");
  EXPECT_EQ(mangled("cxx ns::f(n: sint32)"), "_ZN2ns1fEi");
  EXPECT_EQ(mangled("cxx std::f(n: sint32)"), "_ZSt1fi");
}

TEST(Mangling, WhatWasNamedIsNamedByItsNumber) {
  EXPECT_EQ(mangled("cxx f(x: pointer float, y: pointer float)"), "_Z1fPfS_");
  EXPECT_EQ(mangled("cxx f(x: in pointer float, y: in pointer float)"), "_Z1fPKfS0_");
  EXPECT_EQ(mangled("cxx f(x: string, y: in pointer char)"), "_Z1fPKcS0_");
}

// ---- Compared with the compiler ----------------------------------------------------------------

const std::map<std::string, std::string, std::less<>> kCxxNames = {
    {"bool", "bool"},         {"char", "char"},
    {"sint8", "signed char"}, {"uint8", "unsigned char"},
    {"char8", "char8_t"},     {"char16", "char16_t"},
    {"sint16", "short"},      {"uint16", "unsigned short"},
    {"char32", "char32_t"},   {"sint32", "int"},
    {"uint32", "unsigned"},   {"wchar", "wchar_t"},
    {"sint64", "long"},       {"uint64", "unsigned long"},
    {"sll64", "long long"},   {"ull64", "unsigned long long"},
    {"float", "float"},       {"double", "double"},
    {"void", "void"},         {"string", "const char*"}};

struct Made {
  std::string signature;
  std::string declaration;
};

Made random_function(std::mt19937& random, int number) {
  const auto below = [&](std::size_t bound) { return random() % bound; };
  const auto types = native_types();
  std::string name;
  std::string open;
  std::string close;
  for (std::size_t i = below(3); i > 0; --i) {
    const std::string outer = std::string(1, static_cast<char>('a' + below(3))) + "s";
    name += outer + "::";
    open += "namespace " + outer + " { ";
    close += " }";
  }
  const std::string own = "f" + std::to_string(number);
  std::string nidl;
  std::string cxx;
  for (std::size_t i = below(9); i > 0; --i) {
    const NativeType& type = types[below(types.size())];
    const bool is_pointer =
        type.kind == NativeKind::Void || (type.kind == NativeKind::Number && below(3) > 0);
    const bool is_const = is_pointer && below(2) == 0;
    if (!nidl.empty()) {
      nidl += ", ";
      cxx += ", ";
    }
    nidl += "p" + std::to_string(i) + ": " + (is_const ? "in " : "") +
            (is_pointer ? "pointer " : "") + std::string(type.name);
    cxx +=
        (is_const ? "const " : "") + kCxxNames.at(std::string(type.name)) + (is_pointer ? "*" : "");
  }
  return {"cxx " + name + own + "(" + nidl + ")",
          open + "void " + own + "(" + cxx + ") {}" + close};
}

TEST(Mangling, IsThatOfTheCompilerForRandomSignatures) {
  constexpr int kFunctions = 300;
  const std::string base = ::testing::TempDir() + "sennit_mangling";
  std::mt19937 random(1);
  std::vector<std::string> expected;
  {
    std::ofstream source(base + ".cpp");
    for (int i = 0; i < kFunctions; ++i) {
      const Made made = random_function(random, i);
      source << made.declaration << "\n";
      expected.push_back(mangled(made.signature));
    }
  }
  const std::string command = "c++ -std=c++20 -S -o " + base + ".s " + base + ".cpp 2>/dev/null";
  if (std::system(command.c_str()) != 0) GTEST_SKIP() << "no C++ compiler is installed";
  std::ifstream assembly(base + ".s");
  std::set<std::string> labels;
  for (std::string line; std::getline(assembly, line);) {
    if (line.ends_with(":")) labels.insert(line.substr(0, line.size() - 1));
  }
  for (const std::string& symbol : expected) EXPECT_TRUE(labels.contains(symbol)) << symbol;
}

}  // namespace
}  // namespace sennit::grcuda
