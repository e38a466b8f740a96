"""What is to be judged: segments, slices and settings, as a request."""

from __future__ import annotations

from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from MedSAMLib.quality.settings import Settings

from ..quality.ports import Request
from ..quality.scene.reader import SegmentationReader
from ..session.propagation import Range
from .slice_range import SliceRange


class QualityInputs:
    """The widgets of the section `inputsButton` below volume and segmentation."""

    def __init__(self, ui: Any, reader: SegmentationReader) -> None:
        self._ui, self._reader = ui, reader
        self._parameters: Any = None
        self._listed: list[tuple[str, str]] = []
        self._updating = False
        self._range = SliceRange(ui.rangeWidget, self._onRange)
        ui.segmentsComboBox.addItems([_("All segments"), _("Those that are ticked")])
        ui.segmentsComboBox.connect("activated(int)", self._onWhich)
        ui.inputsButton.connect("contentsCollapsed(bool)", lambda _collapsed: self.refresh())
        ui.segmentList.connect("itemChanged(QListWidgetItem*)", self._onTicked)

    def setParameters(self, parameters: Any) -> None:
        """A `QualityParameters`; None before the scene closes."""
        self._parameters = parameters

    def refresh(self) -> None:
        """Show what can be chosen now."""
        parameters = self._parameters
        if parameters is None:
            return
        self._ui.segmentsComboBox.currentIndex = int(parameters.tickedOnly)
        isOpen = not self._ui.inputsButton.collapsed
        self._ui.segmentList.visible = isOpen and parameters.tickedOnly
        self._ui.rangeWidget.visible = isOpen and parameters.slices == "range"
        self._fillSegments()
        count = self._reader.sliceCount(parameters.axis)
        self._range.setWanted((parameters.firstSlice, parameters.lastSlice))
        if count:
            self._range.showIn(count)

    def request(self, slices: str = "") -> Request:
        """What is chosen, with `slices` instead of the choice if given.

        MedSAMError where the current slice is wanted and the views are elsewhere.
        """
        parameters = self._parameters
        wanted = slices or parameters.slices
        return Request(self._segments(), self._slices(wanted), self._settings())

    def _settings(self) -> Settings:
        parameters = self._parameters
        return Settings(
            metric=parameters.metric,
            reduction=parameters.reduction,
            axis=parameters.axis,
            min_pixels=parameters.minPixels,
        )

    def _slices(self, wanted: str) -> tuple[int, int] | None:
        parameters = self._parameters
        if wanted == "all":
            return None
        if wanted == "current":
            index = self._reader.currentSlice(parameters.axis)
            return index, index
        last = self._reader.sliceCount(parameters.axis) - 1
        wantedLast = last if parameters.lastSlice < 0 else min(parameters.lastSlice, last)
        return min(parameters.firstSlice, wantedLast), wantedLast

    def _segments(self) -> tuple[str, ...]:
        if not self._parameters.tickedOnly:
            return ()
        unticked = self._unticked()
        ticked = tuple(each for each, _name in self._listed if each not in unticked)
        return ticked or ("",)  # none of them, which is not all of them

    def _unticked(self) -> set[str]:
        return set(self._parameters.unticked.splitlines())

    def _fillSegments(self) -> None:
        segments, unticked = self._named(), self._unticked()
        widget = self._ui.segmentList
        self._updating = True
        if segments != self._listed:
            self._listed = segments
            widget.clear()
            for _id, name in segments:
                widget.addItem(name)
        for row, (segmentId, _name) in enumerate(segments):
            state = qt.Qt.Unchecked if segmentId in unticked else qt.Qt.Checked
            widget.item(row).setCheckState(state)
        self._updating = False

    def _named(self) -> list[tuple[str, str]]:
        node = self._reader.segmentationNode
        if node is None or not slicer.mrmlScene.IsNodePresent(node):
            return []
        segmentation = node.GetSegmentation()
        ids = segmentation.GetSegmentIDs()
        return [(each, segmentation.GetSegment(each).GetName()) for each in ids]

    def _onWhich(self, index: int) -> None:
        self._parameters.tickedOnly = index == 1

    def _onTicked(self, _item: Any) -> None:
        if self._updating:
            return
        widget = self._ui.segmentList
        states = [widget.item(row).checkState() for row in range(len(self._listed))]
        pairs = zip(self._listed, states, strict=True)
        unticked = [each for (each, _name), state in pairs if state == qt.Qt.Unchecked]
        self._parameters.unticked = "\n".join(unticked)

    def _onRange(self, wanted: Range) -> None:
        if self._parameters is not None:
            self._parameters.firstSlice, self._parameters.lastSlice = wanted
