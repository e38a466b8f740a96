"""A prompt and its mask appear together: the views are drawn once a click, not twice."""

from __future__ import annotations

import qt
import slicer

# A mask that takes longer comes after its prompt has been drawn.
_LONGEST_MS = 100


class DrawingPause:
    """Keeps the views from drawing a prompt while its mask is on the way.

    Drawing a view takes as long as decoding a mask, and a mask that has arrived would wait for it.
    """

    def __init__(self) -> None:
        self._isPaused = self._isSegmenting = False
        self._timer = qt.QTimer()
        self._timer.setSingleShot(True)
        self._timer.setInterval(_LONGEST_MS)
        self._timer.connect("timeout()", self.end)

    def follow(self, isSegmenting: bool) -> None:
        """Pause when the network begins to segment; go on when it has ended, or took too long."""
        hasBegun = isSegmenting and not self._isSegmenting
        self._isSegmenting = isSegmenting
        if hasBegun and not self._isPaused:
            self._isPaused = True
            slicer.app.pauseRender()
            self._timer.start()
        elif not isSegmenting:
            self.end()

    def end(self) -> None:
        """Draw what there is."""
        if self._isPaused:
            self._isPaused = False
            self._timer.stop()
            slicer.app.resumeRender()
