# How every target of Busbar is made: warnings are errors, one include root per tree, fast linker and compiler cache.

add_library(busbar_flags INTERFACE)
target_compile_options(busbar_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
                                              -Wnull-dereference -Wno-missing-field-initializers -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports these inside libstdc++ at -O2 for correct code (GCC bugs 105329, 105651, 106199).
  target_compile_options(busbar_flags INTERFACE -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread -Wno-array-bounds -Wno-null-dereference)
endif()

# What a precompiled header was made with has to be the same for whoever reuses it.
target_compile_options(busbar_flags INTERFACE -pthread)
target_compile_definitions(busbar_flags INTERFACE FMT_SHARED)

find_program(BUSBAR_CCACHE ccache)
if(BUSBAR_CCACHE AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
  # Sloppy as its manual asks for with precompiled headers.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${BUSBAR_CCACHE})
endif()
find_program(BUSBAR_MOLD mold)
if(BUSBAR_MOLD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_link_options(-fuse-ld=mold)
endif()

set(BUSBAR_SANITIZE "" CACHE STRING "address,undefined or thread")
if(BUSBAR_SANITIZE)
  # With sanitizers g++ 12 reports maybe-uninitialized for correct code (its manual says so).
  add_compile_options(-fsanitize=${BUSBAR_SANITIZE} -fno-omit-frame-pointer -Wno-maybe-uninitialized)
  add_link_options(-fsanitize=${BUSBAR_SANITIZE})
endif()

# Most of a file's compile time is others' headers. busbar_precompiled(NAME "HEADERS" [LIBRARIES …]) compiles them once, for
# busbar_reuse(TARGET NAME). Only headers of libraries, never our own: those change.
set(busbarStandardHeaders <algorithm> <array> <chrono> <cstdint> <functional> <map> <memory> <mutex> <optional> <set> <string> <string_view> <thread> <vector>
    <absl/status/statusor.h> <fmt/format.h>)
function(busbar_precompiled name headers)
  file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/precompiled/${name}.cpp CONTENT "// Compiles the headers.\n")
  add_library(busbar_precompiled_${name} OBJECT ${CMAKE_BINARY_DIR}/precompiled/${name}.cpp)
  target_link_libraries(busbar_precompiled_${name} PRIVATE absl::statusor fmt::fmt ${ARGN} busbar_flags)
  target_precompile_headers(busbar_precompiled_${name} PRIVATE ${busbarStandardHeaders} ${headers})
endfunction()
function(busbar_reuse target name)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${target} PRIVATE -fpch-preprocess) # For ccache.
  endif()
  target_precompile_headers(${target} REUSE_FROM busbar_precompiled_${name})
endfunction()

# busbar_library(NAME [QT] [HEADERS set] SOURCES a.cpp … DEPENDS target …): a static library `busbar_NAME`; headers are found from models/,
# widgets' and app's parents. `HEADERS` names its precompiled ones (standard).
function(busbar_library name)
  cmake_parse_arguments(ARG "QT" "HEADERS" "SOURCES;DEPENDS" ${ARGN})
  if(ARG_SOURCES)
    add_library(busbar_${name} STATIC ${ARG_SOURCES})
    target_link_libraries(busbar_${name} PUBLIC ${ARG_DEPENDS} PRIVATE busbar_flags)
    target_include_directories(busbar_${name} PUBLIC ${PROJECT_SOURCE_DIR}/models ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/app)
    if(ARG_QT)
      set_target_properties(busbar_${name} PROPERTIES AUTOMOC ON)
      target_compile_definitions(busbar_${name} PUBLIC QT_NO_KEYWORDS QT_NO_CAST_FROM_ASCII)
    endif()
    if(NOT ARG_HEADERS)
      set(ARG_HEADERS standard)
    endif()
    busbar_reuse(busbar_${name} ${ARG_HEADERS})
  else()
    add_library(busbar_${name} INTERFACE)
    target_link_libraries(busbar_${name} INTERFACE ${ARG_DEPENDS})
    target_include_directories(busbar_${name} INTERFACE ${PROJECT_SOURCE_DIR}/models ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/app)
  endif()
endfunction()

# busbar_program(NAME SOURCES … DEPENDS …): an installed executable NAME.
function(busbar_program name)
  cmake_parse_arguments(ARG "QT" "" "SOURCES;DEPENDS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_DEPENDS} busbar_flags)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/models ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/app)
  target_compile_definitions(${name} PRIVATE BUSBAR_VERSION="${PROJECT_VERSION}")
  if(ARG_QT)
    set_target_properties(${name} PROPERTIES AUTOMOC ON)
    target_compile_definitions(${name} PRIVATE QT_NO_KEYWORDS QT_NO_CAST_FROM_ASCII)
  endif()
  install(TARGETS ${name} RUNTIME DESTINATION bin COMPONENT ${name})
endfunction()

# busbar_test(SUBJECT [HEADERS set] [SOURCES …] DEPENDS … [LABELS …]): Qt Test program tst_SUBJECT from tst_SUBJECT.cpp, run offscreen by ctest.
# `HEADERS` names its precompiled ones (qt_test).
function(busbar_test subject)
  cmake_parse_arguments(ARG "" "TIMEOUT;HEADERS" "SOURCES;DEPENDS;LABELS" ${ARGN})
  add_executable(tst_${subject} tst_${subject}.cpp ${ARG_SOURCES})
  set_target_properties(tst_${subject} PROPERTIES AUTOMOC ON RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  target_link_libraries(tst_${subject} PRIVATE ${ARG_DEPENDS} Qt6::Test busbar_flags)
  target_include_directories(tst_${subject} PRIVATE ${PROJECT_SOURCE_DIR}/models ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/app)
  target_compile_options(tst_${subject} PRIVATE $<$<CONFIG:Release>:-O1>) # Half again as fast to compile as -O2, and nobody waits for a test's own code.
  # As Qt asks: -fPIC, without -fPIE behind it, as the precompiled headers have it.
  set_target_properties(tst_${subject} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_definitions(tst_${subject} PRIVATE QT_NO_KEYWORDS
    BUSBAR_SOURCE_DIR="${PROJECT_SOURCE_DIR}" BUSBAR_BIN_DIR="${CMAKE_BINARY_DIR}/bin" BUSBAR_FIXTURES="${PROJECT_SOURCE_DIR}/tests/fixtures")
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  if(NOT ARG_HEADERS)
    set(ARG_HEADERS qt_test)
  endif()
  busbar_reuse(tst_${subject} ${ARG_HEADERS})
  add_test(NAME ${subject} COMMAND tst_${subject})
  # Qt's own limit of five minutes counts a whole program of quick functions, which on a busy machine is too little for some.
  set_tests_properties(${subject} PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}"
    ENVIRONMENT "QTEST_FUNCTION_TIMEOUT=${ARG_TIMEOUT}000;QT_QPA_PLATFORM=offscreen;QT_QPA_FONTDIR=/usr/share/fonts;TZ=UTC;LC_ALL=C.UTF-8")
endfunction()
