# Slicer writes <Extension>Config.cmake here, which this extension has no use for.
