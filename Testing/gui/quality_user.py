"""Somebody who works with the panel of MedSAMQuality, and a scene to review."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import slicer
import slicer.util
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from MedSAMSlicerLib.quality.rows import Row
from Testing.gui.panel_fixtures import AFFINE, BIG, BRIGHT, SHAPE, SMALL, two_balls
from Testing.gui.panel_user import PICTURES, view_of
from Testing.SlicerHost.modules.scripted_module import load_module

MODULE = Path(__file__).parents[2] / "SlicerMedSAM" / "MedSAMQuality.py"
# Of the phantom, in the array: slices of the big ball that are spoilt, and how.
SHIFTED, GROWN = 16, 22
SHIFT = 10
BIG_COLOR = (0.9, 0.6, 0.0)


class QualityUser:
    """Opens the module and works with its panel; the judge is the one of `models`."""

    def __init__(self, user: Any, window: Any, models: Any, dependencies: Any, folder: Path):
        self.user, self.window, self.folder = user, window, folder
        self.module = load_module(MODULE)
        make = self.module.script.MedSAMQualityWidget.makePanel
        self.module.script.MedSAMQualityWidget.makePanel = lambda widget: make(
            widget, models, dependencies, self._file
        )
        try:
            self.module.widget  # noqa: B018  (sets it up)
        finally:
            self.module.script.MedSAMQualityWidget.makePanel = make
        self.open()

    def _file(self, name: str, _pattern: str) -> str:
        """Where this user saves files."""
        return str(self.folder / name)

    def open(self) -> None:
        """Choose the module."""
        self.window.moduleSelector().selectModule("MedSAMQuality")
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
    def selected(self) -> Row | None:
        return self.session.review.selected

    def wait_for(self, text: str, seconds: float = 50) -> None:
        """Wait until the line has a text."""
        try:
            self.user.wait_until(lambda: text in self.text, seconds)
        except AssertionError:
            raise AssertionError(f"the panel says {self.text!r}, not {text!r}") from None

    def wait_until_idle(self) -> None:
        """Until the worker has nothing to do, not even outlines."""
        self.user.wait_until(lambda: not self.widget.panel.services.worker.busy, 50)
        slicer.app.processEvents()

    def click(self, name: str) -> None:
        """Click a button of the panel, which must be enabled; its section is opened before."""
        button = getattr(self.ui, name)
        assert button.enabled, f"{name} is disabled: {self.text}"
        self.user.click(button)

    def unfold(self, name: str) -> None:
        """Open a section of the panel."""
        getattr(self.ui, name).collapsed = False
        slicer.app.processEvents()

    def press(self, key: Qt.Key) -> None:
        """Press a key while the red view has the keyboard."""
        self.user.press_key(view_of("Red"), key)

    def judge(self) -> None:
        """Judge all of it."""
        self.click("judgeButton")
        self.user.wait_until(lambda: self.session.report is not None, 50)
        self.wait_until_idle()

    def table(self) -> list[list[str]]:
        """The texts of the list."""
        table = self.ui.objectTable
        columns = range(table.columnCount)
        return [[table.item(r, c).text() for c in columns] for r in range(table.rowCount)]

    def click_row(self, place: int) -> None:
        """Click a row of the list."""
        table = self.ui.objectTable
        table.scrollToItem(table.item(place, 0))
        middle = table.visualItemRect(table.item(place, 1)).center()
        self.user.click(table.viewport(), (middle.x(), middle.y()))

    def click_header(self, column: int) -> None:
        """Click the title of a column."""
        header = self.ui.objectTable.horizontalHeader()
        x = header.sectionViewportPosition(column) + header.sectionSize(column) // 2
        point = QPoint(x, header.height // 2)
        QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=point)
        slicer.app.processEvents()

    def picture(self, name: str) -> None:
        """Write a picture of the window where somebody wants to look at it."""
        if folder := os.environ.get(PICTURES):
            for _round in range(5):
                slicer.app.processEvents()
            self.window.grab().save(str(Path(folder) / f"quality-{name}.png"))


@cache
def truth(name: str) -> np.ndarray:
    """The voxels of a ball of the phantom, (K, J, I) bool; do not change them."""
    k, j, i = np.indices(SHAPE)
    ras = np.einsum("ab,b...->a...", AFFINE, np.stack([i, j, k, np.ones(SHAPE)]))[:3]
    center, other = (BIG, SMALL) if name == "Big ball" else (SMALL, BIG)
    nearer = sum((ras[n] - center[n]) ** 2 - (ras[n] - other[n]) ** 2 for n in range(3)) < 0
    return (two_balls(*ras) == BRIGHT) & nearer


def spoilt_big_ball() -> np.ndarray:
    """Right everywhere but in two slices: moved aside in one, with a leak in the other."""
    mask = truth("Big ball").copy()
    mask[SHIFTED] = np.roll(mask[SHIFTED], SHIFT, axis=1)
    rows, columns = np.nonzero(mask[GROWN])
    middle = int(rows.mean())
    mask[GROWN, middle - 2 : middle + 2, columns.min() - 9 : columns.min()] = True
    return mask


def add_segments(volume: Any, masks: dict[str, np.ndarray], name: str = "Balls") -> Any:
    """A segmentation on the volume's grid."""
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", name)
    node.CreateDefaultDisplayNodes()
    node.SetAndObserveTransformNodeID(volume.GetTransformNodeID())
    node.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    for segment, mask in masks.items():
        segment_id = node.GetSegmentation().AddEmptySegment("", segment, BIG_COLOR)
        slicer.util.updateSegmentBinaryLabelmapFromArray(
            mask.astype(np.uint8), node, segment_id, volume
        )
    return node


def status_of(segmentation: Any, name: str) -> int:
    contents = segmentation.GetSegmentation()
    segment = contents.GetSegment(contents.GetSegmentIdBySegmentName(name))
    return slicer.vtkSlicerSegmentationsModuleLogic.GetSegmentStatus(segment)


def show_views(layout: int) -> None:
    """Show the views of a layout."""
    slicer.app.layoutManager().setLayout(layout)
    slicer.app.processEvents()


def view_center(view: str) -> np.ndarray:
    """The world point in the middle of a slice view."""
    node = slicer.app.layoutManager().sliceWidget(view).mrmlSliceNode()
    return slicer.util.arrayFromVTKMatrix(node.GetSliceToRAS())[:3, 3]


def outlines() -> dict[str, Any]:
    """The outlines that are drawn, by their names."""
    nodes = slicer.util.getNodesByClass("vtkMRMLModelNode")
    drawn = [n for n in nodes if n.GetPolyData() and n.GetPolyData().GetNumberOfPoints()]
    ours = (n for n in drawn if n.GetName().startswith("MedSAM"))
    return {n.GetName(): n for n in ours if not n.GetName().endswith("halo")}
