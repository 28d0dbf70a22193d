// backend/cuda/sass.cpp: finds a kernel in a cubin, and reads its first instructions.
//
// Instructions have 16 bytes, little-endian: bits 0 to 8 say what it does, 9 to 11 where its
// operands are (registers, an immediate, constant memory), 12 to 14 the predicate that guards it
// (7: none) and 15 whether that is negated. Found by assembling kernels with ptxas 13.0 for sm_90,
// sm_100, sm_103 and sm_120 and comparing the bytes with what nvdisasm prints:
//
//   griddepcontrol.wait               ACQBULK   0x782e   bits 9 to 40 above the first 16 are 0
//   griddepcontrol.launch_dependents  PREEXIT   0x782d
//
// What stood before it, of 228 kernels that wait at their entry, is in kHarmless. One had its
// texture load there: such are not in the list.
#include "backend/cuda/sass.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>

namespace sennit::cuda {
namespace {

using Bytes = std::span<const std::byte>;

// ---- Cubins, which are ELF files ---------------------------------------------------------------

constexpr std::uint16_t kMachineCuda = 190;
constexpr std::uint32_t kSymbolTable = 2;  // SHT_SYMTAB
constexpr std::uint32_t kNoBits = 8;       // SHT_NOBITS: has no bytes in the file
constexpr unsigned kOldestTarget = 90;

struct FileHeader {
  char magic[4];
  std::uint8_t file_class, encoding, version, abi, abi_version, padding[7];
  std::uint16_t type, machine;
  std::uint32_t file_version;
  std::uint64_t entry, program_headers, section_headers;
  std::uint32_t flags;
  std::uint16_t header_bytes, program_header_bytes, program_header_count;
  std::uint16_t section_header_bytes, section_count, section_names;
};
struct SectionHeader {
  std::uint32_t name, type;
  std::uint64_t flags, address, offset, bytes;
  std::uint32_t link, info;
  std::uint64_t alignment, entry_bytes;
};
struct Symbol {
  std::uint32_t name;
  std::uint8_t info, other;
  std::uint16_t section;
  std::uint64_t value, bytes;
};
static_assert(sizeof(FileHeader) == 64 && sizeof(SectionHeader) == 64 && sizeof(Symbol) == 24);

// Copies the object at `offset`, which need not be aligned; nullopt behind the end.
template <typename T>
std::optional<T> read(Bytes bytes, std::uint64_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

Bytes part(Bytes bytes, std::uint64_t offset, std::uint64_t size) {
  if (offset > bytes.size() || bytes.size() - offset < size) return {};
  return bytes.subspan(offset, size);
}

// 90 for sm_90: CUDA 13 has it in bits 8 to 15 of the flags, older ones in bits 0 to 7. 0: not
// known.
unsigned target_of(const FileHeader& header) {
  if (header.abi_version == 8) return header.flags >> 8 & 0xff;
  if (header.abi_version == 7) return header.flags & 0xff;
  return 0;
}

class Cubin {
 public:
  explicit Cubin(Bytes bytes) : bytes_(bytes) {
    const auto header = read<FileHeader>(bytes, 0);
    if (!header || std::memcmp(header->magic, "\177ELF", 4) != 0) return;
    constexpr std::uint8_t k64Bit = 2, kLittleEndian = 1;
    if (header->file_class != k64Bit || header->encoding != kLittleEndian) return;
    if (header->machine != kMachineCuda || target_of(*header) < kOldestTarget) return;
    if (header->section_header_bytes != sizeof(SectionHeader)) return;
    header_ = *header;
  }

  // The code of a function; empty if there is none.
  Bytes code(std::string_view name) const {
    for (std::uint16_t i = 0; header_ && i < header_->section_count; ++i) {
      const auto table = section(i);
      if (!table || table->type != kSymbolTable) continue;
      const auto names = section(table->link);
      if (!names) continue;
      const Bytes symbols = contents(*table);
      for (std::uint64_t at = 0; const auto symbol = read<Symbol>(symbols, at);
           at += sizeof(Symbol)) {
        constexpr std::uint8_t kFunction = 2;
        if ((symbol->info & 0xf) != kFunction || !is_named(*names, symbol->name, name)) continue;
        const auto text = section(symbol->section);
        return text ? part(contents(*text), symbol->value, symbol->bytes) : Bytes{};
      }
    }
    return {};
  }

 private:
  std::optional<SectionHeader> section(std::uint32_t index) const {
    if (index >= header_->section_count) return std::nullopt;
    return read<SectionHeader>(bytes_, header_->section_headers + std::uint64_t{index} * 64);
  }
  Bytes contents(const SectionHeader& section) const {
    return section.type == kNoBits ? Bytes{} : part(bytes_, section.offset, section.bytes);
  }
  bool is_named(const SectionHeader& names, std::uint32_t offset, std::string_view name) const {
    const Bytes found = part(contents(names), offset, name.size() + 1);
    return found.size() == name.size() + 1 && found.back() == std::byte{0} &&
           std::memcmp(found.data(), name.data(), name.size()) == 0;
  }

  const Bytes bytes_;
  std::optional<FileHeader> header_;
};

// ---- Instructions ------------------------------------------------------------------------------

struct Instruction {
  std::uint64_t low, high;
};

bool is_wait(const Instruction& instruction) {
  constexpr std::uint64_t kOperands = (std::uint64_t{1} << 41) - 1;  // above: scheduling
  return instruction.low == 0x782e && (instruction.high & kOperands) == 0;
}

// They compute in registers, or read constant memory: parameters, sizes, which are those of the
// launch itself. None branches. Sorted.
constexpr std::uint16_t kHarmless[] = {
    0x002,  // MOV
    0x005,  // CS2R
    0x007,  // SEL
    0x00c,  // ISETP
    0x010,  // IADD3
    0x011,  // LEA
    0x012,  // LOP3
    0x016,  // PRMT
    0x019,  // SHF
    0x01c,  // PLOP3
    0x024,  // IMAD
    0x025,  // IMAD.WIDE
    0x027,  // IMAD.HI
    0x031,  // HFMA2
    0x035,  // HFMA2.MMA, IADD
    0x036,  // VIADD
    0x082,  // UMOV
    0x086,  // VOTEU
    0x08c,  // UISETP
    0x090,  // UIADD3
    0x091,  // ULEA
    0x092,  // ULOP3
    0x099,  // USHF
    0x0a4,  // UIMAD
    0x0a5,  // UIMAD.WIDE
    0x0b9,  // ULDC
    0x0bd,  // UFLO
    0x0ca,  // R2UR
    0x100,  // FLO
    0x109,  // POPC
    0x118,  // NOP
    0x119,  // S2R
    0x145,  // BSSY: notes where threads meet again
    0x182,  // LDC
    0x1ac,  // LDCU
    0x1c3,  // S2UR
    0x1c4,  // REDUX
};

bool is_harmless(const Instruction& instruction) {
  const auto what = static_cast<std::uint16_t>(instruction.low & 0x1ff);
  return std::binary_search(std::begin(kHarmless), std::end(kHarmless), what);
}

}  // namespace

bool waits_first(std::span<const std::byte> cubin, std::string_view kernel) {
  const Bytes code = Cubin(cubin).code(kernel);
  for (std::uint64_t at = 0; const auto instruction = read<Instruction>(code, at);
       at += sizeof(Instruction)) {
    if (is_wait(*instruction)) return true;
    if (!is_harmless(*instruction)) return false;
  }
  return false;
}

}  // namespace sennit::cuda
