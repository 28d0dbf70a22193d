#include "grcuda/bind_functions.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "base/error.h"
#include "base/text.h"
#include "grcuda/coercion.h"
#include "grcuda/kernel_functions.h"
#include "grcuda/native_function.h"
#include "grcuda/nidl_file.h"
#include "grcuda/text_reader.h"

namespace sennit::grcuda {
namespace {

Any bind(const std::shared_ptr<Runtime>& runtime, std::span<const Any> arguments) {
  if (arguments.size() != 2 && arguments.size() != 3) {
    raise(ErrorCode::InvalidArgument,
          format("bind function requires two or three arguments, and was given {}: the library, "
                 "then a signature \"f(n: sint32): double\", or a name and \"(sint32): double\"",
                 arguments.size()));
  }
  const std::string& library = string_from(arguments[0], "the library of bind");
  NativeSignature signature =
      arguments.size() == 2
          ? parse_signature(string_from(arguments[1], "the signature of bind"), Result::Required)
          : parse_legacy(string_from(arguments[1], "the name of the function of bind"),
                         string_from(arguments[2], "the signature of bind"), Result::Required);
  return ValueRef(std::make_shared<NativeFunction>(runtime, library, std::move(signature)));
}

// The namespace of a path "a::b", made where it is not there.
std::shared_ptr<Namespace> namespace_at(const std::shared_ptr<Namespace>& root,
                                        const std::string& path) {
  TextReader reader(path, "namespace");
  std::shared_ptr<Namespace> at = root;
  reader.skip_space();
  do {
    const std::size_t begin = reader.position();
    const std::string name = reader.identifier();
    if (name.empty()) {
      raise(ErrorCode::InvalidArgument,
            format("\"{}\" is not a name in \"{}\"; a path is \"name\" or \"name::name\"",
                   path.substr(begin), path));
    }
    at = at->nested(name);
  } while (reader.accept("::"));
  if (!reader.at_end()) {
    raise(ErrorCode::InvalidArgument,
          format("\"{}\" is not a name in \"{}\"", path.substr(reader.position()), path));
  }
  return at;
}

std::vector<NidlEntry> read_nidl(const std::string& file) {
  std::ifstream stream(file);
  if (!stream) raise(ErrorCode::Unavailable, format("unable to read the NIDL file '{}'", file));
  const std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  std::vector<NidlEntry> entries = parse_nidl_file(text, file);
  const auto is_kernel = [](const NidlEntry& entry) { return entry.is_kernel; };
  if (!std::all_of(entries.begin(), entries.end(), is_kernel) &&
      !std::none_of(entries.begin(), entries.end(), is_kernel)) {
    raise(ErrorCode::InvalidArgument,
          format("kernel and host function binding specified, can either bind kernel or host "
                 "function: '{}' has both; split it",
                 file));
  }
  return entries;
}

Any bind_all(const std::shared_ptr<Namespace>& root, const std::shared_ptr<Runtime>& runtime,
             const std::shared_ptr<const CurrentDevice>& current, std::span<const Any> arguments) {
  const std::string& path = string_from(arguments[0], "the namespace of bindall");
  const std::string& library = string_from(arguments[1], "the file of bindall");
  const std::vector<NidlEntry> entries =
      read_nidl(string_from(arguments[2], "the NIDL file of bindall"));
  const std::shared_ptr<Namespace> target = namespace_at(root, path);
  for (const NidlEntry& entry : entries) {
    const NativeSignature& signature = entry.signature;
    target->add_lazily(signature.name, [runtime, current, library, entry]() -> Any {
      const NativeSignature& known = entry.signature;
      if (entry.is_kernel) {
        return load_kernel(runtime, current, library, known.symbol(), known.qualified_name(),
                           known.kernel_text());
      }
      return ValueRef(std::make_shared<NativeFunction>(runtime, library, known));
    });
  }
  return ValueRef(target);
}

}  // namespace

void add_bind_functions(const std::shared_ptr<Namespace>& root,
                        const std::shared_ptr<Runtime>& runtime,
                        const std::shared_ptr<const CurrentDevice>& current) {
  root->add("bind", Function::make("bind", 0, SIZE_MAX, [runtime](std::span<const Any> arguments) {
              return bind(runtime, arguments);
            }));
  // The root owns this function, so not the other way round.
  root->add("bindall", Function::make("bindall", 3, 3,
                                      [runtime, current, weak = std::weak_ptr<Namespace>(root)](
                                          std::span<const Any> arguments) -> Any {
                                        const std::shared_ptr<Namespace> known = weak.lock();
                                        if (!known) {
                                          raise(ErrorCode::InvalidArgument,
                                                "bindall: its program has ended");
                                        }
                                        return bind_all(known, runtime, current, arguments);
                                      }));
}

}  // namespace sennit::grcuda
