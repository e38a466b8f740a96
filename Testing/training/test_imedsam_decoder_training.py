"""Training the implicit decoder alone: views computed once, positions near the boundary."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from MedSAMLib.implicit import ImplicitConfig
from MedSAMLib.implicit.network import ImplicitNetwork
from Testing.unit.sam_factory import tiny_model
from training.datasets import Sample
from training.imedsam import train_decoder
from training.imedsam.config import TrainingConfig
from training.imedsam.examples import Picture
from training.imedsam.train_decoder import best_offset, decoder_loss, trained
from training.imedsam.views import boundary_positions, joined_field, positions_of, view_of

CONFIG = TrainingConfig(
    lora_rank=0, frequency="none", points=12, steps=12, batch=2, warmup_steps=1, learning_rate=1e-2
)
SMALL = ImplicitConfig(
    coarse_widths=(16, 16),
    coarse_features=8,
    fine_widths=(16, 16),
    detail=4,
    lora_rank=0,
    frequency="none",
)


@pytest.fixture
def network() -> ImplicitNetwork:
    torch.manual_seed(0)
    return ImplicitNetwork(tiny_model().sam, SMALL).eval()


@pytest.fixture
def views(network):
    mask = np.zeros((32, 48), bool)
    mask[8:24, 12:36] = True
    image = np.where(mask[..., None], 200, 40).astype(np.uint8).repeat(3, 2)
    rng = np.random.default_rng(0)
    return [view_of(network, Picture(image, mask, 0, "a"), CONFIG, rng) for _ in range(2)]


def test_the_boundary_is_the_masks_own_outermost_pixels():
    mask = np.zeros((4, 5), bool)
    mask[1:4, 1:4] = True
    found = boundary_positions(mask)
    assert len(found) == 8  # all of nine but the middle
    assert (found * (5, 4)).min(axis=0) == pytest.approx([1.5, 1.5])


def test_positions_near_the_boundary_are_and_the_truth_is_the_masks(views, rng):
    positions, truth = positions_of(views[0], 12, 50, 64, rng)
    assert positions.shape == (1, 12 * 12 + 50, 2)
    places, mask = positions[0].numpy(), views[0].mask
    pixels = np.minimum((places * mask.shape[::-1]).astype(int), np.array(mask.shape[::-1]) - 1)
    agree = mask[pixels[:, 1], pixels[:, 0]] == truth[0].numpy().astype(bool)
    assert agree.mean() > 0.9  # between two pixels the nearer one decides, as bilinear reads it
    distance = np.abs(places[144:, None] - views[0].boundary[None]).max(-1).min(-1)
    assert np.median(distance) < 3 * 2.5 / 64


def test_a_view_keeps_what_the_frozen_network_says(network, views):
    field = joined_field(network, views)
    assert field.maps[0].shape[0] == len(views)
    assert field.maps[1].requires_grad
    assert not field.maps[0].requires_grad


def test_training_lowers_the_loss_and_leaves_the_rest_alone(network, views):
    before = {n: p.detach().clone() for n, p in network.named_parameters()}
    steps = []

    def loss() -> float:
        with torch.no_grad():
            rng = np.random.default_rng(3)
            return decoder_loss(network.train(), views, CONFIG, 40, 0.5, rng).item()

    first = loss()
    trained(network.eval(), views, CONFIG, 40, steps.append)
    assert steps == list(range(13))
    assert loss() < first
    changed = {n for n, p in network.named_parameters() if not torch.equal(p, before[n])}
    assert changed
    assert all(name.startswith(("decoder.", "detail.")) for name in changed)


def test_the_offset_mends_a_network_that_answers_too_small(network, monkeypatch):
    mask = np.zeros((16, 16), bool)
    mask[4:12, 4:12] = True
    too_sure_of_nothing = SimpleNamespace(probability=np.where(mask, 0.4, 0.1))
    monkeypatch.setattr(train_decoder, "predict", lambda *_: [too_sure_of_nothing])
    sample = Sample(np.zeros((16, 16, 3), np.uint8), mask[None], ("a",), "a")
    offset = best_offset(network, {"one": [sample]}, seed=0)
    # From the logit of 0.4 to 0, and no farther than needed.
    assert offset == 0.5
