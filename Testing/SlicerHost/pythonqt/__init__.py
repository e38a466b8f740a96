"""PythonQt's manners on PySide6's own classes, and the modules `qt` and `PythonQt`.

Slicer's scripts reach Qt through PythonQt, whose rules differ from PySide6's: a property is an
attribute, a signal is connected by its C++ signature, a list is a tuple. No proxies are used: the
classes of PySide6 themselves are changed, so that `type(w) == qt.QCheckBox`, subclassing,
overriding of virtual functions and ownership stay native. The price is that other PySide6 code in
the same process does not work any more.

Where PythonQt prints a line and goes on (an unknown signal), the host raises an error.
"""

from __future__ import annotations

from . import additions, attributes, namespaces, properties, signals
from .classes import qobject_classes

_installed: list[bool] = []


def install() -> None:
    """Change PySide6's classes and provide `qt` and `PythonQt`; harmless when called again."""
    if _installed:
        return
    classes = qobject_classes()
    properties.install(classes)
    attributes.install(classes)
    signals.install()
    additions.install()
    namespaces.install()
    _installed.append(True)
