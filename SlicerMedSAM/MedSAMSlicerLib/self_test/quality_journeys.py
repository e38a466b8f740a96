"""The main journeys of MedSAMQuality inside Slicer (Reload and Test)."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import slicer

from ..quality.rows import Decision
from ..quality.status import Stage
from ..sample_data import loadPhantom
from .bright_pixels import NothingToInstall, StandInModels
from .known_judge import KnownJudge

_LIMIT_S = 20
_LEVEL = 610  # between the phantom's brighter organs and what is around them
_BAD_SLICE = 20
_SHIFT = 5  # voxels that the organ is moved by in the bad slice


class QualityJourneys:
    """Runs the journeys for a test case, which tells what it does and fails where it must."""

    def __init__(self, case: Any) -> None:
        self._case = case
        self._files = Path(slicer.app.temporaryPath)
        slicer.util.selectModule("MedSAMQuality")
        self._widget = slicer.modules.MedSAMQualityWidget
        models = StandInModels(KnownJudge(_LEVEL))
        self._widget.makePanel(models, NothingToInstall(), lambda name, _p: self._file(name))
        (self._volume,) = loadPhantom()
        self._segmentation = self._segmented()

    def run(self) -> None:
        """All of them; the real network is back afterwards."""
        try:
            self._case.delayDisplay("The shifted slice is the worst")
            self.worstComesFirst()
            self._case.delayDisplay("It is flagged")
            self.worstIsFlagged()
            self._case.delayDisplay("The list is exported")
            self.listIsExported()
            self._case.delayDisplay("A closed scene leaves nothing")
            self.closedSceneLeavesNothing()
        finally:
            self._widget.makePanel()
        self._case.delayDisplay("Test passed")

    def worstComesFirst(self) -> None:
        """The judge agrees with the organ everywhere but where it was moved."""
        parameters = self._widget.logic.parameters()
        parameters.inputVolume, parameters.segmentation = self._volume, self._segmentation
        self._ui.judgeButton.click()
        self._waitFor(lambda: self._session.report is not None)
        first = self._session.review.selected
        assert first.object.slice == _BAD_SLICE, first
        node = slicer.app.layoutManager().sliceWidget("Red").mrmlSliceNode()
        assert abs(node.GetSliceOffset() - self._height(_BAD_SLICE)) < 0.01

    def worstIsFlagged(self) -> None:
        """The segment's status tag tells it, too."""
        self._ui.noteLineEdit.text = "moved"
        self._ui.flagButton.click()
        assert self._session.review.rows[_flagged(self._session)].note == "moved"
        logic = slicer.vtkSlicerSegmentationsModuleLogic
        segment = self._segmentation.GetSegmentation().GetNthSegment(0)
        assert logic.GetSegmentStatus(segment) == logic.Flagged
        self._ui.undoButton.click()
        assert logic.GetSegmentStatus(segment) == logic.NotStarted

    def listIsExported(self) -> None:
        """As a table."""
        self._ui.csvButton.click()
        text = self._file("Organ quality.csv").read_text(encoding="utf-8")
        assert text.splitlines()[1].split(",")[3] == str(_BAD_SLICE)

    def closedSceneLeavesNothing(self) -> None:
        """Neither outlines nor tables."""
        slicer.mrmlScene.Clear(0)
        self._waitFor(lambda: self._session.status.stage is Stage.NO_VOLUME)
        assert slicer.util.getNodesByClass("vtkMRMLTableNode") == []
        assert not slicer.util.getNodes("MedSAM*outline*")

    def _segmented(self) -> Any:
        """The organ, but in one slice moved to the side."""
        organ = slicer.util.arrayFromVolume(self._volume) > _LEVEL
        organ[_BAD_SLICE] = np.roll(organ[_BAD_SLICE], _SHIFT, axis=1)
        node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Organ")
        node.CreateDefaultDisplayNodes()
        node.SetReferenceImageGeometryParameterFromVolumeNode(self._volume)
        segmentId = node.GetSegmentation().AddEmptySegment("organ", "Organ")
        voxels = organ.astype(np.uint8)
        slicer.util.updateSegmentBinaryLabelmapFromArray(voxels, node, segmentId, self._volume)
        return node

    def _height(self, index: int) -> float:
        matrix = slicer.util.vtkMatrixFromArray(np.eye(4))
        self._volume.GetIJKToRASMatrix(matrix)
        return matrix.MultiplyPoint((0, 0, index, 1))[2]

    def _file(self, name: str) -> Path:
        return self._files / name

    @property
    def _session(self) -> Any:
        return self._widget.panel.session

    @property
    def _ui(self) -> Any:
        return slicer.util.childWidgetVariables(self._widget.uiWidget)

    def _waitFor(self, condition: Any) -> None:
        end = time.monotonic() + _LIMIT_S
        while not condition():
            status = self._session.status
            assert time.monotonic() < end, f"the panel is at {status}"
            slicer.app.processEvents()
            time.sleep(0.01)


def _flagged(session: Any) -> int:
    decisions = [row.decision for row in session.review.rows]
    return decisions.index(Decision.FLAGGED)
