# prelude/embed.cmake: makes a C++ source that holds the files of the prelude.
#
#   cmake -DFOLDER=<this folder> -DOUT=<file.cpp> -P embed.cmake
#
# Each file becomes a row {path, text} of the table that compiler/prelude_files.h declares.
file(GLOB_RECURSE files RELATIVE "${FOLDER}" "${FOLDER}/*")
list(FILTER files EXCLUDE REGEX "\\.cmake$")
list(SORT files)
set(text "// Made by prelude/embed.cmake from the files of prelude/.\n")
string(APPEND text "#include \"backend/cpu/compiler/prelude_files.h\"\n\n")
string(APPEND text "namespace sennit::cpu {\nnamespace {\n\nconstexpr PreludeFile kFiles[] = {\n")
foreach(file IN LISTS files)
  file(READ "${FOLDER}/${file}" content)
  string(APPEND text "    {\"${file}\", R\"__SNT__(${content})__SNT__\"},\n")
endforeach()
string(APPEND text "};\n\n}  // namespace\n\n")
string(APPEND text "std::span<const PreludeFile> prelude_files() { return kFiles; }\n\n")
string(APPEND text "}  // namespace sennit::cpu\n")
file(WRITE "${OUT}" "${text}")
