"""Fixtures of the journeys: a phantom with two balls, and a panel with a stand-in network."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest
import slicer

from MedSAMSlicerLib.self_test.bright_pixels import NothingToInstall, StandInModels
from Testing.gui.panel_user import PICTURES, PanelUser, add_volume

SHAPE = (40, 80, 72)
# As scanners give them: i to the left, j to the back, k up; voxels of 2 x 2 x 3 mm.
AFFINE = np.array([[-2.0, 0, 0, 71.0], [0, -2.0, 0, 79.0], [0, 0, 3.0, -58.5], [0, 0, 0, 1.0]])
BIG, SMALL = np.array([21.0, 15.0, -1.5]), np.array([-31.0, -23.0, -1.5])
BIG_RADIUS, SMALL_RADIUS = 25.0, 14.0
BRIGHT = 180
SMALL_WINDOW = (880, 620)


def two_balls(r: np.ndarray, a: np.ndarray, s: np.ndarray) -> np.ndarray:
    """180 in a big ball right and in front, and in a small one left and behind; 20 elsewhere."""
    big = (r - BIG[0]) ** 2 + (a - BIG[1]) ** 2 + (s - BIG[2]) ** 2 < BIG_RADIUS**2
    small = (r - SMALL[0]) ** 2 + (a - SMALL[1]) ** 2 + (s - SMALL[2]) ** 2 < SMALL_RADIUS**2
    return np.where(big | small, BRIGHT, 20)


@pytest.fixture
def phantom(main_window: Any) -> Any:
    """The volume, shown in all views, which look along the patient's axes."""
    for name, orientation in (("Red", "Axial"), ("Green", "Coronal"), ("Yellow", "Sagittal")):
        slicer.app.layoutManager().sliceWidget(name).mrmlSliceNode().SetOrientation(orientation)
    return add_volume(two_balls, SHAPE, AFFINE, "Phantom")


@pytest.fixture
def models() -> Any:
    """Override for another network."""
    return StandInModels()


@pytest.fixture
def dependencies() -> Any:
    """Override for missing packages."""
    return NothingToInstall()


@pytest.fixture
def panel(phantom: Any, user: Any, main_window: Any, models: Any, dependencies: Any) -> Any:
    """The module is open on the phantom; afterwards it is unloaded."""
    size = main_window.size
    if PICTURES not in os.environ:
        main_window.resize(*SMALL_WINDOW)  # views are drawn in software: pixels are time
    panel = PanelUser(user, main_window, models, dependencies)
    yield panel
    main_window.resize(size)
    panel.leave()
    panel.module.unload()
