"""Where the alternatives agree, as a scalar volume over the image, with a color legend."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import slicer
import slicer.util
from slicer.i18n import tr as _

from ..scene.map_overlay import MapOverlay, colorTable, makeMap
from ..scene.volume_slices import VolumeSlices
from ..transforms import matrixFromArray
from .candidates import SliceSet

# Dark blue over gray to yellow: even steps of brightness that any color vision tells apart.
ANCHORS = np.array([(0.0, 0.13, 0.30), (0.34, 0.36, 0.43), (0.65, 0.61, 0.47), (1.0, 0.91, 0.27)])
# Where no alternative is, the image is seen as it is.
_LEAST = 1e-3


class Choice(Protocol):
    """What the panel keeps: the map's node, None before it was shown."""

    agreement: Any


class AgreementMap:
    """Lies over the image in the views whose background is the chosen volume."""

    def __init__(self, slices: VolumeSlices) -> None:
        self.choice: Choice | None = None
        self._slices = slices
        self._shown: SliceSet | None = None
        self._overlay = MapOverlay()

    @property
    def node(self) -> Any:
        """The vtkMRMLScalarVolumeNode; None before it was shown."""
        return None if self.choice is None else self.choice.agreement

    @property
    def isShown(self) -> bool:
        """Whether it lies over a view."""
        return self._overlay.isShown

    def show(self, found: SliceSet | None) -> None:
        """Show the agreement of these alternatives; of none, nothing."""
        volume = self._slices.volumeNode
        if found is None or volume is None or self.choice is None:
            self.hide()
            return
        if found is not self._shown or self.node is None:
            self._write(found)
        self._overlay.lay(self.node, volume, _("Agreement"))

    def hide(self) -> None:
        """The views show what they did before."""
        self._overlay.hide()

    def forget(self) -> None:
        """The scene is another one now."""
        self._shown = None
        self._overlay.forget()

    def _write(self, found: SliceSet) -> None:
        self._shown = found
        if self.node is None:
            name = _("{volume} agreement").format(volume=self._slices.volumeNode.GetName())
            name = slicer.mrmlScene.GenerateUniqueName(name)
            self.choice.agreement = makeMap(name, colorTable("MedSAM agreement", ANCHORS), _LEAST)
        node, plane = self.node, found.slice.plane
        node.SetIJKToRASMatrix(matrixFromArray(plane.affine))
        slicer.util.updateVolumeFromArray(node, found.hypotheses.agreement[np.newaxis])
