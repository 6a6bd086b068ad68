# The flags that every file of ours is compiled with.
add_library(igd_flags INTERFACE)
target_compile_options(igd_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes
  -Wvla -Wundef -Wformat=2 -Wwrite-strings -Wswitch-enum -Wnull-dereference)
# `##__VA_ARGS__` and statement expressions are part of the dialect that we chose (gnu17).
if(CMAKE_C_COMPILER_ID MATCHES "Clang")
  target_compile_options(igd_flags INTERFACE -Wno-gnu-zero-variadic-macro-arguments
    -Wno-gnu-statement-expression -Wno-gnu-auto-type)
endif()
if(IGD_WERROR)
  target_compile_options(igd_flags INTERFACE -Werror)
endif()
target_compile_definitions(igd_flags INTERFACE _GNU_SOURCE
  IGD_VERSION="${PROJECT_VERSION}")
target_include_directories(igd_flags INTERFACE ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/src)
