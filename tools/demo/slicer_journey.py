"""The demo's box drawn in the panel of MedSAMSegment, with pictures of the window before and after.

python -m tools.demo.slicer_journey JSON   (the fields of `Task`)

It runs on Testing/SlicerHost, which changes PySide6 and VTK for good, so in a process of its own.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

PICTURES = ("slicer-1.png", "slicer-2.png")
PATIENCE_S = 60  # whoever starts the process has less


@dataclass(frozen=True)
class Task:
    """What to draw on what; plain values, because they go through JSON.

    Attributes:
        image: a file of a volume; folder: where the pictures go.
        corners: two opposite corners of the box, world coordinates (r, a, s) in mm.
        window: (center, width) of the gray values, or None for what the views choose.
    """

    image: str
    folder: str
    corners: tuple[tuple[float, float, float], tuple[float, float, float]]
    window: tuple[float, float] | None

    def to_json(self) -> str:
        return json.dumps(asdict(self))


def main(argv: list[str]) -> int:
    """Do the task; any trouble ends in a traceback whose last line tells it."""
    task = Task(**json.loads(argv[0]))
    panel = _open_panel()
    _show(panel, task)
    panel.wait_for("Ready", PATIENCE_S)
    panel.draw_box("Red", *task.corners)
    panel.wait_for("Accept (Enter)", PATIENCE_S)
    _take_picture(panel.window, Path(task.folder) / PICTURES[0])
    panel.accept()
    panel.wait_for("Added", PATIENCE_S)
    _take_picture(panel.window, Path(task.folder) / PICTURES[1])
    panel.leave()
    panel.module.unload()
    return 0


def _open_panel() -> Any:
    """The host's window with the module, and somebody who works with it."""
    from Testing.SlicerHost import window  # first: it sets the environment for slicer and PySide6

    main_window = window.start()
    from Testing.gui.panel_user import PanelUser
    from Testing.SlicerHost.window.user import User

    main_window.show()
    main_window.activateWindow()
    return PanelUser(User(), main_window, models=None, dependencies=None)


def _show(panel: Any, task: Task) -> None:
    """Load the image, choose it in the panel, and go to the slice of the box."""
    import numpy as np
    import slicer

    from Testing.gui.panel_user import show

    volume = slicer.util.loadVolume(task.image)
    if task.window is not None:
        center, width = task.window
        volume.GetDisplayNode().SetAutoWindowLevel(False)
        volume.GetDisplayNode().SetWindowLevel(width, center)
    show(volume)
    panel.user.choose(panel.ui.volumeSelector, volume.GetName())
    middle = np.mean(task.corners, axis=0)
    for name in slicer.app.layoutManager().sliceViewNames():
        node = slicer.app.layoutManager().sliceWidget(name).mrmlSliceNode()
        node.RotateToVolumePlane(volume)
        node.JumpSlice(*middle)
    slicer.app.processEvents()


def _take_picture(window: Any, path: Path) -> None:
    import slicer

    for _round in range(5):  # layouts and views come to rest
        slicer.app.processEvents()
    if not window.grab().save(str(path)):
        raise OSError(f"{path.name} could not be written")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
