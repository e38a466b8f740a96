"""`object.connect("clicked(bool)", receiver)` and `disconnect`, by C++ signature."""

from __future__ import annotations

import inspect
import sys
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import shiboken6
from PySide6 import QtCore

from ..messages import trouble

_native_connect = QtCore.QObject.connect
_native_disconnect = QtCore.QObject.disconnect
_native_getattribute = QtCore.QObject.__getattribute__


@dataclass(frozen=True)
class Declared:
    """A signature that only C++ can declare, standing for a signal declared in Python.

    `signature` is the one that PySide6 knows, `convert` makes the argument that the receiver gets.
    """

    signature: str
    convert: Callable[[Any], Any] | None = None


# Class made by the host -> C++ signature -> the signal that stands for it.
declared_signals: dict[type, dict[str, Declared]] = {}


@dataclass(frozen=True)
class _Connection:
    receiver: Callable
    slot: Callable
    signature: str


_connections: dict[int, dict[str, list[_Connection]]] = {}


def normalized(signature: str) -> str:
    """A signature as Qt compares it."""
    return bytes(QtCore.QMetaObject.normalizedSignature(signature)).decode()


def accepted_arguments(receiver: Callable) -> int | None:
    """How many arguments of a signal PythonQt hands to a receiver, or None for all.

    Only functions and bound methods are counted: anything else, such as functools.partial, gets
    every argument.
    """
    bound = inspect.ismethod(receiver)
    function = receiver.__func__ if bound else receiver
    if not inspect.isfunction(function) or function.__code__.co_flags & inspect.CO_VARARGS:
        return None
    return function.__code__.co_argcount - bound


def connect(sender: QtCore.QObject, signal: str, receiver: Any, slot: str | None = None) -> bool:
    """Connect a callable, or a slot of a QObject by its signature.

    Raises ValueError where the sender has no such signal; PythonQt only prints and returns False.
    """
    if slot is not None:
        receiver = getattr(receiver, slot.split("(")[0])
    declared = _find(sender, signal)
    guarded = _guarded(receiver, declared.convert)
    _native_connect(sender, QtCore.SIGNAL(declared.signature), guarded)
    connection = _Connection(receiver, guarded, declared.signature)
    _connections_of(sender).setdefault(normalized(signal), []).append(connection)
    return True


def disconnect(
    sender: QtCore.QObject, signal: str, receiver: Any = None, slot: str | None = None
) -> bool:
    """Undo `connect`, or all connections of the signal; False where there is none."""
    if slot is not None:
        receiver = getattr(receiver, slot.split("(")[0])
    _find(sender, signal)
    connections = _connections_of(sender).get(normalized(signal), [])
    ended = [c for c in connections if receiver is None or c.receiver == receiver]
    if receiver is not None:
        ended = ended[:1]
    for connection in ended:
        _native_disconnect(sender, QtCore.SIGNAL(connection.signature), connection.slot)
        connections.remove(connection)
    return bool(ended)


def install() -> None:
    """Let the methods `connect` and `disconnect` of every QObject be PythonQt's."""

    # PySide6 answers these two names itself, below any override on a derived class.
    def getattribute(self: QtCore.QObject, name: str) -> Any:
        if name == "connect":
            return types.MethodType(_connect_method, self)
        if name == "disconnect":
            return types.MethodType(_disconnect_method, self)
        return _native_getattribute(self, name)

    QtCore.QObject.__getattribute__ = getattribute


def _connect_method(self: QtCore.QObject, first: Any, *rest: Any) -> Any:
    # PySide6's own bound signals come here, too, with the sender as first argument.
    if isinstance(first, QtCore.QObject):
        return _native_connect(first, *rest)
    return connect(self, first, *rest)


def _disconnect_method(self: QtCore.QObject, first: Any, *rest: Any) -> Any:
    if isinstance(first, QtCore.QObject):
        return _native_disconnect(first, *rest)
    return disconnect(self, first, *rest)


def _find(sender: QtCore.QObject, signal: str) -> Declared:
    signature = normalized(signal)
    for cls in type(sender).__mro__:
        if signature in declared_signals.get(cls, {}):
            return declared_signals[cls][signature]
    hidden = "PyObject" in signature  # PySide6's name of an argument that C++ has another type for
    if sender.metaObject().indexOfSignal(signature) < 0 or hidden:
        raise ValueError(
            f"PythonQt: signal '{signal}' does not exist on {sender.metaObject().className()}"
        )
    return Declared(signature)


def _guarded(receiver: Callable, convert: Callable[[Any], Any] | None) -> Callable:
    count = accepted_arguments(receiver)

    def slot(*arguments: Any) -> None:
        if convert is not None:
            arguments = tuple(convert(argument) for argument in arguments)
        try:
            receiver(*arguments[:count])
        except Exception:
            trouble.record_exception(*sys.exc_info())

    return slot


def _connections_of(sender: QtCore.QObject) -> dict[str, list[_Connection]]:
    address = shiboken6.getCppPointer(sender)[0]
    if address not in _connections:
        _connections[address] = {}
        # Another object may be given the same address later.
        forget = QtCore.SIGNAL("destroyed()")
        _native_connect(sender, forget, lambda: _connections.pop(address, None))
    return _connections[address]
