"""What the stand-in's alternatives are on the phantom, in voxels."""

from __future__ import annotations

import numpy as np

from MedSAMSlicerLib.self_test.known_alternatives import nested
from Testing.gui.panel_fixtures import BIG, BIG_RADIUS
from Testing.gui.phantom_geometry import AXES, ball_in_slice, box_around


def make_alternatives(browser, view: str = "Red") -> None:
    """Draw a box around the big ball, and wait."""
    box_around(browser, view, BIG, BIG_RADIUS)
    browser.wait_for_alternatives()


def expected_masks(phantom, view: str = "Red", count: int = 4) -> list[np.ndarray]:
    """The voxels (K, J, I) of the alternatives on the slice through the big ball."""
    ball = ball_in_slice(phantom, view, BIG, BIG_RADIUS)
    index = int(np.argwhere(ball)[0][AXES[view]])
    flat = np.take(ball, index, axis=AXES[view])
    volumes = []
    for mask in nested(flat, count):
        voxels = np.zeros_like(ball)
        run = [slice(None)] * 3
        run[AXES[view]] = index
        voxels[tuple(run)] = mask
        volumes.append(voxels)
    return volumes
