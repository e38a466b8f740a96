"""What the network says of the objects of a slice, at the pixels of a finer grid.

Each object is looked at by itself, in a cut-out of the image around it: the network's input has
few pixels, and a small object in a large slice would get hardly any of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from ..quality.objects import SliceObject, find_objects
from .given_shape import between

if TYPE_CHECKING:
    from ..sam.cache import Window
    from ..sam.predictor import SamModel
    from .upsampling import Upsampled

# Around an object, as a share of its extent and at least so many pixels.
SURROUNDINGS, LEAST_SURROUNDINGS = 0.5, 8
# The network cannot tell the shape of an object of fewer pixels: the given one stands.
LEAST_AREA = 9
LEAST_PROBABILITY = 1e-6

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Sampling:
    """How the network is asked: see `SamModel.upsample`."""

    refine: float = 0.125
    samples: int = 8
    seed: int = 0


@dataclass(frozen=True, eq=False)
class SliceLogits:
    """logits (H2, W2) float32, 0 where it was not asked; refined and asked bool.

    methods: those of `Upsampled.method` that were used.
    """

    logits: NDArray[np.float32]
    refined: NDArray[np.bool_]
    asked: NDArray[np.bool_]
    methods: set[str] = field(default_factory=set)

    @classmethod
    def nothing(cls, shape: tuple[int, int]) -> SliceLogits:
        """Of a slice that was not looked at."""
        empty = np.zeros(shape, np.float32)
        return cls(empty, np.zeros(shape, bool), np.zeros(shape, bool))


def slice_logits(
    model: SamModel,
    image: NDArray,
    window: Window,
    mask: NDArray[np.bool_],
    positions: tuple[NDArray, NDArray],
    sampling: Sampling,
    checkpoint: Callable[[], None] | None = None,
) -> SliceLogits:
    """The network's answer to the tight box of each connected part of `mask` (H, W).

    `positions` are the rows (H2,) and the columns (W2,) of the finer pixels' centers, in pixels of
    the image. Where two parts' surroundings overlap, the higher logit counts.
    """
    found = SliceLogits.nothing((len(positions[0]), len(positions[1])))
    for part in find_objects(mask):
        if part.area < LEAST_AREA:
            continue
        if checkpoint is not None:
            checkpoint()
        _add(found, model, image, window, part, positions, sampling, checkpoint)
    return found


def _add(found, model, image, window, part: SliceObject, positions, sampling, checkpoint) -> None:
    x0, y0, x1, y1 = surroundings(part.box, mask_shape=part.shape)
    places = [
        np.flatnonzero((centers > low - 0.5) & (centers < high - 0.5))
        for centers, low, high in zip(positions, (y0, x0), (y1, x1), strict=True)
    ]
    if not all(len(each) for each in places):
        return
    cut = np.ascontiguousarray(image[y0:y1, x0:x1])
    shape = tuple(
        _pixels(centers[place], high - low)
        for centers, place, low, high in zip(positions, places, (y0, x0), (y1, x1), strict=True)
    )
    box = np.subtract(part.box, (x0, y0, x0, y0))
    answer = model.upsample(
        model.embed(cut, window),
        box=box,
        shape=shape,
        refine=sampling.refine,
        samples=sampling.samples,
        seed=sampling.seed,
        checkpoint=checkpoint,
    )
    within = [
        (centers[place] - low + 0.5) * size / (high - low) - 0.5
        for centers, place, low, high, size in zip(
            positions, places, (y0, x0), (y1, x1), shape, strict=True
        )
    ]
    _merge(found, np.ix_(*places), answer, within)
    found.methods.add(answer.method)


def surroundings(box: Box, mask_shape: tuple[int, int]) -> Box:
    """The box with what lies around it, within the image of `mask_shape` (H, W)."""
    x0, y0, x1, y1 = box
    wider = max(LEAST_SURROUNDINGS, round(SURROUNDINGS * max(x1 - x0, y1 - y0)))
    height, width = mask_shape
    return (
        max(0, x0 - wider),
        max(0, y0 - wider),
        min(width, x1 + wider),
        min(height, y1 + wider),
    )


def _pixels(centers: NDArray, extent: int) -> int:
    """How many of the finer pixels fit into `extent` pixels of the image."""
    step = float(np.median(np.diff(centers))) if len(centers) > 1 else 1.0
    return max(1, round(extent / step))


def _merge(found: SliceLogits, place, answer: Upsampled, within: list[NDArray]) -> None:
    """Put an answer, read at `within` (rows, columns), where the finer pixels are."""
    said, refined = (
        between(between(np.asarray(each, np.float32), within[0], 0), within[1], 1)
        for each in (_logits(answer.probability), answer.refined)
    )
    known = found.asked[place]
    found.logits[place] = np.where(known, np.maximum(found.logits[place], said), said)
    found.refined[place] |= refined >= 0.5
    found.asked[place] = True


def _logits(probability: NDArray[np.float32]) -> NDArray[np.float32]:
    return logit(probability.clip(LEAST_PROBABILITY, 1 - LEAST_PROBABILITY))
