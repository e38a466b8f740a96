"""Checks a .ui file: classes, properties, signals and slots."""

from __future__ import annotations

import xml.parsers.expat
from dataclasses import dataclass, field
from pathlib import Path

from . import qt_facts
from .problem import Problem

# Of Qt Designer only: a kind of widget, and a property that names another widget.
_LINE = "Line"
_BUDDY = ("QLabel", "buddy")


@dataclass
class UiFile:
    """Names of the objects in a .ui file with their classes, and the problems found."""

    path: Path
    classes: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


class _Reader:
    """Follows the elements of the file; expat tells the lines."""

    def __init__(self, ui_file: UiFile) -> None:
        self._file = ui_file
        self._stack: list[tuple[str, dict]] = []
        self._owners: list[str] = []
        self._connection: dict[str, str] = {}
        self._unknown: set[str] = set()
        self.buddies: list[tuple[int, str]] = []
        self.parser = xml.parsers.expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text

    def _problem(self, text: str) -> None:
        line = self.parser.CurrentLineNumber
        self._file.problems.append(Problem(self._file.path, line, text))

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag in ("widget", "layout") or (tag == "action" and "name" in attributes):
            self._open(tag, attributes)
        elif tag == "property" and self._stack and self._stack[-1][0] in ("widget", "layout"):
            self._check_property(attributes)
        elif tag == "connection":
            self._connection = {}
        self._stack.append((tag, attributes))

    def _open(self, tag: str, attributes: dict[str, str]) -> None:
        cls = "QFrame" if attributes.get("class") == _LINE else attributes.get("class", "QAction")
        if not qt_facts.is_class(cls):
            self._problem(f"there is no class {cls}")
            self._unknown.add(attributes.get("name", ""))
        elif "name" in attributes:
            self._file.classes[attributes["name"]] = cls
        self._owners.append(cls)

    def _check_property(self, attributes: dict[str, str]) -> None:
        name, owner = attributes["name"], self._owners[-1]
        dynamic = attributes.get("stdset") == "0"
        if (owner, name) == _BUDDY:
            self.buddies.append((self.parser.CurrentLineNumber, ""))
            return
        if dynamic or not qt_facts.is_class(owner) or owner.endswith("Layout"):
            return
        kind = qt_facts.property_type(owner, name)
        if kind is None:
            self._problem(f"{owner} has no property {name}")
        elif kind.endswith(" const"):
            self._problem(f"{owner}.{name} cannot be set")

    def _text(self, text: str) -> None:
        tag = self._stack[-1][0] if self._stack else ""
        if tag == "cstring" and self._stack[-2][1].get("name") == "buddy":
            line, name = self.buddies.pop()
            self.buddies.append((line, name + text))
        elif tag in ("sender", "signal", "receiver", "slot"):
            self._connection[tag] = self._connection.get(tag, "") + text

    def _end(self, tag: str) -> None:
        _tag, attributes = self._stack.pop()
        if tag in ("widget", "layout") or (tag == "action" and "name" in attributes):
            self._owners.pop()
        elif tag == "connection":
            self._check_connection(self._connection)

    def _check_connection(self, connection: dict[str, str]) -> None:
        sender = self._file.classes.get(connection["sender"])
        receiver = self._file.classes.get(connection["receiver"])
        for role, cls in (("sender", sender), ("receiver", receiver)):
            if cls is None and connection[role] not in self._unknown:
                self._problem(f"there is no {role} {connection[role]}")
        if sender and not qt_facts.has_signal(sender, connection["signal"]):
            self._problem(f"{sender} has no signal {connection['signal']}")
        slot = connection["slot"].split("(")[0]
        if receiver and not qt_facts.has_member(receiver, slot):
            self._problem(f"{receiver} has no slot {connection['slot']}")


def check_ui_file(path: Path) -> UiFile:
    """Read a .ui file and check every name in it."""
    ui_file = UiFile(path)
    reader = _Reader(ui_file)
    reader.parser.Parse(path.read_bytes(), True)
    for line, name in reader.buddies:
        if name not in ui_file.classes:
            ui_file.problems.append(Problem(path, line, f"there is no buddy {name}"))
    return ui_file
