"""The slice that was drawn on: the session's `DrawnReader`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ...scene.volume_slices import VolumeSlices
from ...session.prompts import SliceKey, Targets
from ...volumes import volumeFromNode
from ..grids import axis_across
from ..ports import DrawnSlice

if TYPE_CHECKING:
    from MedSAMLib.images import Volume


@dataclass(frozen=True, eq=False)
class Place:
    """A slice as one of a volume's, whose voxels are not copied yet; 0 of an oblique slice."""

    volume: Volume
    axis: str
    index: int
    isOblique: bool = False


class DrawnSlices:
    """Reads slices of the volume that `slices` knows."""

    def __init__(self, slices: VolumeSlices) -> None:
        self._slices = slices

    def read(self, targets: Targets) -> DrawnSlice:
        """A copy of the slice on which all of the targets are."""
        key, node = targets[0].slice, self._slices.volumeNode
        place = self.place(key)
        if place.isOblique:
            voxels = self._slices.planeOf(key).image()[np.newaxis]
        else:
            voxels = place.volume.array.copy()
        return DrawnSlice(
            volume=replace(place.volume, array=voxels),
            axis=place.axis,
            index=place.index,
            targets=targets,
            window=self._slices.window(),
            affine=volumeFromNode(node).affine,
        )

    def place(self, key: SliceKey) -> Place:
        """Where a slice is: in the chosen volume, or, of an oblique one, in one of its own.

        The oblique slice's own volume has its pixels for voxels, and is one slice thick.
        MedSAMError for a volume that cannot be segmented.
        """
        found = self._slices.place(key)
        volume = volumeFromNode(self._slices.volumeNode)
        if found is not None:
            return Place(volume, *found)
        nothing = np.broadcast_to(volume.array.dtype.type(0), (1, *key.shape))
        volume = replace(volume, array=nothing, affine=key.plane.affine)
        return Place(volume, axis_across(volume, 0), 0, isOblique=True)
