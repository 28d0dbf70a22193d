// cmake/precompiled/llvm.h: what most sources of the CPU plug-in include.
#pragma once

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/Module.h>

#include "core.h"
