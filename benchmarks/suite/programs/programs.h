// benchmarks/suite/programs/programs.h: the benchmarks as a user of sennit writes them.
#pragma once

#include <algorithm>
#include <memory>
#include <sennit/sennit.hpp>

#include "problem.h"

namespace suite {

using Program = std::unique_ptr<Implementation>(const Problem& problem,
                                                const sennit::Runtime& runtime, Shape shape);
Program vec_program, black_scholes_program, ensemble_program, hits_program, image_program,
    deep_learning_program;
Program chain_program, independent_program, fork_join_program, scalar_read_program, upload_program,
    download_program;

// The whole of an array.
template <sennit::Element T>
void read_into(const sennit::Array<T>& array, HostData& values) {
  values = HostData::of<T>(array.size());
  array.read(values.as<T>());
}

// Writes the runtime's own memory on the host and nothing else: `Array::write` would transfer large
// values at once, before the clock runs.
template <sennit::Element T>
void write_on_host(const sennit::Array<T>& array, std::span<const T> values) {
  const sennit::View<T> view = array.writable();
  std::copy(values.begin(), values.end(), view.begin());
}

// Two-dimensional launches.
inline sennit::Dim3 square_grid(Shape shape) { return {shape.side(), shape.side()}; }
inline sennit::Dim3 square_block() { return {kBlockSide, kBlockSide}; }

}  // namespace suite
