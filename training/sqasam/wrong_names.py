"""Objects whose label is exchanged with another's: how many of them are doubted, and how rightly.

The labels of two classes of a volume are exchanged in a third of the slices that show either, as
an annotator does who loses the thread. Every object of these slices is then wrongly named.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from MedSAMLib.quality.wrong_labels import MARGIN, find_wrong_labels

SHARE = 3  # one in so many slices
MOST_VOLUMES = 3  # of the hippocampus


@dataclass(frozen=True)
class Doubts:
    """wrong: wrongly named objects, found: of these those doubted; false: doubts of right ones.

    right_guess: of those found, the ones whose true class was named. right: rightly named objects.
    """

    wrong: int = 0
    found: int = 0
    right_guess: int = 0
    right: int = 0
    false: int = 0

    def __add__(self, other: Doubts) -> Doubts:
        return Doubts(
            *(a + b for a, b in zip(vars(self).values(), vars(other).values(), strict=True))
        )


def exchanged(
    labels: NDArray, first: int, second: int, axis: int = 0
) -> tuple[NDArray, NDArray[np.bool_]]:
    """Labels with two classes exchanged in every third slice that shows either, and which ones."""
    moved = np.moveaxis(labels, axis, 0)
    shows = np.flatnonzero(np.isin(moved, (first, second)).any(axis=(1, 2)))
    chosen = np.zeros(len(moved), dtype=bool)
    chosen[shows[::SHARE]] = True
    spoilt = moved.copy()
    is_first, is_second = moved == first, moved == second
    rows = chosen[:, None, None]
    spoilt[is_first & rows], spoilt[is_second & rows] = second, first
    return np.moveaxis(spoilt, 0, axis), chosen


def count_doubts(
    model,
    image: NDArray,
    labels: NDArray,
    pairs: Iterable[tuple[int, int]],
    affine: NDArray | None = None,
    axis: int = 0,
    margin: float = MARGIN,
    **options,
) -> Doubts:
    """Exchange each pair of classes in turn and sum up; `options` are those of `assess`."""
    total = Doubts()
    for first, second in pairs:
        spoilt, chosen = exchanged(labels, first, second, axis)
        doubted = find_wrong_labels(model, image, spoilt, affine, margin=margin, **options)
        total += _counted(spoilt, chosen, (first, second), doubted, axis)
    return total


def _counted(spoilt: NDArray, chosen: NDArray, pair: tuple[int, int], doubted, axis: int) -> Doubts:
    from MedSAMLib.quality.objects import find_objects

    objects = {
        (int(label), index): len(find_objects(plane == label))
        for index, plane in enumerate(np.moveaxis(spoilt, axis, 0))
        for label in np.unique(plane)
        if label
    }
    is_wrong = {key: key[0] in pair and bool(chosen[key[1]]) for key in objects}
    found = [each for each in doubted if is_wrong[each.label, each.slice]]
    other = {pair[0]: pair[1], pair[1]: pair[0]}
    return Doubts(
        wrong=sum(count for key, count in objects.items() if is_wrong[key]),
        found=len(found),
        right_guess=sum(each.nearer == other[each.label] for each in found),
        right=sum(count for key, count in objects.items() if not is_wrong[key]),
        false=len(doubted) - len(found),
    )


def measure(bench) -> dict:
    """Hippocampus: the two halves exchanged; organs CT: pairs of large labels exchanged."""
    from training.datasets.organs import CT_WINDOW, FILES
    from training.datasets.volumes import read_array

    folder = bench.data / "hippocampus" / "test"
    total = Doubts()
    paths = sorted((folder / "images").glob("*.nii.gz"))[:MOST_VOLUMES]
    for path in paths:
        volume, _ = read_array(path)
        labels, _ = read_array(folder / "labels" / path.name)
        total += count_doubts(bench.model, volume, labels.astype(np.uint8), [(1, 2)])
    image, labels = (
        read_array(bench.data / "ct_mr_organs" / name)[0].astype(np.int16) for name in FILES["ct"]
    )
    names, sizes = np.unique(labels[labels > 0], return_counts=True)
    largest = names[np.argsort(-sizes)][:6].tolist()
    pairs = list(zip(largest[::2], largest[1::2], strict=True))
    organs = count_doubts(bench.model, image, labels, pairs, window=CT_WINDOW)
    return {
        "hippocampus": {"title": f"Hippocampus test, {len(paths)} volumes", **vars(total)},
        "organs_ct": {"title": "Organs CT, three pairs of large labels", **vars(organs)},
    }
