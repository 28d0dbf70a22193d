#include "grcuda/kernel_functions.h"

#include <fstream>
#include <iterator>

#include "base/error.h"
#include "base/text.h"
#include "grcuda/coercion.h"
#include "grcuda/kernel_value.h"
#include "grcuda/native_signature.h"

namespace sennit::grcuda {
namespace {

void check_count(std::string_view function, std::span<const Any> arguments) {
  if (arguments.size() == 2 || arguments.size() == 3) return;
  raise(ErrorCode::InvalidArgument,
        format("{} function requires two or three arguments, and was given {}: the {}, then a "
               "signature \"name(x: inout pointer float, n: sint32)\", or a name and a list of "
               "types",
               function, arguments.size(), function == "buildkernel" ? "source" : "file"));
}

using CurrentRef = std::shared_ptr<const CurrentDevice>;

Any build_kernel(const std::shared_ptr<Runtime>& runtime, const CurrentRef& current,
                 std::span<const Any> arguments) {
  check_count("buildkernel", arguments);
  KernelRequest request;
  request.source = string_from(arguments[0], "the source of buildkernel");
  request.dialect = SignatureDialect::GrCuda;
  if (arguments.size() == 2) {
    request.signature = string_from(arguments[1], "the signature of buildkernel");
    if (is_cxx_signature(request.signature)) {
      raise(ErrorCode::InvalidArgument,
            "'cxx' is not for buildkernel: the compiler finds C++ kernels by their names; leave it "
            "away");
    }
    request.name = parse_nidl_signature(request.signature, request.dialect).kernel();
  } else {
    request.name = string_from(arguments[1], "the name of the kernel of buildkernel");
    request.signature = string_from(arguments[2], "the signature of buildkernel");
  }
  return ValueRef(std::make_shared<Kernel>(runtime, current, runtime->build_kernel(request)));
}

Any bind_kernel(const std::shared_ptr<Runtime>& runtime, const CurrentRef& current,
                std::span<const Any> arguments) {
  check_count("bindkernel", arguments);
  const std::string& file = string_from(arguments[0], "the file of bindkernel");
  if (arguments.size() == 3) {
    const std::string& name = string_from(arguments[1], "the name of the kernel of bindkernel");
    return load_kernel(runtime, current, file, name, name,
                       string_from(arguments[2], "the signature of bindkernel"));
  }
  const NativeSignature signature =
      parse_signature(string_from(arguments[1], "the signature of bindkernel"), Result::Ignored);
  return load_kernel(runtime, current, file, signature.symbol(), signature.qualified_name(),
                     signature.kernel_text());
}

std::string contents_of(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    raise(ErrorCode::Unavailable, format("unable to read the kernel file '{}'", file));
  }
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

}  // namespace

ValueRef load_kernel(const std::shared_ptr<Runtime>& runtime,
                     const std::shared_ptr<const CurrentDevice>& current, const std::string& file,
                     const std::string& symbol, const std::string& name,
                     const std::string& signature) {
  std::string contents = contents_of(file);
  const bool is_source = file.ends_with(".cu");
  KernelRequest request;
  request.name = is_source ? name : symbol;
  request.signature = signature;
  request.dialect = SignatureDialect::GrCuda;
  request.source_name = file;
  if (is_source) {
    request.source = std::move(contents);
  } else {
    request.code = std::as_bytes(std::span(contents));
  }
  try {
    return std::make_shared<Kernel>(runtime, current, runtime->build_kernel(request));
  } catch (Error& error) {
    error.add_context(format("binding {} of {}", request.name, file));
    throw;
  }
}

void add_kernel_functions(Namespace& root, const std::shared_ptr<Runtime>& runtime,
                          const std::shared_ptr<const CurrentDevice>& current) {
  root.add("buildkernel", Function::make("buildkernel", 0, SIZE_MAX,
                                         [runtime, current](std::span<const Any> arguments) {
                                           return build_kernel(runtime, current, arguments);
                                         }));
  root.add("bindkernel", Function::make("bindkernel", 0, SIZE_MAX,
                                        [runtime, current](std::span<const Any> arguments) {
                                          return bind_kernel(runtime, current, arguments);
                                        }));
}

}  // namespace sennit::grcuda
