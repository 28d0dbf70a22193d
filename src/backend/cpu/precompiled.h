// backend/cpu/precompiled.h: what most sources of the CPU plug-in include; see sennit_precompile.
#pragma once

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/Module.h>

#include "backend/backend.h"
#include "base/error.h"
#include "base/text.h"
