"""Shows the session's masks before they are accepted: the session's `Preview`."""

from __future__ import annotations

from collections.abc import Sequence

from ..preview import MaskPreview
from ..session.ports import ShownMask
from .volume_slices import VolumeSlices
from .voxel_boxes import union


class MaskDisplay:
    """Draws masks of the volume that `slices` knows."""

    def __init__(self, preview: MaskPreview, slices: VolumeSlices) -> None:
        self._preview, self._slices = preview, slices

    def show(self, masks: Sequence[ShownMask]) -> None:
        """One slice with what the last change added and removed; more slices as they are."""
        volume = self._slices.volumeNode
        if volume is None or not masks:
            self._preview.clear()
        elif len(masks) == 1:
            shown = masks[0]
            plane = self._slices.planeOf(shown.slice)
            self._preview.show(shown.mask, plane, volume, shown.before)
        else:
            boxes = [self._slices.planeOf(shown.slice).voxels(shown.mask) for shown in masks]
            self._preview.showVoxels(*union(boxes), volume)

    def clear(self) -> None:
        """Draw nothing."""
        self._preview.clear()
