"""What a step learns from: images in the network's frame, boxes, and the truth at positions.

The truth is read at continuous positions of the mask in its own resolution, not on the network's
grid: that is what lets the decoder answer at any resolution.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import IterableDataset, get_worker_info

from MedSAMLib.implicit.embedding import network_input
from MedSAMLib.implicit.field import read
from MedSAMLib.implicit.positions import grid_positions
from MedSAMLib.prompts import tight_box
from MedSAMLib.sam.preprocessing import network_image, to_rgb
from training.datasets import Sample
from training.imedsam.augmentation import augmented
from training.imedsam.config import TrainingConfig

LABEL = re.compile(r"label(\d+)$")


@dataclass(frozen=True, eq=False)
class Batch:
    """B objects: images (B, 3, S, S) in 0..1, the extent (B, 2) that they fill, boxes (B, 4) in
    pixels of the network input, positions (B, N, 2), the truth there (B, N) and classes (B,)."""

    images: torch.Tensor
    extent: torch.Tensor
    boxes: torch.Tensor
    positions: torch.Tensor
    truth: torch.Tensor
    classes: torch.Tensor

    @classmethod
    def of(cls, examples: Sequence[Batch]) -> Batch:
        """One batch of several."""
        names = [field.name for field in fields(cls)]
        return cls(*(torch.cat([getattr(each, name) for each in examples]) for name in names))

    def to(self, device: torch.device) -> Batch:
        return Batch(*(getattr(self, field.name).to(device) for field in fields(self)))


@dataclass(frozen=True, eq=False)
class Picture:
    """One object to learn: image (H, W, 3) uint8, mask (H, W) bool, its class, its group (image,
    patient) and the set that it comes from."""

    image: NDArray[np.uint8]
    mask: NDArray[np.bool_]
    category: int
    group: str
    source: str = ""


def pictures_of(
    samples: Sequence[Sample], classes: int, share: float, seed: int, source: str = ""
) -> list[Picture]:
    """Every non-empty mask of a set's samples; of a `share` of the groups, drawn by the seed."""
    groups = sorted({sample.group for sample in samples})
    drawn = np.random.default_rng(seed).permutation(len(groups))
    kept = {groups[i] for i in drawn[: max(1, round(share * len(groups)))]}
    return [
        Picture(image, mask, category_of(name, classes), sample.group, source)
        for sample in samples
        if sample.group in kept
        for image in (to_rgb(sample.image, sample.window),)
        for mask, name in zip(sample.masks, sample.ids, strict=True)
        if mask.any()
    ]


def category_of(name: str, classes: int) -> int:
    """The class of a mask: label n of a set is class n - 1; 0 where there is one class."""
    if classes == 1:
        return 0
    found = LABEL.search(name)
    category = int(found[1]) - 1 if found else -1
    if not 0 <= category < classes:
        raise ValueError(f"{name} does not belong to one of {classes} classes.")
    return category


def framed(image: NDArray[np.uint8], side: int) -> tuple[torch.Tensor, torch.Tensor]:
    """An image (H, W, 3) as network input (1, 3, S, S) in 0..1 and its extent (1, 2)."""
    pixels = network_image(image, side)
    extent = torch.tensor([[pixels.shape[3] / side, pixels.shape[2] / side]])
    return network_input(pixels, side, torch.device("cpu")), extent


def outward(
    box: NDArray,
    most: float,
    shape: tuple[int, int],
    rng: np.random.Generator,
    share: float = np.inf,
) -> NDArray:
    """The box with each side moved outward by a random distance, up to `most` pixels and up to a
    `share` of the box's extent."""
    extent = np.tile(box[2:] - box[:2], 2)
    limits = np.minimum(most, share * extent) if np.isfinite(share) else most
    moved = box + rng.uniform(0, 1, 4) * limits * np.array([-1, -1, 1, 1])
    height, width = shape
    return moved.clip(0, [width, height, width, height])


def example(picture: Picture, config: TrainingConfig, side: int, rng: np.random.Generator) -> Batch:
    """A random view of one object, as a batch of one."""
    image, mask = picture.image, picture.mask
    if config.augment:
        image, mask = augmented(image, mask, rng)
    shape = mask.shape
    box = drawn_box(mask, config, rng)
    images, extent = framed(image, side)
    positions = torch.from_numpy(_positions(config, side, rng))[None]
    whole = torch.ones(1, 2)
    truth = read(torch.from_numpy(mask)[None, None].float(), positions, whole)[..., 0]
    return Batch(
        images=images,
        extent=extent,
        boxes=torch.from_numpy(network_boxes(box[None], shape, extent, side)),
        positions=positions,
        truth=(truth > 0.5).float(),
        classes=torch.tensor([picture.category]),
    )


def drawn_box(mask: NDArray[np.bool_], config: TrainingConfig, rng: np.random.Generator) -> NDArray:
    box, most = tight_box(mask), config.box_jitter * max(mask.shape)
    if config.compat:
        return outward(box, most, mask.shape, rng)
    if rng.random() < config.tight_share:
        return box
    return outward(box, most, mask.shape, rng, config.box_share)


def network_boxes(
    boxes: NDArray, shape: tuple[int, int], extent: torch.Tensor, side: int
) -> NDArray[np.float32]:
    """Boxes (N, 4) of an image of `shape` (H, W) in pixels of the network input."""
    scale = extent[0].numpy() * side / np.array(shape[::-1])
    return (boxes * np.tile(scale, 2)).astype(np.float32)


def _positions(config: TrainingConfig, side: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """(N, 2): one a cell of the grid, at random in it; in `compat` all pixels' centers."""
    count = side if config.compat else config.points
    centers = grid_positions((count, count)).numpy()
    if config.compat:
        return centers
    moved = centers + (rng.random(centers.shape) - 0.5) / count
    return moved.astype(np.float32)


class Examples(IterableDataset):
    """An endless stream of examples, determined by the seed, the worker and `start`, so that a
    resumed run sees new views. Every set is drawn as often, every picture of a set as often.
    """

    def __init__(
        self,
        pictures: Sequence[Picture],
        config: TrainingConfig,
        side: int,
        process: int = 0,
        start: int = 0,
    ) -> None:
        self.pictures, self.config, self.side = pictures, config, side
        self.process, self.start = process, start

    def __iter__(self) -> Iterator[Batch]:
        worker = get_worker_info()
        number = worker.id if worker else 0
        rng = np.random.default_rng([self.config.seed, self.process, self.start, number])
        for picture in self.drawn(rng):
            yield example(picture, self.config, self.side, rng)

    def drawn(self, rng: np.random.Generator) -> Iterator[Picture]:
        """The pictures of the stream, without end."""
        sources = dict.fromkeys(picture.source for picture in self.pictures)
        streams = [
            _shuffled([p for p in self.pictures if p.source == source], rng) for source in sources
        ]
        while True:
            yield next(streams[rng.integers(len(streams))])


def _shuffled(pictures: Sequence[Picture], rng: np.random.Generator) -> Iterator[Picture]:
    """All pictures in random order, again and again."""
    while True:
        yield from (pictures[index] for index in rng.permutation(len(pictures)))
