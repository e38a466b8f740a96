"""The heat strips of the slices, the threshold, and the legend of the colors."""

from __future__ import annotations

from typing import Any

import qt
from slicer.i18n import tr as _

from MedSAMLib.errors import MedSAMError

from ..quality.review import slice_scores
from ..quality.rows import Row
from ..quality.scene.reader import SegmentationReader
from ..quality.session import QualitySession
from .quality_strip import HeatStrip, Legend


class QualitySlices:
    """Fills `stripFrame`: a strip of all segments, one of the selected row's, and the legend."""

    def __init__(self, ui: Any, session: QualitySession, reader: SegmentationReader) -> None:
        self._session, self._reader = session, reader
        self._rows: tuple[Row, ...] | None = None
        self._allScores: dict[int, float] = {}
        self._allLabel, self._segmentLabel = qt.QLabel(_("All segments")), qt.QLabel("")
        self.allStrip = HeatStrip(self._onAll, _("Scores of all segments"))
        self.segmentStrip = HeatStrip(self._onSegment, _("Scores of the selected segment"))
        self.legend = Legend()
        layout = ui.stripFrame.layout()
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(1)
        for widget in (
            self._allLabel,
            self.allStrip,
            self._segmentLabel,
            self.segmentStrip,
            self.legend,
        ):
            layout.addWidget(widget)

    def refresh(self) -> None:
        """Show the scores and where the views are."""
        session = self._session
        report, review = session.report, session.review
        self.legend.showThreshold(review.threshold)
        there = report is not None and self._reader.volumeNode is not None
        for widget in (self._allLabel, self.allStrip, self._segmentLabel, self.segmentStrip):
            widget.visible = there
        if not there:
            return
        if review.rows != self._rows:
            self._rows, self._allScores = review.rows, slice_scores(review.rows)
        count, current = report.shape[report.array_axis - 3], self._currentSlice()
        self._allLabel.text = _("Slices, lowest score of all segments (slice {number})").format(
            number=current + 1
        )
        self.allStrip.showScores(self._allScores, count, current)
        self._showSegment(count, current)

    def _showSegment(self, count: int, current: int) -> None:
        selected = self._session.review.selected
        self._segmentLabel.visible = self.segmentStrip.visible = selected is not None
        if selected is not None:
            rows = [row for row in self._rows if row.segment_id == selected.segment_id]
            self._segmentLabel.text = selected.object.name
            self.segmentStrip.showScores(slice_scores(rows), count, current)

    def _currentSlice(self) -> int:
        try:
            return self._reader.currentSlice(self._session.report.axis)
        except MedSAMError:
            return -1

    def _onAll(self, index: int) -> None:
        self._go(index, "")

    def _onSegment(self, index: int) -> None:
        selected = self._session.review.selected
        self._go(index, "" if selected is None else selected.segment_id)

    def _go(self, index: int, segmentId: str) -> None:
        row = self._session.review.worst_of_slice(index, segmentId)
        if row is not None:
            self._session.select(row)
        else:
            self._session.go_to_slice(index)
