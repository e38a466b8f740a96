"""Small networks trained in seconds on half of the polyp images; their outputs on the other half
are the realistic errors that the judge learns from (`realistic_errors.py`).

Three kinds, so that the judge does not learn one network's style: a linear map of the frozen
embedding (smooth blobs), a small perceptron of it, and a convolutional network on 64 x 64 colors
(ragged, guided by color). Each gives an early and a late soft map.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import nn

from MedSAMLib.quality.judge_network import CHANNELS, FINENESS

BATCH = 8
SMALL = 64  # pixels a side of what the color network sees
# Name -> (steps of the early snapshot, of the late one).
SNAPSHOTS = {"linear": (15, 60), "perceptron": (30, 100), "color": (40, 140)}


def _tokens(*layers: nn.Module) -> nn.Module:
    return nn.Sequential(*layers, nn.PixelShuffle(FINENESS))


def _color_network() -> nn.Module:
    def block(before: int, after: int, **options) -> list[nn.Module]:
        return [nn.Conv2d(before, after, 3, **options), nn.GroupNorm(4, after), nn.GELU()]

    return nn.Sequential(
        *block(3, 16, padding=1),
        *block(16, 32, padding=1, stride=2),
        *block(32, 48, padding=1, stride=2),
        *block(48, 48, padding=2, dilation=2),
        *block(48, 48, padding=4, dilation=4),
        nn.Conv2d(48, 64, 1),
        nn.PixelShuffle(8),
    )


BUILD: dict[str, Callable[[], nn.Module]] = {
    "linear": lambda: _tokens(nn.Conv2d(CHANNELS, FINENESS**2, 1)),
    "perceptron": lambda: _tokens(
        nn.Conv2d(CHANNELS, 64, 1), nn.GELU(), nn.Conv2d(64, FINENESS**2, 1)
    ),
    "color": _color_network,
}


def soft_maps(views, fold: NDArray[np.intp], others: list, seed: int) -> list[list[NDArray]]:
    """Out-of-fold soft maps of `views`, and those of other sets by the same networks.

    views, others: each with `features` (N, 256, g, g), `images` (N, 8g, 8g, 3) and `truth`
    (N, 4g, 4g) uint8. fold: (N,) 0 or 1. Returns for views and for each of the others an array
    (N, maps, 4g, 4g) uint8; a network never predicts an image that it was trained on.
    """
    results = [[] for _ in (views, *others)]
    for name in BUILD:
        trained = [_snapshots(name, views, np.flatnonzero(fold != f), seed) for f in (0, 1)]
        for early_late in range(2):
            own = np.zeros(views.truth.shape, np.uint8)
            for f in (0, 1):
                rows = np.flatnonzero(fold == f)
                own[rows] = _predict(name, trained[f][early_late], views, rows)
            results[0].append(own)
            for place, other in enumerate(others, start=1):
                rows = np.arange(len(other.truth))
                results[place].append(_predict(name, trained[0][early_late], other, rows))
    return [np.stack(maps, axis=1) for maps in results]


def _snapshots(name: str, views, rows: NDArray[np.intp], seed: int) -> list[nn.Module]:
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    network = BUILD[name]().train()
    early, late = SNAPSHOTS[name]
    optimizer = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=1e-2)
    kept = []
    for step in range(1, late + 1):
        chosen = rng.choice(rows, BATCH)
        truth = torch.as_tensor(views.truth[chosen]).float() / 255
        logits = network(_input(name, views, chosen))[:, 0]
        loss = F.binary_cross_entropy_with_logits(logits, truth) + _dice_loss(logits, truth)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step in (early, late):
            copy = BUILD[name]()
            copy.load_state_dict(network.state_dict())
            kept.append(copy.eval())
    return kept


def _dice_loss(logits: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    soft = torch.sigmoid(logits)
    return 1 - (2 * (soft * truth).sum((1, 2)) / (soft + truth).sum((1, 2)).clamp(min=1)).mean()


@torch.inference_mode()
def _predict(name: str, network: nn.Module, views, rows: NDArray[np.intp]) -> NDArray[np.uint8]:
    parts = [
        torch.sigmoid(network(_input(name, views, rows[start : start + BATCH])))[:, 0]
        for start in range(0, len(rows), BATCH)
    ]
    return (torch.cat(parts) * 255).round().to(torch.uint8).numpy()


def _input(name: str, views, rows: NDArray[np.intp]) -> torch.Tensor:
    if name != "color":
        return torch.as_tensor(np.asarray(views.features[rows])).float()
    pixels = torch.as_tensor(views.images[rows]).permute(0, 3, 1, 2).float() / 255 - 0.5

    return F.interpolate(pixels, (SMALL, SMALL), mode="area")
