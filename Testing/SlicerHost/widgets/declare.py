"""How a widget of CTK or MRML is declared in Python, so that scripts see a class of C++."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6 import QtCore, QtGui

from ..pythonqt.classes import cpp_classes
from ..pythonqt.signals import Declared, declared_signals, normalized
from ..pythonqt.values import refused, to_script

# Module of scripts -> name -> class.
declared_classes: dict[str, dict[str, type]] = {"ctk": {}, "slicer": {}}

_ACCEPTED: dict[Any, tuple[type, ...]] = {
    bool: (bool, int),
    int: (int,),
    float: (int, float),
    QtGui.QColor: (QtGui.QColor,),
    "QStringList": (list, tuple),
}
_QT_NAMES = {float: "double", QtGui.QColor: "QColor"}


def stored(
    name: str, kind: Any, default: Any, then: str | None = None, adjust: str | None = None
) -> QtCore.Property:
    """A Qt property that keeps its value; the method `then` is called with each new one.

    `kind` is bool, int, float, str, QColor or "QStringList". A value of another type is refused
    with ValueError, as by PythonQt. The method `adjust` makes an allowed value of a given one.
    """
    key = f"_value_of_{name}"

    def getter(self: Any) -> Any:
        return to_script(self.__dict__.get(key, default))

    def setter(self: Any, value: Any) -> None:
        converted = _converted(name, kind, value)
        if adjust is not None:
            converted = getattr(self, adjust)(converted)
        if converted == self.__dict__.get(key, default):
            return
        self.__dict__[key] = converted
        if then is not None:
            getattr(self, then)(converted)

    return QtCore.Property(kind, getter, setter)


def set_quietly(widget: Any, name: str, value: Any) -> None:
    """Set a stored property without calling its `then` method."""
    widget.__dict__[f"_value_of_{name}"] = value


def slicer_class(
    module: str, *signals: str | tuple[str, str, Callable[[Any], Any]]
) -> Callable[[type], type]:
    """Class decorator: make the class known as `<module>.<name>`.

    `signals` are the C++ signatures that PySide6 cannot declare: those with arguments of VTK's
    types, each for a signal of the class with one `object`. A tuple (signature, signal, convert)
    is an overload that hands on something made of that object.
    """

    def declare(cls: type) -> type:
        declared_classes[module][cls.__name__] = cls
        declared_signals[cls] = dict(_declared(cls, signal) for signal in signals)
        cpp_classes.add(cls)
        cls.className = lambda self: cls.__name__
        return cls

    return declare


def _declared(cls: type, signal: str | tuple) -> tuple[str, Declared]:
    signature, name, convert = (
        (signal, signal.split("(")[0], None) if isinstance(signal, str) else signal
    )
    meta_object = cls.staticMetaObject
    for index in range(meta_object.methodCount()):
        method = meta_object.method(index)
        if method.name() == name:
            known = bytes(method.methodSignature()).decode()
            return normalized(signature), Declared(known, convert)
    raise TypeError(f"{cls.__name__} has no signal '{name}'")


def _converted(name: str, kind: Any, value: Any) -> Any:
    if kind is str:
        return str(value)
    if not isinstance(value, _ACCEPTED[kind]):
        type_name = kind if isinstance(kind, str) else _QT_NAMES.get(kind, kind.__name__)
        raise refused(name, type_name, value)
    return list(value) if kind == "QStringList" else kind(value)
