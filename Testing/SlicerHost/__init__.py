"""Runs Slicer's scripted modules without the Slicer application.

The scene, the module logics and the views are Slicer's own C++ (`slicer-core` from PyPI); Qt is
PySide6 given PythonQt's manners; what no wheel carries (qt widgets of CTK and MRML, the base
classes of scripted modules, the parameter node wrapper) is stood in for, strictly: what the
application would refuse or silently ignore is an error here.

Layers, each importable without the next one:

`core`      scene, module logics, `slicer.app`, reading and writing of files
`views`     slice and 3-D views drawn off screen, driven by mouse and key events
`pythonqt`  the modules `qt`, `ctk` and `PythonQt`
`widgets`   ctk and qMRML widgets
`modules`   base classes of scripted modules, parameter nodes, loading of modules
`window`    main window: module panel, views, status bar

All changes are process-wide, and there is one scene in a process: `core.boot()` and
`window.start()` may be called any number of times and do their work once.

Importing this package sets the environment that slicer, vtk and PySide6 read when they load, so
it has to come before them.
"""

from . import environment

environment.prepare()
