"""The browser of alternatives over many slices, and what it does when the network fails."""

from __future__ import annotations

import pytest

from MedSAMLib.errors import MedSAMError
from MedSAMSlicerLib.hypotheses.notes import Kind
from MedSAMSlicerLib.self_test.known_alternatives import NestedAlternatives
from MedSAMSlicerLib.session.status import Stage
from Testing.unit.hypotheses_fakes import FIRST, Desk, make
from Testing.unit.session_fakes import key_of


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
def session(desk):
    return desk.open()


class TestManySlices:
    def test_the_same_prompt_goes_to_all_and_next_goes_on_from_slice_to_slice(self, desk, session):
        make(desk)
        session.generate_range(4, 6)
        desk.runner.run_all()
        assert [key.plane.affine[2, 3] for key in session.sets] == [5, 4, 6]
        session.accept()
        assert session.next_slice() == key_of(6)
        desk.slices.index = 6
        session.view_changed()
        session.accept()
        assert session.next_slice() == key_of(4)
        desk.slices.index = 4
        session.view_changed()
        session.accept()
        assert session.next_slice() is None

    def test_the_box_of_the_segment_is_another_one_on_every_slice(self, desk):
        desk.source.boxes = {3: (3, 3, 11, 11), 4: (19, 19, 27, 27), 6: (3, 3, 11, 11)}
        session = desk.open()
        assert session.status.stage is Stage.NEEDS_PROMPT
        session.generate_range(0, 9)
        desk.runner.run_all()
        assert sorted(round(key.plane.affine[2, 3]) for key in session.sets) == [3, 4, 6]
        assert session.sets[key_of(4)].hypotheses.masks[0][22, 22]
        assert session.sets[key_of(3)].hypotheses.masks[0][6, 6]

    def test_without_any_prompt_it_says_why(self, desk, session):
        session.generate_range(0, 9)
        assert session.note.kind is Kind.NO_PROMPT_FOR_RANGE
        desk.source.boxes = {}
        session.generate_range(0, 9)
        assert session.note.kind is Kind.NO_SEGMENT_IN_RANGE
        session.generate()
        assert session.note.kind is Kind.NO_SEGMENT_HERE

    def test_cancelling_drops_what_was_made_stopping_keeps_it(self, desk, session):
        make(desk)
        before = dict(session.sets)
        session.generate_range(2, 7)
        desk.models.network.stop_after(2, session.cancel)
        desk.runner.run_all()
        assert session.status.stage is Stage.CANCELLED
        assert session.sets == before
        session.resume()
        session.generate_range(2, 7)
        desk.models.network.stop_after(2, session.stop)
        desk.runner.run_all()
        assert session.sets.keys() == {key_of(2), key_of(3), key_of(5)}

    @pytest.fixture
    def desk(self):
        desk = Desk()
        desk.models.network = StoppingNetwork()
        return desk


class StoppingNetwork(NestedAlternatives):
    """Calls back in the middle of a range."""

    def __init__(self) -> None:
        self._left, self._then = -1, None

    def stop_after(self, count, then) -> None:
        self._left, self._then = count, then

    def hypotheses(self, *arguments, **prompts):
        if self._left == 0:
            self._then()
        self._left -= 1
        return super().hypotheses(*arguments, **prompts)


class TestFailures:
    class Failing(NestedAlternatives):
        error: Exception | None = MedSAMError("There is not enough memory.")

        def hypotheses(self, *arguments, **prompts):
            if self.error:
                raise self.error
            return super().hypotheses(*arguments, **prompts)

    def test_trying_again_makes_what_was_wanted(self, desk):
        desk.models.network = self.Failing()
        session = desk.open()
        make(desk)
        assert session.status.stage is Stage.FAILED
        assert session.status.detail == "There is not enough memory."
        desk.models.network.error = None
        session.resume()
        desk.runner.run_all()
        assert session.status.stage is Stage.CHOOSING

    def test_a_cancelled_one_is_not_tried_again(self, desk, session):
        session.add_box("Red", *FIRST)
        session.cancel()
        assert session.status.stage is Stage.CANCELLED
        session.resume()
        desk.runner.run_all()
        assert session.status.stage is Stage.CAN_GENERATE
