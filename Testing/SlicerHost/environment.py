"""Settings that VTK, Qt and PySide6 read when they are first loaded."""

from __future__ import annotations

import os
import sys

VARIABLES = {
    "QT_QPA_PLATFORM": "offscreen",
    # Enumerations become IntEnum and IntFlag: PythonQt's are plain integers.
    "PYSIDE6_OPTION_PYTHON_ENUM": "0x02",
    # For the processes that a test starts; pytest enables the handler in its own.
    "PYTHONFAULTHANDLER": "1",
}


if sys.platform == "linux":
    # Pinned so that the same pictures are drawn with and without a display.
    VARIABLES["VTK_DEFAULT_OPENGL_WINDOW"] = "vtkEGLRenderWindow"


def prepare() -> None:
    """Set what is not set yet; RuntimeError where PySide6 is loaded without it."""
    if "PySide6" in sys.modules and "PYSIDE6_OPTION_PYTHON_ENUM" not in os.environ:
        raise RuntimeError("import Testing.SlicerHost before PySide6")
    for name, value in VARIABLES.items():
        os.environ.setdefault(name, value)
