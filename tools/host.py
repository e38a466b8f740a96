"""Where the modules run without Slicer, and what VTK, Qt and PySide6 read for that."""

from __future__ import annotations

import sys

HOST_VARIABLES = {
    "OMP_NUM_THREADS": "1",
    "QT_QPA_PLATFORM": "offscreen",
    "PYSIDE6_OPTION_PYTHON_ENUM": "0x02",
    "PYTHONFAULTHANDLER": "1",
}
if sys.platform == "linux":
    HOST_VARIABLES["VTK_DEFAULT_OPENGL_WINDOW"] = "vtkEGLRenderWindow"


def host_works() -> bool:
    """Whether Slicer's views can be drawn off screen, for which VTK needs EGL: on Linux."""
    return sys.platform == "linux"
