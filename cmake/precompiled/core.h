// cmake/precompiled/core.h: what most sources of the core include.
#pragma once

#include "backend/backend.h"
#include "base.h"
