# cmake/Install.cmake: what `cmake --install` puts where, by component.
#
#   runtime      libsennit.so and its plug-ins      development  headers, CMake package, pkg-config
include(CMakePackageConfigHelpers)

install(TARGETS sennit EXPORT sennitTargets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
    COMPONENT runtime NAMELINK_COMPONENT development)
if(SENNIT_CPU)
  install(TARGETS sennit_cpu LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime)
endif()
install(DIRECTORY include/sennit DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/sennit")
install(EXPORT sennitTargets NAMESPACE sennit:: FILE sennitConfig.cmake
  DESTINATION ${package_dir} COMPONENT development)
write_basic_package_version_file("${CMAKE_CURRENT_BINARY_DIR}/sennitConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/sennitConfigVersion.cmake"
  DESTINATION ${package_dir} COMPONENT development)

# Relative to the file itself, so that an installed tree may be moved.
file(RELATIVE_PATH prefix_from_pc "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
configure_file(cmake/sennit.pc.in sennit.pc @ONLY)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/sennit.pc"
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT runtime)
