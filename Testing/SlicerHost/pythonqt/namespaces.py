"""The modules `qt` and `PythonQt`, in which all of Qt lies flat."""

from __future__ import annotations

import sys
import types

from .classes import MODULES, public_names


def install() -> None:
    """Make `import qt`, `import PythonQt` and `from PythonQt.QtGui import ...` work."""
    qt = types.ModuleType("qt", "Qt as Slicer's scripts see it.")
    for module in MODULES:
        for name in public_names(module):
            setattr(qt, name, getattr(module, name))
    python_qt = types.ModuleType("PythonQt", "Qt by its libraries.")
    sys.modules.update({"qt": qt, "PythonQt": python_qt})
    for library in ("QtCore", "QtGui", "QtUiTools", "QtNetwork", "QtSvg"):
        setattr(python_qt, library, qt)
        sys.modules[f"PythonQt.{library}"] = qt
