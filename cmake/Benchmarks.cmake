# cmake/Benchmarks.cmake: benchmarks/<name>.cpp becomes the executable benchmarks/<name>.
#
# Sources in benchmarks/rivals are what we are compared with: compiled for this machine with all
# that a compiler has, OpenMP included, and linked into each benchmark.
find_package(benchmark REQUIRED)

file(GLOB benchmark_sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/benchmarks/*.cpp")
file(GLOB rival_sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/benchmarks/rivals/*.cpp")
if(rival_sources)
  find_package(OpenMP REQUIRED)
  add_library(sennit_rivals STATIC ${rival_sources})
  target_compile_features(sennit_rivals PUBLIC cxx_std_20)
  target_compile_options(sennit_rivals PRIVATE -O3 -march=native -ffast-math)
  target_include_directories(sennit_rivals PUBLIC "${CMAKE_CURRENT_SOURCE_DIR}/benchmarks")
  target_link_libraries(sennit_rivals PUBLIC OpenMP::OpenMP_CXX)
endif()

foreach(source IN LISTS benchmark_sources)
  cmake_path(GET source STEM name)
  add_executable(benchmark_${name} ${source})
  target_include_directories(benchmark_${name} PRIVATE
    "${CMAKE_CURRENT_SOURCE_DIR}/benchmarks" "${CMAKE_CURRENT_SOURCE_DIR}/tests")
  target_compile_definitions(benchmark_${name} PRIVATE
    SENNIT_SOURCE_DIR="${CMAKE_CURRENT_SOURCE_DIR}")
  target_link_libraries(benchmark_${name} PRIVATE
    sennit_options sennit_internals benchmark::benchmark)
  if(rival_sources)
    target_link_libraries(benchmark_${name} PRIVATE sennit_rivals)
  endif()
  if(SENNIT_CPU AND name STREQUAL "cpu_kernels")  # no other opens the plug-in
    add_dependencies(benchmark_${name} sennit_cpu)
  endif()
endforeach()
