# Writes OUTPUT, a header that says what was built: from which commit, by which compiler, how.
execute_process(COMMAND git -C ${SOURCE} describe --always --dirty --abbrev=12
  OUTPUT_VARIABLE COMMIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
if(failed OR COMMIT STREQUAL "")
  set(COMMIT unknown)
endif()
string(STRIP "${FLAGS}" FLAGS)
set(text "#pragma once

namespace fanout::build {

inline constexpr const char* kVersion = \"${VERSION}\";
inline constexpr const char* kCommit = \"${COMMIT}\";
inline constexpr const char* kCompiler = \"${COMPILER}\";
inline constexpr const char* kFlags = \"${FLAGS}\";
inline constexpr const char* kBuildType = \"${BUILD_TYPE}\";

}  // namespace fanout::build
")
set(old "")
if(EXISTS ${OUTPUT})
  file(READ ${OUTPUT} old)
endif()
if(NOT old STREQUAL text)
  file(WRITE ${OUTPUT} "${text}")
endif()
