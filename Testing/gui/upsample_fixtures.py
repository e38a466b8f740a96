"""Fixtures of the journeys of MedSAMUpsample; tests import those they use."""

from __future__ import annotations

import os
from typing import Any

import pytest
import slicer

from MedSAMSlicerLib.self_test.bright_pixels import StandInModels
from MedSAMSlicerLib.self_test.known_upsampler import KnownUpsampler
from Testing.gui.held_network import HeldNetwork
from Testing.gui.panel_fixtures import SMALL_WINDOW
from Testing.gui.panel_user import PICTURES
from Testing.gui.quality_user import add_segments, show_views, truth
from Testing.gui.upsample_user import UpsampleUser


class HeldUpsampler(HeldNetwork, KnownUpsampler):
    """Works no further in an embedding until a test lets it."""

    def __init__(self) -> None:
        HeldNetwork.__init__(self)
        KnownUpsampler.__init__(self)


class WithHeldNetwork:
    """Tests of what is done in the middle: the network of the panel is `network`."""

    @pytest.fixture
    def network(self) -> Any:
        network = HeldUpsampler()
        yield network
        network.release()

    @pytest.fixture
    def upsampling_models(self, network: Any) -> Any:
        return StandInModels(network)


@pytest.fixture
def upsampling_models() -> Any:
    """Override for another network."""
    return StandInModels(KnownUpsampler())


@pytest.fixture
def ball_segments(phantom: Any) -> Any:
    """A segmentation of the phantom with both of its balls."""
    return add_segments(phantom, {name: truth(name) for name in ("Big ball", "Small ball")})


@pytest.fixture
def upsample_user(
    phantom: Any, user: Any, main_window: Any, upsampling_models: Any, dependencies: Any
) -> Any:
    """The module is open on the phantom, without a segmentation; afterwards it is unloaded."""
    size = main_window.size
    if PICTURES not in os.environ:  # views are drawn in software: pixels are time
        main_window.resize(*SMALL_WINDOW)
    panel = UpsampleUser(user, main_window, upsampling_models, dependencies)
    yield panel
    main_window.resize(size)
    panel.leave()
    panel.module.unload()


@pytest.fixture
def upsampling(ball_segments: Any, upsample_user: Any) -> Any:
    """The module is open on the phantom and its segmentation, beside one view."""
    if PICTURES not in os.environ:
        show_views(slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpRedSliceView)
    upsample_user.user.choose(upsample_user.ui.segmentationSelector, "Balls")
    return upsample_user
