# Writes a .cpp that holds a text file: cmake -DINPUT=… -DOUTPUT=… -DHEADER=… -DFUNCTION=… -P embed_text.cmake
# FUNCTION is the full name of a function without arguments that returns const char*.
file(READ "${INPUT}" text)
string(REGEX MATCH "^(.*)::([A-Za-z0-9]+)$" whole "${FUNCTION}")
set(namespace "${CMAKE_MATCH_1}")
set(name "${CMAKE_MATCH_2}")
file(WRITE "${OUTPUT}" "#include \"${HEADER}\"\n\nnamespace ${namespace} {\n\nconst char* ${name}() {\n    return R\"embedded(${text})embedded\";\n}\n\n} // namespace ${namespace}\n")
