# cmake/CpuPlugin.cmake: libsennit-cpu.so, the CPU as a device.
#
# It carries LLVM and Clang, so it is a library of its own that the core opens on first use, with
# RTLD_LOCAL: an LLVM of numba, torch or Mesa in the same process never meets this one.

file(GLOB_RECURSE cpu_sources CONFIGURE_DEPENDS
  "${CMAKE_CURRENT_SOURCE_DIR}/src/backend/cpu/*.cpp")
list(FILTER cpu_sources EXCLUDE REGEX "_test\\.cpp$")
if(NOT cpu_sources)
  set(SENNIT_CPU OFF)
  return()
endif()

find_package(LLVM 19.1 CONFIG REQUIRED HINTS /usr/lib/llvm-19)
find_library(SENNIT_CLANG_LIBRARY clang-cpp HINTS "${LLVM_LIBRARY_DIR}" REQUIRED NO_DEFAULT_PATH)
find_library(SENNIT_LLVM_LIBRARY LLVM HINTS "${LLVM_LIBRARY_DIR}" REQUIRED NO_DEFAULT_PATH)
find_path(SENNIT_CLANG_INCLUDE_DIR clang/Basic/Version.h
  HINTS ${LLVM_INCLUDE_DIRS} REQUIRED NO_DEFAULT_PATH)

# The headers that every kernel is compiled with, as text within the plug-in.
set(prelude_dir "${CMAKE_CURRENT_SOURCE_DIR}/src/backend/cpu/prelude")
file(GLOB_RECURSE prelude_headers CONFIGURE_DEPENDS "${prelude_dir}/*")
set(prelude_source "${CMAKE_CURRENT_BINARY_DIR}/generated/prelude_files.cpp")
add_custom_command(
  OUTPUT ${prelude_source}
  COMMAND ${CMAKE_COMMAND} "-DFOLDER=${prelude_dir}" "-DOUT=${prelude_source}"
    -P "${prelude_dir}/embed.cmake"
  DEPENDS ${prelude_headers}
  COMMENT "Embedding the CPU kernels' headers" VERBATIM)

sennit_object_library(sennit_cpu_objects ${cpu_sources} ${prelude_source})
# LLVM is built without RTTI, and a class that derives from one of its own must be so too.
target_compile_options(sennit_cpu_objects PRIVATE -fno-rtti)
sennit_precompile(sennit_cpu_objects llvm.h)
separate_arguments(llvm_definitions NATIVE_COMMAND "${LLVM_DEFINITIONS}")
list(FILTER llvm_definitions INCLUDE REGEX "^-D__STDC")
target_compile_options(sennit_cpu_objects PUBLIC ${llvm_definitions})
target_include_directories(sennit_cpu_objects SYSTEM PUBLIC
  ${LLVM_INCLUDE_DIRS} ${SENNIT_CLANG_INCLUDE_DIR})
target_link_libraries(sennit_cpu_objects PUBLIC ${SENNIT_CLANG_LIBRARY} ${SENNIT_LLVM_LIBRARY})

add_library(sennit_cpu_internals INTERFACE)
target_link_libraries(sennit_cpu_internals INTERFACE sennit_base sennit_cpu_objects)
target_sources(sennit_cpu_internals INTERFACE
  $<TARGET_OBJECTS:sennit_base> $<TARGET_OBJECTS:sennit_cpu_objects>)

add_library(sennit_cpu MODULE ${CMAKE_CURRENT_SOURCE_DIR}/cmake/empty.cpp)
target_link_libraries(sennit_cpu PRIVATE sennit_options sennit_cpu_internals)
set_target_properties(sennit_cpu PROPERTIES
  OUTPUT_NAME sennit-cpu INSTALL_RPATH_USE_LINK_PATH ON)
sennit_export_only(sennit_cpu src/backend/cpu/plugin.map)
