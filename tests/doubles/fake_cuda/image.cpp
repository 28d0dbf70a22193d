#include "fake_cuda/image.h"

#include <cxxabi.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <regex>
#include <sstream>
#include <string>

#include "fake_cuda/assembler.h"

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

// What stands behind kPragma.
void read_pragma(Function& function, std::string_view body) {
  const std::size_t end = body.find('"');
  require(end != std::string_view::npos, CUDA_ERROR_INVALID_IMAGE);
  const std::vector<std::string> fields = split(std::string(body.substr(0, end)), '\t');
  require(!fields.empty(), CUDA_ERROR_INVALID_IMAGE);
  function.expression = fields[0];
  for (std::size_t i = 1; i < fields.size(); ++i) {
    const char kind = fields[i][0];
    const std::size_t at = fields[i].find('@');
    require(at != std::string::npos, CUDA_ERROR_INVALID_IMAGE);
    function.parameters.push_back({kind == 'v'   ? Kind::Value
                                   : kind == 'r' ? Kind::In
                                                 : Kind::InOut,
                                   std::stoul(fields[i].substr(1, at - 1)),
                                   std::stoul(fields[i].substr(at + 1))});
  }
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
  static const std::regex parameter(
      R"(\.param\s+(?:\.align\s+(\d+)\s+)?\.[a-z](\d+)\s+(?:\.ptr\s+[^,]*?)?[\w$]+(?:\[(\d+)\])?)");
  std::vector<Function> functions;
  for (const PtxKernel& kernel : find_kernels(text)) {
    Function function;
    function.lowered = kernel.name;
    function.waits_first = kernel.waits_first;
    const std::size_t start = std::min(kernel.body.find_first_not_of(" \t\n"), kernel.body.size());
    if (kernel.body.substr(start).starts_with(kPragma)) {
      read_pragma(function, kernel.body.substr(start + kPragma.size()));
    } else {
      const std::string& parameters = kernel.parameters;
      std::size_t bytes = 0;
      for (std::sregex_iterator p(parameters.begin(), parameters.end(), parameter), last; p != last;
           ++p) {
        function.parameters.push_back(read_parameter(*p, bytes));
        bytes = function.parameters.back().offset + function.parameters.back().bytes;
      }
      read_prototype(function);
    }
    functions.push_back(std::move(function));
  }
  require(!functions.empty(), CUDA_ERROR_INVALID_IMAGE);
  return functions;
}

}  // namespace

std::vector<Function> read_image(const char* image) {
  if (starts_with(image, "\177ELF")) {
    image = assembled_ptx(image);
    require(image != nullptr, CUDA_ERROR_NO_BINARY_FOR_GPU);
  }
  while (*image == '\n') ++image;
  require(starts_with(image, ".version") || starts_with(image, "//"), CUDA_ERROR_INVALID_IMAGE);
  return read_ptx(image);
}

}  // namespace fake_cuda
