"""Fixtures of the journeys of MedSAMQuality; tests import those they use."""

from __future__ import annotations

import os
from typing import Any

import pytest
import slicer

from MedSAMSlicerLib.self_test.bright_pixels import StandInModels
from MedSAMSlicerLib.self_test.known_judge import KnownJudge
from Testing.gui.held_network import HeldNetwork
from Testing.gui.panel_fixtures import SMALL_WINDOW
from Testing.gui.panel_user import PICTURES
from Testing.gui.quality_user import (
    QualityUser,
    add_segments,
    show_views,
    spoilt_big_ball,
    truth,
)


@pytest.fixture
def models() -> Any:
    """Override for another judge."""
    return StandInModels(KnownJudge())


@pytest.fixture
def balls(phantom: Any) -> Any:
    """A segmentation of the phantom with two bad slices."""
    return add_segments(phantom, {"Big ball": spoilt_big_ball(), "Small ball": truth("Small ball")})


@pytest.fixture
def quality(
    phantom: Any, user: Any, main_window: Any, models: Any, dependencies: Any, tmp_path: Any
) -> Any:
    """The module is open on the phantom; afterwards it is unloaded."""
    size = main_window.size
    if PICTURES not in os.environ:  # views are drawn in software: pixels are time
        main_window.resize(*SMALL_WINDOW)
        show_views(slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpRedSliceView)
    panel = QualityUser(user, main_window, models, dependencies, tmp_path)
    yield panel
    main_window.resize(size)
    panel.leave()
    panel.module.unload()


@pytest.fixture
def review(quality: Any, balls: Any) -> Any:
    """The segmentation is chosen."""
    quality.user.choose(quality.ui.segmentationSelector, "Balls")
    return quality


class HeldJudge(HeldNetwork, KnownJudge):
    """Works no further in the embedding of this number (from 0) until a test lets it."""

    def __init__(self) -> None:
        HeldNetwork.__init__(self)
        KnownJudge.__init__(self)
        self.hold_at, self.embedded = 0, 0

    def embed(self, image: Any, window: Any = "auto") -> Any:
        self.embedded += 1
        if self.embedded <= self.hold_at:
            return KnownJudge.embed(self, image, window)
        return super().embed(image, window)
