"""Fixtures of the journeys with alternatives; the phantom is that of MedSAMSegment's journeys."""

from __future__ import annotations

import os
from typing import Any

import pytest

from MedSAMSlicerLib.self_test.bright_pixels import StandInModels
from MedSAMSlicerLib.self_test.known_alternatives import NestedAlternatives
from Testing.gui.hypotheses_user import HypothesesUser
from Testing.gui.panel_fixtures import SMALL_WINDOW
from Testing.gui.panel_user import PICTURES


@pytest.fixture
def hypotheses_models() -> Any:
    """Override for another network."""
    return StandInModels(NestedAlternatives())


@pytest.fixture
def browser(
    phantom: Any, user: Any, main_window: Any, hypotheses_models: Any, dependencies: Any
) -> Any:
    """MedSAMHypotheses is open on the phantom; afterwards it is unloaded."""
    size = main_window.size
    if PICTURES in os.environ:
        main_window.resize(1200, 1000)
    else:
        main_window.resize(*SMALL_WINDOW)  # views are drawn in software: pixels are time
    browser = HypothesesUser(user, main_window, hypotheses_models, dependencies)
    yield browser
    main_window.resize(size)
    browser.leave()
    browser.module.unload()
