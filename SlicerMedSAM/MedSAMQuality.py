"""MedSAMQuality: review a segmentation, the objects that deserve a second look first."""

import slicer
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin


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


class MedSAMQualityWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """Hosts the panel and tells it what happens to the module and the scene."""

    def __init__(self, parent=None):
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic = None
        self.panel = None
        self.uiWidget = None
        self.isEntered = False

    def setup(self):
        """Make the panel; nothing is installed, and PyTorch is not imported."""
        ScriptedLoadableModuleWidget.setup(self)
        self.logic = MedSAMQualityLogic()
        self.makePanel()
        scene = slicer.mrmlScene
        self.addObserver(scene, scene.StartCloseEvent, self.onSceneStartClose)
        self.addObserver(scene, scene.EndCloseEvent, self.onSceneReady)
        self.addObserver(scene, scene.EndImportEvent, self.onSceneReady)

    def makePanel(self, models=None, dependencies=None, chooseFile=None):
        """Make the panel anew; tests hand in a stand-in for the network."""
        from MedSAMSlicerLib.panels.quality_panel import QualityPanel
        from MedSAMSlicerLib.panels.quality_services import makeQualityServices

        self.removePanel()
        self.uiWidget = slicer.util.loadUI(self.resourcePath("UI/MedSAMQuality.ui"))
        self.layout.insertWidget(0, self.uiWidget)
        self.uiWidget.setMRMLScene(slicer.mrmlScene)
        ui = slicer.util.childWidgetVariables(self.uiWidget)
        self.panel = QualityPanel(ui, makeQualityServices(models, dependencies, chooseFile))
        if self.isEntered:
            self.enter()

    def removePanel(self):
        """End the panel's work and take it away."""
        if self.panel is not None:
            self.panel.cleanUp()
            self.uiWidget.setParent(None)
            self.uiWidget.deleteLater()
            self.panel = self.uiWidget = None

    def cleanup(self):
        """The module goes away."""
        self.removeObservers()
        self.removePanel()

    def enter(self):
        """The user opens the module."""
        self.isEntered = True
        if not self.panel.hasParameters:
            self.panel.setParameters(self.logic.parameters())
        self.panel.enter()

    def exit(self):
        """The user opens another module."""
        self.isEntered = False
        self.panel.leave()

    def onSceneStartClose(self, caller, event):
        """The nodes are about to go."""
        self.panel.setParameters(None)

    def onSceneReady(self, caller, event):
        """A scene was closed or loaded: its parameters are other ones."""
        self.panel.setParameters(None)
        if self.isEntered:
            self.panel.setParameters(self.logic.parameters())


class MedSAMQualityLogic(ScriptedLoadableModuleLogic):
    """Keeps the parameters."""

    def parameters(self):
        """The module's parameter node; its volume is the one in the views if there is none yet."""
        from MedSAMSlicerLib.panels.quality_parameters import QualityParameters
        from MedSAMSlicerLib.scene.volume_slices import shownVolume

        parameters = QualityParameters(self.getParameterNode())
        if parameters.inputVolume is None:
            parameters.inputVolume = shownVolume()
        return parameters


class MedSAMQualityTest(ScriptedLoadableModuleTest):
    """The main journeys, inside the application, with a stand-in for the network."""

    def setUp(self):
        slicer.mrmlScene.Clear()

    def runTest(self):
        from MedSAMSlicerLib.self_test.quality_journeys import QualityJourneys

        self.setUp()
        QualityJourneys(self).run()
