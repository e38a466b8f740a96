"""Views whose fields are computed once, for training the implicit decoder on a frozen network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from MedSAMLib.implicit.field import Field, read
from MedSAMLib.implicit.network import ImplicitNetwork
from MedSAMLib.implicit.positions import grid_positions
from training.imedsam.augmentation import augmented
from training.imedsam.config import TrainingConfig
from training.imedsam.examples import Picture, drawn_box, framed, network_boxes

# How many of the views show a picture that was made smaller, and by how much at most: the truth
# stays as it is, so that the decoder learns to answer finer than what the network saw.
REDUCED_SHARE, MOST_REDUCTION = 0.3, 2.0
# Scatter of the positions near the boundary about it, in pixels of the network input.
SCATTER = 2.5


@dataclass(frozen=True, eq=False)
class View:
    """One object: its mask (H, W), the network input and what the frozen network says of it."""

    mask: NDArray[np.bool_]
    boundary: NDArray[np.float32]
    image: torch.Tensor
    field: Field


def boundary_positions(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Centers (N, 2) of the mask's own pixels at its boundary, as positions of the image."""
    inner = cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=0) > 0
    rows, columns = np.nonzero(mask & ~inner)
    return ((np.stack([columns, rows], 1) + 0.5) / mask.shape[::-1]).astype(np.float32)


def shares_of(box: NDArray, shape: tuple[int, int]) -> NDArray[np.float32]:
    """A box (4,) in pixels of an image of `shape` (H, W) as (1, 4) in shares of its sides."""
    return network_boxes(box[None], shape, torch.ones(1, 2), 1)


@torch.no_grad()
def view_of(
    network: ImplicitNetwork, picture: Picture, config: TrainingConfig, rng: np.random.Generator
) -> View:
    """A random view of a picture's object; its field is without the image's own details."""
    image, mask = augmented(picture.image, picture.mask, rng)
    box = shares_of(drawn_box(mask, config, rng), mask.shape)
    if rng.random() < REDUCED_SHARE:
        scale = 1 / rng.uniform(1, MOST_REDUCTION)
        image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return seen_view(network, image, mask, box)


@torch.no_grad()
def seen_view(
    network: ImplicitNetwork,
    image: NDArray[np.uint8],
    mask: NDArray[np.bool_],
    box: NDArray[np.float32],
) -> View:
    """An object as it is, with a box (1, 4) in shares of the image's sides."""
    pixels, extent = framed(image, network.image_size)
    boxes = torch.from_numpy(box) * extent.repeat(1, 2) * network.image_size
    field = network.field(network.encoder(pixels), pixels, extent, boxes=boxes)
    kept = Field((field.maps[0].half(),), field.logits.half(), field.code, extent)
    return View(mask, boundary_positions(mask), (255 * pixels).round().byte(), kept)


def positions_of(
    view: View, points: int, near: int, side: int, rng: np.random.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Positions (1, N, 2) and the truth (1, N): one a cell of a grid of `points` a side, then
    `near` ones at the boundary, whose place decides how good a mask looks when it is enlarged."""
    grid = grid_positions((points, points)).numpy()
    grid = grid + (rng.random(grid.shape) - 0.5) / points
    around = view.boundary[rng.integers(len(view.boundary), size=near)]
    around = around + rng.normal(0, SCATTER / side, around.shape)
    places = np.concatenate([grid, around]).clip(0, 1).astype(np.float32)
    positions = torch.from_numpy(places)[None]
    mask = torch.from_numpy(view.mask)[None, None].float()
    return positions, (read(mask, positions, torch.ones(1, 2))[..., 0] > 0.5).float()


def joined_field(network: ImplicitNetwork, views: Sequence[View]) -> Field:
    """One field of several views, with details, which carry a gradient."""
    images = torch.cat([view.image for view in views]).float() / 255
    maps = torch.cat([view.field.maps[0].float() for view in views])
    details = () if network.detail is None else (network.detail(images).float(),)
    return Field(
        (maps, *details),
        torch.cat([view.field.logits.float() for view in views]),
        torch.cat([view.field.code.float() for view in views]),
        torch.cat([view.field.extent for view in views]),
    )


def shuffled(views: Sequence[View], batch: int, rng: np.random.Generator) -> Iterator[list[View]]:
    """Batches without end, every view as often."""
    while True:
        order = rng.permutation(len(views))
        for start in range(0, len(order) - batch + 1, batch):
            yield [views[index] for index in order[start : start + batch]]
