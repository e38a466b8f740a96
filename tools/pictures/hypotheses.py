"""A picture of the panel of MedSAMHypotheses at work, on the project's test host.

python -m tools.pictures.hypotheses OUT.png

The image is made by this script: a nodule with a dense core and a hazy rim, so that its border
can be drawn in more than one way. The panel, the views and the network are the real ones.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
from scipy import ndimage

from tools.testing import HOST_VARIABLES

WINDOW = (1240, 1010)
PATIENCE_S = 400
COUNT = 6
SPACING = (0.7, 0.7, 2.0)  # i, j, k in mm
SHAPE = (9, 128, 128)
CENTER = (64, 66)  # x, y in pixels
BOX = (47.5, 50.5, 81.5, 80.5)  # x0, y0, x1, y1
SHOWN_MM = 48  # height of the view
WINDOW_LEVEL = (1400, -450)


def main(arguments: list[str]) -> int:
    """Make the picture; 0 if it was written."""
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    os.environ.update({name: str(value) for name, value in HOST_VARIABLES.items()})
    panel = _open_panel()
    _work(panel)
    _take_picture(panel.window, Path(arguments[0]))
    panel.leave()
    panel.module.unload()
    return 0


def nodule(seed: int = 4) -> np.ndarray:
    """(9, 128, 128) int16 in Hounsfield units: lung, two vessels, and a nodule in the middle."""
    rng = np.random.default_rng(seed)
    k, j, i = np.indices(SHAPE, dtype=float)
    x, y, z = i - CENTER[0], j - CENTER[1], (k - SHAPE[0] // 2) * SPACING[2] / SPACING[0]
    angle = np.arctan2(y, x)
    bumps = 1 + 0.10 * np.sin(3 * angle + 0.6) + 0.07 * np.sin(5 * angle + 2)
    distance = np.sqrt(x**2 + y**2 + z**2) / bumps
    rim = 1 / (1 + np.exp((distance - 13) / 1.6))
    core = 1 / (1 + np.exp((distance - 7) / 1.0))
    texture = ndimage.gaussian_filter(rng.normal(0, 1, SHAPE), (0.5, 2.5, 2.5))
    image = -860 + 330 * rim * (1 + 1.2 * texture) + 560 * core
    for (x0, y0), direction, width in (
        ((20, 22), 0.35, 2.6),
        ((100, 96), 1.9, 2.0),
        ((20, 96), -0.2, 1.5),
    ):
        across = (i - x0) * -np.sin(direction) + (j - y0) * np.cos(direction)
        image += 620 * np.exp(-((across / width) ** 2))
    return np.rint(image + rng.normal(0, 28, SHAPE)).astype(np.int16)


def _open_panel() -> Any:
    """The host's window with the module, and somebody who works with it."""
    from Testing.SlicerHost import window  # first: it sets the environment for slicer and PySide6

    main_window = window.start()
    from Testing.gui.hypotheses_user import HypothesesUser
    from Testing.SlicerHost.window.user import User

    main_window.resize(*WINDOW)
    main_window.show()
    main_window.activateWindow()
    return HypothesesUser(User(), main_window, models=None, dependencies=None)


def _work(panel: Any) -> None:
    """Draw a box, browse, mark two, and show where the alternatives agree."""
    affine = np.diag([-SPACING[0], -SPACING[1], SPACING[2], 1.0])
    _show(panel, affine)
    panel.ui.countSpinBox.value = COUNT
    panel.wait_for("Draw a box", PATIENCE_S)
    slices = SHAPE[0] // 2 * SPACING[2]
    corners = [(*(-SPACING[0] * np.array(ends)), slices) for ends in (BOX[:2], BOX[2:])]
    panel.draw_box("Red", *corners)
    panel.wait_for("accept with Enter", PATIENCE_S)
    panel.click("boxButton")
    panel.key("2")
    panel.key("Space")
    panel.parameters.reader = "Anna"
    panel.ui.inputsButton.collapsed = True
    panel.key("A")


def _show(panel: Any, affine: np.ndarray) -> None:
    """Add the image, and look at the nodule from close by."""
    import slicer
    import slicer.util

    from Testing.gui.panel_user import show

    layout = slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpRedSliceView
    slicer.app.layoutManager().setLayout(layout)
    volume = slicer.util.addVolumeFromArray(
        nodule(), slicer.util.vtkMatrixFromArray(affine), name="Nodule"
    )
    volume.CreateDefaultDisplayNodes()
    volume.GetDisplayNode().SetAutoWindowLevel(False)
    volume.GetDisplayNode().SetWindowLevel(*WINDOW_LEVEL)
    show(volume)
    panel.user.choose(panel.ui.volumeSelector, "Nodule")
    place = affine @ (*CENTER, SHAPE[0] // 2, 1)
    node = slicer.app.layoutManager().sliceWidget("Red").mrmlSliceNode()
    width, height, depth = node.GetFieldOfView()
    node.SetFieldOfView(width * SHOWN_MM / height, SHOWN_MM, depth)
    node.JumpSlice(*place[:3])
    slicer.app.processEvents()


def _take_picture(window: Any, path: Path) -> None:
    import slicer

    for _round in range(8):  # layouts and views come to rest
        slicer.app.processEvents()
    if not window.grab().save(str(path)):
        raise OSError(f"{path.name} could not be written")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
