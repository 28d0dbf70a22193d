#include "fake_cuda/image.h"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#include <regex>
#include <sstream>
#include <string>

namespace fake_cuda {
namespace {

using Kind = KernelParameter::Kind;

// Byte by byte: what does not start so may end anywhere.
bool starts_with(const char* image, std::string_view start) {
  for (const char expected : start) {
    if (*image++ != expected) return false;
  }
  return true;
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> fields;
  std::istringstream stream(text);
  for (std::string field; std::getline(stream, field, separator);) fields.push_back(field);
  return fields;
}

// ---- Of libfake_nvrtc.so -----------------------------------------------------------------------

Function read_line(const std::string& line) {
  require(line.starts_with(kLineStart), CUDA_ERROR_INVALID_IMAGE);
  const std::vector<std::string> fields = split(line.substr(kLineStart.size()), '\t');
  require(fields.size() >= 2, CUDA_ERROR_INVALID_IMAGE);
  Function function;
  function.lowered = fields[0];
  function.expression = fields[1];
  for (std::size_t i = 2; i < fields.size(); ++i) {
    const char kind = fields[i][0];
    const std::size_t at = fields[i].find('@');
    require(at != std::string::npos, CUDA_ERROR_INVALID_IMAGE);
    function.parameters.push_back({kind == 'v'   ? Kind::Value
                                   : kind == 'r' ? Kind::In
                                                 : Kind::InOut,
                                   std::stoul(fields[i].substr(1, at - 1)),
                                   std::stoul(fields[i].substr(at + 1))});
  }
  return function;
}

// ---- PTX ---------------------------------------------------------------------------------------

std::string demangled(const std::string& name) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text(
      abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status), &std::free);
  return status == 0 ? text.get() : name;
}

// The types between the parentheses: "k(int*, Box<int, 2>)" -> "int*", "Box<int, 2>".
std::vector<std::string> parameter_types(const std::string& prototype, std::size_t open) {
  std::vector<std::string> types;
  std::string type;
  int depth = 0;
  for (std::size_t i = open + 1; i + 1 < prototype.size(); ++i) {
    const char c = prototype[i];
    depth += c == '<' || c == '(' ? 1 : c == '>' || c == ')' ? -1 : 0;
    if (c == ',' && depth == 0) {
      types.push_back(std::move(type));
      type.clear();
    } else {
      type += c;
    }
  }
  types.push_back(std::move(type));
  return types;
}

// What a C++ prototype tells, once demangled: "void scale<float, 4>(float*, int)".
void read_prototype(Function& function) {
  const std::string prototype = demangled(function.lowered);
  const std::size_t open = prototype.rfind('(');
  function.expression = prototype.substr(0, open);
  if (open == std::string::npos) return;
  // Templates say what they return.
  if (function.expression.rfind("void ", 0) == 0) function.expression.erase(0, 5);
  const std::vector<std::string> types = parameter_types(prototype, open);
  for (std::size_t i = 0; i < types.size() && i < function.parameters.size(); ++i) {
    if (types[i].empty() || types[i].back() != '*') continue;
    const bool constant = types[i].find("const*") != std::string::npos;
    function.parameters[i].kind = constant ? Kind::In : Kind::InOut;
  }
}

// ".param .u64 name", ".param .align 8 .b8 name[24]", behind `end` bytes of others.
KernelParameter read_parameter(const std::smatch& parameter, std::size_t end) {
  const std::size_t element = std::stoul(parameter[2]) / 8;
  const std::size_t alignment = parameter[1].matched ? std::stoul(parameter[1]) : element;
  return {Kind::Value, parameter[3].matched ? element * std::stoul(parameter[3]) : element,
          (end + alignment - 1) / alignment * alignment};
}

std::vector<Function> read_ptx(const std::string& text) {
  static const std::regex entry(R"(\.entry\s+([\w$]+)\s*\(([^)]*)\))");
  static const std::regex parameter(
      R"(\.param\s+(?:\.align\s+(\d+)\s+)?\.[a-z](\d+)\s+(?:\.ptr\s+[^,]*?)?[\w$]+(?:\[(\d+)\])?)");
  std::vector<Function> functions;
  for (std::sregex_iterator at(text.begin(), text.end(), entry), end; at != end; ++at) {
    Function function;
    function.lowered = (*at)[1];
    const std::string parameters = (*at)[2];
    std::size_t bytes = 0;
    for (std::sregex_iterator p(parameters.begin(), parameters.end(), parameter), last; p != last;
         ++p) {
      function.parameters.push_back(read_parameter(*p, bytes));
      bytes = function.parameters.back().offset + function.parameters.back().bytes;
    }
    read_prototype(function);
    functions.push_back(std::move(function));
  }
  require(!functions.empty(), CUDA_ERROR_INVALID_IMAGE);
  return functions;
}

}  // namespace

std::vector<Function> read_image(const char* image) {
  if (starts_with(image, kElf)) {
    image += kElf.size();
    require(starts_with(image, kImageHeader), CUDA_ERROR_NO_BINARY_FOR_GPU);
  }
  std::vector<Function> functions;
  if (starts_with(image, kImageHeader)) {
    for (const std::string& line : split(image + kImageHeader.size(), '\n')) {
      functions.push_back(read_line(line));
    }
    return functions;
  }
  while (*image == '\n') ++image;
  require(starts_with(image, ".version") || starts_with(image, "//"), CUDA_ERROR_INVALID_IMAGE);
  return read_ptx(image);
}

}  // namespace fake_cuda
