"""The table of choices in the scene: the session's `Book`."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, Protocol

import slicer
import vtk
from slicer.i18n import tr as _

from ..scene.volume_slices import VolumeSlices
from .candidates import Candidate, SliceSet
from .choices import COLUMNS, OBLIQUE, Circumstances, row

# Slicer's table files cannot keep these in a cell; "%" first, because it stands for the others.
_ESCAPES = (("%", "%25"), ('"', "%22"), ("\t", "%09"), ("\n", "%0A"), ("\r", "%0D"))
# Which columns tell a row from others: the same choice made twice differs in time.
_IDENTITY = ("time", "reader", "plane", "chosen", "masks")


class Choice(Protocol):
    """What the panel keeps: a vtkMRMLTableNode, None before the first choice."""

    choices: Any


class ChoiceBook:
    """Appends rows of text to a table node; columns that a user has added are left alone."""

    def __init__(self, slices: VolumeSlices) -> None:
        self.choice: Choice | None = None
        self._slices = slices

    @property
    def node(self) -> Any:
        """The vtkMRMLTableNode, None before the first choice."""
        return None if self.choice is None else self.choice.choices

    def add(self, found: SliceSet, candidate: Candidate, reader: str) -> dict[str, str]:
        """Write a choice down; returns the row."""
        if self.node is None:
            self.choice.choices = self._make()
        values = row(found, candidate, self._circumstances(found, reader))
        table = self.node
        modified = table.StartModify()
        index = table.AddEmptyRow()
        for column in COLUMNS:
            table.SetCellText(index, _column(table, column), _escaped(values[column]))
        table.EndModify(modified)
        return values

    def remove(self, row: dict[str, str]) -> None:
        """Take the row out again, if it is there still."""
        for index, other in reversed(list(enumerate(self.rows()))):
            if all(other[column] == row[column] for column in _IDENTITY):
                self.node.RemoveRow(index)
                return

    def rows(self) -> list[dict[str, str]]:
        """All choices, in their order."""
        table = self.node
        if table is None:
            return []
        columns = {name: table.GetColumnIndex(name) for name in COLUMNS}
        return [
            {n: _plain(table.GetCellText(index, c)) if c >= 0 else "" for n, c in columns.items()}
            for index in range(table.GetNumberOfRows())
        ]

    def _make(self) -> Any:
        name = _("{volume} choices").format(volume=self._slices.volumeNode.GetName())
        scene = slicer.mrmlScene
        table = scene.AddNewNodeByClass("vtkMRMLTableNode", scene.GenerateUniqueName(name))
        for column in COLUMNS:
            _column(table, column)
        return table

    def _circumstances(self, found: SliceSet, reader: str) -> Circumstances:
        place = self._slices.place(found.slice)
        time = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
        volume = self._slices.volumeNode.GetName()
        axis, index = place or (OBLIQUE, None)
        return Circumstances(time, reader, volume, axis, index)


def _column(table: Any, name: str) -> int:
    """Index of a column of text, which is added where there is none."""
    index = table.GetColumnIndex(name)
    if index >= 0:
        return index
    column = vtk.vtkStringArray()
    column.SetName(name)
    table.AddColumn(column)
    return table.GetColumnIndex(name)


def _escaped(text: str) -> str:
    for plain, escape in _ESCAPES:
        text = text.replace(plain, escape)
    return text


def _plain(text: str) -> str:
    for plain, escape in reversed(_ESCAPES):
        text = text.replace(escape, plain)
    return text
