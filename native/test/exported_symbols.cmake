# cmake -DNM=... -DLIBRARY=... -DHEADER=... -P exported_symbols.cmake
# What the library exports must be exactly what the header declares with SAE_API.
execute_process(COMMAND ${NM} --dynamic --defined-only --format=posix ${LIBRARY} OUTPUT_VARIABLE table
                COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "[^\n]+" lines "${table}")
set(exported "")
foreach(line ${lines})
  string(REGEX REPLACE " .*" "" symbol "${line}")
  list(APPEND exported ${symbol})
endforeach()

file(READ ${HEADER} text)
string(REGEX MATCHALL "SAE_API [a-z0-9_ ]+[ *]+sae_[a-z_]+\\(" declarations "${text}")
set(declared "")
foreach(declaration ${declarations})
  string(REGEX REPLACE ".*[ *](sae_[a-z_]+)\\(" "\\1" symbol "${declaration}")
  list(APPEND declared ${symbol})
endforeach()

list(SORT exported)
list(SORT declared)
if(NOT declared OR NOT exported STREQUAL declared)
  message(FATAL_ERROR "exported: ${exported}\ndeclared: ${declared}")
endif()
