"""The session: what runs when, what is shown, what is written."""

from __future__ import annotations

import numpy as np
import pytest

from MedSAMSlicerLib.session.ports import ModelChoice
from MedSAMSlicerLib.session.session import Collaborators, SegmentSession
from MedSAMSlicerLib.session.status import Stage
from Testing.unit.session_fakes import (
    FakeModels,
    FakePreview,
    FakeRunner,
    FakeSegments,
    FakeSlices,
    bright_squares,
    ras,
)

FIRST, SECOND = slice(4, 10), slice(20, 26)


class Bench:
    """A session with fakes around it."""

    def __init__(self, **models) -> None:
        self.runner, self.slices = FakeRunner(), FakeSlices()
        self.models, self.preview = FakeModels(**models), FakePreview()
        self.segments = FakeSegments()
        self.session = SegmentSession(
            Collaborators(self.runner, self.slices, self.models, self.preview, self.segments)
        )

    @property
    def stage(self) -> Stage:
        return self.session.status.stage

    def open(self) -> SegmentSession:
        self.session.set_volume("volume")
        self.session.set_model(ModelChoice("starter"))
        self.session.enter(network_installed=True)
        return self.session

    def draw_box(self, start: int = 2, stop: int = 12, index: int | None = None) -> None:
        index = self.slices.index if index is None else index
        self.session.add_box("Red", ras(start, start, index), ras(stop, stop, index))

    @property
    def shown(self) -> np.ndarray:
        """The one mask in the preview."""
        (mask,) = self.preview.masks
        return mask.mask


@pytest.fixture
def bench():
    """Opened, and all background work done."""
    bench = Bench()
    bench.open()
    bench.runner.run_all()
    return bench


def square(*places: slice) -> np.ndarray:
    mask = np.zeros((32, 32), bool)
    for place in places:
        mask[place, place] = True
    return mask


def test_the_stages_on_the_way_to_the_first_click():
    bench = Bench(here=False)
    session = bench.session
    stages = [bench.stage]
    session.enter(network_installed=True)
    stages.append(bench.stage)
    session.set_volume("volume")
    stages.append(bench.stage)
    session.set_model(ModelChoice("medsam"))
    stages.append(bench.stage)
    session.download()
    stages.append(bench.stage)
    bench.runner.run_one()
    stages.append(bench.stage)
    bench.runner.run_one()
    stages.append(bench.stage)
    bench.runner.run_one()
    stages.append(bench.stage)
    expected = "NO_NETWORK NO_VOLUME NO_MODEL NO_MODEL DOWNLOADING LOADING EMBEDDING READY"
    assert [stage.name for stage in stages] == expected.split()


def test_nothing_runs_before_the_module_is_opened():
    bench = Bench()
    bench.session.set_volume("volume")
    bench.session.set_model(ModelChoice("starter"))
    assert bench.runner.tasks == []


def test_the_shown_slice_is_embedded_first_and_then_its_neighbors():
    bench = Bench()
    bench.open()
    bench.runner.run_all()
    indices = [round(key.plane.affine[2, 3]) for key in bench.slices.read_keys]
    assert indices == [5, 6, 4, 7, 3, 8, 2]


def test_neighbors_in_the_direction_of_scrolling_are_embedded_first():
    bench = Bench()
    bench.open()
    bench.runner.run_one()
    bench.runner.run_one()  # the shown slice, 5
    bench.slices.read_keys.clear()
    bench.slices.index = 4
    bench.session.view_changed("Red")
    bench.runner.run_all()
    indices = [round(key.plane.affine[2, 3]) for key in bench.slices.read_keys]
    assert indices == [4, 3, 2, 1, 6, 7]  # 5 is ready


def test_a_neighbor_outside_the_volume_is_left_out():
    bench = Bench()
    bench.slices.index = 9
    bench.open()
    bench.runner.run_all()
    assert bench.stage is Stage.READY


def test_progress_of_the_embedding_is_told():
    bench = Bench()
    bench.open()
    bench.runner.run_one()  # loading
    bench.runner.waiting[0].progress(0.4)
    assert bench.session.status.progress == 0.4


def test_scrolling_embeds_what_is_looked_at_instead_of_a_neighbor():
    bench = Bench()
    bench.open()
    bench.runner.run_one()
    bench.runner.run_one()  # the shown slice; a neighbor is waiting now
    bench.slices.index = 1
    bench.session.view_changed("Red")
    assert bench.stage is Stage.EMBEDDING
    assert len(bench.runner.waiting) == 1


def test_a_box_becomes_a_preview_and_waits_for_a_decision(bench):
    bench.draw_box()
    assert bench.stage is Stage.SEGMENTING
    bench.runner.run_all()
    assert bench.stage is Stage.REVIEW
    np.testing.assert_array_equal(bench.shown, square(FIRST))
    assert bench.session.can_accept


def test_the_preview_knows_what_was_there_before_the_last_click(bench):
    bench.draw_box(2, 28)
    bench.runner.run_all()
    bench.session.add_point("Red", ras(22, 22, 5), positive=False)
    bench.runner.run_all()
    (shown,) = bench.preview.masks
    np.testing.assert_array_equal(shown.mask, square(FIRST))
    np.testing.assert_array_equal(shown.before, square(FIRST, SECOND))


def test_undo_and_redo_show_earlier_masks_without_asking_the_network(bench):
    bench.draw_box(2, 28)
    bench.runner.run_all()
    bench.session.add_point("Red", ras(22, 22, 5), positive=False)
    bench.runner.run_all()
    bench.session.undo()
    np.testing.assert_array_equal(bench.shown, square(FIRST, SECOND))
    bench.session.redo()
    np.testing.assert_array_equal(bench.shown, square(FIRST))
    assert bench.runner.tasks == []


def test_undoing_everything_shows_nothing(bench):
    bench.draw_box()
    bench.runner.run_all()
    bench.session.undo()
    assert bench.preview.masks == []
    assert bench.stage is Stage.READY


def test_a_negative_point_first_asks_for_the_object(bench):
    bench.session.add_point("Red", ras(6, 6, 5), positive=False)
    assert bench.stage is Stage.NEEDS_POSITIVE
    assert not bench.session.can_accept


@pytest.mark.parametrize("view", ["Red", "Beside"])
def test_clicks_beside_the_image_mean_nothing(bench, view):
    place = ras(60, 60, 5) if view == "Red" else ras(6, 6, 5)
    bench.session.add_point(view, place, positive=True)
    bench.session.add_box(view, place, ras(70, 70, 5))
    assert not bench.session.has_prompts


def test_accepting_writes_the_mask_and_starts_anew(bench):
    bench.draw_box()
    bench.runner.run_all()
    assert bench.session.accept()
    ((written,),) = bench.segments.written
    np.testing.assert_array_equal(written.mask, square(FIRST))
    assert bench.preview.masks == []
    assert bench.session.note == "written"
    assert not bench.session.has_prompts


def test_undo_after_accepting_takes_the_object_back(bench):
    bench.draw_box()
    bench.runner.run_all()
    bench.session.accept()
    bench.session.undo()
    assert bench.segments.written == []
    assert not bench.session.can_undo


def test_an_empty_mask_cannot_be_accepted(bench):
    bench.draw_box(12, 18)
    bench.runner.run_all()
    assert bench.stage is Stage.REVIEW
    assert not bench.session.accept()


def test_a_refusal_to_write_is_told_and_keeps_the_object(bench):
    bench.draw_box()
    bench.runner.run_all()
    bench.segments.problem = "The segmentation is locked."
    assert not bench.session.accept()
    assert bench.stage is Stage.FAILED
    assert bench.session.status.detail == "The segmentation is locked."
    assert bench.session.has_prompts


def test_discarding_leaves_nothing(bench):
    bench.draw_box()
    bench.runner.run_all()
    bench.session.discard()
    assert bench.preview.masks == []
    assert bench.segments.written == []
    assert bench.stage is Stage.READY


def test_the_next_object_accepts_and_goes_on_with_a_new_segment(bench):
    bench.draw_box()
    bench.runner.run_all()
    bench.session.next_object()
    assert len(bench.segments.written) == bench.segments.started == 1


def test_many_boxes_are_many_objects(bench):
    bench.session.set_separate(True)
    bench.draw_box(2, 12)
    bench.draw_box(18, 28)
    bench.runner.run_all()
    np.testing.assert_array_equal(bench.shown, square(FIRST, SECOND))
    bench.session.accept()
    masks = [written.mask for written in bench.segments.written[0]]
    np.testing.assert_array_equal(masks, [square(FIRST), square(SECOND)])
    assert bench.segments.separate == [True]


def test_another_window_asks_the_network_again(bench):
    bench.draw_box()
    bench.runner.run_all()
    bench.slices.level = 60.0
    bench.session.view_changed()
    assert bench.stage is Stage.SEGMENTING
    bench.runner.run_all()
    assert bench.stage is Stage.REVIEW


def test_a_click_on_a_slice_that_is_being_embedded_waits_for_it():
    bench = Bench()
    bench.open()
    bench.runner.run_one()
    bench.draw_box()
    assert bench.stage is Stage.EMBEDDING
    assert len(bench.runner.tasks) == 1
    bench.runner.run_all()
    assert bench.stage is Stage.REVIEW


def test_cancelling_an_embedding_stops_until_the_user_goes_on():
    bench = Bench()
    bench.open()
    bench.runner.run_one()
    bench.session.cancel()
    assert bench.stage is Stage.CANCELLED
    bench.session.view_changed()
    assert bench.runner.waiting == []
    bench.session.resume()
    bench.runner.run_all()
    assert bench.stage is Stage.READY


def test_a_failure_is_told_and_can_be_tried_again():
    bench = Bench(problem="The file is damaged.")
    bench.open()
    bench.runner.run_one()
    assert bench.stage is Stage.FAILED
    assert bench.session.status.detail == "The file is damaged."
    assert bench.runner.waiting == []
    bench.models.problem = ""
    bench.session.resume()
    bench.runner.run_all()
    assert bench.stage is Stage.READY


def test_leaving_stops_everything_and_coming_back_shows_the_object_again(bench):
    bench.draw_box()
    bench.runner.run_all()
    bench.session.leave()
    assert bench.preview.masks == []
    assert bench.runner.waiting == []
    bench.session.enter(network_installed=True)
    np.testing.assert_array_equal(bench.shown, square(FIRST))


def test_another_volume_drops_prompts_and_work(bench):
    bench.draw_box()
    bench.session.set_volume("")
    assert bench.stage is Stage.NO_VOLUME
    assert not bench.session.has_prompts
    assert bench.runner.waiting == []


def test_restored_prompts_get_their_masks_again(bench):
    bench.draw_box()
    bench.runner.run_all()
    targets = bench.session.history.targets
    other = Bench()
    other.open()
    other.session.restore(targets)
    other.runner.run_all()
    np.testing.assert_array_equal(other.shown, square(FIRST))


def test_propagation_previews_slice_by_slice_and_is_accepted_as_a_whole(bench):
    bench.draw_box()
    bench.runner.run_all()
    bench.session.propagate((0, 9))
    assert bench.stage is Stage.PROPAGATING
    bench.runner.run_all()
    found = {round(m.slice.plane.affine[2, 3]) for m in bench.preview.masks}
    assert found == {2, 3, 4, 5, 6, 7}
    assert {ending.index for ending in bench.session.endings} == {1, 8}
    bench.session.accept()
    total = sum(mask.mask.sum() for mask in bench.segments.written[0])
    assert total == (bright_squares()[:, FIRST, FIRST] > 0).sum()


def test_a_propagation_keeps_to_its_range(bench):
    bench.draw_box()
    bench.runner.run_all()
    bench.session.propagate((4, 6))
    bench.runner.run_all()
    assert len(bench.preview.masks) == 3
    assert list(bench.session.endings) == []


def test_cancelling_a_propagation_goes_back_to_the_one_slice(bench):
    bench.draw_box()
    bench.runner.run_all()
    bench.session.propagate((0, 9))
    bench.session.cancel()
    assert bench.stage is Stage.REVIEW
    np.testing.assert_array_equal(bench.shown, square(FIRST))


def test_stopping_a_propagation_keeps_what_it_found(bench):
    bench.draw_box()
    bench.runner.run_all()
    bench.session.propagate((0, 9))
    task, seen = bench.runner.waiting[0], []

    def stop_after_two(value) -> None:
        task.on_progress_before(value)
        seen.append(value)
        if len(seen) == 2:
            bench.session.stop_propagation()

    task.on_progress_before, task.on_progress = task.on_progress, stop_after_two
    bench.runner.run_one()
    assert len(bench.preview.masks) == 2
    assert bench.session.can_accept


def test_a_new_prompt_drops_what_was_propagated(bench):
    bench.draw_box()
    bench.runner.run_all()
    bench.session.propagate((4, 6))
    bench.runner.run_all()
    bench.session.add_point("Red", ras(6, 6, 5), positive=True)
    bench.runner.run_all()
    assert len(bench.preview.masks) == 1
    assert not bench.session.has_spread
