// backend/cpu/compiler/tuning.h: which refinements of the generated code are on.
#pragma once

namespace sennit::cpu {

// Each refinement can be left out, and the answers stay the same: tests compare. No part of any
// cache key: the backend compiles with the defaults only.
struct CompileTuning {
  bool pseudo_barriers = true;    // pseudo_barriers.h
  bool induction_split = true;    // induction_split.h
  bool edge_guards = true;        // edge_guards.h
  bool range_clipping = true;     // range_clip.h
  bool shared_atomics = true;     // shared_memory.h
  bool rematerialisation = true;  // rematerialise.h
  bool vectorisation = true;      // pipeline.h
  // No refinement: kernels tell what they read and write. access_tracing.h
  bool trace_accesses = false;
};

}  // namespace sennit::cpu
