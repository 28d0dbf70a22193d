# cmake/Dependencies.cmake: `sennit_dependencies`, all that the core uses of others.
#
# fmt and xxHash are used as headers, so the library links libc, libstdc++, libdl and pthread only:
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
