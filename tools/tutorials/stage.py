"""Where the tutorials about panels are played: the host's window, a module, and somebody with a
mouse. The scene, the views, the panel and the network are the real ones.

`Testing.SlicerHost` must have been imported first: it sets the environment for slicer and PySide6.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import slicer
import slicer.util
import vtk
from PIL import Image
from PySide6.QtWidgets import QScrollArea

from Testing.gui.hypotheses_user import HypothesesUser
from Testing.gui.panel_user import PanelUser, show
from Testing.gui.quality_user import QualityUser
from Testing.gui.upsample_user import UpsampleUser

WINDOW = (1240, 900)
PATIENCE_S = 120
COLORS, KMEANS = 128, 4  # of a picture's palette; rounds in which it is fitted
QUIET_ROUNDS = 8  # until layouts and views have come to rest


class Stage:
    """`panel` works with the module once a step has called `open_module`."""

    def __init__(self, module: str, window: Any, user: Any, folder: Path) -> None:
        self._module, self.window, self.user, self.folder = module, window, user, folder
        self.panel: Any = None

    def open_module(self) -> None:
        """Choose the module, as in the menu."""
        makers = {
            "MedSAMSegment": lambda: PanelUser(self.user, self.window, None, None),
            "MedSAMHypotheses": lambda: HypothesesUser(self.user, self.window, None, None),
            "MedSAMUpsample": lambda: UpsampleUser(self.user, self.window, None, None),
            "MedSAMQuality": lambda: QualityUser(self.user, self.window, None, None, self.folder),
        }
        self.panel = makers[self._module]()

    def close(self) -> None:
        """Leave the module and the scene as if nothing had been."""
        if self.panel is not None:
            self.panel.leave()
            self.panel.module.unload()
            self.panel = None

    def load(self, path: Path, name: str) -> Any:
        """Add a file to the scene and show it, as Add Data does."""
        volume = slicer.util.loadVolume(str(path))
        volume.SetName(name)
        show(volume)
        return volume

    def choose_layout(self, name: str) -> None:
        """`OneUpRedSlice` or `FourUp`, as in the menu of layouts."""
        layout = getattr(slicer.vtkMRMLLayoutNode, f"SlicerLayout{name}View")
        slicer.app.layoutManager().setLayout(layout)
        slicer.app.processEvents()

    def look_at(self, volume: Any, ijk: tuple[float, float, float], height_mm: float = 0) -> None:
        """Show a voxel in all slice views, along the volume's axes; in the middle of the red one,
        which then is `height_mm` high, if that is given."""
        place = self.ras(volume, ijk)
        manager = slicer.app.layoutManager()
        for name in manager.sliceViewNames():
            node = manager.sliceWidget(name).mrmlSliceNode()
            node.RotateToVolumePlane(volume)
            if name == "Red" and height_mm:
                width, height, depth = node.GetFieldOfView()
                node.SetFieldOfView(width * height_mm / height, height_mm, depth)
                node.JumpSliceByCentering(*place)
            node.JumpSlice(*place)
        slicer.app.processEvents()

    def ras(self, volume: Any, ijk: tuple[float, float, float]) -> np.ndarray:
        """World coordinates in mm of a voxel's place."""
        matrix = vtk.vtkMatrix4x4()
        volume.GetIJKToRASMatrix(matrix)
        return (slicer.util.arrayFromVTKMatrix(matrix) @ (*ijk, 1))[:3]

    def unfold(self, *names: str) -> None:
        """Open sections of the panel."""
        self._fold(names, False)

    def fold(self, *names: str) -> None:
        """Close sections of the panel."""
        self._fold(names, True)

    def _fold(self, names: tuple[str, ...], isFolded: bool) -> None:
        for name in names:
            getattr(self.panel.ui, name).collapsed = isFolded
        slicer.app.processEvents()

    def wait_for(self, text: str) -> None:
        """Until the line of the panel has a text."""
        self.panel.wait_for(text, PATIENCE_S)

    def wait_until_idle(self) -> None:
        """Until the network has nothing to do."""
        worker = self.panel.widget.panel.services.worker
        self.user.wait_until(lambda: not worker.busy, PATIENCE_S)
        slicer.app.processEvents()

    def scroll_to(self, name: str = "") -> None:
        """Bring a widget of the panel into sight; its first line without a name."""
        slicer.app.processEvents()
        for area in self._scroll_areas():
            if name:
                area.ensureWidgetVisible(getattr(self.panel.ui, name), 0, 30)
            else:
                area.verticalScrollBar().setValue(0)
        slicer.app.processEvents()

    def _scroll_areas(self) -> list[Any]:
        if self.panel is None:
            return []
        widget, found = self.panel.widget.uiWidget, []
        while widget is not None:
            if isinstance(widget, QScrollArea):
                found.append(widget)
            widget = widget.parentWidget()
        return found

    def take_picture(self, path: Path) -> None:
        """Write the window as a PNG of few colors, which is a third of the size."""
        for _round in range(QUIET_ROUNDS):
            slicer.app.processEvents()
        whole = self.folder / "window.png"
        if not self.window.grab().save(str(whole)):
            raise OSError(f"{whole} could not be written")
        with Image.open(whole) as picture:
            small = picture.convert("RGB").quantize(
                COLORS, Image.Quantize.MAXCOVERAGE, KMEANS, dither=Image.Dither.NONE
            )
            small.save(path, optimize=True)
