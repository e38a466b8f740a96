"""The images that a head is evaluated on, and the resolution at which the truth is asked for.

The truth is always compared in its own resolution; the network may have seen a smaller image.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from MedSAMLib.errors import UsageError
from MedSAMLib.prompts import jittered_box, tight_box
from MedSAMLib.sam.preprocessing import to_rgb
from training import datasets
from training.datasets import Sample

TRAINING_SIDE = 256
LOW_SIDE = 128
JITTER = 0.1  # of the box's extent across a side, inward or outward
PROMPTS = ("oracle", "jittered")


@dataclass(frozen=True, eq=False)
class Case:
    """image (h, w, 3) uint8 as the network sees it, masks (N, H, W) as they are asked for."""

    image: NDArray[np.uint8]
    masks: NDArray[np.bool_]
    ids: tuple[str, ...]
    group: str

    @property
    def shape(self) -> tuple[int, int]:
        """(H, W) of the truth."""
        return self.masks.shape[1:]

    def boxes(self, prompt: str, seed: int) -> NDArray:
        """(N, 4) in pixels of the truth: the tight box, or with every side moved at random."""
        if prompt == "oracle":
            return np.array([tight_box(mask) for mask in self.masks])
        rng = np.random.default_rng([seed, *self.group.encode(), *self.ids[0].encode()])
        return np.array([jittered_box(mask, JITTER, rng, self.shape) for mask in self.masks])


@dataclass(frozen=True)
class CaseSet:
    """A set, and what a reader of the table must know of it."""

    title: str
    read: Callable[[Path], Iterator[Sample]]
    case: Callable[[Sample], Case]


def as_it_is(sample: Sample) -> Case:
    """Image and truth in one resolution."""
    return Case(to_rgb(sample.image, sample.window), sample.masks, sample.ids, sample.group)


def truth_at_low_resolution(sample: Sample) -> Case:
    """The whole image, the truth at LOW_SIDE pixels."""
    case = as_it_is(sample)
    masks = np.stack([resized_mask(mask, LOW_SIDE) for mask in case.masks])
    return Case(case.image, masks, case.ids, case.group)


def image_at_training_resolution(sample: Sample) -> Case:
    """The image reduced to TRAINING_SIDE pixels, the truth as it is."""
    case = as_it_is(sample)
    return Case(resized_image(case.image, TRAINING_SIDE), case.masks, case.ids, case.group)


def image_at_half_resolution(sample: Sample) -> Case:
    """The image reduced to a half, the truth as it is."""
    case = as_it_is(sample)
    return Case(resized_image(case.image, max(case.shape) // 2), case.masks, case.ids, case.group)


def resized_image(image: NDArray[np.uint8], longest: int) -> NDArray[np.uint8]:
    """An image (H, W, 3) with its longer side `longest`: averaged when it gets smaller."""
    size = _size(image.shape[:2], longest)
    shrinks = longest < max(image.shape[:2])
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)


def resized_mask(mask: NDArray[np.bool_], longest: int) -> NDArray[np.bool_]:
    """A mask (H, W) with its longer side `longest`: what covers at least half of a pixel."""
    share = cv2.resize(
        mask.astype(np.float32), _size(mask.shape, longest), interpolation=cv2.INTER_AREA
    )
    return share >= 0.5


def _size(shape: tuple[int, int], longest: int) -> tuple[int, int]:
    scale = longest / max(shape)
    return max(1, round(shape[1] * scale)), max(1, round(shape[0] * scale))


def _sessile(data: Path) -> Iterator[Sample]:
    return datasets.read_polyps(data / "kvasir_sessile" / "test")


CASE_SETS: dict[str, CaseSet] = {
    "sessile": CaseSet("Kvasir-Sessile test, 256", _sessile, as_it_is),
    "sessile_low": CaseSet("Kvasir-Sessile test, 256 to 128", _sessile, truth_at_low_resolution),
    "native": CaseSet(
        "Kvasir native resolution, from 256",
        lambda data: datasets.read_polyps(data / "kvasir_native"),
        image_at_training_resolution,
    ),
    "cvc": CaseSet("CVC-ClinicDB, another hospital", datasets.read_cvc, as_it_is),
    "hippocampus": CaseSet(
        "Hippocampus test slices, from half the resolution",
        lambda data: datasets.read_hippocampus(data, "test"),
        image_at_half_resolution,
    ),
    "amos": CaseSet("AMOS CT, liver", datasets.read_amos, as_it_is),
}
DEFAULT_SETS = ("sessile", "sessile_low", "native", "cvc", "hippocampus")


def load_cases(name: str, data: Path, limit: int | None, seed: int) -> list[Case]:
    """The cases of a set that show something; at most `limit`, drawn by the seed."""
    if name not in CASE_SETS:
        raise UsageError(f"Unknown set {name!r}; choose from {', '.join(CASE_SETS)}.")
    entry = CASE_SETS[name]
    samples = [kept for s in entry.read(data) if (kept := s.non_empty()) is not None]
    if not samples:
        raise UsageError(f"The set {name} is not in {data}.")
    if limit is not None and limit < len(samples):
        chosen = np.random.default_rng(seed).choice(len(samples), size=limit, replace=False)
        samples = [samples[index] for index in sorted(chosen)]
    cases = [entry.case(sample) for sample in samples]
    return [case for case in cases if case.masks.any(axis=(1, 2)).all()]
