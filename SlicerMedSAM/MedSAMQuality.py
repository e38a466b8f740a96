"""MedSAMQuality: review a segmentation, the objects that deserve a second look first."""

import slicer
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
)

from MedSAMSlicerLib.panels.module_widget import PanelWidget


class MedSAMQuality(ScriptedLoadableModule):
    """What the application shows of the module."""

    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        self.parent.title = _("MedSAM Quality")
        self.parent.categories = [translate("qSlicerAbstractCoreModule", "Segmentation")]
        self.parent.dependencies = ["Segmentations", "SegmentEditor", "Tables"]
        self.parent.contributors = ["SlicerMedSAM contributors"]
        self.parent.helpText = _(
            "A network judges every object of a segmentation, whoever made it, and the list shows "
            "the worst first: accept or flag them, and take the list away. It changes no segment. "
            "Everything runs on this computer. Not for clinical use."
        )
        self.parent.acknowledgementText = _(
            "Method: SQA-SAM (Zhang et al. 2023). Networks: Segment Anything (Kirillov et al. "
            "2023), MedSAM (Ma et al. 2024)."
        )


class MedSAMQualityWidget(PanelWidget):
    """Hosts the panel and tells it what happens to the module and the scene."""

    def makeLogic(self):
        """Of this module."""
        return MedSAMQualityLogic()

    def panelFor(self, ui, models=None, dependencies=None, chooseFile=None):
        """The panel; tests hand in a stand-in for the network and for who chooses files."""
        from MedSAMSlicerLib.panels.quality_panel import QualityPanel
        from MedSAMSlicerLib.panels.quality_services import makeQualityServices

        return QualityPanel(ui, makeQualityServices(models, dependencies, chooseFile))


class MedSAMQualityLogic(ScriptedLoadableModuleLogic):
    """Keeps the parameters."""

    def parameters(self):
        """The module's parameter node; its volume is the one in the views if there is none yet."""
        from MedSAMSlicerLib.panels.quality_parameters import QualityParameters
        from MedSAMSlicerLib.scene.volume_slices import withShownVolume

        return withShownVolume(QualityParameters(self.getParameterNode()))


class MedSAMQualityTest(ScriptedLoadableModuleTest):
    """The main journeys, inside the application, with a stand-in for the network."""

    def setUp(self):
        slicer.mrmlScene.Clear()

    def runTest(self):
        from MedSAMSlicerLib.self_test.quality_journeys import QualityJourneys

        self.setUp()
        QualityJourneys(self).run()
