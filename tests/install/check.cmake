# tests/install/check.cmake: the installed tree, moved elsewhere, serves a program that finds it with
# CMake and one that finds it with pkg-config.
#
#   cmake -DBUILD=... -DWORK=... -DCXX=... -DLIBDIR=... -DGENERATOR=... -P check.cmake
cmake_minimum_required(VERSION 3.25)

function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY OUTPUT_QUIET)
endfunction()

function(expect_answer)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY OUTPUT_VARIABLE answer)
  if(NOT answer STREQUAL "0 7\n")
    message(FATAL_ERROR "${ARGN} said '${answer}'")
  endif()
endfunction()

file(REMOVE_RECURSE ${WORK})
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/installed)
file(RENAME ${WORK}/installed ${WORK}/moved)

run(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR} -B ${WORK}/build -G ${GENERATOR}
  -DCMAKE_PREFIX_PATH=${WORK}/moved -DCMAKE_CXX_COMPILER=${CXX})
run(${CMAKE_COMMAND} --build ${WORK}/build)
expect_answer(${WORK}/build/stranger)

find_program(pkg_config pkg-config)
if(NOT pkg_config)
  message(STATUS "no pkg-config: sennit.pc is not tried")
  return()
endif()
set(ENV{PKG_CONFIG_PATH} ${WORK}/moved/${LIBDIR}/pkgconfig)
execute_process(COMMAND ${pkg_config} --cflags --libs sennit
  COMMAND_ERROR_IS_FATAL ANY OUTPUT_VARIABLE flags OUTPUT_STRIP_TRAILING_WHITESPACE)
separate_arguments(flags UNIX_COMMAND ${flags})
run(${CXX} -std=c++20 ${CMAKE_CURRENT_LIST_DIR}/stranger.cpp -o ${WORK}/by_pkg_config ${flags})
set(ENV{LD_LIBRARY_PATH} ${WORK}/moved/${LIBDIR})
expect_answer(${WORK}/by_pkg_config)
