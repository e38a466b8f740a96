"""What is going on ends without a trace when the scene, a node or the module goes meanwhile.

Every long action of every module is held in its middle; then something is taken away from under
it, it is let go, and it must not write, draw, or fail. The networks are stand-ins.
"""
# ruff: noqa: F811  (fixtures are imported, and asked for by their names)

from __future__ import annotations

import threading

import numpy as np
import pytest
import slicer
import slicer.util

from MedSAMSlicerLib.quality import exporting, jobs
from MedSAMSlicerLib.self_test.bright_pixels import StandInModels
from MedSAMSlicerLib.self_test.known_alternatives import NestedAlternatives
from MedSAMSlicerLib.self_test.known_judge import KnownJudge
from MedSAMSlicerLib.self_test.known_upsampler import KnownUpsampler
from Testing.gui.held_network import LIMIT_S, HeldNetwork
from Testing.gui.hypotheses_fixtures import show_only
from Testing.gui.hypotheses_phantom import make_alternatives
from Testing.gui.panel_fixtures import BIG, BIG_RADIUS
from Testing.gui.phantom_geometry import box_around, look_at
from Testing.gui.quality_fixtures import balls, quality, review  # noqa: F401
from Testing.gui.quality_user import add_segments, truth
from Testing.gui.upsample_fixtures import ball_segments, upsample_user, upsampling  # noqa: F401

DRAWN = ("vtkMRMLMarkupsROINode", "vtkMRMLMarkupsFiducialNode", "vtkMRMLModelNode")
KEPT = ("vtkMRMLSegmentationNode", "vtkMRMLTableNode", "vtkMRMLScalarVolumeNode")


class Gate:
    """Something that the worker waits in until the test has done its harm."""

    def __init__(self) -> None:
        self.reached, self.free = threading.Event(), threading.Event()

    def __call__(self) -> None:
        self.reached.set()
        assert self.free.wait(LIMIT_S)

    def wait_until_reached(self) -> None:
        for _attempt in range(100 * LIMIT_S):
            slicer.app.processEvents()
            if self.reached.wait(0.01):
                return
        raise AssertionError("nothing came to the gate")


@pytest.fixture
def gate():
    gate = Gate()
    yield gate
    gate.free.set()


@pytest.fixture
def user_segments(phantom):
    """What the user has drawn already."""
    return add_segments(phantom, {"Drawn": truth("Small ball"), "Other": truth("Big ball")}, "Mine")


# --- what happens meanwhile ---


def scene_is_closed(panel, phantom, segmentation):
    slicer.mrmlScene.Clear(0)


def volume_is_deleted(panel, phantom, segmentation):
    slicer.mrmlScene.RemoveNode(phantom)


def segmentation_is_deleted(panel, phantom, segmentation):
    slicer.mrmlScene.RemoveNode(segmentation)


def segment_is_removed(panel, phantom, segmentation):
    contents = segmentation.GetSegmentation()
    contents.RemoveSegment(contents.GetNthSegmentID(0))


def volume_is_moved(panel, phantom, segmentation):
    transform = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "Moved")
    phantom.SetAndObserveTransformNodeID(transform.GetID())
    array = np.eye(4)
    array[:3, 3] = 5, -4, 3
    transform.SetMatrixTransformToParent(slicer.util.vtkMatrixFromArray(array))


def module_goes_away(panel, phantom, segmentation):
    threading.Timer(0.1, panel.gate.free.set).start()  # it waits for its worker
    panel.leave()
    panel.module.unload()


HARM = (
    scene_is_closed,
    volume_is_deleted,
    segmentation_is_deleted,
    segment_is_removed,
    volume_is_moved,
    module_goes_away,
)


def do_harm(harm, panel, phantom, segmentation, gate) -> None:
    """Do it, let the worker go, wait for its end; then nothing of it may be found."""
    before = masks_of(segmentation)
    volumes = slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLScalarVolumeNode")
    panel.gate = gate
    gate.wait_until_reached()
    harm(panel, phantom, segmentation)
    slicer.app.processEvents()
    gate.free.set()
    if harm is not module_goes_away:
        worker = panel.widget.panel.services.worker
        panel.user.wait_until(lambda: not worker.busy, LIMIT_S)
        panel.leave()
    assert names_of(DRAWN) == [], harm
    if harm is scene_is_closed:
        assert names_of(KEPT) == []
    assert slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLScalarVolumeNode") <= volumes
    check_segments(harm, segmentation, before)


def check_segments(harm, segmentation, before) -> None:
    """Nobody wrote into what the user has drawn."""
    if harm in (scene_is_closed, segmentation_is_deleted):
        assert segmentation.GetScene() is None
        return
    after = masks_of(segmentation)
    gone = {next(iter(before))} if harm is segment_is_removed else set()
    assert after.keys() == before.keys() - gone
    for name, mask in after.items():
        np.testing.assert_array_equal(mask, before[name])


def masks_of(segmentation) -> dict[str, np.ndarray]:
    """The voxels of every segment by its name."""
    contents = segmentation.GetSegmentation()
    return {
        contents.GetSegment(each).GetName(): slicer.util.arrayFromSegmentInternalBinaryLabelmap(
            segmentation, each
        ).copy()
        for each in contents.GetSegmentIDs()
    }


def names_of(classes) -> list[str]:
    """Nodes with something in them: a removed outline may leave its empty node for the next."""
    nodes = [node for each in classes for node in slicer.util.getNodesByClass(each)]
    return [node.GetName() for node in nodes if not _is_slice_model(node)]


def _is_slice_model(node) -> bool:
    is_model = node.IsA("vtkMRMLModelNode")
    return is_model and (node.GetName().endswith("Volume Slice") or node.GetHideFromEditors())


# --- held networks and models ---


class HeldSegmenting(HeldNetwork):
    """Stops at a gate in `embed` once it is armed."""

    def __init__(self, gate: Gate) -> None:
        super().__init__()
        self.release()
        self.gate, self.armed = gate, False

    def embed(self, image, window="auto"):
        if self.armed:
            self.gate()
        return super().embed(image, window)


class HeldAlternatives(HeldSegmenting, NestedAlternatives):
    """Stops also in the making of alternatives."""

    in_embedding = True

    def embed(self, image, window="auto"):
        if self.in_embedding:
            return super().embed(image, window)
        return NestedAlternatives.embed(self, image, window)

    def hypotheses(self, *arguments, **named):
        if self.armed and not self.in_embedding:
            self.gate()
        return NestedAlternatives.hypotheses(self, *arguments, **named)


class HeldJudge(HeldSegmenting, KnownJudge):
    def __init__(self, gate: Gate) -> None:
        HeldSegmenting.__init__(self, gate)
        KnownJudge.__init__(self)


class HeldDownload(StandInModels):
    """The weights come by a download that stops at a gate."""

    def __init__(self, network, gate: Gate) -> None:
        super().__init__(network)
        self.gate, self.here = gate, True

    def usable(self):
        from MedSAMLib.sam import find_entry

        return [find_entry("medsam")]

    def is_here(self, choice) -> bool:
        return self.here

    def download(self, choice, task) -> None:
        task.progress(0.5)
        self.gate()
        task.checkpoint()
        self.here = True


@pytest.mark.parametrize("harm", HARM)
class TestSegment:
    @pytest.fixture
    def network(self, gate):
        return HeldSegmenting(gate)

    @pytest.fixture
    def models(self, network, gate):
        return HeldDownload(network, gate)

    @pytest.fixture
    def segmenting(self, panel, user_segments):
        show_only("Red")
        panel.wait_until_ready()
        panel.parameters.segmentation = user_segments
        panel.parameters.segmentID = user_segments.GetSegmentation().GetNthSegmentID(0)
        panel.wait_until_ready()
        panel.user.wait_until(lambda: not panel.is_working)
        return panel

    def test_embedding(self, segmenting, phantom, user_segments, network, gate, harm):
        network.armed = True
        look_at("Red", BIG + (0, 0, 6))
        do_harm(harm, segmenting, phantom, user_segments, gate)

    def test_propagation(self, segmenting, phantom, user_segments, network, gate, harm):
        box_around(segmenting, "Red", BIG, BIG_RADIUS)
        segmenting.wait_for_mask()
        segmenting.user.wait_until(lambda: not segmenting.is_working)
        network.armed = True
        segmenting.click("propagateButton")
        do_harm(harm, segmenting, phantom, user_segments, gate)

    def test_download(self, segmenting, phantom, user_segments, models, gate, harm):
        models.here = False
        segmenting.leave()
        segmenting.open()
        segmenting.wait_for("are not on this computer")
        segmenting.click("actionButton")
        do_harm(harm, segmenting, phantom, user_segments, gate)


@pytest.mark.parametrize("harm", HARM)
class TestHypotheses:
    @pytest.fixture
    def network(self, gate):
        return HeldAlternatives(gate)

    @pytest.fixture
    def hypotheses_models(self, network, gate):
        return HeldDownload(network, gate)

    @pytest.fixture
    def browsing(self, browser, user_segments):
        browser.wait_until_ready()
        browser.parameters.segmentation = user_segments
        browser.user.wait_until(lambda: not browser.is_working)
        return browser

    @pytest.mark.parametrize("in_embedding", [True, False], ids=["embedding", "generating"])
    def test_alternatives(
        self, browsing, phantom, user_segments, network, gate, harm, in_embedding
    ):
        make_alternatives(browsing)
        browsing.user.wait_until(lambda: not browsing.is_working)
        network.armed, network.in_embedding = True, in_embedding
        if in_embedding:
            look_at("Red", BIG + (0, 0, 6))
        else:
            browsing.key("H")
        do_harm(harm, browsing, phantom, user_segments, gate)

    def test_range_of_slices(self, browsing, phantom, user_segments, network, gate, harm):
        make_alternatives(browsing)
        browsing.user.wait_until(lambda: not browsing.is_working)
        network.armed, network.in_embedding = True, False
        browsing.unfold("rangeButton")
        browsing.ui.rangeWidget.setValues(18, 24)
        slicer.app.processEvents()
        browsing.click("generateRangeButton")
        do_harm(harm, browsing, phantom, user_segments, gate)

    def test_download(self, browsing, phantom, user_segments, hypotheses_models, gate, harm):
        hypotheses_models.here = False
        browsing.leave()
        browsing.open()
        browsing.wait_for("are not on this computer")
        browsing.click("actionButton")
        do_harm(harm, browsing, phantom, user_segments, gate)


@pytest.mark.parametrize("harm", HARM)
class TestQuality:
    @pytest.fixture
    def judge(self, gate):
        return HeldJudge(gate)

    @pytest.fixture
    def models(self, judge):
        return StandInModels(judge)

    def test_judging(self, review, phantom, balls, judge, gate, harm):
        judge.armed = True
        review.click("judgeButton")
        do_harm(harm, review, phantom, balls, gate)

    def test_search_for_missed_objects(self, review, phantom, balls, gate, harm, monkeypatch):
        review.judge()
        search = jobs.search

        def held(*arguments, **named):
            gate()
            return search(*arguments, **named)

        monkeypatch.setattr(jobs, "search", held)
        review.unfold("missedButton")
        review.click("searchAllButton")
        do_harm(harm, review, phantom, balls, gate)

    def test_export(self, review, phantom, balls, gate, harm, monkeypatch):
        review.judge()
        write = exporting.to_html

        def held(*arguments, **named):
            gate()
            return write(*arguments, **named)

        monkeypatch.setattr(exporting, "to_html", held)
        review.unfold("exportButton")
        review.click("htmlButton")
        do_harm(harm, review, phantom, balls, gate)


class HeldUpsampler(HeldSegmenting, KnownUpsampler):
    def __init__(self, gate: Gate) -> None:
        HeldSegmenting.__init__(self, gate)
        KnownUpsampler.__init__(self)


# With a segment gone or the volume moved it goes on to its end, and its result is kept.
@pytest.mark.parametrize(
    "harm", [each for each in HARM if each not in (segment_is_removed, volume_is_moved)]
)
class TestUpsample:
    @pytest.fixture
    def upsampling_models(self, gate):
        network = HeldUpsampler(gate)
        network.armed = True
        return StandInModels(network)

    def test_upsampling(self, upsampling, phantom, ball_segments, gate, harm):
        upsampling.click("upsampleButton")
        do_harm(harm, upsampling, phantom, ball_segments, gate)
