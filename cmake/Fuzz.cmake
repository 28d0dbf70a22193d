# cmake/Fuzz.cmake: tests/fuzz/<name>.cpp becomes fuzz_<name>, a libFuzzer executable (Clang).
#
# It has its own objects of the sources that it reaches, since all must be instrumented.
# tests/fuzz/seeds/<name> is what it starts from, tests/fuzz/<name>.dict its words.
if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  message(FATAL_ERROR "libFuzzer comes with Clang: cmake --preset fuzz")
endif()
sennit_sources(fuzzed_sources src/base src/backend/cuda/ptx)
foreach(name IN ITEMS grcuda/expression grcuda/mangling grcuda/native_signature grcuda/native_type
    grcuda/nidl_file grcuda/text_reader kernel/element_type kernel/signature
    kernel/signature_parser)
  list(APPEND fuzzed_sources "${CMAKE_CURRENT_SOURCE_DIR}/src/${name}.cpp")
endforeach()
file(GLOB fuzz_targets CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/tests/fuzz/*.cpp")
foreach(source IN LISTS fuzz_targets)
  cmake_path(GET source STEM name)
  add_executable(fuzz_${name} ${source} ${fuzzed_sources})
  target_include_directories(fuzz_${name} PRIVATE
    "${CMAKE_CURRENT_SOURCE_DIR}/tests" "${CMAKE_CURRENT_SOURCE_DIR}/src")
  target_link_libraries(fuzz_${name} PRIVATE sennit_options sennit_dependencies)
  target_compile_options(fuzz_${name} PRIVATE -fsanitize=fuzzer,address,undefined
    -fno-sanitize-recover=all)
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer,address,undefined)
  set_target_properties(fuzz_${name} PROPERTIES CXX_EXTENSIONS OFF)
endforeach()
