# What is installed: the headers and the CMake package, for plug-ins; and the command with all that it runs, which has a
# directory of its own, laid out as the tree is.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

install(DIRECTORY include/fanout DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
set(package ${CMAKE_INSTALL_DATADIR}/cmake/fanout)
configure_package_config_file(cmake/fanoutConfig.cmake.in ${CMAKE_BINARY_DIR}/generated/fanoutConfig.cmake
  INSTALL_DESTINATION ${package} PATH_VARS CMAKE_INSTALL_INCLUDEDIR)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/generated/fanoutConfigVersion.cmake
  COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES ${CMAKE_BINARY_DIR}/generated/fanoutConfig.cmake ${CMAKE_BINARY_DIR}/generated/fanoutConfigVersion.cmake
  DESTINATION ${package})

set(home lib/fanout)
set(programs fanout-bench fanout-server)
foreach(program fanout-door fanout-raw fanout-death fanout-time)
  if(TARGET ${program})
    list(APPEND programs ${program})
  endif()
endforeach()
install(TARGETS ${programs} fanout-empty RUNTIME DESTINATION ${home}/build/release LIBRARY DESTINATION ${home}/build/release)
install(DIRECTORY scripts plots DESTINATION ${home} FILES_MATCHING PATTERN "*.py" PATTERN "*.in"
  PATTERN testing EXCLUDE PATTERN test.py EXCLUDE PATTERN __pycache__ EXCLUDE)
install(DIRECTORY benchmarks/peers DESTINATION ${home}/benchmarks FILES_MATCHING PATTERN "*.py"
  PATTERN __pycache__ EXCLUDE)
configure_file(cmake/fanout.in ${CMAKE_BINARY_DIR}/generated/fanout @ONLY)
install(PROGRAMS ${CMAKE_BINARY_DIR}/generated/fanout DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES scripts/completion.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME fanout)
install(CODE "
  set(prefix \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}\")
  file(CREATE_LINK ../${home}/build/release/fanout-bench \"\${prefix}/${CMAKE_INSTALL_BINDIR}/fanout-bench\" SYMBOLIC)
  file(GLOB_RECURSE scripts \"\${prefix}/${home}/*.py\")
  foreach(script IN LISTS scripts)  # what they say of themselves
    file(READ \"\${script}\" text)
    string(REPLACE scripts/fanout fanout said \"\${text}\")
    if(NOT said STREQUAL text)
      file(WRITE \"\${script}\" \"\${said}\")
    endif()
  endforeach()")

# cpack -G DEB
set(CPACK_PACKAGE_NAME fanout)
set(CPACK_PACKAGE_CONTACT "the authors of Fanout <fanout@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "the same work under every way of running things at once, measured")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_GENERATOR DEB)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)  # by dpkg-shlibdeps, of dpkg-dev; libcurl is loaded when it is needed
set(CPACK_DEBIAN_PACKAGE_DEPENDS
  "libcurl4 | libcurl4t64, python3 (>= 3.11), python3-matplotlib, python3-numpy, python3-pandas, python3-rich, python3-scipy, util-linux")
# For plug-ins, builds that are compared, and the store of results.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "cmake, g++, git, make | ninja-build, python3-psycopg2, python3-sqlalchemy")
include(CPack)
