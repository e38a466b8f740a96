"""The states of the browser of alternatives, without Slicer and without a network."""

from __future__ import annotations

import numpy as np
import pytest

from MedSAMSlicerLib.hypotheses.notes import Kind
from MedSAMSlicerLib.hypotheses.request import Request
from MedSAMSlicerLib.self_test.known_alternatives import nested
from MedSAMSlicerLib.session.ports import ModelChoice
from MedSAMSlicerLib.session.status import Stage
from Testing.unit.hypotheses_fakes import FIRST, SECOND, Desk, FakeSource, make
from Testing.unit.session_fakes import bright_squares, key_of, ras


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
def session(desk):
    return desk.open()


def test_it_waits_for_what_is_missing(desk):
    session = desk.session
    assert session.status.stage is Stage.NO_NETWORK
    session.enter(network_installed=True)
    assert session.status.stage is Stage.NO_VOLUME
    session.set_volume("volume")
    assert session.status.stage is Stage.NO_MODEL
    session.set_model(ModelChoice("starter"))
    assert session.status.stage is Stage.LOADING
    desk.runner.run_all()
    assert session.status.stage is Stage.NEEDS_PROMPT
    session.view_changed("Beside")
    assert session.status.stage is Stage.NOT_SHOWN


def test_a_box_makes_alternatives_and_the_medoid_is_chosen(desk, session):
    session.add_box("Red", *FIRST)
    assert session.status.stage is Stage.GENERATING
    desk.runner.run_all()
    assert session.status.stage is Stage.CHOOSING
    found = session.current
    square = np.zeros((32, 32), bool)
    square[4:10, 4:10] = True
    np.testing.assert_array_equal(found.hypotheses.masks, nested(square, 4))
    assert found.chosen == found.hypotheses.medoid
    assert desk.display.sets == {key_of(5): found}
    assert desk.target.written == []


def test_a_prompt_that_is_drawn_before_the_network_is_loaded_is_not_lost(desk):
    session = desk.session
    session.set_model(ModelChoice("starter"))
    session.set_volume("volume")
    session.enter(network_installed=True)
    session.add_box("Red", *FIRST)
    desk.runner.run_all()
    assert session.status.stage is Stage.CHOOSING


def test_a_new_box_replaces_the_alternatives_of_its_slice(desk, session):
    make(desk)
    found = make(desk, SECOND)
    assert found.hypotheses.masks[0][22, 22]
    assert not found.hypotheses.masks[0][6, 6]
    assert len(session.sets) == 1


def test_other_settings_hold_for_the_next_alternatives(desk, session):
    session.request = Request(count=7, method="perturbation", seed=3)
    found = make(desk)
    assert len(found.alternatives) == 7
    assert found.request == Request(7, "perturbation", 3)
    assert found.hypotheses.method == "perturbation"


def test_without_at_once_they_are_made_when_told(desk, session):
    session.automatic = False
    session.add_box("Red", *FIRST)
    desk.runner.run_all()
    assert session.status.stage is Stage.CAN_GENERATE
    session.generate()
    desk.runner.run_all()
    assert session.status.stage is Stage.CHOOSING
    session.add_box("Red", *SECOND)
    assert session.is_outdated
    session.generate()
    desk.runner.run_all()
    assert not session.is_outdated


def test_a_negative_point_alone_is_not_enough(desk, session):
    session.add_point("Red", ras(6, 6, 5), positive=False)
    desk.runner.run_all()
    assert session.status.stage is Stage.NEEDS_POSITIVE
    session.generate()
    assert session.note.kind is Kind.NO_DRAWN_PROMPT


class TestBrowsing:
    def test_the_last_is_followed_by_the_first(self, desk, session):
        found = make(desk)
        session.choose(3)
        session.browse(1)
        assert found.chosen == 0
        session.browse(-1)
        assert found.chosen == 3
        assert desk.display.current is found

    def test_best_first_goes_by_rank(self, desk, session):
        found = make(desk)
        session.best_first = True
        seen = []
        for _step in found.alternatives:
            seen.append(found.chosen)
            session.browse(1)
        assert seen == found.hypotheses.ranking.tolist()

    @pytest.mark.parametrize("index", [-1, 4, 99])
    def test_a_number_that_there_is_not_means_nothing(self, desk, session, index):
        found = make(desk)
        before, revision = found.chosen, session.revision
        session.choose(index)
        assert (found.chosen, session.revision) == (before, revision)

    def test_without_alternatives_nothing_happens(self, desk, session):
        for act in (
            lambda: session.browse(1),
            lambda: session.choose(0),
            session.toggle_mark,
            lambda: session.merge("union"),
            lambda: session.merge_all("union"),
            session.accept,
            session.next_slice,
            session.undo,
        ):
            act()
        assert session.sets == {}
        assert desk.target.written == []

    def test_scrolling_leaves_them_and_coming_back_finds_them(self, desk, session):
        found = make(desk)
        desk.slices.index = 6
        session.view_changed()
        assert session.current is None
        assert session.status.stage in (Stage.EMBEDDING, Stage.NEEDS_PROMPT)
        desk.slices.index = 5
        session.view_changed()
        assert session.current is found


class TestMerging:
    def test_two_marks_are_needed(self, desk, session):
        make(desk)
        session.toggle_mark(1)
        session.merge("union")
        assert session.note.kind is Kind.MARK_TWO

    def test_the_union_is_one_more_candidate_and_the_same_is_made_once(self, desk, session):
        found = make(desk)
        session.toggle_mark(1)
        session.toggle_mark(3)
        session.merge("intersection")
        session.merge("intersection")
        assert [each.number for each in found.combined] == ["2+4"]
        np.testing.assert_array_equal(found.candidate.mask, found.hypotheses.masks[3])
        session.merge_all("union")
        assert found.candidate.number == "1+2+3+4"
        np.testing.assert_array_equal(found.candidate.mask, found.hypotheses.masks[0])

    def test_a_mark_goes_by_the_same_key_and_a_combination_has_none(self, desk, session):
        found = make(desk)
        session.toggle_mark(2)
        session.toggle_mark(2)
        assert found.marked == set()
        session.merge_all("union")
        session.toggle_mark()
        assert found.marked == set()


class TestAccepting:
    def test_the_chosen_mask_is_written_with_its_row(self, desk, session):
        found = make(desk)
        session.choose(1)
        desk.target.reader = "Anna"
        assert session.accept()
        ((name, mask),) = desk.target.written
        assert name == "Object"
        np.testing.assert_array_equal(mask, found.hypotheses.masks[1])
        assert desk.book.rows == [("2", "", "Anna")]
        assert session.note.text == "written to Object"

    def test_the_same_segment_gets_one_choice_of_a_slice_another_one_its_own(self, desk, session):
        make(desk)
        session.accept()
        session.choose(1)
        assert not session.accept()
        assert session.note.kind is Kind.ACCEPTED_ALREADY
        desk.target.name = "Object - Bob"
        assert session.accept()
        assert len(desk.book.rows) == 2

    def test_what_was_taken_out_elsewhere_can_be_accepted_again(self, desk, session):
        make(desk)
        session.accept()
        desk.target.written.clear()  # by the Segment Editor's undo
        assert session.accept()

    def test_a_refusal_writes_no_row(self, desk, session):
        make(desk)
        desk.target.problem = "The editable area lets nothing through."
        assert not session.accept()
        assert session.note.text == desk.target.problem
        assert desk.book.rows == []
        assert session.status.stage is Stage.CHOOSING

    def test_an_empty_alternative_cannot_be_accepted(self, desk, session):
        session.request = Request(count=16)
        found = make(desk)
        empty = int(np.flatnonzero(found.hypotheses.areas == 0)[0])
        session.choose(empty)
        assert not session.can_accept
        assert not session.accept()


class TestUndo:
    def test_accepted_masks_and_prompts_go_in_the_order_they_came(self, desk, session):
        make(desk)
        session.accept()
        desk.target.name = "Other"
        make(desk, SECOND)
        session.accept()
        session.undo()
        assert [name for name, _mask in desk.target.written] == ["Object"]
        assert len(desk.book.rows) == 1
        session.undo()  # the second box
        desk.runner.run_all()
        assert session.current.hypotheses.masks[0][6, 6]
        assert len(desk.target.written) == 1
        session.undo()
        assert desk.target.written == desk.book.rows == []
        session.undo()
        assert not session.can_undo
        assert session.sets == {}

    def test_after_leaving_only_prompts_are_undone(self, desk, session):
        make(desk)
        session.accept()
        session.leave()
        session.enter(network_installed=True)
        session.undo()
        assert len(desk.target.written) == len(desk.book.rows) == 1
        assert session.history.targets == ()

    def test_an_undone_prompt_can_be_drawn_again(self, desk, session):
        make(desk)
        session.undo()
        assert session.current is None
        session.redo()
        desk.runner.run_all()
        assert session.current is not None

    def test_discarding_keeps_what_was_accepted(self, desk, session):
        make(desk)
        session.accept()
        session.discard()
        assert session.sets == {}
        assert not session.has_work
        assert len(desk.target.written) == 1
        session.undo()
        assert desk.target.written == []


def test_another_volume_drops_everything(desk, session):
    make(desk)
    session.set_volume("other")
    assert session.sets == {}
    assert session.history.targets == ()
    assert desk.display.sets == {}


def test_what_is_being_made_while_the_volume_is_moved_is_made_anew(desk, session):
    session.add_box("Red", *FIRST)
    session.image_changed()
    assert session.current is None
    desk.runner.run_all()
    assert session.status.stage is Stage.CHOOSING


def test_a_cancelled_making_stays_cancelled_when_the_volume_is_moved(desk, session):
    session.add_box("Red", *FIRST)
    session.cancel()
    session.image_changed()
    desk.runner.run_all()
    assert session.current is None


def test_leaving_stops_and_hides_and_coming_back_shows(desk, session):
    found = make(desk)
    session.leave()
    assert desk.display.sets == {}
    session.enter(network_installed=True)
    assert desk.display.current is found


def test_a_saved_scene_goes_on_with_its_alternatives(desk, session):
    found = make(desk)
    targets = session.history.targets
    other = Desk()
    other.open().restore(targets, [found])
    assert other.session.current is found
    assert other.session.status.stage is Stage.CHOOSING
    assert other.runner.waiting == []


def test_prompts_of_another_module_make_alternatives(desk, session):
    make(desk)
    other = Desk()
    other.open().restore(session.history.targets)
    other.runner.run_all()
    assert other.session.current is not None


def test_a_segment_that_is_chosen_as_prompt_is_not_made_at_once(desk):
    desk.source = FakeSource({5: (3, 3, 11, 11)})
    desk.__post_init__()
    session = desk.open()
    assert session.status.stage is Stage.CAN_GENERATE
    assert bright_squares()[5, 4, 4] == 200
    session.generate()
    desk.runner.run_all()
    assert session.status.stage is Stage.CHOOSING
