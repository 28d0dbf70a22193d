# cmake/Compiler.cmake: `sennit_options`, the flags that every target of the project is built with.

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(SENNIT_DEVELOPER AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(SENNIT_CCACHE ccache)
  if(SENNIT_CCACHE)
    set(CMAKE_C_COMPILER_LAUNCHER ${SENNIT_CCACHE})
    set(CMAKE_CXX_COMPILER_LAUNCHER ${SENNIT_CCACHE})
  endif()
endif()

add_library(sennit_options INTERFACE)
target_compile_features(sennit_options INTERFACE cxx_std_20)
target_compile_options(sennit_options INTERFACE
  -Wall -Wextra -Wshadow -Wconversion
  $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # These look through inlined functions of system headers and report what cannot happen there:
  # GCC 13 in fmt 9, GCC 12 at -O3, every version when sanitized. The sanitizers find the real ones.
  target_compile_options(sennit_options INTERFACE
    -Wno-array-bounds -Wno-stringop-overflow -Wno-restrict
    $<$<CONFIG:Release>:-Wno-stringop-overread>
    $<$<BOOL:${SENNIT_SANITIZE}>:-Wno-maybe-uninitialized>)
endif()
if(SENNIT_DEVELOPER)
  target_compile_options(sennit_options INTERFACE -Werror)
endif()

if(SENNIT_SANITIZE)
  string(REPLACE ";" "," sanitizers "${SENNIT_SANITIZE}")
  target_compile_options(sennit_options INTERFACE
    -fsanitize=${sanitizers} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(sennit_options INTERFACE -fsanitize=${sanitizers})
endif()
if(SENNIT_COVERAGE)
  target_compile_options(sennit_options INTERFACE --coverage -fprofile-update=atomic)
  target_link_options(sennit_options INTERFACE --coverage)
endif()
