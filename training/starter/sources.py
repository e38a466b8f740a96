"""What the starter learns from: the training splits of the real sets and generated images."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import IterableDataset, get_worker_info

from MedSAMLib.prompts import tight_box
from training.starter.augmentation import Frame, random_view
from training.starter.procedural import generate

SMALL = 0.2  # of the image's longer side
LEAST_FRAME = 16  # pixels
MIN_VISIBLE_PIXELS = 24  # of a mask in the view; fewer cannot be pointed at


@dataclass(frozen=True)
class Picture:
    """One image with its objects: `image` (H, W[, 3]) uint8, `bits` packed (M, H, W) masks."""

    image: np.ndarray
    bits: np.ndarray

    @classmethod
    def of(cls, image: np.ndarray, masks: np.ndarray) -> Picture:
        return cls(image, np.packbits(masks.reshape(len(masks), -1), axis=1))

    @property
    def count(self) -> int:
        return len(self.bits)

    def masks(self, chosen: np.ndarray) -> np.ndarray:
        """The masks (len(chosen), H, W) bool."""
        shape = self.image.shape[:2]
        flat = np.unpackbits(self.bits[chosen], axis=1, count=shape[0] * shape[1])
        return flat.reshape(-1, *shape).astype(bool)


def generated_pictures(count: int, seed: int, cache: Path) -> list[Picture]:
    """`count` generated images, made once and kept in the folder `cache`."""
    file = cache / f"procedural_{count}_{seed}.npz"
    if not file.exists():
        rng = np.random.default_rng(seed)
        made = [Picture.of(*generate(rng)) for _ in range(count)]
        cache.mkdir(parents=True, exist_ok=True)
        # The processes of a run make it at the same time: none reads what another half wrote.
        part = cache / f"{file.stem}_{os.getpid()}.npz"
        np.savez(
            part,
            images=np.stack([p.image for p in made]),
            bits=np.concatenate([p.bits for p in made]),
            counts=np.array([p.count for p in made]),
        )
        part.replace(file)
    with np.load(file) as stored:
        bits = np.split(stored["bits"], stored["counts"].cumsum()[:-1])
        return [Picture(i, b) for i, b in zip(stored["images"], bits, strict=True)]


def closer_frame(mask: np.ndarray, rng: np.random.Generator) -> Frame | None:
    """Half of the small objects (H, W) are seen close by, as `SamModel` looks at them.

    None for the others. The frame's side is 2.5 to 6 times the object's, which is not in the
    middle.
    """
    x0, y0, x1, y1 = tight_box(mask)
    extent = max(x1 - x0, y1 - y0)
    if extent > SMALL * max(mask.shape) or rng.random() < 0.5:
        return None
    side = max(extent * math.exp(rng.uniform(math.log(2.5), math.log(6))), LEAST_FRAME)
    x, y = rng.uniform(-0.15, 0.15, 2) * side + ((x0 + x1) / 2, (y0 + y1) / 2)
    return Frame(x - side / 2, y - side / 2, side)


class RandomViews(IterableDataset):
    """An endless stream of views: a source by its weight, a picture, some of its objects.

    Yields images (3, S, S) in 0..255 and soft masks (objects, S, S). The stream is determined by
    the seed, the worker and `start`, so that a resumed run sees new pictures.
    """

    def __init__(
        self,
        sources: dict[str, list[Picture]],
        weights: dict[str, float],
        side: int,
        objects: int,
        seed: int,
        start: int = 0,
    ) -> None:
        self.sources = {name: pictures for name, pictures in sources.items() if pictures}
        chances = np.array([weights[name] for name in self.sources])
        self.chances = chances / chances.sum()
        self.side, self.objects, self.seed, self.start = side, objects, seed, start

    def __iter__(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        worker = get_worker_info()
        rng = np.random.default_rng([self.seed, self.start, worker.id if worker else 0])
        names = list(self.sources)
        while True:
            pictures = self.sources[names[rng.choice(len(names), p=self.chances)]]
            view = self._view(pictures[rng.integers(len(pictures))], rng)
            if view is not None:
                yield view

    def _view(
        self, picture: Picture, rng: np.random.Generator
    ) -> tuple[torch.Tensor, torch.Tensor] | None:
        chosen = rng.permutation(picture.count)[: self.objects]
        chosen = np.resize(chosen, self.objects)
        masks = picture.masks(chosen)
        frame = closer_frame(masks[0], rng)
        image, masks = random_view(picture.image, masks, self.side, rng, frame)
        visible = (masks > 0.5).flatten(1).sum(1) >= MIN_VISIBLE_PIXELS
        if not visible.any():
            return None
        kept = torch.nonzero(visible)[:, 0]
        return image, masks[kept[torch.arange(self.objects) % len(kept)]]
