"""Axial slices of abdominal CT volumes with organ labels, and splits of their cases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from training.datasets.sample import Sample, labels_to_masks
from training.datasets.volumes import read_array

SPLITS = ("train", "val", "test")
SHARES = (0.6, 0.2, 0.2)
# The papers do not tell theirs; soft tissue, in HU.
CT_WINDOW = (40.0, 400.0)


def split_of(names: Sequence[str], split: str, seed: int = 0) -> list[str]:
    """The cases of a split, 60:20:20 by case, drawn by the seed; the papers' lists are not public.

    ValueError for another split.
    """
    if split not in SPLITS:
        raise ValueError(f"Unknown split {split!r}; choose from {', '.join(SPLITS)}.")
    drawn = np.random.default_rng(seed).permutation(sorted(names)).tolist()
    ends = np.rint(np.cumsum((0, *SHARES)) * len(drawn)).astype(int)
    number = SPLITS.index(split)
    return sorted(drawn[ends[number] : ends[number + 1]])


def axial_slices(image: Path, labels: Path, wanted: Sequence[int], name: str) -> Iterator[Sample]:
    """Every axial slice that shows a wanted label, with a mask a label; the case is the group."""
    volume, spacing = read_array(image)
    organs, _ = read_array(labels)
    if volume.shape != organs.shape:
        raise ValueError(f"{image.name} and {labels.name} have different sizes.")
    for index in range(len(volume)):
        found = list(labels_to_masks(organs[index], wanted))
        if found:
            yield Sample(
                image=volume[index],
                masks=np.stack([mask for _, mask in found]),
                ids=tuple(f"{name}/axial{index}/label{label}" for label, _ in found),
                group=name,
                spacing=spacing[1:],
                window=CT_WINDOW,
            )
