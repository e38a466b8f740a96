"""Going through the objects that the segmentation may lack."""

from __future__ import annotations

from MedSAMLib.errors import MedSAMError

from . import jobs
from .ports import Display, Outlines, Request, Segments, Subject
from .suggestions import Answer, Suggested, Suggestions
from .workbench import Work, Workbench


class MissedObjects:
    """Looks for them, shows them one by one, and adds those that the reviewer accepts."""

    def __init__(self, bench: Workbench, display: Display, segments: Segments) -> None:
        self.list = Suggestions()
        self.was_searched = False
        self._bench, self._display, self._segments = bench, display, segments
        self._array_axis = 0
        self._accepted: list[int] = []

    def clear(self) -> None:
        """Another segmentation is reviewed."""
        self.list, self.was_searched = Suggestions(), False
        self.forget()

    def forget(self) -> None:
        """From here on what was accepted cannot be taken back here."""
        self._accepted = []
        self._segments.forget()

    def search(self, judge: jobs.Judge, subject: Subject, request: Request) -> None:
        """Look in the slices of the request."""

        def done(found: tuple[int, list[Suggested]]) -> None:
            self._array_axis, suggested = found
            self.list, self.was_searched = Suggestions(suggested), True
            self._accepted = []
            self.select(0)

        self._bench.start(
            Work.SEARCHING, lambda task: jobs.search(judge, subject, request, task), done
        )

    def select(self, index: int) -> None:
        """Show a suggestion in the views; -1 for none."""
        self.list.selected = index if index < len(self.list) else -1
        current = self.list.current
        if current is None:
            self._display.clear_outlines()
            return
        self._display.go_to(self._array_axis, current.slice, current.box)
        self._display.show(self._array_axis, current.slice, Outlines(box=current.mask))

    @property
    def can_undo(self) -> bool:
        """Whether an accepted one can be taken back."""
        return bool(self._accepted)

    def accept(self) -> None:
        """Add the selected one as a new segment."""
        if not self.list.current_is_open:
            return
        try:
            self._segments.add(self.list.current, self._array_axis)
        except MedSAMError as error:
            self._bench.fail(str(error))
            return
        self._accepted.append(self.list.selected)
        self._answer(Answer.ACCEPTED)

    def dismiss(self) -> None:
        """The selected one is none."""
        if self.list.current_is_open:
            self._answer(Answer.DISMISSED)

    def undo(self) -> None:
        """Take the segment that was added last out again."""
        if self._accepted:
            self._segments.undo()
            self.list.selected = self._accepted.pop()
            self.list.answer(Answer.OPEN)
            self.select(self.list.selected)

    def _answer(self, answer: Answer) -> None:
        self.list.answer(answer)
        self.select(self.list.next_open())
