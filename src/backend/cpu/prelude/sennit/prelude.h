// sennit/prelude.h: all that a CUDA source finds without including anything.
#pragma once

#include "sennit/keywords.h"
// The rest builds on the keywords.
#include "sennit/atomics.h"
#include "sennit/bits.h"
#include "sennit/builtins.h"
#include "sennit/conversions.h"
#include "sennit/entry.h"
#include "sennit/fast_math.h"
#include "sennit/hooks.h"
#include "sennit/limits_macros.h"
#include "sennit/math_functions.h"
#include "sennit/memory.h"
#include "sennit/min_max.h"
#include "sennit/rounding.h"
#include "sennit/synchronization.h"
#include "sennit/unsupported.h"
#include "sennit/vector_types.h"
#include "sennit/warp.h"
