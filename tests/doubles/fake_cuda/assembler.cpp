#include "fake_cuda/assembler.h"

#include <elf.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <regex>

namespace fake_cuda {
namespace {

constexpr std::string_view kPtxSection = ".fake_image";
constexpr Elf64_Half kMachineCuda = 190;

using Instruction = std::array<std::uint64_t, 2>;
constexpr Instruction kLoadStack = {0x00000a00ff017b82,
                                    0x000fe20000000800};                 // LDC R1, c[0x0][0x28]
constexpr Instruction kWait = {0x000000000000782e, 0x000fe20000000000};  // ACQBULK
constexpr Instruction kExit = {0x000000000000794d, 0x000fea0003800000};  // EXIT

// Sections one behind the other, then their headers.
class Writer {
 public:
  Writer() { add("", SHT_NULL, {}); }

  std::size_t add(std::string_view name, Elf64_Word type, std::string_view contents,
                  Elf64_Word link = 0) {
    Elf64_Shdr header{};
    header.sh_name = static_cast<Elf64_Word>(names_.size());
    header.sh_type = type;
    header.sh_offset = sizeof(Elf64_Ehdr) + contents_.size();
    header.sh_size = contents.size();
    header.sh_link = link;
    names_ += std::string(name) + '\0';
    contents_ += contents;
    headers_.push_back(header);
    return headers_.size() - 1;
  }

  std::vector<std::byte> finish() {
    const std::size_t index = add(".shstrtab", SHT_STRTAB, "");
    headers_[index].sh_size = names_.size();
    contents_ += names_;
    Elf64_Ehdr header{};
    std::memcpy(header.e_ident, "\177ELF\2\1\1\x41\10", 9);
    header.e_machine = kMachineCuda;
    header.e_flags = 90 << 8;
    header.e_shoff = sizeof header + contents_.size();
    header.e_shentsize = sizeof(Elf64_Shdr);
    header.e_shnum = static_cast<Elf64_Half>(headers_.size());
    header.e_shstrndx = static_cast<Elf64_Half>(index);
    std::string file(reinterpret_cast<const char*>(&header), sizeof header);
    file += contents_;
    file.append(reinterpret_cast<const char*>(headers_.data()),
                headers_.size() * sizeof(Elf64_Shdr));
    const auto* first = reinterpret_cast<const std::byte*>(file.data());
    return {first, first + file.size()};
  }

 private:
  std::string names_, contents_;
  std::vector<Elf64_Shdr> headers_;
};

std::string code_of(const PtxKernel& kernel, bool drop_wait) {
  std::string code;
  const auto add = [&](const Instruction& instruction) {
    code.append(reinterpret_cast<const char*>(instruction.data()), sizeof instruction);
  };
  add(kLoadStack);
  if (kernel.waits_first && !drop_wait) add(kWait);
  add(kExit);
  return code;
}

// Declarations stand before the first instruction.
bool starts_with_wait(std::string_view body) {
  for (;;) {
    body.remove_prefix(std::min(body.find_first_not_of(" \t\n"), body.size()));
    if (!body.starts_with('.')) return body.starts_with("griddepcontrol.wait;");
    // Those of the assembler's kind end with a line, others with ';', which may be within a text.
    const std::size_t end = body.find('\n');
    if (end == std::string_view::npos) return false;
    body.remove_prefix(end);
  }
}

// A file in memory may stand anywhere.
template <typename T>
T copied(const char* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

}  // namespace

std::vector<PtxKernel> find_kernels(std::string_view ptx) {
  static const std::regex entry(R"(\.entry\s+([\w$]+)\s*\(([^)]*)\)[^{]*\{)");
  std::vector<PtxKernel> kernels;
  for (std::cregex_iterator at(ptx.data(), ptx.data() + ptx.size(), entry), end; at != end; ++at) {
    const auto begin = static_cast<std::size_t>(at->position() + at->length());
    const std::string_view body = ptx.substr(begin);
    kernels.push_back({(*at)[1], (*at)[2], body, starts_with_wait(body)});
  }
  return kernels;
}

std::vector<std::byte> assemble(const std::string& ptx, bool drop_waits) {
  Writer file;
  std::string names(1, '\0');
  std::string symbols(sizeof(Elf64_Sym), '\0');
  for (const PtxKernel& kernel : find_kernels(ptx)) {
    const std::string code = code_of(kernel, drop_waits);
    Elf64_Sym symbol{};
    symbol.st_name = static_cast<Elf64_Word>(names.size());
    symbol.st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC);
    symbol.st_shndx = static_cast<Elf64_Half>(file.add(".text." + kernel.name, SHT_PROGBITS, code));
    symbol.st_size = code.size();
    names += kernel.name + '\0';
    symbols.append(reinterpret_cast<const char*>(&symbol), sizeof symbol);
  }
  const std::size_t strings = file.add(".strtab", SHT_STRTAB, names);
  file.add(".symtab", SHT_SYMTAB, symbols, static_cast<Elf64_Word>(strings));
  file.add(kPtxSection, SHT_PROGBITS, std::string_view(ptx.c_str(), ptx.size() + 1));
  return file.finish();
}

const char* assembled_ptx(const char* cubin) {
  // Byte by byte at first: what is no such file may end anywhere.
  for (const char expected : {'\177', 'E', 'L', 'F', '\2'}) {
    if (*cubin++ != expected) return nullptr;
  }
  cubin -= 5;
  const auto header = copied<Elf64_Ehdr>(cubin);
  if (header.e_machine != kMachineCuda) return nullptr;
  const auto section = [&](unsigned index) {
    return copied<Elf64_Shdr>(cubin + header.e_shoff + index * sizeof(Elf64_Shdr));
  };
  const char* const names = cubin + section(header.e_shstrndx).sh_offset;
  for (unsigned i = 0; i < header.e_shnum; ++i) {
    if (names + section(i).sh_name == kPtxSection) return cubin + section(i).sh_offset;
  }
  return nullptr;
}

}  // namespace fake_cuda
