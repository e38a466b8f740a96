"""MedSAMSegment: click prompts in the slice views and get masks at once."""

from pathlib import Path

import slicer
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
)

from MedSAMSlicerLib.panels.module_widget import PanelWidget


class MedSAMSegment(ScriptedLoadableModule):
    """What the application shows of the module."""

    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        self.parent.title = _("MedSAM Segment")
        self.parent.categories = [translate("qSlicerAbstractCoreModule", "Segmentation")]
        self.parent.dependencies = ["Segmentations", "Markups", "SegmentEditor"]
        self.parent.contributors = ["SlicerMedSAM contributors"]
        self.parent.helpText = _(
            "Draw a box around an object in a slice view, or click it, and a network makes the "
            "mask. It runs on this computer; nothing is sent anywhere. Not for clinical use."
        )
        self.parent.acknowledgementText = _(
            "Networks: Segment Anything (Kirillov et al. 2023), MedSAM (Ma et al. 2024)."
        )
        slicer.app.connect("startupCompleted()", registerSampleData)


def registerSampleData():
    """Offer images to try the module with in Sample Data."""
    from MedSAMSlicerLib.sample_data import register

    register(Path(__file__).parent.joinpath("Resources", "Icons"))


class MedSAMSegmentWidget(PanelWidget):
    """Hosts the panel and tells it what happens to the module and the scene."""

    def makeLogic(self):
        """Of this module."""
        return MedSAMSegmentLogic()

    def panelFor(self, ui, models=None, dependencies=None):
        """The panel; tests hand in a stand-in for the network."""
        from MedSAMSlicerLib.panels.segment_panel import SegmentPanel
        from MedSAMSlicerLib.panels.services import makeServices

        icons = Path(self.resourcePath("Icons"))
        return SegmentPanel(ui, icons, makeServices(models, dependencies))


class MedSAMSegmentLogic(ScriptedLoadableModuleLogic):
    """Keeps the parameters."""

    def parameters(self):
        """The module's parameter node; its volume is the one in the views if there is none yet."""
        from MedSAMSlicerLib.panels.segment_parameters import SegmentParameters
        from MedSAMSlicerLib.scene.volume_slices import withShownVolume

        return withShownVolume(SegmentParameters(self.getParameterNode()))


class MedSAMSegmentTest(ScriptedLoadableModuleTest):
    """The main journeys, inside the application, with a stand-in for the network."""

    def setUp(self):
        slicer.mrmlScene.Clear()

    def runTest(self):
        from MedSAMSlicerLib.self_test.segment_journeys import SegmentJourneys

        self.setUp()
        SegmentJourneys(self).run()
