"""MedSAMUpsample: segments on a grid finer than the image's voxels."""

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


class MedSAMUpsample(ScriptedLoadableModule):
    """What the application shows of the module."""

    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        self.parent.title = _("MedSAM Upsample")
        self.parent.categories = [translate("qSlicerAbstractCoreModule", "Segmentation")]
        self.parent.dependencies = ["Segmentations", "Colors", "Tables"]
        self.parent.contributors = ["SlicerMedSAM contributors"]
        self.parent.helpText = _(
            "Makes segments, or an object in a box or under clicks, finer than the voxels of their "
            "image: a network draws where between "
            "the voxels the boundary runs, and says where it is uncertain. The result is compared "
            "with nearest, linear and smoothed upsampling. It runs on this computer. Not for "
            "clinical use."
        )
        self.parent.acknowledgementText = _(
            "Networks: Segment Anything (Kirillov et al. 2023), MedSAM (Ma et al. 2024); finer "
            "masks: I-MedSAM (Wei et al. 2024)."
        )


class MedSAMUpsampleWidget(PanelWidget):
    """Hosts the panel and tells it what happens to the module and the scene."""

    def makeLogic(self):
        """Of this module."""
        return MedSAMUpsampleLogic()

    def panelFor(self, ui, models=None, dependencies=None):
        """The panel; tests hand in a stand-in for the network."""
        from MedSAMSlicerLib.panels.upsample_panel import UpsamplePanel
        from MedSAMSlicerLib.panels.upsample_services import makeUpsampleServices

        icons = Path(self.resourcePath("Icons"))
        return UpsamplePanel(ui, icons, makeUpsampleServices(models, dependencies))


class MedSAMUpsampleLogic(ScriptedLoadableModuleLogic):
    """Keeps the parameters."""

    def parameters(self):
        """The module's parameter node; its volume is the one in the views if there is none yet."""
        from MedSAMSlicerLib.panels.upsample_parameters import UpsampleParameters
        from MedSAMSlicerLib.scene.volume_slices import withShownVolume

        return withShownVolume(UpsampleParameters(self.getParameterNode()))


class MedSAMUpsampleTest(ScriptedLoadableModuleTest):
    """The main journey, inside the application, with a stand-in for the network."""

    def setUp(self):
        slicer.mrmlScene.Clear()

    def runTest(self):
        from MedSAMSlicerLib.self_test.upsample_journeys import UpsampleJourneys

        self.setUp()
        UpsampleJourneys(self).run()
