# cmake/Suite.cmake: benchmarks/suite, the six benchmarks and their hand-written rivals.
#
#   suite_problems   inputs and references                        nothing of sennit
#   suite_rivals     the same on the driver API, a shared library the internals (driver, NVRTC)
#   counting_driver  counts the calls of the driver               its list of functions
#   suite            sennit's programs and the runner             libsennit, as a user has it
#
# The rivals stand apart because the public headers and the internals share a namespace.

set(suite_dir "${CMAKE_CURRENT_SOURCE_DIR}/benchmarks/suite")

file(GLOB suite_problem_sources CONFIGURE_DEPENDS
  "${suite_dir}/problem.cpp" "${suite_dir}/problems/*.cpp")
add_library(suite_problems STATIC ${suite_problem_sources})
target_include_directories(suite_problems PUBLIC "${suite_dir}")
target_compile_definitions(suite_problems PRIVATE SENNIT_SUITE_DIR="${suite_dir}")
target_link_libraries(suite_problems PRIVATE sennit_options PUBLIC Threads::Threads)
set_target_properties(suite_problems PROPERTIES POSITION_INDEPENDENT_CODE ON)

file(GLOB suite_rival_sources CONFIGURE_DEPENDS "${suite_dir}/rivals/*.cpp")
list(FILTER suite_rival_sources EXCLUDE REGEX "_test\\.cpp$")
add_library(suite_rivals SHARED ${suite_rival_sources})
target_link_libraries(suite_rivals PRIVATE
  sennit_options sennit_dependencies sennit_internals suite_problems)
set_target_properties(suite_rivals PROPERTIES
  CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)

add_library(counting_driver SHARED "${suite_dir}/counting/counting_driver.cpp")
target_include_directories(counting_driver PRIVATE
  "${suite_dir}" "${CMAKE_CURRENT_SOURCE_DIR}/src")
target_link_libraries(counting_driver PRIVATE sennit_options ${CMAKE_DL_LIBS})
set_target_properties(counting_driver PROPERTIES
  CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)

file(GLOB suite_sources CONFIGURE_DEPENDS "${suite_dir}/*.cpp" "${suite_dir}/programs/*.cpp")
list(FILTER suite_sources EXCLUDE REGEX "/problem\\.cpp$|_test\\.cpp$")
add_executable(suite ${suite_sources})
target_link_libraries(suite PRIVATE
  sennit_options suite_problems suite_rivals sennit::sennit ${CMAKE_DL_LIBS})
add_dependencies(suite counting_driver)
if(SENNIT_CPU)
  add_dependencies(suite sennit_cpu)
endif()

if(SENNIT_TESTS)
  if(SENNIT_CPU)
    add_test(NAME suite.answers_on_the_cpu COMMAND suite --device cpu --reach smoke)
  endif()
  add_executable(suite_tests "${suite_dir}/rivals/rivals_test.cpp")
  target_include_directories(suite_tests PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}/tests/doubles")
  target_compile_definitions(suite_tests PRIVATE
    SENNIT_FAKE_CUDA="$<TARGET_FILE:fake_cuda>" SENNIT_FAKE_NVRTC="$<TARGET_FILE:fake_nvrtc>"
    SENNIT_COUNTING_DRIVER="$<TARGET_FILE:counting_driver>")
  target_link_libraries(suite_tests PRIVATE
    sennit_options suite_problems suite_rivals GTest::gtest_main)
  add_dependencies(suite_tests counting_driver)
  sennit_register_tests(suite_tests)

  # The programs, with kernels as the test wants them: its `kernel_source` goes before the library's.
  set(suite_program_sources ${suite_sources})
  list(FILTER suite_program_sources INCLUDE REGEX "/programs/|/benchmarks\\.cpp$")
  add_executable(suite_graph_tests
    ${suite_program_sources} "${suite_dir}/programs/graphs_test.cpp")
  target_include_directories(suite_graph_tests PRIVATE
    "${CMAKE_CURRENT_SOURCE_DIR}/tests/doubles")
  target_compile_definitions(suite_graph_tests PRIVATE
    SENNIT_SUITE_DIR="${suite_dir}" SENNIT_FAKE_CUDA="$<TARGET_FILE:fake_cuda>")
  target_link_libraries(suite_graph_tests PRIVATE
    sennit_options suite_problems sennit::sennit GTest::gtest_main ${CMAKE_DL_LIBS})
  sennit_register_tests(suite_graph_tests)
endif()
