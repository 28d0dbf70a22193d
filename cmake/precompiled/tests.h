// cmake/precompiled/tests.h: what most tests include.
#pragma once

#include <gtest/gtest.h>

#include "core.h"
