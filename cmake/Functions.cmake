# cmake/Functions.cmake: the few verbs that the other CMake files are written in.

# Sets `result` to the sources (*.cpp, without tests) that stand directly in the folders.
function(sennit_sources result)
  set(sources)
  foreach(folder IN LISTS ARGN)
    file(GLOB found CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.cpp")
    list(APPEND sources ${found})
  endforeach()
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  set(${result} ${sources} PARENT_SCOPE)
endfunction()

# Appends to `result` a generated source that lists what a folder's files define: the file name is
# the registration. `folder`/x.cpp defines `extern const TYPE PREFIX_x`; HEADER declares TYPE and
# `std::span<const TYPE* const> FUNCTION()`, which the generated file defines.
function(sennit_table result folder)
  cmake_parse_arguments(PARSE_ARGV 2 table "" "HEADER;TYPE;PREFIX;FUNCTION" "")
  sennit_sources(sources ${folder})
  if(NOT sources)
    return()
  endif()
  set(declarations)
  set(entries)
  foreach(source IN LISTS sources)
    cmake_path(GET source STEM name)
    string(APPEND declarations "extern const ${table_TYPE} ${table_PREFIX}_${name};\n")
    string(APPEND entries "      &${table_PREFIX}_${name},\n")
  endforeach()
  set(generated "${CMAKE_CURRENT_BINARY_DIR}/generated/${table_PREFIX}_table.cpp")
  configure_file(cmake/table.cpp.in ${generated} @ONLY)
  set(${result} ${${result}} ${generated} PARENT_SCOPE)
endfunction()

# Objects that see the internals, hidden and position-independent.
function(sennit_object_library name)
  set(sources ${ARGN})
  if(NOT sources)
    set(sources "${CMAKE_CURRENT_SOURCE_DIR}/cmake/empty.cpp")
  endif()
  add_library(${name} OBJECT ${sources})
  target_link_libraries(${name} PRIVATE sennit_options PUBLIC sennit_dependencies)
  target_include_directories(${name} PUBLIC
    "${CMAKE_CURRENT_SOURCE_DIR}/src" "${CMAKE_CURRENT_SOURCE_DIR}/include")
  set_target_properties(${name} PROPERTIES
    POSITION_INDEPENDENT_CODE ON CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    CXX_EXTENSIONS OFF)
endfunction()

# Compiles the target's sources behind cmake/precompiled/<header>, if SENNIT_PRECOMPILE is on. The
# first target that asks for a header precompiles it, and others with the same flags share it. Not in
# build/dev, where each source must include what it uses, and whose objects the Python package shares.
function(sennit_precompile target header)
  if(NOT SENNIT_PRECOMPILE)
    return()
  endif()
  # What ccache needs to know them by their contents.
  target_compile_options(${target} PRIVATE
    $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>
    "$<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>")
  get_property(first GLOBAL PROPERTY "sennit_precompiled_${header}")
  if(first)
    target_precompile_headers(${target} REUSE_FROM ${first})
  else()
    target_precompile_headers(${target} PRIVATE
      "${CMAKE_CURRENT_SOURCE_DIR}/cmake/precompiled/${header}")
    set_property(GLOBAL PROPERTY "sennit_precompiled_${header}" ${target})
  endif()
endfunction()

# Everything but what the version script names is local, the weak symbols of libstdc++ included.
function(sennit_export_only target script)
  set(script "${CMAKE_CURRENT_SOURCE_DIR}/${script}")
  target_link_options(${target} PRIVATE "-Wl,--version-script=${script}")
  if(NOT SENNIT_SANITIZE)  # a sanitizer's functions are found when the program is loaded
    target_link_options(${target} PRIVATE "-Wl,-z,defs")
  endif()
  set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS "${script}")
endfunction()
