"""What becomes finer, and how fine, as a request; and what that will take."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import slicer
from slicer.i18n import tr as _

from MedSAMLib import memory
from MedSAMLib.errors import MedSAMError

from ..upsampling.drawn_jobs import foreseen, in_slice
from ..upsampling.foresight import Foresight, copies
from ..upsampling.grids import grid_for
from ..upsampling.ports import Request
from ..upsampling.scene.segment_extents import SegmentExtents
from ..volumes import volumeFromNode
from .upsample_services import UpsampleServices
from .upsample_text import sizeText


class UpsampleInputs:
    """The widgets of the section `inputsButton` below volume and segmentation."""

    def __init__(self, ui: Any, services: UpsampleServices) -> None:
        self._ui, self._services = ui, services
        self._parameters: Any = None
        self._listed: list[tuple[str, str]] | None = None
        self._extents = SegmentExtents()
        ui.segmentComboBox.connect("activated(int)", self._onSegment)
        self.refusal = ""

    def setParameters(self, parameters: Any) -> None:
        """An `UpsampleParameters`; None before the scene closes."""
        self._parameters = parameters

    def refresh(self) -> None:
        """Show what can be chosen now, and what it takes."""
        if self._parameters is None:
            return
        self._fillSegments()
        byFactor = self._parameters.size == "factor"
        self._ui.factorSpinBox.enabled = byFactor
        self._ui.spacingSpinBox.enabled = not byFactor
        self._ui.axisComboBox.enabled = not self._parameters.fromDrawn
        self._ui.sizeLabel.text = self._foreseen()

    def request(self) -> Request:
        """What is chosen."""
        parameters = self._parameters
        byFactor = parameters.size == "factor"
        return Request(
            segment_ids=(parameters.segment,) if parameters.segment else (),
            scale=parameters.factor if byFactor else None,
            spacing_mm=None if byFactor else parameters.spacing,
            through_plane=parameters.throughPlane,
            axis=parameters.axis,
        )

    def _foreseen(self) -> str:
        """The size of the finer grid, or why there will be none; that is `refusal`, too."""
        self.refusal = ""
        if self._services.reader.volumeNode is None:
            return ""
        try:
            volumeFromNode(self._services.reader.volumeNode)  # what cannot be used is told at once
            found = self._fromDrawn() if self._parameters.fromDrawn else self._fromSegments()
            if found is None:
                return ""
            foresight, request = found
            free = memory.available_bytes()
            self.refusal = foresight.refusal(request, free)
            grid, _axis = grid_for(foresight.volume, request)
            return self.refusal or sizeText(grid.shape, foresight.needed(request), free)
        except MedSAMError as error:
            self.refusal = str(error)
            return self.refusal

    def _fromSegments(self) -> tuple[Foresight, Request] | None:
        reader = self._services.reader
        if not _isThere(reader.segmentationNode):
            return None
        request, volume = self.request(), volumeFromNode(reader.volumeNode)
        ids = request.segment_ids or [each for each, _name in self._listed or ()]
        extents = self._extents.of(reader.segmentationNode, volume, ids)
        return Foresight(volume, extents, beside=copies(volume, len(ids))), request

    def _fromDrawn(self) -> tuple[Foresight, Request] | None:
        from MedSAMLib.geometry import axis_plane

        targets = self._services.session.meant
        if not targets:
            return None
        place = self._services.drawn.place(targets[0].slice)
        plane = axis_plane(place.volume, place.axis, place.index)
        objects = [in_slice(target, plane) for target in targets]
        foresight = foreseen(place.volume, place.axis, place.index, objects)
        return foresight, replace(self.request(), axis=place.axis)

    def _fillSegments(self) -> None:
        segments = self._named()
        combo = self._ui.segmentComboBox
        if segments != self._listed:
            self._listed = segments
            combo.clear()
            combo.addItem(_("All segments"))
            for _id, name in segments:
                combo.addItem(name)
            combo.addItem(_("What is drawn in a slice"))
        ids = ["", *(each for each, _name in segments)]
        wanted = self._parameters.segment
        index = ids.index(wanted) if wanted in ids else 0
        combo.currentIndex = len(ids) if self._parameters.fromDrawn else index

    def _named(self) -> list[tuple[str, str]]:
        node = self._services.reader.segmentationNode
        if not _isThere(node):
            return []
        segmentation = node.GetSegmentation()
        ids = segmentation.GetSegmentIDs()
        return [(each, segmentation.GetSegment(each).GetName()) for each in ids]

    def _onSegment(self, index: int) -> None:
        listed = self._listed or []
        isDrawn = index == len(listed) + 1
        if not isDrawn:
            self._parameters.segment = "" if index < 1 else listed[index - 1][0]
        self._parameters.fromDrawn = isDrawn


def _isThere(node: Any) -> bool:
    return node is not None and slicer.mrmlScene.IsNodePresent(node)
