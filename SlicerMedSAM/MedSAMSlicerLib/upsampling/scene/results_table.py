"""The comparison of the methods as a table that is saved with the scene."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import slicer
import vtk

from ..ports import Found
from .fine_nodes import freeName

_NUMBERS = ("volume_mm3", "surface_mm2", "mean_shift_mm", "shift95_mm")
_TEXTS = ("segment", "method")


@dataclass(frozen=True)
class Row:
    """One method on one segment, as `MedSAMLib.implicit.Comparison` has it."""

    segment: str
    method: str
    volume_mm3: float
    surface_mm2: float
    mean_shift_mm: float
    shift95_mm: float


class ResultsTable:
    """A vtkMRMLTableNode with a row for every segment and method."""

    def make(self, name: str, found: Found) -> Any:
        """The table of these results."""
        node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTableNode", freeName(name))
        columns = {title: vtk.vtkStringArray() for title in _TEXTS}
        columns |= {title: vtk.vtkDoubleArray() for title in _NUMBERS}
        for title, column in columns.items():
            column.SetName(title)
        for part in found.parts:
            for each in part.comparisons:
                columns["segment"].InsertNextValue(part.name)
                columns["method"].InsertNextValue(each.method)
                for title in _NUMBERS:
                    columns[title].InsertNextValue(getattr(each, title))
        for column in columns.values():
            node.AddColumn(column)
        return node

    def rows(self, node: Any) -> list[Row]:
        """What a table holds; nothing of a table that somebody changed beyond recognition."""
        table = node.GetTable()
        columns = [table.GetColumnByName(title) for title in (*_TEXTS, *_NUMBERS)]
        if None in columns:
            return []
        return [
            Row(*(column.GetValue(number) for column in columns))
            for number in range(table.GetNumberOfRows())
        ]
