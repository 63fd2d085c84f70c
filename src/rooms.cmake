# Rooms are OBJECT libraries: from a static library the linker would drop the plug-ins' registrations.

add_library(acrtc_options INTERFACE)
target_compile_features(acrtc_options INTERFACE cxx_std_20)
target_include_directories(acrtc_options INTERFACE ${PROJECT_SOURCE_DIR}/include)
target_compile_options(acrtc_options INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wno-sign-conversion
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>  # GCC 12 sees overlap in "text" + std::string (GCC bug 105651)
  -ffp-contract=off $<$<BOOL:${ACRTC_WERROR}>:-Werror>)
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  target_compile_options(acrtc_options INTERFACE -march=x86-64-v2)  # what oneDNN asks for; wider vectors at run time
endif()
target_link_libraries(acrtc_options INTERFACE OpenMP::OpenMP_CXX)
if(ACRTC_SANITIZE)
  target_compile_options(acrtc_options INTERFACE -fsanitize=${ACRTC_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  target_link_options(acrtc_options INTERFACE -fsanitize=${ACRTC_SANITIZE})
endif()

set(ACRTC_ROOMS "")

# acrtc_room(<name> USES <rooms>...): src/<name>/CMakeLists.txt lists the sources, acrtc_plugins() adds the plug-ins,
# and target_link_libraries(... PRIVATE) opens the room's door to its third-party library.
function(acrtc_room name)
  cmake_parse_arguments(ROOM "" "" "USES" ${ARGN})
  add_library(acrtc_${name} OBJECT)
  add_library(acrtc::${name} ALIAS acrtc_${name})
  target_link_libraries(acrtc_${name} PUBLIC acrtc_options)
  add_subdirectory(${PROJECT_SOURCE_DIR}/src/${name} ${PROJECT_BINARY_DIR}/src/${name})
  set_property(GLOBAL PROPERTY ACRTC_USES_${name} "${ROOM_USES}")
  set_property(GLOBAL APPEND PROPERTY ACRTC_ROOMS ${name})
endfunction()

# Every .cpp in <folder> of the room is a plug-in: dropping a file in is all it takes to add one.
function(acrtc_plugins room folder)
  file(GLOB plugins CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${room}/${folder}/*.cpp)
  target_sources(acrtc_${room} PRIVATE ${plugins})
endfunction()

# Links <target> with <rooms> and all that those may include.
function(acrtc_link_rooms target)
  set(pending ${ARGN})
  set(done "")
  while(pending)
    list(POP_FRONT pending room)
    if(NOT room IN_LIST done)
      list(APPEND done ${room})
      get_property(uses GLOBAL PROPERTY ACRTC_USES_${room})
      list(APPEND pending ${uses})
    endif()
  endwhile()
  foreach(room IN LISTS done)
    target_link_libraries(${target} PRIVATE acrtc_${room})
  endforeach()
endfunction()

# acrtc_program(<name> ROOM <room>): an executable of all rooms with main() in src/<room>.
function(acrtc_program name)
  cmake_parse_arguments(PROGRAM "" "ROOM" "" ${ARGN})
  add_executable(${name})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
  get_property(rooms GLOBAL PROPERTY ACRTC_ROOMS)
  target_link_libraries(${name} PRIVATE acrtc_options)
  acrtc_link_rooms(${name} ${rooms})
  add_subdirectory(${PROJECT_SOURCE_DIR}/src/${PROGRAM_ROOM} ${PROJECT_BINARY_DIR}/src/${PROGRAM_ROOM})
endfunction()
