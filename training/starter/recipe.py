"""The data recipe: which pictures go into the starter, by source, and which watch over it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from MedSAMLib.images import to_uint8
from training.datasets import (
    Sample,
    read_chase,
    read_deeplesion,
    read_hippocampus,
    read_lidc,
    read_organs,
    read_polyps,
)
from training.starter.sources import Picture, generated_pictures

CHASE_CROP = 256
# Every 12th training volume of the hippocampus set, which has no validation split, is kept
# out of training to watch it.
VALIDATION_STRIDE = 12


def training_pictures(
    data: Path, cache: Path, generated: int, seed: int
) -> dict[str, list[Picture]]:
    """All training pictures by source; the names are those of the recipe's weights."""
    hippocampus, _ = split_hippocampus(data)
    organs = itertools.chain(read_organs(data, "ct", "train"), read_organs(data, "mr", "train"))
    polyps = itertools.chain(
        read_polyps(data / "kvasir_seg" / "train"),
        read_polyps(data / "kvasir_sessile" / "train"),
    )
    return {
        "lidc": pictures(read_lidc(data, "train")),
        "polyps": pictures(polyps),
        "hippocampus": pictures(hippocampus),
        "organs": pictures(organs),
        "deeplesion": pictures(read_deeplesion(data, "train")),
        "chase": list(itertools.chain.from_iterable(map(vessel_crops, read_chase(data)))),
        "generated": generated_pictures(generated, seed, cache),
    }


def validation_samples(data: Path, limit: int, seed: int) -> dict[str, list[Sample]]:
    """Up to `limit` samples a set from the validation splits, 8-bit, without empty masks."""
    _, hippocampus = split_hippocampus(data)
    sets = {
        "lidc": list(read_lidc(data, "val")),
        "sessile": list(read_polyps(data / "kvasir_sessile" / "val")),
        "hippocampus": hippocampus,
    }
    rng = np.random.default_rng(seed)
    chosen = {name: rng.permutation(len(all_))[:limit] for name, all_ in sets.items()}
    return {name: [sets[name][i] for i in index] for name, index in chosen.items()}


def split_hippocampus(data: Path) -> tuple[list[Sample], list[Sample]]:
    """The hippocampus training slices, without and of the volumes kept for validation."""
    samples = list(read_hippocampus(data, "train"))
    volumes = sorted({sample.group for sample in samples})
    kept = set(volumes[::VALIDATION_STRIDE])
    return (
        [s for s in samples if s.group not in kept],
        [s for s in samples if s.group in kept],
    )


def pictures(samples: Iterable[Sample]) -> list[Picture]:
    """8-bit pictures of the samples, without empty masks."""
    kept = (sample.non_empty() for sample in samples)
    return [Picture.of(to_uint8(s.image, s.window), s.masks) for s in kept if s is not None]


def vessel_crops(sample: Sample) -> list[Picture]:
    """Squares of a retina photograph; in the whole picture a vessel is thinner than a token."""
    height, width = sample.image.shape[:2]
    corners = itertools.product(
        range(0, height - CHASE_CROP + 1, CHASE_CROP), range(0, width - CHASE_CROP + 1, CHASE_CROP)
    )
    crops = []
    for y, x in corners:
        window = np.s_[y : y + CHASE_CROP, x : x + CHASE_CROP]
        masks = sample.masks[(slice(None), *window)]
        masks = masks[masks.any(axis=(1, 2))]
        if len(masks):
            crops.append(Picture.of(sample.image[window], masks))
    return crops
