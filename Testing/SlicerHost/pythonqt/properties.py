"""Qt properties as attributes: `w.text`, `w.text = "x"`; `w.text()` is an error."""

from __future__ import annotations

import inspect
import types
from typing import Any

from PySide6 import QtCore

from .values import refused, to_property, to_script


class PropertyAttribute:
    """Data descriptor of one property of one class.

    `getter` is PySide6's method of the same name, where there is one: it is quicker and knows more
    types than QObject.property. A static method stays reachable on the class, as PythonQt leaves
    `QTimer.singleShot` beside the property of that name.
    """

    def __init__(self, name: str, type_name: str, writable: bool, getter: Any) -> None:
        self.name, self.type_name, self.writable = name, type_name, writable
        self.getter = getter
        static = isinstance(getter, (staticmethod, types.BuiltinFunctionType))
        self._readable = getter is not None and not static

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self.getter if self.getter is not None else self
        if self._readable:
            try:
                return to_script(self.getter.__get__(instance, owner)())
            except TypeError:
                pass  # the method needs arguments: it only shares its name with the property
        return to_script(instance.property(self.name))

    def __set__(self, instance: Any, value: Any) -> None:
        if not self.writable:
            raise AttributeError(
                f"Property '{self.name}' of {type(instance).__name__} object is not writable"
            )
        converted = to_property(value, self.type_name, self.name)
        if not instance.setProperty(self.name, converted):
            raise refused(self.name, self.type_name, value)


def install(classes: list[type]) -> None:
    """Give every class its properties as attributes; base classes come first in `classes`."""
    for cls in classes:
        for meta in _own_properties(cls):
            _install(cls, meta)
        _cover_redefined_getters(cls)


def _own_properties(cls: type) -> list[QtCore.QMetaProperty]:
    meta_object = getattr(cls, "staticMetaObject", None)
    if meta_object is None or meta_object.className().split("::")[-1] != cls.__name__:
        return []
    base = meta_object.superClass()
    first = base.propertyCount() if base else 0
    return [meta_object.property(i) for i in range(first, meta_object.propertyCount())]


def _install(cls: type, meta: QtCore.QMetaProperty) -> None:
    name = meta.name()
    if inspect.isclass(cls.__dict__.get(name)):
        return  # an enumeration of that name, such as QDialogButtonBox.StandardButtons
    getter = cls.__dict__.get(name) or _inherited_method(cls, name)
    setattr(cls, name, PropertyAttribute(name, meta.typeName(), meta.isWritable(), getter))


def _inherited_method(cls: type, name: str) -> Any:
    found = inspect.getattr_static(cls, name, None)
    if isinstance(found, PropertyAttribute):
        return found.getter
    return found if callable(found) and not isinstance(found, QtCore.Signal) else None


def _cover_redefined_getters(cls: type) -> None:
    """A class that redefines the getter of an inherited property would hide the attribute."""
    for name, member in list(cls.__dict__.items()):
        if isinstance(member, (PropertyAttribute, type)) or not callable(member):
            continue
        for base in cls.__mro__[1:]:
            inherited = base.__dict__.get(name)
            if isinstance(inherited, PropertyAttribute):
                copy = PropertyAttribute(name, inherited.type_name, inherited.writable, member)
                setattr(cls, name, copy)
                break
