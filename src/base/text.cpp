// base/text.cpp: the one source that compiles fmt.
//
// Header-only, because the library links nothing else; here alone, because fmt costs two seconds
// in each file that includes all of it.
#define FMT_HEADER_ONLY
#include "base/text.h"

#include <fmt/format.h>

namespace sennit::text_detail {

std::string format(fmt::string_view pattern, fmt::format_args arguments) {
  return fmt::vformat(pattern, arguments);
}

}  // namespace sennit::text_detail
