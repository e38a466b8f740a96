"""Somebody who works with the panel of MedSAMHypotheses, and what the tests look at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import slicer
import slicer.util
from PySide6.QtCore import Qt

from Testing.gui.panel_user import PanelUser, view_of
from Testing.SlicerHost.modules.scripted_module import load_module

MODULE = Path(__file__).parents[2] / "SlicerMedSAM" / "MedSAMHypotheses.py"


class HypothesesUser(PanelUser):
    """Opens the module and works with its panel; the network is the one of `models`."""

    name = "MedSAMHypotheses"

    def __init__(self, user: Any, window: Any, models: Any, dependencies: Any) -> None:
        self.user, self.window = user, window
        self.module = load_module(MODULE)
        self.open_with(models, dependencies)

    def open_with(self, models: Any, dependencies: Any) -> None:
        """Open the module with these collaborators."""
        widget_class = self.module.script.MedSAMHypothesesWidget
        make = widget_class.makePanel
        widget_class.makePanel = lambda widget: make(widget, models, dependencies)
        try:
            self.module.widget  # noqa: B018  (sets it up)
        finally:
            widget_class.makePanel = make
        self.open()

    def open(self) -> None:
        """Choose the module."""
        self.window.moduleSelector().selectModule(self.name)
        slicer.app.processEvents()

    def wait_until_ready(self) -> None:
        """Until a prompt can be drawn."""
        self.user.wait_until(
            lambda: "Draw a box around an" in self.text or "Drag a box around an" in self.text, 20
        )

    def wait_for_alternatives(self) -> None:
        """Until the shown slice has some to choose from."""
        self.wait_for("accept with Enter")

    def key(self, key: Any, held: Any = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key while the red view has the keyboard; a letter or digit may be a text."""
        code = getattr(Qt.Key, f"Key_{key}") if isinstance(key, str) else key
        self.user.press_key(view_of("Red"), code, held)

    @property
    def gallery(self) -> list[str]:
        """The texts below the pictures."""
        cards = self.ui.galleryList
        return [cards.item(row).text() for row in range(cards.count)]

    @property
    def chosen(self) -> int:
        """The chosen picture, from 1."""
        return self.ui.galleryList.currentRow + 1

    @property
    def rows(self) -> list[dict[str, str]]:
        """The table of choices."""
        return self.widget.panel.services.book.rows()

    def unfold(self, name: str) -> None:
        """Open a section of the panel."""
        section = getattr(self.ui, name)
        section.collapsed = False
        slicer.app.processEvents()

    def read_as(self, reader: str) -> None:
        """Type a reader's name."""
        self.unfold("inputsButton")
        line = self.ui.readerComboBox.lineEdit()
        line.selectAll()
        self.user.type_text(line, reader)


def alternative_voxels(browser: HypothesesUser, volume: Any, index: int) -> np.ndarray:
    """The voxels (K, J, I) bool of an alternative (from 0) in the segmentation of alternatives."""
    return segment_voxels(browser.parameters.hypotheses, f"alternative_{index + 1}", volume)


def segment_voxels(segmentation: Any, segment_id: str, volume: Any) -> np.ndarray:
    """The voxels (K, J, I) bool of a segment."""
    array = slicer.util.arrayFromSegmentBinaryLabelmap(segmentation, segment_id, volume)
    return array > 0
