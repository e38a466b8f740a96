"""Where things are in the phantom, in the views and in its voxels."""

from __future__ import annotations

import numpy as np
import slicer
import slicer.util

from Testing.gui.panel_fixtures import AFFINE, BRIGHT, SHAPE
from Testing.gui.panel_user import voxels

AXES = {"Red": 0, "Green": 1, "Yellow": 2}  # of the array


def directions(view: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Unit vectors right, up and across of a view."""
    matrix = slicer.util.arrayFromVTKMatrix(
        slicer.app.layoutManager().sliceWidget(view).mrmlSliceNode().GetSliceToRAS()
    )
    return matrix[:3, 0], matrix[:3, 1], matrix[:3, 2]


def look_at(view: str, ras: np.ndarray) -> None:
    slicer.app.layoutManager().sliceWidget(view).mrmlSliceNode().JumpSlice(*ras)
    slicer.app.processEvents()


def corners(view: str, center: np.ndarray, radius: float) -> tuple[np.ndarray, np.ndarray]:
    right, up, _across = directions(view)
    return center - (right + up) * (radius + 3), center + (right + up) * (radius + 3)


def box_around(panel, view: str, center: np.ndarray, radius: float) -> None:
    look_at(view, center)
    panel.wait_until_ready()
    panel.draw_box(view, *corners(view, center, radius))


def ball_in_slice(phantom, view: str, center: np.ndarray, radius: float) -> np.ndarray:
    """The bright voxels of a ball in the slice through its center."""
    ijk = np.linalg.inv(AFFINE) @ (*center, 1)
    kji = np.round(ijk[2::-1]).astype(int)
    bright = slicer.util.arrayFromVolume(phantom) == BRIGHT
    k, j, i = np.indices(SHAPE)
    ras = np.einsum("ab,b...->a...", AFFINE, np.stack([i, j, k, np.ones(SHAPE)]))[:3]
    near = np.linalg.norm(ras - center[:, None, None, None], axis=0) <= radius
    in_slice = np.indices(SHAPE)[AXES[view]] == kji[AXES[view]]
    return bright & near & in_slice


def result(panel, phantom, name: str = "Object") -> np.ndarray:
    return voxels(panel.parameters.segmentation, phantom, name)
