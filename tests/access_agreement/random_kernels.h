// access_agreement/random_kernels.h: kernels that shuffle their pointers about.
#pragma once

#include <cstdint>

#include "access/corpus.h"

namespace sennit::access_corpus {

// A file of kernels that run on any data: every pointer stays within its array. What they do is
// not known, only their names are filled in. The same seed gives the same file.
CorpusFile random_file(std::uint64_t seed, int kernels);

}  // namespace sennit::access_corpus
