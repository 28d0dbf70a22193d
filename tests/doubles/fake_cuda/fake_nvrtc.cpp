// fake_cuda/fake_nvrtc.cpp: libfake_nvrtc.so, a compiler that reads the declarations of kernels and
// nothing of their bodies.
//
// What it makes is text (image.h, api_code.cpp) that libfake_cuda.so loads: names and parameters,
// which it has from sennit's own scanner of sources.
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "backend/cuda/nvrtc.h"
#include "base/error.h"
#include "base/text.h"
#include "fake_cuda/image.h"
#include "kernel/source_scanner.h"

using namespace sennit::cuda;

namespace {

constexpr auto kInvalidInput = static_cast<nvrtcResult>(3);
constexpr auto kNameNotValid = static_cast<nvrtcResult>(10);

// An identifier, and another one for each expression: "scale<float, 4>" ->
// "_Fscale_3cfloat_2c_204_3e".
std::string lowered_name(const std::string& expression) {
  std::string lowered = "_F";
  for (const char c : expression) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    lowered += plain ? std::string(1, c) : sennit::format("_{:02x}", static_cast<unsigned char>(c));
  }
  return lowered;
}

std::string image_kernel(const std::string& expression, const std::string& lowered,
                         const sennit::Signature& signature) {
  std::string text = ".visible .entry " + lowered + "()\n{\n";
  text += std::string(fake_cuda::kPragma) + expression;
  for (std::size_t i = 0; i < signature.parameters().size(); ++i) {
    const sennit::Parameter& parameter = signature.parameters()[i];
    const char kind = parameter.kind != sennit::ParameterKind::Pointer ? 'v'
                      : parameter.access == sennit::AccessMode::Read   ? 'r'
                                                                       : 'w';
    text += sennit::format("\t{}{}@{}", kind, parameter.bytes(), signature.offsets()[i]);
  }
  return text + "\";\nret;\n}\n";
}

nvrtcResult put(const std::string& text, std::size_t* bytes) {
  *bytes = text.size() + 1;
  return NVRTC_SUCCESS;
}

nvrtcResult put(const std::string& text, char* to) {
  std::memcpy(to, text.c_str(), text.size() + 1);
  return NVRTC_SUCCESS;
}

}  // namespace

struct sennit::cuda::_nvrtcProgram {
  std::string source, name;
  std::map<std::string, std::string> lowered;  // by name expression
  std::string log, image;
};

#pragma GCC visibility push(default)
extern "C" {

nvrtcResult nvrtcVersion(int* major, int* minor) {
  *major = 13;
  *minor = 0;
  return NVRTC_SUCCESS;
}

const char* nvrtcGetErrorString(nvrtcResult result) {
  switch (static_cast<int>(result)) {
    case 0:
      return "NVRTC_SUCCESS";
    case 3:
      return "NVRTC_ERROR_INVALID_INPUT";
    case 6:
      return "NVRTC_ERROR_COMPILATION";
    case 10:
      return "NVRTC_ERROR_NAME_EXPRESSION_NOT_VALID";
    default:
      return "NVRTC_ERROR unknown";
  }
}

nvrtcResult nvrtcGetNumSupportedArchs(int* count) {
  *count = 2;
  return NVRTC_SUCCESS;
}

nvrtcResult nvrtcGetSupportedArchs(int* architectures) {
  architectures[0] = 80;
  architectures[1] = 90;
  return NVRTC_SUCCESS;
}

nvrtcResult nvrtcCreateProgram(nvrtcProgram* program, const char* source, const char* name,
                               int header_count, const char* const*, const char* const*) {
  if (program == nullptr || source == nullptr || header_count != 0) return kInvalidInput;
  *program = new _nvrtcProgram{source, name == nullptr ? "default_program" : name, {}, {}, {}};
  return NVRTC_SUCCESS;
}

nvrtcResult nvrtcDestroyProgram(nvrtcProgram* program) {
  delete *program;
  *program = nullptr;
  return NVRTC_SUCCESS;
}

nvrtcResult nvrtcAddNameExpression(nvrtcProgram program, const char* expression) {
  program->lowered.emplace(expression, lowered_name(expression));
  return NVRTC_SUCCESS;
}

nvrtcResult nvrtcCompileProgram(nvrtcProgram program, int option_count,
                                const char* const* options) {
  program->image = ".version 9.0\n.target sm_90\n.address_size 64\n";
  try {
    const std::vector<std::string> given(options, options + option_count);
    sennit::SourceScanner scanner(program->source, program->name, given);
    for (const auto& [expression, lowered] : program->lowered) {
      program->image += image_kernel(expression, lowered, scanner.signature(expression));
    }
  } catch (const sennit::Error& error) {
    program->log = sennit::format("{}: error: {}", program->name, error.message());
    program->image.clear();
    return NVRTC_ERROR_COMPILATION;
  }
  return NVRTC_SUCCESS;
}

nvrtcResult nvrtcGetProgramLogSize(nvrtcProgram program, std::size_t* bytes) {
  return put(program->log, bytes);
}

nvrtcResult nvrtcGetProgramLog(nvrtcProgram program, char* log) { return put(program->log, log); }

nvrtcResult nvrtcGetLoweredName(nvrtcProgram program, const char* expression,
                                const char** lowered) {
  const auto found = program->lowered.find(expression);
  if (found == program->lowered.end()) return kNameNotValid;
  *lowered = found->second.c_str();
  return NVRTC_SUCCESS;
}

nvrtcResult nvrtcGetPTXSize(nvrtcProgram program, std::size_t* bytes) {
  return put(program->image, bytes);
}

nvrtcResult nvrtcGetPTX(nvrtcProgram program, char* ptx) { return put(program->image, ptx); }

nvrtcResult nvrtcGetCUBINSize(nvrtcProgram program, std::size_t* bytes) {
  return put(program->image, bytes);
}

nvrtcResult nvrtcGetCUBIN(nvrtcProgram program, char* cubin) { return put(program->image, cubin); }

}  // extern "C"
#pragma GCC visibility pop
