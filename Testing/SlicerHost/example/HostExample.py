"""A module for the host's own tests: thresholds a volume into a segment."""

from __future__ import annotations

import enum
import pathlib
from typing import Annotated

import numpy as np
import qt
import slicer
import slicer.util
from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode
from slicer.i18n import tr as _
from slicer.parameterNodeWrapper import (
    Choice,
    FloatRange,
    RangeBounds,
    WithinRange,
    parameterNodeWrapper,
)
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin


class HostExample(ScriptedLoadableModule):
    """The module's description."""

    def __init__(self, parent) -> None:
        super().__init__(parent)
        self.parent.title = _("Host Example")
        self.parent.categories = ["Testing"]
        self.parent.contributors = ["SlicerMedSAM contributors"]


class Side(enum.Enum):
    """Which intensities are segmented."""

    ABOVE = "above"
    BELOW = "below"

    def label(self) -> str:
        """The text in the combo box."""
        return self.value.capitalize()


@parameterNodeWrapper
class HostExampleParameterNode:
    """One parameter of every type that the host knows."""

    inputVolume: vtkMRMLScalarVolumeNode
    segmentation: vtkMRMLSegmentationNode | None = None
    threshold: Annotated[float, WithinRange(-1000, 1000)] = 50.0
    margin: Annotated[int, WithinRange(0, 10)] = 2
    invert: bool = False
    segmentName: str = "object"
    side: Side = Side.ABOVE
    device: Annotated[str, Choice(["auto", "cpu"])] = "auto"
    limits: Annotated[FloatRange, RangeBounds(0, 200)] = FloatRange(10, 90)
    model: pathlib.Path = pathlib.Path("starter")
    seed: int | None = None


class HostExampleWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """The panel."""

    def __init__(self, parent=None) -> None:
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic = None
        self.entered = 0
        self._parameterNode = None
        self._tag = None

    def setup(self) -> None:
        """Load the .ui file and connect it."""
        super().setup()
        panel = slicer.util.loadUI(self.resourcePath("UI/HostExample.ui"))
        self.layout.addWidget(panel)
        self.ui = slicer.util.childWidgetVariables(panel)
        panel.setMRMLScene(slicer.mrmlScene)
        self.logic = HostExampleLogic()
        self.ui.applyButton.connect("clicked(bool)", self.onApply)
        self.ui.inputSelector.connect("currentNodeChanged(vtkMRMLNode*)", self._onInput)
        self.shortcut = qt.QShortcut(qt.QKeySequence("Ctrl+Return"), self.parent)
        self.shortcut.connect("activated()", self.onApply)
        scene = slicer.mrmlScene
        self.addObserver(scene, scene.StartCloseEvent, self._onSceneStartClose)
        self.addObserver(scene, scene.EndCloseEvent, self._onSceneEndClose)
        self.addObserver(scene, scene.EndImportEvent, self._onSceneEndClose)
        self._connectParameters()

    def cleanup(self) -> None:
        """Leave nothing behind."""
        self.removeObservers()
        self._disconnectParameters()

    def enter(self) -> None:
        """The user comes."""
        self.entered += 1
        self._connectParameters()

    def exit(self) -> None:
        """The user goes."""
        self._disconnectParameters()

    def onApply(self) -> None:
        """Segment the volume."""
        with slicer.util.tryWithErrorDisplay(_("Failed to segment."), waitCursor=True):
            parameters = self._parameterNode
            parameters.segmentation = self.logic.process(parameters)
            self.ui.segmentsTable.setSegmentationNode(parameters.segmentation)
            self.ui.statusLabel.text = _("{count} voxels").format(count=self.logic.count)

    def _onInput(self, node) -> None:
        self.ui.applyButton.enabled = node is not None

    def _onSceneStartClose(self, caller, event) -> None:
        self._disconnectParameters()

    def _onSceneEndClose(self, caller, event) -> None:
        self._connectParameters()

    def _connectParameters(self) -> None:
        self._disconnectParameters()
        self._parameterNode = HostExampleParameterNode(self.logic.getParameterNode())
        self._tag = self._parameterNode.connectGui(self.ui)

    def _disconnectParameters(self) -> None:
        if self._parameterNode is not None:
            self._parameterNode.disconnectGui(self._tag)
        self._parameterNode = None


class HostExampleLogic(ScriptedLoadableModuleLogic):
    """The computation."""

    count = 0

    def process(self, parameters: HostExampleParameterNode) -> vtkMRMLSegmentationNode:
        """A segmentation with one segment of the voxels on one side of the threshold."""
        volume = parameters.inputVolume
        array = slicer.util.arrayFromVolume(volume)
        mask = array > parameters.threshold
        if parameters.invert:
            mask = ~mask
        segmentation = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode")
        segmentation.CreateDefaultDisplayNodes()
        segmentation.SetReferenceImageGeometryParameterFromVolumeNode(volume)
        segment_id = segmentation.GetSegmentation().AddEmptySegment("", parameters.segmentName)
        slicer.util.updateSegmentBinaryLabelmapFromArray(
            mask.astype(np.uint8), segmentation, segment_id, volume
        )
        self.count = int(mask.sum())
        return segmentation


class HostExampleTest(ScriptedLoadableModuleTest):
    """The self-test."""

    def setUp(self) -> None:
        slicer.mrmlScene.Clear()

    def test_threshold(self) -> None:
        """Voxels above the threshold are counted."""
        logic = HostExampleLogic()
        parameters = HostExampleParameterNode(logic.getParameterNode())
        array = np.arange(1000, dtype=np.int16).reshape(10, 10, 10)
        parameters.inputVolume = slicer.util.addVolumeFromArray(array)
        parameters.threshold = 500
        logic.process(parameters)
        assert logic.count == 499
        self.delayDisplay("passed")
