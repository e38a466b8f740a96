"""What classes have: Slicer's from `facts.json`, Qt's from PySide6's meta-objects."""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path

import shiboken6
from PySide6 import QtCore

from ..pythonqt.classes import MODULES

FACTS = Path(__file__).with_name("facts.json")
# What PythonQt gives to every object beside Qt's own members.
_OF_EVERY_OBJECT = {"className", "connect", "delete", "disconnect", "help", "name"}
# In PySide6's Qt 6, but not in the Qt 5.15 that Slicer is built with. What Qt 6 no longer has,
# PySide6 does not have either.
_CLASSES_NOT_IN_QT5 = {
    "QEventPoint",
    "QInputDevice",
    "QKeyCombination",
    "QPermission",
    "QPointerEvent",
    "QPointingDevice",
    "QSinglePointEvent",
    "QStringConverter",
    "QStringDecoder",
    "QStringEncoder",
}
_NOT_IN_QT5 = {
    "QAbstractItemView": {"itemDelegateForIndex"},
    "QCheckBox": {"checkStateChanged"},
    "QStyleHints": {"colorScheme", "colorSchemeChanged", "setColorScheme", "unsetColorScheme"},
    "QMouseEvent": {"globalPosition", "position", "scenePosition"},
    "QWheelEvent": {"scenePosition"},
    "QEnterEvent": {"globalPosition", "position", "scenePosition"},
    "QMetaType": {"registerType"},
}


@functools.cache
def slicer_facts() -> dict[str, dict]:
    """Class -> base, properties, methods, signals and enumerators, of CTK, MRML and Slicer."""
    return json.loads(FACTS.read_text())


@functools.cache
def qt_class(name: str) -> type | None:
    """A class (or the namespace `Qt`) of both Qt 5.15 and PySide6, or None."""
    if name in _CLASSES_NOT_IN_QT5:
        return None
    found = (getattr(module, name, None) for module in MODULES)
    return next((cls for cls in found if isinstance(cls, type)), None)


def is_slicer_name(name: str) -> bool:
    """Whether a class of that name would be CTK's, MRML's or Slicer's own."""
    return re.match(r"(ctk|qMRML|qSlicer)[A-Z]", name) is not None


def is_class(name: str) -> bool:
    """Whether Slicer's scripts can use a class of that name."""
    return name in slicer_facts() or qt_class(name) is not None


def chain(name: str) -> list[str]:
    """A class and its base classes in Slicer's facts; the last one is Qt's."""
    names = [name]
    while names[-1] in slicer_facts():
        names.append(slicer_facts()[names[-1]]["base"])
    return names


def property_type(name: str, attribute: str) -> str | None:
    """C++ type of a property, with ` const` behind it where it cannot be set; None for others."""
    for cls in chain(name):
        if cls in slicer_facts() and attribute in slicer_facts()[cls]["properties"]:
            return slicer_facts()[cls]["properties"][attribute]
    meta = _meta_object(chain(name)[-1])
    index = meta.indexOfProperty(attribute) if meta is not None else -1
    if index < 0:
        return None
    found = meta.property(index)
    return found.typeName() + ("" if found.isWritable() else " const")


def has_member(name: str, attribute: str) -> bool:
    """Whether a script can read `object.attribute`: property, method, signal or enumerator."""
    if attribute in _OF_EVERY_OBJECT or property_type(name, attribute) is not None:
        return True
    if any(_in_facts(cls, attribute) for cls in chain(name)):
        return True
    return _in_qt(chain(name)[-1], attribute)


def has_signal(name: str, signature: str) -> bool:
    """Whether a class has a signal of exactly that C++ signature."""
    wanted = _normalized(signature)
    if _is_new(qt_class(chain(name)[-1]), signature.partition("(")[0]):
        return False
    for cls in chain(name):
        signals = slicer_facts().get(cls, {}).get("signals", ())
        if wanted in [_normalized(signal) for signal in signals]:
            return True
    meta = _meta_object(chain(name)[-1])
    return meta is not None and meta.indexOfSignal(wanted) >= 0


def is_signal_of_any(signature: str) -> bool:
    """Whether some class has a signal of exactly that C++ signature."""
    return _normalized(signature) in _all_signals()


def _normalized(signature: str) -> str:
    return bytes(QtCore.QMetaObject.normalizedSignature(signature)).decode()


def _meta_object(name: str) -> QtCore.QMetaObject | None:
    cls = qt_class(name)
    meta = getattr(cls, "staticMetaObject", None)
    if meta is None or shiboken6.isValid(meta):
        return meta
    # PySide6 takes the class's meta-object for deleted when an object that lent it has gone; a
    # class derived from it has one of its own that knows the same members.
    return type(name, (cls,), {}).staticMetaObject


def _in_facts(cls: str, attribute: str) -> bool:
    facts = slicer_facts().get(cls)
    if facts is None:
        return False
    signals = {signal.split("(")[0] for signal in facts["signals"]}
    enumerators = facts.get("enumerators", ())
    return attribute in signals or attribute in facts["methods"] or attribute in enumerators


def _in_qt(name: str, attribute: str) -> bool:
    cls = qt_class(name)
    if cls is None:
        return False
    if _is_new(cls, attribute):
        return False
    if attribute == "exec":
        return False  # a reserved word when PythonQt was made: scripts say exec_
    if attribute == "exec_":
        return hasattr(cls, "exec")
    return hasattr(cls, attribute)


def _is_new(cls: type | None, attribute: str) -> bool:
    """Whether Qt 5.15 does not have it."""
    bases = cls.__mro__ if cls is not None else ()
    return any(attribute in _NOT_IN_QT5.get(base.__name__, ()) for base in bases)


@functools.cache
def _all_signals() -> frozenset[str]:
    signals = {_normalized(s) for facts in slicer_facts().values() for s in facts["signals"]}
    for module in MODULES:
        for name in dir(module):
            meta = getattr(getattr(module, name, None), "staticMetaObject", None)
            if meta is not None:
                signals.update(_signals_of(meta))
    return frozenset(signals)


def _signals_of(meta: QtCore.QMetaObject) -> set[str]:
    methods = (meta.method(index) for index in range(meta.methodCount()))
    signal = QtCore.QMetaMethod.MethodType.Signal
    return {bytes(m.methodSignature()).decode() for m in methods if m.methodType() == signal}
