"""The main journey of MedSAMUpsample inside Slicer (Reload and Test)."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import slicer

from ..sample_data import loadPhantom
from ..upsampling.status import Stage
from .bright_pixels import NothingToInstall, StandInModels
from .known_upsampler import KnownUpsampler
from .mouse import drag

_LIMIT_S = 60
_LEVEL = 610  # between the phantom's brighter organs and what is around them
_FACTOR = 2
_ORGAN = (32.0, 18.0, 4.5)  # in the middle of the phantom's large organ, r a s in mm
_HALF = 36.0
_AREA = np.pi * 24 * 30  # of the organ there, in mm2


class UpsampleJourneys:
    """Runs the journey for a test case, which tells what it does and fails where it must."""

    def __init__(self, case: Any) -> None:
        self._case = case
        slicer.util.selectModule("MedSAMUpsample")
        self._widget = slicer.modules.MedSAMUpsampleWidget
        self._widget.makePanel(StandInModels(KnownUpsampler(_LEVEL)), NothingToInstall())
        (self._volume,) = loadPhantom()
        self._segmentation = self._segmented()

    def run(self) -> None:
        """All of it; the real network is back afterwards."""
        try:
            self._case.delayDisplay("The segment becomes twice as fine")
            self.segmentBecomesFiner()
            self._case.delayDisplay("The result is taken out again")
            self.resultIsTakenOut()
            self._case.delayDisplay("An object in a box becomes finer")
            self.drawnObjectBecomesFiner()
            self._case.delayDisplay("A closed scene leaves nothing")
            self.closedSceneLeavesNothing()
        finally:
            self._widget.makePanel()
        self._case.delayDisplay("Test passed")

    def segmentBecomesFiner(self) -> None:
        """It has about its volume, and the original all of its voxels."""
        parameters = self._widget.logic.parameters()
        parameters.inputVolume, parameters.segmentation = self._volume, self._segmentation
        parameters.factor = _FACTOR
        before = self._volumeOf(self._segmentation)
        self._ui.upsampleButton.click()
        self._waitFor(lambda: self._session.status.stage is Stage.DONE)
        after = self._volumeOf(parameters.result)
        assert abs(after - before) < 0.1 * before, (before, after)
        assert self._volumeOf(self._segmentation) == before
        assert self._ui.comparisonTable.rowCount == 4  # methods

    def resultIsTakenOut(self) -> None:
        """With everything that came with it."""
        self._ui.removeButton.click()
        assert self._widget.logic.parameters().result is None
        assert len(slicer.util.getNodesByClass("vtkMRMLSegmentationNode")) == 1

    def drawnObjectBecomesFiner(self) -> None:
        """In the slice of the box, without a segmentation."""
        parameters = self._widget.logic.parameters()
        parameters.segmentation = None
        node = slicer.app.layoutManager().sliceWidget("Red").mrmlSliceNode()
        node.SetOrientationToAxial()
        node.JumpSlice(*_ORGAN)
        self._ui.boxButton.click()
        r, a, s = _ORGAN
        drag("Red", (r + _HALF, a + _HALF, s), (r - _HALF, a - _HALF, s))
        self._ui.boxButton.click()
        self._waitFor(lambda: self._session.status.stage is Stage.READY)
        self._ui.upsampleButton.click()
        self._waitFor(lambda: self._session.status.stage is Stage.DONE)
        area = self._volumeOf(parameters.result) / self._volume.GetSpacing()[2]
        assert abs(area - _AREA) < 0.1 * _AREA, area

    def closedSceneLeavesNothing(self) -> None:
        """The panel asks for a volume again."""
        slicer.mrmlScene.Clear()
        slicer.app.processEvents()
        assert self._session.status.stage is Stage.NO_VOLUME

    def _segmented(self) -> Any:
        array = slicer.util.arrayFromVolume(self._volume)
        node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Organs")
        node.CreateDefaultDisplayNodes()
        node.SetReferenceImageGeometryParameterFromVolumeNode(self._volume)
        segmentId = node.GetSegmentation().AddEmptySegment("", "Organ")
        slicer.util.updateSegmentBinaryLabelmapFromArray(
            (array > _LEVEL).astype(np.uint8), node, segmentId, self._volume
        )
        return node

    @staticmethod
    def _volumeOf(segmentationNode: Any) -> float:
        """Of the first segment, in mm3."""
        segmentId = segmentationNode.GetSegmentation().GetNthSegmentID(0)
        voxels = slicer.util.arrayFromSegmentInternalBinaryLabelmap(segmentationNode, segmentId)
        segment = segmentationNode.GetSegmentation().GetSegment(segmentId)
        name = slicer.vtkSegmentationConverter.GetSegmentationBinaryLabelmapRepresentationName()
        spacing = segment.GetRepresentation(name).GetSpacing()
        count = np.count_nonzero(voxels == segment.GetLabelValue())
        return float(count * np.prod(spacing))

    @property
    def _session(self) -> Any:
        return self._widget.panel.session

    @property
    def _ui(self) -> Any:
        return slicer.util.childWidgetVariables(self._widget.uiWidget)

    def _waitFor(self, condition: Any) -> None:
        end = time.monotonic() + _LIMIT_S
        while not condition():
            assert time.monotonic() < end, self._ui.statusLabel.text
            slicer.app.processEvents()
            time.sleep(0.01)
