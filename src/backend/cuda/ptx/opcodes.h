// backend/cuda/ptx/opcodes.h: what each instruction does with addresses: one table.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace sennit::cuda::ptx {

enum class Meaning : std::uint8_t {
  Nothing,      // no address leaves it: barriers, tests, hints
  Copy,         // the result is one of its sources, or parts of them
  Convert,      // of an integer type to another
  Trust,        // cvta: says that the source is an address
  Add,          // a + b
  MultiplyAdd,  // a * b + c
  Subtract,     // a - b
  And,          // a mask keeps an address or cuts it off
  Mix,          // other arithmetic
  Scale,        // multiplications and shifts left
  Compare,      // compares its first two sources
  Extremum,     // min, max: compares, and returns one
  Memory,       // reads and writes what its addresses say
  Texture,      // reads or writes through a handle that the driver gave
  Allocate,     // of the thread's stack
  Branch,
  IndexedBranch,
  Return,
  Exit,
  Call,
  Unknown,  // not in the table: all that it takes escapes
};

enum class Touch : std::uint8_t { None, Read, Write, ReadWrite };

enum class Space : std::uint8_t { Generic, Global, Const, Shared, Local, Param };

struct OpcodeRule {
  std::string_view name;  // the opcode's first words: "cp.async.bulk"
  Meaning meaning = Meaning::Nothing;
  bool has_result = false;  // its first operand is assigned
  // Of the first, second and third address that it takes.
  std::array<Touch, 3> touches{};
  // Sources that become the result, counted behind it; 0: all of them.
  std::uint8_t sources = 0;
  bool is_barrier = false;  // waits for other threads
  bool is_plain = false;    // touches the elements that its type names, and no more
};

// An opcode with what its modifiers say.
struct Opcode {
  const OpcodeRule* rule = nullptr;
  std::array<Space, 3> spaces{};     // of its addresses
  std::uint32_t bytes = 0;           // of the last type that it names; 0: it names none
  std::uint32_t previous_bytes = 0;  // of the type before that, which is a conversion's result
};

// Never fails: what the table does not know is Meaning::Unknown.
Opcode decode(std::string_view opcode);

}  // namespace sennit::cuda::ptx
