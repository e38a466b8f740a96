"""What cannot be upsampled is told in one sentence, with what to do, and nothing is changed."""

from __future__ import annotations

import re

import numpy as np
import pytest
import slicer
import slicer.util
from PySide6.QtCore import Qt

from MedSAMLib import memory
from MedSAMLib.errors import MedSAMError
from MedSAMSlicerLib.self_test.bright_pixels import NothingToInstall, StandInModels
from Testing.gui.panel_fixtures import AFFINE, BIG, BIG_RADIUS, BRIGHT, SHAPE
from Testing.gui.panel_user import show
from Testing.gui.phantom_geometry import corners, look_at
from Testing.gui.quality_user import add_segments, truth
from Testing.gui.upsample_fixtures import HeldUpsampler
from Testing.mrml.bridge_scenes import add_nonlinear_transform

FREE = 400 << 20  # bytes


def nodes() -> set[str]:
    kinds = ("vtkMRMLSegmentationNode", "vtkMRMLScalarVolumeNode", "vtkMRMLTableNode")
    return {node.GetName() for kind in kinds for node in slicer.util.getNodesByClass(kind)}


class TestMissingNetwork:
    """Nothing is installed by itself; afterwards it goes on."""

    @pytest.fixture
    def dependencies(self):
        class Missing(NothingToInstall):
            there, problem = False, ""

            def installed(self) -> bool:
                return self.there

            def summary(self) -> str:
                return "To be installed: PyTorch."

            def install(self) -> None:
                if self.problem:
                    raise MedSAMError(self.problem)
                self.there = True

        return Missing()

    @pytest.fixture(autouse=True)
    def answer(self, monkeypatch):
        """To the question whether to install."""
        answer = [True]
        monkeypatch.setattr(slicer.util, "confirmOkCancelDisplay", lambda *_all: answer[0])
        return answer

    def test_it_is_offered_and_then_it_goes_on(self, upsampling):
        assert upsampling.text == "To be installed: PyTorch."
        for name in ("upsampleButton", "boxButton", "positiveButton", "negativeButton"):
            assert not getattr(upsampling.ui, name).enabled
        upsampling.press(Qt.Key.Key_U)
        assert upsampling.text == "To be installed: PyTorch."
        upsampling.click("actionButton")
        upsampling.upsample()

    def test_not_without_consent(self, upsampling, answer, dependencies):
        answer[0] = False
        upsampling.click("actionButton")
        assert not dependencies.there
        assert upsampling.text == "To be installed: PyTorch."

    def test_a_failed_installation_is_told(self, upsampling, dependencies):
        dependencies.problem = "The network of the hospital refuses pypi."
        upsampling.click("actionButton")
        upsampling.wait_for("refuses pypi")


class TestTooLarge:
    """The memory of all chosen segments is foreseen; what would fit is told."""

    @pytest.fixture(autouse=True)
    def free(self, monkeypatch):
        monkeypatch.setattr(memory, "available_bytes", lambda: FREE)

    def test_a_factor_that_fits_is_named(self, upsampling):
        upsampling.click("throughPlaneCheckBox")
        upsampling.ui.factorSpinBox.value = 12
        before = nodes()
        upsampling.wait_for("are free: choose a factor of at most")
        upsampling.picture("too-large")
        assert "upsample fewer objects at once" in upsampling.text
        assert not upsampling.ui.upsampleButton.enabled
        upsampling.press(Qt.Key.Key_U)
        assert nodes() == before
        best = float(re.search(r"at most ([\d.]+)", upsampling.text).group(1))
        assert 1 < best < 12
        upsampling.ui.factorSpinBox.value = best
        upsampling.wait_for("press Upsample (U)")
        upsampling.ui.factorSpinBox.value = best + 0.1
        upsampling.wait_for("choose a factor of at most")

    def test_one_segment_may_fit_where_all_do_not(self, upsampling):
        upsampling.click("throughPlaneCheckBox")
        upsampling.ui.factorSpinBox.value = 12
        upsampling.wait_for("upsample fewer objects at once")
        most = float(re.search(r"at most ([\d.]+)", upsampling.text).group(1))
        upsampling.user.choose(upsampling.ui.segmentComboBox, "Small ball")
        upsampling.ui.factorSpinBox.value = most + 0.2
        upsampling.wait_for("press Upsample (U)")

    def test_a_spacing_that_fits_is_named(self, upsampling):
        upsampling.parameters.size = "spacing"
        upsampling.click("throughPlaneCheckBox")
        upsampling.ui.spacingSpinBox.value = 0.1
        upsampling.wait_for("choose a spacing of at least")
        best = float(re.search(r"at least ([\d.]+) mm", upsampling.text).group(1))
        upsampling.ui.spacingSpinBox.value = best
        upsampling.wait_for("press Upsample (U)")

    def test_drawn_objects_are_foreseen_too(self, upsample_user, monkeypatch):
        look_at("Red", BIG)
        upsample_user.wait_until_ready()
        upsample_user.draw_box("Red", *corners("Red", BIG, BIG_RADIUS))
        upsample_user.wait_for("press Upsample (U)")
        monkeypatch.setattr(memory, "available_bytes", lambda: 270 << 20)
        upsample_user.ui.factorSpinBox.value = 16
        upsample_user.wait_for("choose a factor of at most")


class TestUselessWish:
    def test_what_is_coarser_than_the_voxels(self, upsampling):
        upsampling.parameters.size = "spacing"
        upsampling.ui.spacingSpinBox.value = 5
        upsampling.wait_for("makes nothing finer")
        assert not upsampling.ui.upsampleButton.enabled

    def test_what_no_image_knows(self, upsampling):
        upsampling.parameters.size = "spacing"
        upsampling.ui.spacingSpinBox.value = 0.01
        upsampling.wait_for("no image knows that much")


class TestSegments:
    """Segmentations from which nothing can be made."""

    def choose(self, panel, name: str) -> None:
        panel.user.choose(panel.ui.segmentationSelector, name)

    def test_empty_segments(self, upsampling, phantom):
        add_segments(phantom, {"Nothing": np.zeros(SHAPE, bool)}, "Empty")
        self.choose(upsampling, "Empty")
        upsampling.click("upsampleButton")
        upsampling.wait_for("are empty")

    def test_no_segments(self, upsampling, phantom):
        add_segments(phantom, {}, "Nothing")
        self.choose(upsampling, "Nothing")
        upsampling.click("upsampleButton")
        upsampling.wait_for("has no segments")
        upsampling.click("actionButton")
        upsampling.wait_for("press Upsample (U)")

    def test_surfaces_only(self, upsampling, ball_segments):
        ball_segments.CreateClosedSurfaceRepresentation()
        names = slicer.vtkSegmentationConverter
        ball_segments.GetSegmentation().SetSourceRepresentationName(
            names.GetSegmentationClosedSurfaceRepresentationName()
        )
        ball_segments.RemoveBinaryLabelmapRepresentation()
        upsampling.click("upsampleButton")
        upsampling.wait_for("is made of surfaces")

    def test_beside_the_volume(self, upsampling, ball_segments):
        transform = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
        far = np.eye(4)
        far[0, 3] = 500
        slicer.util.updateTransformMatrixFromArray(transform, far)
        ball_segments.SetAndObserveTransformNodeID(transform.GetID())
        upsampling.click("upsampleButton")
        upsampling.wait_for("do not overlap in space")


def add_vector_volume(components: int):
    """Bright in a ball, with so many values a voxel."""
    bright = np.where(truth("Big ball"), BRIGHT, 20).astype(np.uint8)
    volume = slicer.util.addVolumeFromArray(
        np.repeat(bright[..., None], components, axis=-1),
        slicer.util.vtkMatrixFromArray(AFFINE),
        name="Vectors",
        nodeClassName="vtkMRMLVectorVolumeNode",
    )
    volume.CreateDefaultDisplayNodes()
    return volume


class TestVolumes:
    """Volumes of other kinds."""

    @pytest.mark.parametrize("source", ["segments", "drawn"])
    def test_several_times_or_directions_in_a_voxel(self, upsampling, source):
        add_vector_volume(5)
        if source == "drawn":
            upsampling.user.choose(upsampling.ui.segmentComboBox, "What is drawn in a slice")
        upsampling.user.choose(upsampling.ui.volumeSelector, "Vectors")
        upsampling.wait_for("has 5 values a voxel: choose a gray or a color volume")
        assert not upsampling.ui.upsampleButton.enabled

    def test_colors_are_no_trouble(self, upsampling):
        show(add_vector_volume(3))
        upsampling.user.choose(upsampling.ui.volumeSelector, "Vectors")
        upsampling.user.choose(upsampling.ui.segmentComboBox, "Big ball")
        upsampling.upsample()

    def test_no_voxels(self, upsampling):
        slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "Blank")
        upsampling.user.choose(upsampling.ui.volumeSelector, "Blank")
        upsampling.wait_for("has no image")

    def test_a_non_linear_transform(self, upsampling, phantom):
        phantom.SetAndObserveTransformNodeID(add_nonlinear_transform().GetID())
        upsampling.wait_for("harden the transform")
        assert not upsampling.ui.upsampleButton.enabled


class FailingUpsampler(HeldUpsampler):
    """Has too little memory."""

    def upsample(self, *_arguments, **_options):
        raise MedSAMError("There is not enough memory.")


class TestFailure:
    """A failure in the middle."""

    @pytest.fixture
    def upsampling_models(self):
        network = FailingUpsampler()
        network.release()
        return StandInModels(network)

    def test_it_is_a_sentence_and_a_scene_as_it_was(self, upsampling):
        before = nodes()
        upsampling.click("upsampleButton")
        upsampling.wait_for("There is not enough memory.")
        assert nodes() == before
