"""Reading of .ui files that name classes of CTK and MRML."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from typing import Any

from PySide6 import QtCore, QtUiTools

from .declare import declared_classes


class QUiLoader(QtUiTools.QUiLoader):
    """`qt.QUiLoader`: knows every widget of the host, and connects signals with VTK arguments.

    An unknown class or a connection that cannot be made raises an error; Qt prints a warning.
    """

    def __init__(self, parent: QtCore.QObject | None = None) -> None:
        super().__init__(parent)
        for classes in declared_classes.values():
            for cls in classes.values():
                self.registerCustomWidget(cls)

    def load(self, device: QtCore.QIODevice, parent: Any = None) -> Any:
        """The widget of an open .ui file."""
        root = ElementTree.fromstring(bytes(device.readAll()))
        self._check_classes(root)
        connections = _taken_connections(root)
        buffer = QtCore.QBuffer()
        buffer.setData(ElementTree.tostring(root))
        buffer.open(QtCore.QIODevice.OpenModeFlag.ReadOnly)
        widget = super().load(buffer, parent)
        if widget is None:
            raise RuntimeError(self.errorString())
        for connection in connections:
            _connect(widget, connection)
        return widget

    def _check_classes(self, root: ElementTree.Element) -> None:
        known = set(self.availableWidgets())
        for classes in declared_classes.values():
            known.update(classes)
        for element in root.iter("widget"):
            if element.get("class") not in known | {"Line"}:
                raise RuntimeError(f"the host has no widget class {element.get('class')}")


def _taken_connections(root: ElementTree.Element) -> list[dict[str, str]]:
    """Take all connections out of the file: Qt could not find the signals declared in Python."""
    taken = []
    for connections in root.findall("connections"):
        taken += [{part.tag: part.text or "" for part in c} for c in connections]
        root.remove(connections)
    return taken


def _connect(widget: Any, connection: dict[str, str]) -> None:
    objects = [widget, *widget.findChildren(QtCore.QObject)]
    by_name = {found.objectName: found for found in objects}
    sender = by_name[connection["sender"]]
    receiver = by_name[connection["receiver"]]
    name = connection["slot"].split("(")[0]
    slot = getattr(receiver, name, None)
    if not callable(slot):  # a slot that shares its name with a property, such as setVisible's
        raise AttributeError(f"{receiver.className()} has no slot {connection['slot']}")
    arguments = connection["slot"].split("(")[1].rstrip(")")
    sender.connect(connection["signal"], slot if arguments else lambda: slot())
