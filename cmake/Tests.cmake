# cmake/Tests.cmake: the test executables.
#
#   sennit_tests        src/**/*_test.cpp of the core          links the internals
#   sennit_cpu_tests    src/backend/cpu/**/*_test.cpp          links the plug-in's objects
#   <folder>_tests      tests/<folder>/**/*.cpp                links the internals
#   prototypes_tests    tests/prototypes/*.cpp                 links the internals and the plug-in's
#   access_agreement_tests  tests/access_agreement/*.cpp       likewise
#   abi_tests           tests/abi/*.cpp                        links libsennit only
#   <file>              tests/abi/*.c, C99, each with a main   links libsennit only
#
# All stand beside libsennit.so, where they find its plug-ins. Sources in tests/doubles are linked
# into each test executable that links the internals; beside them stand libfake_cuda.so,
# libfake_nvrtc.so and libfake_nvjitlink.so (tests/doubles/fake_cuda), which the CUDA backend opens in
# place of NVIDIA's.
include(GoogleTest)
find_package(GTest REQUIRED)
find_package(rapidcheck CONFIG REQUIRED)

file(GLOB doubles_sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/tests/doubles/*.cpp")

# ---- Libraries that are not there --------------------------------------------------------------

function(sennit_fake_library name)
  cmake_parse_arguments(PARSE_ARGV 1 fake "" "" "SOURCES;OBJECTS")
  list(TRANSFORM fake_SOURCES PREPEND "${CMAKE_CURRENT_SOURCE_DIR}/tests/doubles/fake_cuda/")
  add_library(${name} SHARED ${fake_SOURCES} ${fake_OBJECTS})
  target_include_directories(${name} PRIVATE
    "${CMAKE_CURRENT_SOURCE_DIR}/tests/doubles" "${CMAKE_CURRENT_SOURCE_DIR}/src")
  target_link_libraries(${name} PRIVATE sennit_options sennit_dependencies)
  set_target_properties(${name} PROPERTIES
    CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON CXX_EXTENSIONS OFF)
  sennit_precompile(${name} core.h)
  sennit_export_only(${name} tests/doubles/fake_cuda/${name}.map)
  if(SENNIT_PORTABLE_TESTS)
    target_link_options(${name} PRIVATE -static-libstdc++ -static-libgcc)
  endif()
endfunction()

sennit_fake_library(fake_cuda
  SOURCES api_code.cpp api_device.cpp api_graph.cpp api_memory.cpp api_stream.cpp
    assembler.cpp capture.cpp control.cpp image.cpp machine.cpp memory.cpp queue.cpp table.cpp work.cpp
  OBJECTS $<TARGET_OBJECTS:sennit_base>)
# It reads sources with the scanner that the library has.
sennit_fake_library(fake_nvrtc
  SOURCES fake_nvrtc.cpp
  OBJECTS $<TARGET_OBJECTS:sennit_base>
    $<FILTER:$<TARGET_OBJECTS:sennit_objects>,INCLUDE,/kernel/>)

sennit_fake_library(fake_nvjitlink SOURCES assembler.cpp fake_nvjitlink.cpp)

# ---- Executables -------------------------------------------------------------------------------

# Registers each test with ctest; when sanitized, each executable as one test, because a process
# costs more there than a test. But for the random programs: they take longest by far, so each of
# their tests is one, and they start first.
function(sennit_register_tests name)
  add_dependencies(${name} fake_cuda fake_nvrtc fake_nvjitlink)
  if(SENNIT_CPU)
    add_dependencies(${name} sennit_cpu)
  endif()
  if(NOT SENNIT_SANITIZE)
    gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 600)
  elseif(name STREQUAL "random_tests")
    gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 1500 COST 1000)
  else()
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES TIMEOUT 1500)
  endif()
endfunction()

function(sennit_test_executable name)
  add_executable(${name} ${ARGN})
  target_include_directories(${name} PRIVATE
    "${CMAKE_CURRENT_SOURCE_DIR}/tests" "${CMAKE_CURRENT_SOURCE_DIR}/src"
    "${CMAKE_CURRENT_SOURCE_DIR}/include")
  target_compile_definitions(${name} PRIVATE
    SENNIT_SOURCE_DIR="${CMAKE_CURRENT_SOURCE_DIR}")
  target_link_libraries(${name} PRIVATE
    sennit_options sennit_dependencies rapidcheck GTest::gtest_main)
  if(SENNIT_PORTABLE_TESTS)
    target_link_options(${name} PRIVATE -static-libstdc++ -static-libgcc)
  endif()
  if(SENNIT_SANITIZE)  # compiling a test costs more than it saves to run it optimised
    target_compile_options(${name} PRIVATE -O0)
  endif()
  set_target_properties(${name} PROPERTIES CXX_EXTENSIONS OFF)
  sennit_precompile(${name} tests.h)
endfunction()

if(SENNIT_PRECOMPILE)  # whose headers all others share, so that none waits for another's sources
  sennit_test_executable(precompiled_tests ${CMAKE_CURRENT_SOURCE_DIR}/cmake/empty.cpp)
endif()

# ---- Beside the sources ------------------------------------------------------------------------

file(GLOB_RECURSE unit_tests CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/src/*_test.cpp")
set(cpu_tests ${unit_tests})
list(FILTER cpu_tests INCLUDE REGEX "/src/backend/cpu/")
list(FILTER unit_tests EXCLUDE REGEX "/src/backend/cpu/")
# Where CUDA's headers are, our declarations are compared with them: those that ./dev test installs,
# or a toolkit's.
file(GLOB cuda_wheels "${CMAKE_CURRENT_SOURCE_DIR}/build/venv/lib/python3*/site-packages/nvidia")
list(TRANSFORM cuda_wheels APPEND "/cu13")
find_path(SENNIT_CUDA_INCLUDE cuda.h
  HINTS ${cuda_wheels} ENV CUDA_HOME PATHS /usr/local/cuda PATH_SUFFIXES include)
if(SENNIT_CUDA_INCLUDE)
  set_source_files_properties(
    "${CMAKE_CURRENT_SOURCE_DIR}/src/backend/cuda/driver_types_test.cpp"
    PROPERTIES COMPILE_OPTIONS "-isystem;${SENNIT_CUDA_INCLUDE}")
endif()
if(unit_tests)
  sennit_test_executable(sennit_tests ${unit_tests} ${doubles_sources})
  target_link_libraries(sennit_tests PRIVATE sennit_internals)
  sennit_register_tests(sennit_tests)
endif()
if(SENNIT_CPU AND cpu_tests)
  sennit_test_executable(sennit_cpu_tests ${cpu_tests})
  target_link_libraries(sennit_cpu_tests PRIVATE sennit_cpu_internals)
  sennit_register_tests(sennit_cpu_tests)
endif()

# ---- tests/<folder> ----------------------------------------------------------------------------

foreach(folder IN ITEMS access conformance cuda gpu random end_to_end regress)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS
    "${CMAKE_CURRENT_SOURCE_DIR}/tests/${folder}/*.cpp")
  if(sources)
    sennit_test_executable(${folder}_tests ${sources} ${doubles_sources})
    target_link_libraries(${folder}_tests PRIVATE sennit_internals)
    if(SENNIT_CPU)
      target_compile_definitions(${folder}_tests PRIVATE SENNIT_TEST_CPU)
    endif()
    sennit_register_tests(${folder}_tests)
  endif()
endforeach()
if(TARGET cuda_tests)
  target_sources(cuda_tests PRIVATE tests/doubles/fake_cuda/assembler.cpp)
  target_include_directories(cuda_tests PRIVATE tests/doubles)
  # Once more, where a thread of its own calls the driver whenever it can.
  add_test(NAME cuda_tests.submission_thread COMMAND cuda_tests)
  set_tests_properties(cuda_tests.submission_thread PROPERTIES
    ENVIRONMENT SENNIT_SUBMIT_THREAD=always TIMEOUT 600)
endif()

# ---- tests/prototypes: the core's scanner and the plug-in's Clang, in one process --------------

if(SENNIT_CPU)
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/tests/prototypes/*.cpp")
  sennit_test_executable(prototypes_tests ${sources}
    tests/access/corpus.cpp tests/conformance/kernels.cpp tests/random/kernels.cpp
    $<TARGET_OBJECTS:sennit_cpu_objects>)
  target_link_libraries(prototypes_tests PRIVATE sennit_internals sennit_cpu_objects)
  sennit_register_tests(prototypes_tests)
endif()

# ---- tests/access_agreement: both compilers' analyses of one corpus, in one process -------------

if(SENNIT_CPU)
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/tests/access_agreement/*.cpp")
  sennit_test_executable(access_agreement_tests ${sources}
    tests/access/corpus.cpp tests/access/corpus_ptx.cpp
    $<TARGET_OBJECTS:sennit_cpu_objects>)
  target_link_libraries(access_agreement_tests PRIVATE sennit_internals sennit_cpu_objects)
  sennit_register_tests(access_agreement_tests)
endif()

# ---- tests/abi: as a stranger links it ---------------------------------------------------------

file(GLOB abi_c_sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/tests/abi/*.c")
foreach(source IN LISTS abi_c_sources)
  cmake_path(GET source STEM name)
  add_executable(${name} ${source})
  set_target_properties(${name} PROPERTIES
    C_STANDARD 99 C_STANDARD_REQUIRED ON C_EXTENSIONS OFF)
  target_compile_options(${name} PRIVATE -Wall -Wextra -Wpedantic -Werror)
  if(SENNIT_SANITIZE)  # of the sanitizers' runtime, Clang gives a C program no C++ part
    target_link_libraries(${name} PRIVATE sennit_options)
    set_target_properties(${name} PROPERTIES LINKER_LANGUAGE CXX)
  endif()
  target_link_libraries(${name} PRIVATE sennit)
  if(SENNIT_CPU)
    add_dependencies(${name} sennit_cpu)
  endif()
  add_test(NAME abi.${name} COMMAND ${name})
endforeach()

file(GLOB abi_sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/tests/abi/*.cpp")
if(SENNIT_SANITIZE)  # these have the operators new and delete that it counts with
  list(FILTER abi_sources EXCLUDE REGEX "element_access_test")
endif()
if(abi_sources)
  add_executable(abi_tests ${abi_sources})
  target_compile_definitions(abi_tests PRIVATE SENNIT_SOURCE_DIR="${CMAKE_CURRENT_SOURCE_DIR}")
  target_link_libraries(abi_tests PRIVATE sennit_options sennit GTest::gtest_main)
  sennit_register_tests(abi_tests)
endif()

# ---- tests/install: as a stranger finds it -----------------------------------------------------

if(NOT SENNIT_SANITIZE)
  add_test(NAME install.package COMMAND ${CMAKE_COMMAND}
    -DBUILD=${CMAKE_BINARY_DIR} -DWORK=${CMAKE_BINARY_DIR}/install_test
    -DCXX=${CMAKE_CXX_COMPILER} -DLIBDIR=${CMAKE_INSTALL_LIBDIR}
    -DGENERATOR=${CMAKE_GENERATOR}
    -P ${CMAKE_CURRENT_SOURCE_DIR}/tests/install/check.cmake)
endif()
