# What find_package(Slicer) gives an extension, as far as this one uses it: a stand-in, because
# Slicer's own files come only with a build of Slicer. The macros take the arguments that Slicer
# 5.12.3 takes and refuse what it refuses; they copy files where it copies them, and compile nothing.
set(Slicer_USE_FILE "${CMAKE_CURRENT_LIST_DIR}/UseSlicer.cmake")
set(Slicer_EXTENSION_GENERATE_CONFIG "${CMAKE_CURRENT_LIST_DIR}/ExtensionConfig.cmake")
set(Slicer_EXTENSION_CPACK "${CMAKE_CURRENT_LIST_DIR}/ExtensionPackage.cmake")
