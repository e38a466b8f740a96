"""The main journeys of MedSAMHypotheses, by the mouse, inside Slicer (Reload and Test)."""

from __future__ import annotations

from typing import Any

import numpy as np
import slicer

from ..hypotheses.scene_display import alternativeID
from ..sample_data import loadPhantom
from ..session.status import Stage
from .bright_pixels import NothingToInstall, StandInModels
from .known_alternatives import NestedAlternatives
from .mouse import drag, waitFor

_ORGAN = (32.0, 18.0, 4.0)  # the brightest of the phantom's large organs, r a s in mm
_HALF = 36.0
_LEVEL = 610  # between the organ and what is around it


class OrganAlternatives(NestedAlternatives):
    """Sees the phantom's brighter organs."""

    def embed(self, image: np.ndarray, window: Any = "auto") -> np.ndarray:
        """So that the organ alone is above the stand-in's level."""
        return super().embed(image) - _LEVEL + 100


class HypothesesJourneys:
    """Runs the journeys for a test case, which tells what it does and fails where it must."""

    def __init__(self, case: Any) -> None:
        self._case = case
        slicer.util.selectModule("MedSAMHypotheses")
        self._widget = slicer.modules.MedSAMHypothesesWidget
        self._widget.makePanel(StandInModels(OrganAlternatives()), NothingToInstall())
        loadPhantom()

    def run(self) -> None:
        """All of them; the real network is back afterwards."""
        try:
            self._case.delayDisplay("A box becomes four alternatives")
            self.boxBecomesAlternatives()
            self._case.delayDisplay("One of them is accepted")
            self.oneIsAccepted()
            self._case.delayDisplay("Undo takes it back")
            self.undoTakesItBack()
            self._case.delayDisplay("Two are merged")
            self.twoAreMerged()
            self._case.delayDisplay("The agreement lies over the image")
            self.agreementIsShown()
            self._case.delayDisplay("A closed scene leaves nothing")
            self.closedSceneLeavesNothing()
        finally:
            self._widget.makePanel()
        self._case.delayDisplay("Test passed")

    def boxBecomesAlternatives(self) -> None:
        """Each a segment of a segmentation of their own."""
        node = slicer.app.layoutManager().sliceWidget("Red").mrmlSliceNode()
        node.SetOrientationToAxial()
        node.JumpSlice(*_ORGAN)
        self._waitFor(Stage.NEEDS_PROMPT)
        self._ui.boxButton.click()
        r, a, s = _ORGAN
        drag("Red", (r + _HALF, a + _HALF, s), (r - _HALF, a - _HALF, s))
        self._waitFor(Stage.CHOOSING)
        self._ui.boxButton.click()
        segmentation = self._parameters.hypotheses.GetSegmentation()
        assert segmentation.GetNumberOfSegments() == 4
        assert self._ui.galleryList.count == 4

    def oneIsAccepted(self) -> None:
        """Its voxels are those of the alternative."""
        self._session.choose(1)
        assert self._session.accept()
        chosen = slicer.util.arrayFromSegmentBinaryLabelmap(
            self._parameters.hypotheses, alternativeID(1), self._parameters.inputVolume
        )
        np.testing.assert_array_equal(self._accepted(), chosen > 0)
        assert chosen.any()
        assert self._parameters.choices.GetNumberOfRows() == 1

    def undoTakesItBack(self) -> None:
        """The segment and the row of the table."""
        self._session.undo()
        assert self._parameters.segmentation.GetSegmentation().GetNumberOfSegments() == 0
        assert self._parameters.choices.GetNumberOfRows() == 0

    def twoAreMerged(self) -> None:
        """Their union is one more candidate."""
        self._session.toggle_mark(1)
        self._session.toggle_mark(3)
        self._session.merge("union")
        assert self._ui.galleryList.count == 5
        assert self._session.accept()
        assert self._parameters.choices.GetCellText(0, 15) == "union"

    def agreementIsShown(self) -> None:
        """And can be taken away again."""
        composite = slicer.app.layoutManager().sliceWidget("Red").mrmlSliceCompositeNode()
        self._ui.agreementCheckBox.click()
        assert composite.GetForegroundVolumeID() == self._parameters.agreement.GetID()
        self._ui.agreementCheckBox.click()
        assert composite.GetForegroundVolumeID() is None

    def closedSceneLeavesNothing(self) -> None:
        """Neither prompts nor alternatives."""
        slicer.mrmlScene.Clear(0)
        self._waitFor(Stage.NO_VOLUME)
        for name in ("vtkMRMLMarkupsROINode", "vtkMRMLSegmentationNode"):
            assert slicer.util.getNodesByClass(name) == []
        assert self._session.sets == {}

    def _accepted(self) -> np.ndarray:
        segmentation, segmentID = self._parameters.segmentation, self._parameters.segmentID
        volume = self._parameters.inputVolume
        array = slicer.util.arrayFromSegmentBinaryLabelmap(segmentation, segmentID, volume)
        return array > 0

    def _waitFor(self, stage: Stage) -> None:
        waitFor(lambda: self._session.status.stage is stage, lambda: self._session.status)

    @property
    def _session(self) -> Any:
        return self._widget.panel.session

    @property
    def _parameters(self) -> Any:
        return self._widget.logic.parameters()

    @property
    def _ui(self) -> Any:
        return slicer.util.childWidgetVariables(self._widget.uiWidget)
