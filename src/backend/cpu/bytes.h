// backend/cpu/bytes.h: copies and fills, cut into pieces that workers share.
#pragma once

#include <cstddef>
#include <cstdint>

#include "backend/backend.h"

namespace sennit::cpu {

// Pieces are long enough that taking one costs nothing beside moving it, and short enough that
// workers end at about the same time; a multiple of every pattern's length.
inline constexpr std::size_t kPieceBytes = 256 * 1024;

inline std::uint64_t piece_count(std::size_t bytes) {
  return bytes / kPieceBytes + (bytes % kPieceBytes != 0 ? 1 : 0);
}

// Moves pieces [begin, end) of the command's bytes.
void copy_pieces(const CopyCommand& command, std::uint64_t begin, std::uint64_t end);
void fill_pieces(const FillCommand& command, std::uint64_t begin, std::uint64_t end);

}  // namespace sennit::cpu
