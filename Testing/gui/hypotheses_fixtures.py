"""Fixtures of the journeys with alternatives; the phantom is that of MedSAMSegment's journeys."""

from __future__ import annotations

import os
from typing import Any

import pytest
import slicer

from MedSAMSlicerLib.self_test.bright_pixels import StandInModels
from MedSAMSlicerLib.self_test.known_alternatives import NestedAlternatives
from Testing.gui.hypotheses_user import HypothesesUser
from Testing.gui.panel_fixtures import SMALL_WINDOW
from Testing.gui.panel_user import PICTURES

PICTURE_WINDOW = (1200, 1000)


@pytest.fixture
def hypotheses_models() -> Any:
    """Override for another network."""
    return StandInModels(NestedAlternatives())


@pytest.fixture
def browser(
    phantom: Any, user: Any, main_window: Any, hypotheses_models: Any, dependencies: Any
) -> Any:
    """MedSAMHypotheses is open on the phantom, beside the red view; afterwards it is unloaded."""
    size = main_window.size
    if PICTURES in os.environ:
        main_window.resize(*PICTURE_WINDOW)
    else:
        main_window.resize(*SMALL_WINDOW)  # views are drawn in software: pixels are time
        show_only("Red")
    browser = HypothesesUser(user, main_window, hypotheses_models, dependencies)
    yield browser
    main_window.resize(size)
    browser.leave()
    browser.module.unload()


def show_only(view: str) -> None:
    """One slice view instead of all."""
    layout = getattr(slicer.vtkMRMLLayoutNode, f"SlicerLayoutOneUp{view}SliceView")
    slicer.app.layoutManager().setLayout(layout)
    slicer.app.processEvents()
