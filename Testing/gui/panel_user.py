"""Somebody who works with the panel of MedSAMSegment, and what the tests look at."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import slicer
import slicer.util
from PySide6.QtCore import Qt

from Testing.SlicerHost.modules.scripted_module import load_module

MODULE = Path(__file__).parents[2] / "SlicerMedSAM" / "MedSAMSegment.py"
PICTURES = "MEDSAM_TEST_PICTURES"  # a folder for pictures of the window, to be looked at


class PanelUser:
    """Opens the module and works with its panel; the network is the one of `models`."""

    def __init__(self, user: Any, window: Any, models: Any, dependencies: Any) -> None:
        self.user, self.window = user, window
        self.module = load_module(MODULE)
        self.open_with(models, dependencies)

    def open_with(self, models: Any, dependencies: Any) -> None:
        """Open the module with these collaborators."""
        make = self.module.script.MedSAMSegmentWidget.makePanel
        self.module.script.MedSAMSegmentWidget.makePanel = lambda widget: make(
            widget, models, dependencies
        )
        try:
            self.module.widget  # noqa: B018  (sets it up)
        finally:
            self.module.script.MedSAMSegmentWidget.makePanel = make
        self.open()

    def open(self) -> None:
        """Choose the module."""
        self.window.moduleSelector().selectModule("MedSAMSegment")
        slicer.app.processEvents()

    def leave(self) -> None:
        """Choose no module."""
        self.window.moduleSelector().selectModule("")
        slicer.app.processEvents()

    @property
    def widget(self) -> Any:
        return self.module.widget

    @property
    def ui(self) -> Any:
        return slicer.util.childWidgetVariables(self.widget.uiWidget)

    @property
    def parameters(self) -> Any:
        return self.widget.logic.parameters()

    @property
    def text(self) -> str:
        """The line that tells what to do next."""
        return self.ui.statusLabel.text

    @property
    def session(self) -> Any:
        return self.widget.panel.session

    @property
    def is_working(self) -> bool:
        """Whether the worker thread is busy."""
        return self.widget.panel.services.worker.busy

    def wait_for(self, text: str, seconds: float = 20) -> None:
        """Wait until the line has a text."""
        try:
            self.user.wait_until(lambda: text in self.text, seconds)
        except AssertionError:
            raise AssertionError(f"the panel says {self.text!r}, not {text!r}") from None

    def wait_until_ready(self) -> None:
        self.wait_for("Ready")

    def wait_for_mask(self) -> None:
        self.wait_for("Accept (Enter)")

    def click(self, name: str) -> None:
        """Click a button of the panel, which must be enabled."""
        button = getattr(self.ui, name)
        assert button.enabled, f"{name} is disabled: {self.text}"
        self.user.click(button)

    def press(self, key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier):
        """Press a key while the red view has the keyboard."""
        self.user.press_key(view_of("Red"), key, held)

    def draw_box(self, view: str, first: Any, second: Any) -> None:
        """Choose the box and drag it between two world points."""
        if not self.ui.boxButton.checked:
            self.click("boxButton")
        self.user.drag(view_of(view), pixel(view, first), pixel(view, second))

    def point_at(self, view: str, ras: Any, positive: bool = True) -> None:
        """Choose a point tool and click a world point."""
        name = "positiveButton" if positive else "negativeButton"
        if not getattr(self.ui, name).checked:
            self.click(name)
        self.user.click(view_of(view), pixel(view, ras))

    def accept(self) -> None:
        """Accept with the keyboard, once there is a mask."""
        self.wait_for_mask()
        self.press(Qt.Key.Key_Return)

    def picture(self, name: str) -> None:
        """Write a picture of the window where somebody wants to look at it."""
        if folder := os.environ.get(PICTURES):
            for _round in range(5):
                slicer.app.processEvents()
            self.window.grab().save(str(Path(folder) / f"{name}.png"))


def view_of(name: str) -> Any:
    return slicer.app.layoutManager().sliceWidget(name).sliceView()


def pixel(name: str, ras: Any) -> tuple[int, int]:
    """Position in the widget, from its upper left, of the pixel nearest to a world point."""
    view = view_of(name)
    x, y, _depth = view.convertRASToXYZ(ras)
    return round(x), view.height - 1 - round(y)


def add_volume(
    brightness: Callable[..., np.ndarray], shape: tuple, affine: np.ndarray, name: str
) -> Any:
    """A volume whose voxels are a function of world coordinates (r, a, s), shown in the views."""
    k, j, i = np.indices(shape)
    ras = np.einsum("ab,b...->a...", affine, np.stack([i, j, k, np.ones(shape)]))[:3]
    volume = slicer.util.addVolumeFromArray(
        brightness(*ras).astype(np.int16), slicer.util.vtkMatrixFromArray(affine), name=name
    )
    volume.CreateDefaultDisplayNodes()
    volume.GetDisplayNode().SetAutoWindowLevel(False)
    volume.GetDisplayNode().SetWindowLevel(255, 127)
    show(volume)
    return volume


def show(volume: Any) -> None:
    """Show a volume in all slice views, on its voxels."""
    slicer.util.setSliceViewerLayers(background=volume, fit=True)
    manager = slicer.app.layoutManager()
    for name in manager.sliceViewNames():
        manager.sliceWidget(name).sliceLogic().SnapSliceOffsetToIJK()
    slicer.app.processEvents()


def segment_names(segmentation: Any) -> list[str]:
    contents = segmentation.GetSegmentation()
    return [contents.GetSegment(each).GetName() for each in contents.GetSegmentIDs()]


def voxels(segmentation: Any, volume: Any, name: str) -> np.ndarray:
    """The voxels (K, J, I) bool of a segment."""
    contents = segmentation.GetSegmentation()
    segment_id = contents.GetSegmentIdBySegmentName(name)
    array = slicer.util.arrayFromSegmentBinaryLabelmap(segmentation, segment_id, volume)
    return array.astype(bool)
