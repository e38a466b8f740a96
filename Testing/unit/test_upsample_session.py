"""The states of upsampling, without Slicer and without a network."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from MedSAMLib.errors import MedSAMError
from MedSAMLib.images import Volume
from MedSAMSlicerLib.self_test.bright_pixels import StandInModels
from MedSAMSlicerLib.self_test.known_upsampler import KnownUpsampler
from MedSAMSlicerLib.session.ports import ModelChoice
from MedSAMSlicerLib.session.prompts import Targets
from MedSAMSlicerLib.upsampling.grids import slicing_axis
from MedSAMSlicerLib.upsampling.ports import (
    Chosen,
    Collaborators,
    DrawnSlice,
    Found,
    Request,
    Subject,
)
from MedSAMSlicerLib.upsampling.session import UpsampleSession
from MedSAMSlicerLib.upsampling.status import Stage
from Testing.unit.session_fakes import AFFINE as SLICES_AFFINE
from Testing.unit.session_fakes import FakeRunner, FakeSlices, ras

AFFINE = np.diag([-1.0, -1.0, 3.0, 1.0])
SQUARE = (slice(1, 4), slice(8, 20), slice(6, 22))


@dataclass
class FakeScene:
    """Stands for reader and results; remembers what was put into it."""

    error: str = ""
    found: Found | None = None
    hidden: int = 0
    asked: list[Chosen] = field(default_factory=list)

    def read(self, chosen: Chosen) -> Subject:
        self.asked.append(chosen)
        if self.error:
            raise MedSAMError(self.error)
        image = np.zeros((5, 32, 32), np.uint8)
        image[SQUARE] = 200
        labels = np.zeros(image.shape, np.uint16)
        labels[SQUARE] = 1
        return Subject(image, AFFINE, None, labels, ("a", "b"), ("First", "Empty"), ("a", "b"))

    @property
    def exists(self) -> bool:
        return self.found is not None

    def put(self, subject: Subject, found: Found) -> None:
        if self.error:
            raise MedSAMError(self.error)
        self.found = found

    def remove(self) -> None:
        self.found = None

    def hide(self) -> None:
        self.hidden += 1


@dataclass
class FakeDrawn:
    """Reads the axial slices of `FakeSlices`."""

    slices: FakeSlices

    def read(self, targets: Targets) -> DrawnSlice:
        volume = Volume(self.slices.array, SLICES_AFFINE)
        index = round(targets[0].slice.plane.affine[2, 3])
        window = self.slices.window()
        return DrawnSlice(volume, "axial", index, targets, window, SLICES_AFFINE)


class Desk:
    """A session with its stand-ins, opened on a segmentation."""

    def __init__(self) -> None:
        self.scene, self.runner = FakeScene(), FakeRunner()
        self.models = StandInModels(KnownUpsampler())
        self.slices = FakeSlices()
        self.session = UpsampleSession(
            Collaborators(
                self.runner,
                self.models,
                self.scene,
                self.scene,
                self.slices,
                FakeDrawn(self.slices),
            )
        )
        self.session.enter(True)
        self.session.set_volume("volume")
        self.session.set_segmentation("segmentation")


@pytest.fixture
def desk():
    return Desk()


def test_it_waits_for_what_is_missing(desk, monkeypatch):
    session = desk.session
    session.set_volume("")
    assert session.status.stage is Stage.NO_VOLUME
    session.set_volume("volume")
    session.set_segmentation("")
    assert session.status.stage is Stage.NO_SEGMENTATION
    session.set_segmentation("segmentation")
    session.enter(False)
    assert session.status.stage is Stage.NO_NETWORK
    session.enter(True)
    monkeypatch.setattr(desk.models, "is_here", lambda choice: choice.name == "starter")
    session.set_model(ModelChoice("medsam"))
    assert session.status.stage is Stage.NO_MODEL
    assert not session.can_run
    session.set_model(ModelChoice("starter"))
    assert session.status.stage is Stage.READY


def test_segments_are_upsampled_and_compared(desk):
    desk.session.run(Request())
    assert desk.session.status.stage is Stage.LOADING
    desk.runner.run_all()
    assert desk.session.status.stage is Stage.DONE
    (part,) = desk.scene.found.parts  # the other segment is empty
    assert (part.segment_id, part.name) == ("a", "First")
    assert desk.scene.found.grid.shape == (5, 64, 64)
    assert [row.method for row in part.comparisons] == [
        *("nearest", "linear", "smoothed", "interpolated")
    ]
    nearest, *_others, network = part.comparisons
    assert nearest.volume_mm3 == 3 * 12 * 16 * 3
    assert network.volume_mm3 == pytest.approx(nearest.volume_mm3, rel=0.05)


def test_progress_is_told_in_slices(desk):
    told = []
    desk.session.changed.connect(lambda: told.append(desk.session.status))
    desk.session.run(Request(through_plane=True))
    desk.runner.run_all()
    working = [(s.done, s.total) for s in told if s.stage is Stage.UPSAMPLING]
    assert working[-1] == (3, 3)


def test_the_chosen_segments_are_read(desk):
    desk.session.run(Request(segment_ids=("a",)))
    assert desk.scene.asked == [Chosen(("a",))]


def test_what_cannot_be_read_is_a_sentence(desk):
    desk.scene.error = "They do not overlap."
    desk.session.run(Request())
    assert (desk.session.status.stage, desk.session.status.detail) == (
        Stage.FAILED,
        "They do not overlap.",
    )
    assert desk.runner.tasks == []


def test_what_cannot_be_put_is_a_sentence(desk):
    desk.session.run(Request())
    desk.scene.error = "The volume is gone."
    desk.runner.run_all()
    assert desk.session.status.detail == "The volume is gone."


def test_a_useless_factor_is_a_sentence(desk):
    desk.session.run(Request(scale=1.0))
    desk.runner.run_all()
    assert "makes nothing finer" in desk.session.status.detail


def test_far_objects_are_refused_before_the_network_is_loaded(desk, monkeypatch):
    """The maps take the box around all objects: here most of the volume, for two small ones."""
    free = 300 << 20
    monkeypatch.setattr("MedSAMLib.memory.available_bytes", lambda: free)
    labels = np.zeros((5, 32, 32), np.uint16)
    labels[0, :3, :3], labels[4, 29:, 29:] = 1, 2
    image = np.zeros(labels.shape, np.uint8)
    subject = Subject(image, AFFINE, None, labels, ("a", "b"), ("One", "Other"), ("a", "b"))
    monkeypatch.setattr(desk.scene, "read", lambda _chosen: subject)
    monkeypatch.setattr(desk.models, "load", lambda _choice: pytest.fail("was loaded"))
    desk.session.run(Request(scale=32.0))
    desk.runner.run_all()
    assert "choose a factor of at most" in desk.session.status.detail
    assert not desk.scene.exists


def test_cancelled_work_puts_nothing(desk):
    desk.session.run(Request())
    desk.session.cancel()
    assert desk.session.status.stage is Stage.CANCELLED
    assert desk.runner.waiting == []
    desk.session.resume()
    assert desk.session.status.stage is Stage.READY


def test_another_segmentation_gives_up_what_runs(desk):
    desk.session.run(Request())
    desk.session.set_segmentation("another")
    assert desk.runner.waiting == []
    assert desk.session.status.stage is Stage.READY


def test_a_result_is_taken_out(desk):
    desk.session.run(Request())
    desk.runner.run_all()
    assert desk.session.can_remove
    desk.session.remove()
    assert not desk.scene.exists
    assert desk.session.status.stage is Stage.READY
    assert not desk.session.can_remove


def test_leaving_stops_and_hides(desk):
    desk.session.run(Request())
    desk.session.leave()
    assert desk.runner.waiting == []
    assert desk.scene.hidden == 1


class TestDrawn:
    """An object in a box or under a click, on the slice that is looked at."""

    @pytest.fixture(autouse=True)
    def from_drawn(self, desk):
        desk.session.set_segmentation("")
        desk.session.set_from_drawn(True)

    def draw(self, desk, start: int = 4) -> None:
        """A box around a bright square of 6 pixels."""
        desk.session.add_box("Red", ras(start - 2, 2, 5), ras(start + 8, 12, 5))

    def test_it_waits_for_something_on_the_shown_slice(self, desk):
        assert desk.session.status.stage is Stage.NOTHING_DRAWN
        self.draw(desk)
        assert desk.session.status.stage is Stage.READY
        desk.slices.index = 6
        desk.session.view_changed()
        assert desk.session.status.stage is Stage.NOTHING_DRAWN
        assert not desk.session.can_run
        desk.slices.index = 5
        assert desk.session.can_run

    def test_a_click_beside_an_object_does_not_say_what_is_meant(self, desk):
        desk.session.add_point("Red", ras(10, 10, 5), positive=False)
        assert desk.session.status.stage is Stage.NOTHING_DRAWN

    def test_what_is_drawn_beside_the_image_is_nothing(self, desk):
        desk.session.add_box("Beside", ras(2, 2, 5), ras(12, 12, 5))
        desk.session.add_point("Red", ras(-20, 4, 5), positive=True)
        assert desk.session.history.targets == ()

    def test_the_object_in_the_box_is_drawn_finer_and_compared(self, desk):
        self.draw(desk)
        desk.session.run(Request(scale=4.0))
        desk.runner.run_all()
        assert desk.session.status.stage is Stage.DONE
        (part,) = desk.scene.found.parts
        assert desk.scene.found.grid.shape == (10, 128, 128)
        assert part.upsampled.everywhere().sum() == 24 * 24
        assert part.upsampled.extent[0] == slice(5, 6)
        assert [row.volume_mm3 for row in part.comparisons][::3] == [36, 36]

    def test_a_click_means_the_part_under_it(self, desk):
        desk.session.add_point("Red", ras(22, 22, 5), positive=True)
        desk.session.run(Request(scale=2.0))
        desk.runner.run_all()
        (part,) = desk.scene.found.parts
        assert part.upsampled.extent[1:] == (slice(40, 52), slice(40, 52))

    def test_where_nothing_is_found_it_is_said_and_nothing_put(self, desk):
        desk.session.add_box("Red", ras(12, 12, 5), ras(18, 18, 5))
        desk.session.run(Request())
        desk.runner.run_all()
        assert "found nothing there" in desk.session.status.detail
        assert not desk.scene.exists
        self.draw(desk)
        assert desk.session.status.stage is Stage.READY, "another box is a new beginning"

    def test_undo_takes_back_what_was_last(self, desk):
        self.draw(desk)
        desk.session.run(Request())
        desk.runner.run_all()
        desk.session.add_point("Red", ras(5, 5, 5), positive=True)
        assert desk.session.status.stage is Stage.READY
        desk.session.undo()
        assert desk.scene.exists, "the click was later than the result"
        desk.session.undo()
        assert not desk.scene.exists, "then the result"
        desk.session.undo()
        assert desk.session.history.targets == (), "then the box"
        desk.session.redo()
        assert desk.session.status.stage is Stage.READY

    def test_what_is_drawn_belongs_to_its_volume(self, desk):
        self.draw(desk)
        desk.session.set_volume("another")
        assert desk.session.history.targets == ()


def test_auto_looks_across_the_largest_spacing():
    thick_slices = {"axial": [1, 1, 3], "coronal": [1, 3, 1], "sagittal": [3, 1, 1]}
    for name, steps in thick_slices.items():
        volume = Volume(np.zeros((4, 4, 4)), np.diag([*steps, 1.0]))
        assert slicing_axis(volume, "auto") == name
        assert slicing_axis(volume, "axial") == "axial"
