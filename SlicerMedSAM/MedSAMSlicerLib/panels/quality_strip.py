"""Painted widgets: the heat strip of the slices, and the legend of the colors."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import qt
from slicer.i18n import tr as _

from ..quality.scene.score_colors import scoreColor

_HEIGHT, _MARK = 22, 5
_BACKGROUND, _INK = (232, 232, 232), (30, 30, 30)
_LEGEND_STEPS, _LEGEND_MARGIN = 50, 4


class HeatStrip(qt.QLabel):
    """One column a slice, in the color of its score; `clicked` gets the slice that was clicked.

    The arrow keys go to the neighboring slices that have a score.
    """

    def __init__(self, clicked: Callable[[int], None], name: str) -> None:
        qt.QLabel.__init__(self)
        self.setAccessibleName(name)
        self.setToolTip(_("Scores slice by slice: click one, or use the arrow keys"))
        self.setFocusPolicy(qt.Qt.StrongFocus)
        self._clicked = clicked
        self._scores: Mapping[int, float] = {}
        self._count, self._current = 0, -1
        self.setFixedHeight(_HEIGHT)
        self.setMinimumWidth(60)
        self.setSizePolicy(qt.QSizePolicy.Ignored, qt.QSizePolicy.Fixed)

    def showScores(self, scores: Mapping[int, float], count: int, current: int) -> None:
        """Slice -> score (nan for none) of `count` slices; the current one gets a mark."""
        if (self._scores, self._count, self._current) != (scores, count, current):
            self._scores, self._count, self._current = dict(scores), count, current
            self._paint()

    def sliceAt(self, x: float) -> int:
        """The slice of a column of pixels."""
        return min(max(int(x * self._count / max(self.width, 1)), 0), self._count - 1)

    def columnOf(self, index: int) -> int:
        """The middle pixel column of a slice."""
        return int((index + 0.5) * self.width / max(self._count, 1))

    def mousePressEvent(self, event: Any) -> None:
        """Go to the slice below the mouse."""
        if self._count:
            self._clicked(self.sliceAt(event.pos().x()))

    def keyPressEvent(self, event: Any) -> None:
        """Go to the slice with a score before or after the current one."""
        step = {qt.Qt.Key_Left: -1, qt.Qt.Key_Right: 1}.get(event.key())
        if step is None:
            event.ignore()
            return
        ahead = [n for n in self._scores if (n - self._current) * step > 0]
        if ahead:
            self._clicked(min(ahead, key=lambda index: abs(index - self._current)))

    def focusInEvent(self, _event: Any) -> None:
        """Show that the keys work here."""
        self._paint()

    def focusOutEvent(self, _event: Any) -> None:
        """The keys work elsewhere."""
        self._paint()

    def resizeEvent(self, _event: Any) -> None:
        """The columns get another width."""
        self._paint()

    def _paint(self) -> None:
        pixmap = qt.QPixmap(max(self.width, 1), _HEIGHT)
        pixmap.fill(qt.QColor(*_BACKGROUND))
        painter = qt.QPainter(pixmap)
        for index, score in self._scores.items():
            left, right = self._edges(index)
            color = qt.QColor(*scoreColor(score))
            painter.fillRect(left, _MARK, max(right - left, 1), _HEIGHT - 2 * _MARK, color)
        if 0 <= self._current < self._count:
            self._paintMark(painter)
        if self.focus:
            painter.setPen(qt.QColor(*_INK))
            painter.drawRect(0, 0, pixmap.width() - 1, _HEIGHT - 1)
        painter.end()
        self.setPixmap(pixmap)

    def _paintMark(self, painter: Any) -> None:
        left, right = self._edges(self._current)
        middle, ink = (left + right) // 2, qt.QColor(*_INK)
        for step in range(_MARK):
            width = 2 * (_MARK - step) - 1
            painter.fillRect(middle - width // 2, step, width, 1, ink)
            painter.fillRect(middle - width // 2, _HEIGHT - 1 - step, width, 1, ink)

    def _edges(self, index: int) -> tuple[int, int]:
        scale = self.width / self._count
        return int(index * scale), int((index + 1) * scale)


class Legend(qt.QLabel):
    """The colors from 0 to 1, with a mark at the threshold."""

    def __init__(self) -> None:
        qt.QLabel.__init__(self)
        self._threshold = math.nan
        self.setFixedHeight(self._textHeight())
        self.setMinimumWidth(60)
        self.setSizePolicy(qt.QSizePolicy.Ignored, qt.QSizePolicy.Fixed)
        self.setToolTip(_("From no agreement with the judge to full agreement; gray: no score"))

    def showThreshold(self, threshold: float) -> None:
        """Mark where the list is cut."""
        if threshold != self._threshold:
            self._threshold = threshold
            self._paint()

    def changeEvent(self, event: Any) -> None:
        """Larger type needs more room."""
        if event.type() == qt.QEvent.FontChange:
            self.setFixedHeight(self._textHeight())
            self._paint()

    def resizeEvent(self, _event: Any) -> None:
        """The colors get another width."""
        self._paint()

    def _textHeight(self) -> int:
        return self.fontMetrics().height() + 2 * _LEGEND_MARGIN

    def _paint(self) -> None:
        height = self._textHeight()
        pixmap = qt.QPixmap(max(self.width, 1), height)
        pixmap.fill(qt.QColor(*_BACKGROUND))
        painter = qt.QPainter(pixmap)
        width, dark, light = pixmap.width(), qt.QColor(*_INK), qt.QColor(255, 255, 255)
        for step in range(_LEGEND_STEPS):
            left, right = (int(width * n / _LEGEND_STEPS) for n in (step, step + 1))
            color = qt.QColor(*scoreColor((step + 0.5) / _LEGEND_STEPS))
            painter.fillRect(left, 0, right - left, height, color)
        if not math.isnan(self._threshold):
            painter.fillRect(int(width * self._threshold) - 1, 0, 3, height, dark)
        painter.setPen(light)
        painter.setFont(self.font)
        between = width - 2 * _LEGEND_MARGIN
        for side, text in (
            (qt.Qt.AlignLeft, _("0  look here")),
            (qt.Qt.AlignRight, _("agrees  1")),
        ):
            flags = int(side | qt.Qt.AlignVCenter)
            painter.drawText(_LEGEND_MARGIN, 0, between, height, flags, text)
        painter.end()
        self.setPixmap(pixmap)
