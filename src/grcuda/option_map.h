// grcuda/option_map.h: what getoptions() gives: a read-only map of texts.
#pragma once

#include "grcuda/context.h"
#include "grcuda/value.h"

namespace sennit::grcuda {

// Its members are the values, by the options' names; its elements pairs [name, value].
ValueRef make_option_map(OptionValues options);

}  // namespace sennit::grcuda
