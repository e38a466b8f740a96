"""The review as a table of the scene: the session's `Keeper`.

The table's rows are for everybody who opens the scene; the report with all its numbers is kept
beside them, packed, so that the list is shown again without computing anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import slicer
import vtk
from slicer.i18n import tr as _

from MedSAMLib.errors import MedSAMError
from MedSAMLib.quality.results import Report

from ..rows import Row
from ..storing import columns_of, packed, unpacked
from .reader import SegmentationReader

ATTRIBUTE = "MedSAM.QualityReview"
VOLUME_ROLE, SEGMENTATION_ROLE = "medsamVolume", "medsamSegmentation"


class ReviewTable:
    """Keeps the review of the volume and the segmentation that `reader` knows."""

    def __init__(self, reader: SegmentationReader) -> None:
        self._reader = reader

    def keep(self, rows: Sequence[Row], report: Report | None) -> None:
        """Write the rows into the table, which is made when there are some."""
        if self._reader.segmentationNode is None or report is None:
            return
        node = self.node() or self._newNode()
        modified = node.StartModify()
        _fill(node.GetTable(), columns_of(rows))
        node.SetAttribute(ATTRIBUTE, packed(rows, report))
        node.Modified()
        node.EndModify(modified)

    def node(self) -> Any:
        """The vtkMRMLTableNode; None while there is none."""
        volume, segmentation = self._reader.volumeNode, self._reader.segmentationNode
        for node in slicer.util.getNodesByClass("vtkMRMLTableNode"):
            belongs = (
                node.GetNodeReference(VOLUME_ROLE) is volume
                and node.GetNodeReference(SEGMENTATION_ROLE) is segmentation
            )
            if node.GetAttribute(ATTRIBUTE) and belongs:
                return node
        return None

    def kept(self) -> tuple[tuple[Row, ...], Report] | None:
        """The review that the scene has; None if it has none, or one of another version."""
        if self._reader.volumeNode is None or self._reader.segmentationNode is None:
            return None
        node = self.node()
        try:
            return None if node is None else unpacked(node.GetAttribute(ATTRIBUTE))
        except MedSAMError:
            return None

    def _newNode(self) -> Any:
        name = _("Quality of {segmentation}").format(
            segmentation=self._reader.segmentationNode.GetName()
        )
        scene = slicer.mrmlScene
        node = scene.AddNewNodeByClass("vtkMRMLTableNode", scene.GenerateUniqueName(name))
        node.SetUseColumnTitleAsColumnHeader(False)
        node.SetNodeReferenceID(VOLUME_ROLE, self._reader.volumeNode.GetID())
        node.SetNodeReferenceID(SEGMENTATION_ROLE, self._reader.segmentationNode.GetID())
        return node


def _fill(table: Any, columns: dict[str, Sequence]) -> None:
    table.Initialize()
    for name, values in columns.items():
        array = _array(values)
        array.SetName(name)
        array.SetNumberOfValues(len(values))
        for index, value in enumerate(values):
            array.SetValue(index, value)
        table.AddColumn(array)


def _array(values: Sequence) -> Any:
    kind = type(values[0]) if len(values) else str
    return {int: vtk.vtkIntArray, float: vtk.vtkDoubleArray}.get(kind, vtk.vtkStringArray)()
