# cmake/Examples.cmake: examples/<name>/*.cpp becomes the executable examples/<name>.
#
# They use what a stranger has: sennit.hpp and libsennit.so.

file(GLOB example_folders CONFIGURE_DEPENDS LIST_DIRECTORIES true
  "${CMAKE_CURRENT_SOURCE_DIR}/examples/*")
foreach(folder IN LISTS example_folders)
  file(GLOB sources CONFIGURE_DEPENDS "${folder}/*.cpp")
  if(NOT sources)
    continue()
  endif()
  cmake_path(GET folder FILENAME name)
  add_executable(example_${name} ${sources})
  target_link_libraries(example_${name} PRIVATE sennit_options sennit::sennit)
  set_target_properties(example_${name} PROPERTIES
    OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/examples")
  if(SENNIT_CPU)
    add_dependencies(example_${name} sennit_cpu)
  endif()
endforeach()
