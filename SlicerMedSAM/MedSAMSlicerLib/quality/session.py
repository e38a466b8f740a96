"""The state machine behind the panel: a segmentation in, a list to review and decisions out.

It knows neither Slicer nor Qt: the collaborators of `ports` are given to it. Whatever happens,
no segment is changed; a reviewer's decision sets a segment's status tag, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from MedSAMLib.errors import MedSAMError
from MedSAMLib.quality.results import Report

from ..session.ports import ModelChoice, Task
from ..session.signal import Signal
from . import jobs
from .marking import segment_decisions
from .merging import merged, segment_scores_by_id
from .missed import MissedObjects
from .ports import Collaborators, Outlines, Request, Subject
from .review import Review
from .rows import Decision, Row
from .status import Stage, Status
from .workbench import Work, Workbench

_STAGES = {
    Work.DOWNLOADING: Stage.DOWNLOADING,
    Work.JUDGING: Stage.JUDGING,
    Work.SEARCHING: Stage.SEARCHING,
    Work.EXPORTING: Stage.EXPORTING,
}


class QualitySession:
    """The review of one segmentation; `changed` is emitted whenever there is something to show."""

    def __init__(self, collaborators: Collaborators) -> None:
        self.changed = Signal()
        self.review = Review()
        self.report: Report | None = None
        self.request = Request()
        self.is_stale = False
        self._c = collaborators
        self.bench = Workbench(collaborators.runner, self.changed.emit)
        self.missed = MissedObjects(self.bench, collaborators.display, collaborators.segments)
        self._choice = ModelChoice("starter")
        self._subject: tuple[str, str] = ("", "")
        self._is_label_map = False
        self._network_installed = False
        self._open = False
        self._colored = True
        self._outlined = True

    # What the panel sets

    def enter(self, network_installed: bool) -> None:
        """The module is opened."""
        self._open, self._network_installed = True, network_installed
        self.show_colors()
        self._draw_selected()
        self.changed.emit()

    def leave(self) -> None:
        """The module is left: nothing runs or is drawn, and the colors are the user's own."""
        self._open = False
        self.bench.stop()
        self._clear_views()

    def set_subject(self, volume_id: str, segmentation_id: str, is_label_map: bool = False) -> None:
        """Review another segmentation, or none (""); what runs for the old one is given up."""
        subject = (volume_id, segmentation_id)
        if (subject, is_label_map) == (self._subject, self._is_label_map):
            return
        self._subject, self._is_label_map = subject, is_label_map
        self.bench.stop()
        self._clear_views()
        self._put((), None)
        self.changed.emit()

    def set_model(self, choice: ModelChoice) -> None:
        """Let another network judge, or on another device."""
        if choice != self._choice:
            self._choice = choice
            self.changed.emit()

    def set_colored(self, colored: bool) -> None:
        """Whether the segments have the colors of their scores, or their own."""
        if colored != self._colored:
            self._colored = colored
            self.show_colors()

    def set_outlined(self, outlined: bool) -> None:
        """Whether the selected object is shown with the judge's outlines."""
        if outlined != self._outlined:
            self._outlined = outlined
            self._draw_selected()

    def segmentation_changed(self) -> None:
        """The segments are others than those that were judged."""
        if self.report is not None and not self.is_stale:
            self.is_stale = True
            self.changed.emit()

    # Where it stands

    @property
    def status(self) -> Status:
        """For the line that tells what to do."""
        if self.bench.error:
            return Status(Stage.FAILED, self.bench.error)
        if not self._subject[0]:
            return Status(Stage.NO_VOLUME)
        if self._is_label_map:
            return Status(Stage.LABEL_MAP)
        if not self._subject[1]:
            return Status(Stage.NO_SEGMENTATION)
        return Status(self._waiting()) if self.bench.work is None else self._working()

    def _working(self) -> Status:
        done, total = self.bench.progress
        stage = _STAGES[self.bench.work]
        if stage is Stage.JUDGING and not total:
            stage = Stage.LOADING
        return Status(stage, done=done, total=total, seconds_left=self.bench.seconds_left)

    def _waiting(self) -> Stage:
        if self.bench.cancelled:
            return Stage.CANCELLED
        if self.report is not None:
            return Stage.REVIEW if self.review.counts.open_below else Stage.DONE
        if not self._network_installed:
            return Stage.NO_NETWORK
        return Stage.READY if self._c.models.is_here(self._choice) else Stage.NO_MODEL

    @property
    def is_working(self) -> bool:
        """Whether there is something to cancel."""
        return self.bench.work is not None

    @property
    def can_run(self) -> bool:
        """Whether judging can be started."""
        there = all(self._subject) and not self._is_label_map and self._network_installed
        return there and not self.is_working and self._c.models.is_here(self._choice)

    # Judging

    def run(self, request: Request) -> None:
        """Judge; the list stays as it is until the scores are there."""
        subject = self._read(request)
        if subject is None:
            return

        def done(report: Report) -> None:
            report, rows = merged(self.report, self.review.rows, report, subject, request)
            self.request = request
            self._put(rows, report)
            self.show_colors()
            self.keep()
            self.select_next()

        judge = self.judge
        self.bench.start(
            Work.JUDGING, lambda task: jobs.judge_all(judge, subject, request, task), done
        )

    def download(self) -> None:
        """Fetch the network's weights."""
        judge = self.judge
        self.bench.start(
            Work.DOWNLOADING,
            lambda task: judge.models.download(judge.choice, task),
            lambda _result: None,
        )

    def restore(self, rows: Sequence[Row], report: Report) -> None:
        """Take a review that was kept: nothing is computed."""
        self.request = Request(settings=report.settings)
        self._put(rows, report)
        self.show_colors()
        self.changed.emit()

    # Going through the list

    def select(self, row: Row | None) -> None:
        """Show a row in the views, with the judge's outlines as soon as they are there."""
        self.missed.list.selected = -1
        self.review.select(row.key if row is not None else None)
        chosen = self.review.selected
        try:
            if chosen is not None and self._open:
                place = chosen.object.slice, chosen.object.box
                self._c.display.go_to(self.report.array_axis, *place)
            self._draw_selected()
        except MedSAMError as error:
            self.bench.fail(str(error))
        self.changed.emit()

    def select_next(self, only_low: bool = False) -> None:
        """The next one that nobody has decided on; the worst at first."""
        row = self.review.next_open(only_low)
        if row is not None:
            self.select(row)

    def select_previous(self) -> None:
        """The one above in the list."""
        row = self.review.previous()
        if row is not None:
            self.select(row)

    def select_suggestion(self, index: int) -> None:
        """Show a suggestion in the views."""
        self.review.select(None)
        self.missed.select(index)
        self.changed.emit()

    def go_to_slice(self, index: int) -> None:
        """Show the middle of a slice in which nothing was judged."""
        if self.report is not None and self._open:
            axis = self.report.array_axis
            height, width = (n for a, n in enumerate(self.report.shape) if a != axis)
            self._c.display.go_to(axis, index, (0, 0, width, height))

    def decide(
        self, decision: Decision, reason: str = "", note: str = "", reviewer: str = ""
    ) -> None:
        """Say what the selected object is; nothing in the segmentation changes but its tag."""
        row = self.review.selected
        if row is not None:
            self.review.decide(row.key, decision, reason, note, reviewer)
            self._decided()

    def undo_decision(self) -> None:
        """Take the last decision back, and look at its object again."""
        row = self.review.undo()
        if row is not None:
            self._decided()
            self.select(row)

    def mark_segments(self) -> None:
        """Bring the segments' status tags in line with the decisions."""
        if self.report is not None:
            self._c.segments.mark(segment_decisions(self.review.rows, self.review.threshold))

    def keep(self) -> None:
        """Write the review down where it is kept."""
        self._c.keeper.keep(self.review.rows, self.report)

    def _decided(self) -> None:
        self.mark_segments()
        self.keep()
        self.changed.emit()

    # Missed objects, and work that is exported

    def search(self, request: Request) -> None:
        """Look for objects that the segmentation lacks."""
        subject = self._read(request)
        if subject is not None:
            self.missed.search(self.judge, subject, request)

    def accept_suggestion(self) -> None:
        """Add the selected suggestion as a segment; the judged ones are as they were."""
        was_stale = self.is_stale
        self.missed.accept()
        self.is_stale = was_stale
        self.changed.emit()

    def dismiss_suggestion(self) -> None:
        """The selected suggestion is none."""
        self.missed.dismiss()
        self.changed.emit()

    def undo_suggestion(self) -> None:
        """Take the segment that was added last out again."""
        was_stale = self.is_stale
        self.missed.undo()
        self.is_stale = was_stale
        self.changed.emit()

    def export(
        self, work: Callable[[Subject, jobs.Judge, Task], Any], done: Callable[[Any], None]
    ) -> None:
        """Make something in the worker of what was judged, which needs the image."""
        subject = self._read(self.request)
        if subject is not None:
            judge = self.judge
            self.bench.start(Work.EXPORTING, lambda task: work(subject, judge, task), done)

    @property
    def judge(self) -> jobs.Judge:
        """The chosen network."""
        return jobs.Judge(self._c.models, self._choice)

    # Inside

    def _read(self, request: Request) -> Subject | None:
        if not self.can_run:
            return None
        try:
            return self._c.reader.read(request)
        except MedSAMError as error:
            self.bench.fail(str(error))
            return None

    def _put(self, rows: Sequence[Row], report: Report | None) -> None:
        column, descending = self.review.order
        review = Review(rows, self.review.threshold)
        review.set_only_below(self.review.only_below)
        review.set_order(column, descending)
        self.review, self.report, self.is_stale = review, report, False
        self.missed.clear()

    def _clear_views(self) -> None:
        self._c.display.clear_outlines()
        self._c.display.uncolor()
        self.missed.forget()

    def show_colors(self) -> None:
        """Color the segments as it is wanted now."""
        if not self._open:
            return
        if self._colored and self.report is not None:
            self._c.display.color(segment_scores_by_id(self.report, self.review.rows))
        else:
            self._c.display.uncolor()

    def _draw_selected(self) -> None:
        row = self.review.selected
        self._c.display.clear_outlines()
        if row is None or not (self._open and self._outlined):
            return
        axis, scored = self.report.array_axis, row.object
        try:
            case = self._c.reader.slice_case(row.segment_id, axis, scored.slice)
            mask = jobs.object_mask(
                case, scored.index, scored.box, self.report.settings.connectivity
            )
        except MedSAMError:
            return  # the segmentation is another one by now, which the panel says
        self._c.display.show(axis, scored.slice, Outlines(given=mask))
        if row.has_score and self._network_installed and self._c.models.is_here(self._choice):
            self._ask_judge(row, case, mask)

    def _ask_judge(self, row: Row, case: Any, mask: Any) -> None:
        judge, axis, request = self.judge, self.report.array_axis, self.request

        def done(outlines: Outlines) -> None:
            if self.review.selected is not None and self.review.selected.key == row.key:
                self._c.display.show(axis, row.object.slice, outlines)

        self.bench.start_aside(
            lambda task: jobs.judge_object(judge, case, mask, request, task), done
        )
