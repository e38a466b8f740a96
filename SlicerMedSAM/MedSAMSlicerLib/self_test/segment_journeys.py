"""The main journeys of MedSAMSegment, by the mouse, inside Slicer (Reload and Test)."""

from __future__ import annotations

from typing import Any

import numpy as np
import slicer

from ..sample_data import loadPhantom
from ..session.status import Stage
from .bright_pixels import BrightPixels, NothingToInstall, StandInModels
from .mouse import drag, waitFor

_ORGAN = (32.0, 18.0, 4.0)  # the brightest of the phantom's large organs, r a s in mm
_HALF = 36.0
_LEVEL = 610  # between the organ and what is around it


class PhantomOrgans(BrightPixels):
    """Stands for the network: sees the phantom's brighter organs."""

    def embed(self, image: np.ndarray, window: Any = "auto") -> np.ndarray:
        """So that the organ alone is above the stand-in's level."""
        return super().embed(image) - _LEVEL + 100


class SegmentJourneys:
    """Runs the journeys for a test case, which tells what it does and fails where it must."""

    def __init__(self, case: Any) -> None:
        self._case = case
        slicer.util.selectModule("MedSAMSegment")
        self._widget = slicer.modules.MedSAMSegmentWidget
        self._widget.makePanel(StandInModels(PhantomOrgans()), NothingToInstall())
        (self._volume,) = loadPhantom()

    def run(self) -> None:
        """All of them; the real network is back afterwards."""
        try:
            self._case.delayDisplay("A box becomes a segment")
            self.boxBecomesASegment()
            self._case.delayDisplay("Undo takes it back")
            self.undoTakesItBack()
            self._case.delayDisplay("An object is carried through the slices")
            self.objectIsPropagated()
            self._case.delayDisplay("A closed scene leaves nothing")
            self.closedSceneLeavesNothing()
        finally:
            self._widget.makePanel()
        self._case.delayDisplay("Test passed")

    def boxBecomesASegment(self) -> None:
        """On the axial slice through the organ."""
        self._draw()
        self._panelSession.accept()
        expected = self._organ()
        expected[[k for k in range(len(expected)) if k != self._slice]] = False
        np.testing.assert_array_equal(self._voxels(), expected)

    def undoTakesItBack(self) -> None:
        """The accepted object is one step."""
        self._panelSession.undo()
        segmentation = self._parameters.segmentation.GetSegmentation()
        assert segmentation.GetNumberOfSegments() == 0

    def objectIsPropagated(self) -> None:
        """Through all slices but perhaps the smallest at the ends."""
        self._draw()
        self._panelSession.propagate((0, len(self._organ()) - 1))
        self._waitFor(lambda: self._panelSession.status.stage is Stage.REVIEW)
        self._panelSession.accept()
        found, organ = self._voxels(), self._organ()
        assert not (found & ~organ).any()
        assert found.sum() > 0.9 * organ.sum()

    def closedSceneLeavesNothing(self) -> None:
        """Neither prompts nor previews."""
        self._draw()
        slicer.mrmlScene.Clear(0)
        self._waitFor(lambda: self._panelSession.status.stage is Stage.NO_VOLUME)
        for name in ("vtkMRMLMarkupsROINode", "vtkMRMLSegmentationNode"):
            assert slicer.util.getNodesByClass(name) == []

    def _draw(self) -> None:
        """Drag a box around the organ in the red view."""
        node = slicer.app.layoutManager().sliceWidget("Red").mrmlSliceNode()
        node.SetOrientationToAxial()
        node.JumpSlice(*_ORGAN)
        self._waitFor(lambda: self._panelSession.status.stage is Stage.READY)
        if not self._ui.boxButton.checked:
            self._ui.boxButton.click()
        r, a, s = _ORGAN
        drag("Red", (r + _HALF, a + _HALF, s), (r - _HALF, a - _HALF, s))
        self._waitFor(lambda: self._panelSession.status.stage is Stage.REVIEW)

    def _organ(self) -> np.ndarray:
        """What the stand-in sees inside the box, in every slice."""
        ijk = np.linalg.inv(_matrix(self._volume)) @ (*_ORGAN, 1)
        self._slice = round(ijk[2])
        half = np.array([_HALF, _HALF]) / self._volume.GetSpacing()[:2]
        seen = np.zeros(slicer.util.arrayFromVolume(self._volume).shape, bool)
        (i0, j0), (i1, j1) = np.ceil(ijk[:2] - half), np.floor(ijk[:2] + half) + 1
        inside = (slice(None), slice(int(j0), int(j1)), slice(int(i0), int(i1)))
        seen[inside] = slicer.util.arrayFromVolume(self._volume)[inside] > _LEVEL
        return seen

    def _voxels(self) -> np.ndarray:
        segmentation = self._parameters.segmentation
        segmentID = self._parameters.segmentID
        return slicer.util.arrayFromSegmentBinaryLabelmap(
            segmentation, segmentID, self._volume
        ).astype(bool)

    @property
    def _panelSession(self) -> Any:
        return self._widget.panel.session

    @property
    def _parameters(self) -> Any:
        return self._widget.logic.parameters()

    @property
    def _ui(self) -> Any:
        return slicer.util.childWidgetVariables(self._widget.uiWidget)

    def _waitFor(self, condition: Any) -> None:
        waitFor(condition, lambda: self._panelSession.status)


def _matrix(volume: Any) -> np.ndarray:
    matrix = slicer.util.vtkMatrixFromArray(np.eye(4))
    volume.GetIJKToRASMatrix(matrix)
    return slicer.util.arrayFromVTKMatrix(matrix)
