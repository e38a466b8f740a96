"""Segmentations as imperfect networks make them, from a true mask and their soft maps.

All masks are (S, S) on the network's square, true masks shares in 0..1. The errors of real
networks are ragged, leak along the image's own structure, miss objects and find false ones; the
kinds here imitate these without having seen the outputs that the evaluation is made on.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from training.sqasam.degradations import KINDS, SEVERITIES, degrade

Mask = NDArray[np.bool_]
Map = NDArray[np.float32]

# How often each way of going wrong is taken: with soft maps of weak networks, and without.
WAYS_WITH_MAPS = {"network": 0.55, "noise": 0.15, "degraded": 0.15, "good": 0.1, "foreign": 0.05}
WAYS = {"noise": 0.45, "degraded": 0.3, "good": 0.15, "foreign": 0.1}


def erroneous_mask(
    truth: Map, gray: Map, maps: list[Map], foreign: Mask, rng: np.random.Generator
) -> Mask:
    """One segmentation with errors; it may be empty.

    truth (S, S) shares; gray (S, S) the image in 0..1; maps: soft outputs (S, S) in 0..1 of
    networks that have not seen this image; foreign: a mask that belongs to another image.
    """
    ways = WAYS_WITH_MAPS if maps else WAYS
    way = rng.choice(list(ways), p=list(ways.values()))
    true = truth > 0.5
    if way == "network":
        return _of_network(true, maps[rng.integers(len(maps))], rng)
    if way == "noise":
        return _of_noise(true, gray, rng)
    if way == "degraded":
        kind = rng.choice(list(KINDS))
        return degrade(true, kind, int(rng.integers(1, len(SEVERITIES))), int(rng.integers(2**31)))
    if way == "good":
        return signed_distance(true) + rng.normal(0, 1) + 1.5 * _smooth(true.shape, 4, rng) > 0
    return _of_foreign(foreign, rng)


def signed_distance(mask: Mask) -> Map:
    """Pixels to the border, positive inside; everywhere -S for an empty mask."""
    if not mask.any():
        return np.full(mask.shape, -float(mask.shape[0]), dtype=np.float32)
    inside = ndimage.distance_transform_edt(mask)
    return (inside - ndimage.distance_transform_edt(~mask)).astype(np.float32)


def _of_network(true: Mask, soft: Map, rng: np.random.Generator) -> Mask:
    """A weak network's map, often helped towards the truth, disturbed and cut anywhere."""
    soft = ndimage.gaussian_filter(soft, rng.uniform(0.8, 2.5))  # the raster of their tokens
    logits = np.log(soft + 1e-3) - np.log(1 - soft + 1e-3)
    help_ = rng.choice([0.0, rng.uniform(0, 0.25), rng.uniform(0.2, 0.8)], p=[0.4, 0.35, 0.25])
    logits = logits + help_ * np.clip(signed_distance(true), -12, 12)
    mask = logits + _disturbance(true.shape, rng) > rng.normal(0, 0.8)
    return _largest(mask) if rng.random() < 0.3 else mask


def _of_noise(true: Mask, gray: Map, rng: np.random.Generator) -> Mask:
    """The true outline, moved by smooth and rough noise and by the image's own gray."""
    field = np.clip(signed_distance(true), -25, 25)
    scale = max(1.0, np.sqrt(true.sum())) * rng.uniform(0.03, 0.35)
    inside = gray[true].mean() if true.any() else 0.5
    similar = 1 - np.abs(gray - inside) / 0.2
    field = field + scale * (
        _smooth(true.shape, rng.uniform(3, 14), rng)
        + rng.uniform(0, 1) * np.clip(similar, -1.5, 1)
        + rng.uniform(0, 0.6) * _disturbance(true.shape, rng)
    )
    return field > rng.normal(0, 0.3) * scale


def _of_foreign(foreign: Mask, rng: np.random.Generator) -> Mask:
    return np.rot90(foreign, rng.integers(4)) if rng.random() < 0.5 else foreign.copy()


def _largest(mask: Mask) -> Mask:
    """The largest connected component, as many networks' outputs are cleaned."""
    numbered, count = ndimage.label(mask)
    return numbered == np.bincount(numbered.flat)[1:].argmax() + 1 if count else mask


def _disturbance(shape: tuple[int, int], rng: np.random.Generator) -> Map:
    """Noise of pixels, of blocks (a network of patches), and smooth noise, in random shares."""
    side = int(rng.choice([2, 4, 8]))
    blocks = rng.normal(size=(shape[0] // side, shape[1] // side))
    blocks = np.kron(blocks, np.ones((side, side)))
    shares = rng.uniform(0, 1.5, size=3) * (rng.random(3) < 0.5)
    smooth = _smooth(shape, rng.uniform(2, 12), rng)
    return (shares[0] * rng.normal(size=shape) + shares[1] * blocks + shares[2] * smooth).astype(
        np.float32
    )


def _smooth(shape: tuple[int, int], sigma: float, rng: np.random.Generator) -> Map:
    """Noise of unit variance with structures of `sigma` pixels."""
    noise = ndimage.gaussian_filter(rng.normal(size=shape), sigma, mode="wrap")
    return (noise / noise.std()).astype(np.float32)
