# How every target of Busbar is made: warnings are errors, one include root per tree, fast linker and compiler cache.

add_library(busbar_flags INTERFACE)
target_compile_options(busbar_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
                                              -Wnull-dereference -Wno-missing-field-initializers -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports these inside libstdc++ at -O2 for correct code (GCC bugs 105329, 105651, 106199).
  target_compile_options(busbar_flags INTERFACE -Wno-restrict -Wno-stringop-overflow -Wno-array-bounds -Wno-null-dereference)
endif()

find_program(BUSBAR_CCACHE ccache)
if(BUSBAR_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${BUSBAR_CCACHE})
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

# busbar_library(NAME SOURCES a.cpp … DEPENDS target …): a static library `busbar_NAME`; headers are found from models/, widgets' and app's parents.
function(busbar_library name)
  cmake_parse_arguments(ARG "QT" "" "SOURCES;DEPENDS" ${ARGN})
  if(ARG_SOURCES)
    add_library(busbar_${name} STATIC ${ARG_SOURCES})
    target_link_libraries(busbar_${name} PUBLIC ${ARG_DEPENDS} PRIVATE busbar_flags)
    target_include_directories(busbar_${name} PUBLIC ${PROJECT_SOURCE_DIR}/models ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/app)
    if(ARG_QT)
      set_target_properties(busbar_${name} PROPERTIES AUTOMOC ON)
      target_compile_definitions(busbar_${name} PUBLIC QT_NO_KEYWORDS QT_NO_CAST_FROM_ASCII)
    endif()
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

# busbar_test(SUBJECT [SOURCES …] DEPENDS … [LABELS …]): Qt Test program tst_SUBJECT from tst_SUBJECT.cpp, run offscreen by ctest.
function(busbar_test subject)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;DEPENDS;LABELS" ${ARGN})
  add_executable(tst_${subject} tst_${subject}.cpp ${ARG_SOURCES})
  set_target_properties(tst_${subject} PROPERTIES AUTOMOC ON RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  target_link_libraries(tst_${subject} PRIVATE ${ARG_DEPENDS} Qt6::Test busbar_flags)
  target_include_directories(tst_${subject} PRIVATE ${PROJECT_SOURCE_DIR}/models ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/app)
  target_compile_definitions(tst_${subject} PRIVATE
    BUSBAR_SOURCE_DIR="${PROJECT_SOURCE_DIR}" BUSBAR_BIN_DIR="${CMAKE_BINARY_DIR}/bin" BUSBAR_FIXTURES="${PROJECT_SOURCE_DIR}/tests/fixtures")
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  add_test(NAME ${subject} COMMAND tst_${subject})
  set_tests_properties(${subject} PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}"
    ENVIRONMENT "QT_QPA_PLATFORM=offscreen;QT_QPA_FONTDIR=/usr/share/fonts;TZ=UTC;LC_ALL=C.UTF-8")
endfunction()
