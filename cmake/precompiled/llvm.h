// cmake/precompiled/llvm.h: what most sources of the CPU plug-in include.
#pragma once

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/Module.h>

// Not the backend's header: `Function` and `Module` are LLVM's in sources that do not include it.
#include "base.h"
