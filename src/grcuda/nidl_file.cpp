#include "grcuda/nidl_file.h"

#include "base/text.h"
#include "grcuda/native_signature_reader.h"
#include "grcuda/text_reader.h"

namespace sennit::grcuda {
namespace {

class Parser {
 public:
  Parser(std::string_view text, const std::string& name)
      : reader_(text, format("NIDL parse error: [{}]", name)) {}

  std::vector<NidlEntry> parse() {
    reader_.skip_space();
    while (!reader_.at_end()) group();
    return std::move(entries_);
  }

 private:
  void group() {
    const std::size_t at = reader_.position();
    const std::string kind = reader_.identifier();
    const bool is_kernel = kind == "kernels" || kind == "ckernels";
    const bool is_cxx = kind == "kernels" || kind == "hostfuncs";
    if (!is_kernel && kind != "hostfuncs" && kind != "chostfuncs") {
      reader_.error(at, format("expected a group (kernels, ckernels, hostfuncs or chostfuncs), "
                               "not {}",
                               kind.empty() ? reader_.shown(at) : "'" + kind + "'"));
    }
    std::vector<std::string> namespaces;
    if (is_cxx && reader_.peek() != '{') {
      do {
        namespaces.push_back(namespace_name());
      } while (reader_.accept("::"));
    }
    reader_.expect("{");
    while (!reader_.accept("}")) {
      const std::size_t begin = reader_.position();
      if (reader_.at_end()) reader_.error(begin, "expected \"}\": the group is not closed");
      NidlEntry entry{is_kernel,
                      read_signature(reader_, is_kernel ? Result::Ignored : Result::Required)};
      if (entry.signature.is_cxx || !entry.signature.namespaces.empty()) {
        reader_.error(begin,
                      "in a group a signature has neither 'cxx' nor a namespace: they are "
                      "the group's");
      }
      entry.signature.is_cxx = is_cxx;
      entry.signature.namespaces = namespaces;
      entries_.push_back(std::move(entry));
    }
  }

  std::string namespace_name() {
    const std::size_t at = reader_.position();
    std::string name = reader_.identifier();
    if (name.empty()) {
      reader_.error(
          at, format("expected the name of a namespace or \"{{\", not {}", reader_.shown(at)));
    }
    return name;
  }

  TextReader reader_;
  std::vector<NidlEntry> entries_;
};

}  // namespace

std::vector<NidlEntry> parse_nidl_file(std::string_view text, const std::string& name) {
  return Parser(text, name).parse();
}

}  // namespace sennit::grcuda
