"""Which classes of PySide6 are given PythonQt's manners."""

from __future__ import annotations

from types import ModuleType

from PySide6 import QtCore, QtGui, QtNetwork, QtSvg, QtSvgWidgets, QtUiTools, QtWidgets

MODULES: tuple[ModuleType, ...] = (
    QtCore,
    QtGui,
    QtWidgets,
    QtUiTools,
    QtNetwork,
    QtSvg,
    QtSvgWidgets,
)
# Classes that exist in C++ only, or are made to look so: no attributes can be added to them.
cpp_classes: set[type] = set()


def public_names(module: ModuleType) -> list[str]:
    """Names that a script may use; asking for each also loads PySide6's lazy classes."""
    return [name for name in dir(module) if not name.startswith("_") and hasattr(module, name)]


def qobject_classes() -> list[type]:
    """QObject and everything that PySide6 derives from it, base classes first."""
    for module in MODULES:
        public_names(module)
    classes = [QtCore.QObject]
    for known in classes:  # grows while it is walked
        for derived in known.__subclasses__():
            if derived.__module__.startswith("PySide6") and derived not in classes:
                classes.append(derived)
    cpp_classes.update(classes)
    return sorted(classes, key=lambda known: len(known.__mro__))
