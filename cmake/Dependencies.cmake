# cmake/Dependencies.cmake: `sennit_dependencies`, all that the core uses of others.
#
# fmt and xxHash are used as headers, and libffi is linked statically, so the library links libc, libstdc++, libdl and pthread only:
# it is loaded into interpreters that bring their own of everything else.

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)

foreach(header IN ITEMS fmt/format.h xxhash.h)
  string(MAKE_C_IDENTIFIER "SENNIT_DIR_OF_${header}" variable)
  find_path(${variable} ${header} HINTS ${SENNIT_DEPENDENCIES_DIR} PATH_SUFFIXES include)
  if(NOT ${variable})
    message(FATAL_ERROR "${header} not found; install libfmt-dev and libxxhash-dev, or name a "
      "folder that has it under include/ by -DSENNIT_DEPENDENCIES_DIR=...")
  endif()
  list(APPEND dependency_dirs ${${variable}})
endforeach()
list(REMOVE_DUPLICATES dependency_dirs)

add_library(sennit_dependencies INTERFACE)
target_include_directories(sennit_dependencies SYSTEM INTERFACE ${dependency_dirs})
target_link_libraries(sennit_dependencies INTERFACE Threads::Threads ${CMAKE_DL_LIBS})

# Calls of native functions from GrCUDA programs. Where libffi is missing they are refused when they
# are made; the rest does not need it.
find_path(SENNIT_LIBFFI_INCLUDE ffi.h
  HINTS ${SENNIT_DEPENDENCIES_DIR} PATH_SUFFIXES include)
find_library(SENNIT_LIBFFI NAMES libffi_pic.a libffi.a
  HINTS ${SENNIT_DEPENDENCIES_DIR} PATH_SUFFIXES lib)
if(SENNIT_LIBFFI_INCLUDE AND SENNIT_LIBFFI)
  set_source_files_properties("${CMAKE_CURRENT_SOURCE_DIR}/src/grcuda/native_call.cpp" PROPERTIES
    COMPILE_DEFINITIONS SENNIT_HAS_LIBFFI INCLUDE_DIRECTORIES "${SENNIT_LIBFFI_INCLUDE}")
  target_link_libraries(sennit_dependencies INTERFACE ${SENNIT_LIBFFI})
else()
  message(STATUS "libffi-dev not found: GrCUDA programs cannot call native functions")
endif()
