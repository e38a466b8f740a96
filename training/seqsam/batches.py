"""The order in which images are seen, and what is drawn for each: the same at every try."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
import torch.nn.functional as F

from training.seqsam.boxes import prompt_boxes, random_readers
from training.seqsam.cache import CachedSet
from training.seqsam.objectives import Batch


class Batches:
    """Batches of cached images; number n is the same whenever and in whichever run it is made.

    Each of `processes` takes its own part of every batch. All methods that are trained with the
    same seed see the same images, readers and boxes.
    """

    def __init__(
        self,
        sets: Sequence[CachedSet],
        size: int,
        boxes: str,
        side: int,
        seed: int,
        process: int = 0,
        processes: int = 1,
    ) -> None:
        self.sets, self.size, self.boxes, self.side, self.seed = sets, size, boxes, side, seed
        self.process, self.processes = process, processes
        self.total = sum(len(images) for images in sets)
        self.starts = np.cumsum([0, *(len(images) for images in sets)])

    def from_number(self, first: int) -> Iterator[Batch]:
        """All batches from number `first` on, without end."""
        number = first
        while True:
            yield self.batch(number)
            number += 1

    def batch(self, number: int) -> Batch:
        """Batch `number`, this process's part of it."""
        indices = self.indices(number)[self.process :: self.processes]
        rng = np.random.default_rng((self.seed, number, self.process))
        embeddings, readers, boxes = self._joined(indices)
        reader = random_readers(boxes, rng)
        prompts = prompt_boxes(boxes, reader, self.boxes, rng, self.side)
        seed = int(rng.integers(2**31)) if self.process == 0 else number
        return Batch(embeddings, readers, prompts, torch.from_numpy(reader), seed)

    def indices(self, number: int) -> np.ndarray:
        """Which images: every image once an epoch, in an order of the epoch's own."""
        places = np.arange(number * self.size, (number + 1) * self.size)
        epochs = places // self.total
        orders = {e: np.random.default_rng((self.seed, e)) for e in np.unique(epochs)}
        orders = {e: rng.permutation(self.total) for e, rng in orders.items()}
        return np.array([orders[p // self.total][p % self.total] for p in places])

    def _joined(self, indices: np.ndarray) -> tuple[torch.Tensor, ...]:
        """Images of all sets in one batch; sets of fewer readers get empty ones."""
        parts = []
        for images, start in zip(self.sets, self.starts, strict=False):
            own = indices[(indices >= start) & (indices < start + len(images))] - start
            if len(own):
                parts.append(images.batch(own))
        most = max(masks.shape[1] for _, masks, _ in parts)
        embeddings, masks, boxes = zip(*parts, strict=True)
        masks = [F.pad(m, (0, 0, 0, 0, 0, most - m.shape[1])) for m in masks]
        boxes = [F.pad(b, (0, 0, 0, most - b.shape[1])) for b in boxes]
        return torch.cat(embeddings), torch.cat(masks), torch.cat(boxes)
