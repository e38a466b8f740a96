"""What becomes finer, and how fine, as a request; and what that will take."""

from __future__ import annotations

from typing import Any

import slicer
from slicer.i18n import tr as _

from MedSAMLib.errors import MedSAMError

from ..quality.scene.reader import SegmentationReader
from ..upsampling.jobs import grid_for
from ..upsampling.ports import Request
from ..volumes import volumeFromNode
from .upsample_text import sizeText


class UpsampleInputs:
    """The widgets of the section `inputsButton` below volume and segmentation."""

    def __init__(self, ui: Any, reader: SegmentationReader) -> None:
        self._ui, self._reader = ui, reader
        self._parameters: Any = None
        self._listed: list[tuple[str, str]] = []
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
        from MedSAMLib.implicit.memory import BYTES_PER_FINE_VOXEL
        from MedSAMLib.memory import available_bytes

        self.refusal = ""
        volume = self._reader.volumeNode
        if volume is None or self._reader.segmentationNode is None:
            return ""
        try:
            grid, _axis = grid_for(volumeFromNode(volume), self.request())
        except MedSAMError as error:
            self.refusal = str(error)
            return self.refusal
        voxels = 1.0
        for share, size in zip(self._share(), grid.shape, strict=True):
            voxels *= max(1.0, share * size)
        return sizeText(grid.shape, int(voxels * BYTES_PER_FINE_VOXEL), available_bytes())

    def _share(self) -> tuple[float, float, float]:
        """The part of the volume, along k, j, i, that the largest chosen segment's bounds take."""
        bounds = [0.0] * 6
        node = self._reader.segmentationNode
        largest = (0.0, 0.0, 0.0)
        whole = [0.0] * 6
        self._reader.volumeNode.GetRASBounds(whole)
        sizes = [max(whole[2 * n + 1] - whole[2 * n], 1e-6) for n in range(3)]
        for segmentId, _name in self._listed:
            if self._parameters.segment not in ("", segmentId):
                continue
            node.GetSegmentation().GetSegment(segmentId).GetBounds(bounds)
            extents = [max(bounds[2 * n + 1] - bounds[2 * n], 0.0) for n in range(3)]
            share = tuple(min(1.0, e / s) for e, s in zip(extents, sizes, strict=True))
            if share[0] * share[1] * share[2] > largest[0] * largest[1] * largest[2]:
                largest = share
        # Bounds are along the patient's axes, the grid may be along others: the worst of all.
        volume = (largest[0] * largest[1] * largest[2]) ** (1 / 3)
        return volume, volume, volume

    def _fillSegments(self) -> None:
        segments = self._named()
        combo = self._ui.segmentComboBox
        if segments != self._listed:
            self._listed = segments
            combo.clear()
            combo.addItem(_("All segments"))
            for _id, name in segments:
                combo.addItem(name)
        ids = ["", *(each for each, _name in segments)]
        wanted = self._parameters.segment
        combo.currentIndex = ids.index(wanted) if wanted in ids else 0

    def _named(self) -> list[tuple[str, str]]:
        node = self._reader.segmentationNode
        if node is None or not slicer.mrmlScene.IsNodePresent(node):
            return []
        segmentation = node.GetSegmentation()
        ids = segmentation.GetSegmentIDs()
        return [(each, segmentation.GetSegment(each).GetName()) for each in ids]

    def _onSegment(self, index: int) -> None:
        self._parameters.segment = "" if index < 1 else self._listed[index - 1][0]
