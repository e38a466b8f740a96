"""Alternatives are made, browsed, accepted, merged and taken back with mouse and keyboard.

The network is a stand-in whose alternatives are known beforehand.
"""

from __future__ import annotations

import numpy as np
import pytest
import slicer
from PySide6.QtCore import Qt

from MedSAMSlicerLib.self_test.known_alternatives import nested
from Testing.gui.hypotheses_user import alternative_voxels
from Testing.gui.panel_fixtures import BIG, BIG_RADIUS
from Testing.gui.panel_user import segment_names
from Testing.gui.phantom_geometry import AXES, ball_in_slice, box_around, result


def expected_masks(phantom, view: str = "Red", count: int = 4) -> list[np.ndarray]:
    """The voxels (K, J, I) of the stand-in's alternatives on the slice through the big ball."""
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


def make(browser, view: str = "Red") -> None:
    box_around(browser, view, BIG, BIG_RADIUS)
    browser.wait_for_alternatives()


@pytest.mark.parametrize("view", ["Red", "Green", "Yellow"])
def test_a_box_becomes_alternatives_that_touch_no_segment(browser, phantom, view):
    make(browser, view)
    browser.picture(f"alternatives_{view}")
    masks = expected_masks(phantom, view)
    node = browser.parameters.hypotheses
    assert node.GetName() == "Phantom hypotheses"
    for index, mask in enumerate(masks):
        found = alternative_voxels(browser, phantom, index)
        np.testing.assert_array_equal(found, mask)
    assert browser.parameters.segmentation is None
    assert len(browser.gallery) == 4
    assert "most typical" in browser.gallery[0]
    area = masks[0].sum() * np.prod(np.delete(phantom.GetSpacing()[::-1], AXES[view]))
    assert f"{area:.4g} mm²" in browser.gallery[0]
    assert "same as 1" in browser.gallery[2]
