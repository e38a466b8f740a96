"""MedSAMHypotheses: several plausible masks side by side, to browse, merge and accept."""

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


class MedSAMHypotheses(ScriptedLoadableModule):
    """What the application shows of the module."""

    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        self.parent.title = _("MedSAM Hypotheses")
        self.parent.categories = [translate("qSlicerAbstractCoreModule", "Segmentation")]
        self.parent.dependencies = ["Segmentations", "Markups", "SegmentEditor", "Colors"]
        self.parent.contributors = ["SlicerMedSAM contributors"]
        self.parent.helpText = _(
            "Draw a box around an object whose border can be seen in more than one way. A network "
            "makes several masks: browse them with the keyboard, merge some, accept one, and "
            "compare them with other readers. It runs on this computer. Not for clinical use."
        )
        self.parent.acknowledgementText = _(
            "Networks: Segment Anything (Kirillov et al. 2023), MedSAM (Ma et al. 2024); several "
            "masks in turn: SeqSAM."
        )


class MedSAMHypothesesWidget(PanelWidget):
    """Hosts the panel and tells it what happens to the module and the scene."""

    def makeLogic(self):
        """Of this module."""
        return MedSAMHypothesesLogic()

    def panelFor(self, ui, models=None, dependencies=None):
        """The panel; tests hand in a stand-in for the network."""
        from MedSAMSlicerLib.panels.hypotheses_panel import HypothesesPanel
        from MedSAMSlicerLib.panels.hypotheses_services import makeServices

        icons = Path(self.resourcePath("Icons"))
        return HypothesesPanel(ui, icons, makeServices(models, dependencies))


class MedSAMHypothesesLogic(ScriptedLoadableModuleLogic):
    """Keeps the parameters."""

    def parameters(self):
        """The module's parameter node; its volume is the one in the views if there is none yet."""
        from MedSAMSlicerLib.panels.hypotheses_parameters import HypothesesParameters
        from MedSAMSlicerLib.scene.volume_slices import withShownVolume

        return withShownVolume(HypothesesParameters(self.getParameterNode()))


class MedSAMHypothesesTest(ScriptedLoadableModuleTest):
    """The main journeys, inside the application, with a stand-in for the network."""

    def setUp(self):
        slicer.mrmlScene.Clear()

    def runTest(self):
        from MedSAMSlicerLib.self_test.hypotheses_journeys import HypothesesJourneys

        self.setUp()
        HypothesesJourneys(self).run()
