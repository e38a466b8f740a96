"""What attributes a Qt object has beyond its class, and which can be set."""

from __future__ import annotations

import inspect
import types
from typing import Any

import shiboken6
from PySide6 import QtCore

from .classes import cpp_classes

# The slot below all overrides, which CPython lets an override call.
_native_setattr = QtCore.QObject.__mro__[1].__setattr__
_METHODS = (types.MethodDescriptorType, types.BuiltinFunctionType, types.FunctionType)


def install(classes: list[type]) -> None:
    """Give every class PythonQt's reading and setting of attributes."""
    QtCore.QObject.__getattr__ = _missing_attribute
    for cls in classes:
        cls.__setattr__ = _set_attribute


def _missing_attribute(self: QtCore.QObject, name: str) -> Any:
    """A dynamic property, or else a child of that name."""
    if name == "name":
        return self.objectName
    if not name.startswith("_") and shiboken6.isValid(self):
        value = self.property(name)
        if value is not None:
            return value
        for child in self.children():
            if child.objectName == name:
                return child
    raise AttributeError(f"{type(self).__name__} has no attribute named '{name}'")


def _set_attribute(self: QtCore.QObject, name: str, value: Any) -> None:
    cls = type(self)
    known = inspect.getattr_static(cls, name, None)
    if name == "name":
        self.setObjectName(str(value))
    elif isinstance(known, QtCore.Property):
        known.fset(self, value)
    elif hasattr(type(known), "__set__") or isinstance(value, QtCore.SignalInstance):
        _native_setattr(self, name, value)  # PySide6 keeps bound signals on the object
    elif cls not in cpp_classes or name.startswith("__") or _is_private_state(cls, name):
        _native_setattr(self, name, value)
    elif isinstance(known, _METHODS):
        raise AttributeError(f"Slot '{name}' can not be overwritten on {cls.__name__} object")
    elif name.encode() in [bytes(dynamic) for dynamic in self.dynamicPropertyNames()]:
        self.setProperty(name, value)
    else:
        raise AttributeError(
            f"'{name}' does not exist on {cls.__name__} and creating new attributes on C++ objects "
            "is not allowed"
        )


def _is_private_state(cls: type, name: str) -> bool:
    """Whether the host's own widgets declare this attribute: it stands for C++ members."""
    return any(name in inspect.get_annotations(base) for base in cls.__mro__)
