"""The extension as Slicer's package has it: built by CMake, and its modules started from there.

    python -m Testing.SlicerHost.extension [FOLDER] [--no-start]

Configures and installs the extension with CMake against `SlicerConfig.cmake` of this folder, a
stand-in for Slicer's CMake files (which only come with a build of Slicer), into FOLDER or a
temporary one, and starts every module found there in the host, in a process that knows nothing of
the source tree.
"""
