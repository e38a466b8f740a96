"""Whether an image of an evaluation is among those that the judge was trained on.

Names differ and JPEG was written anew at another size, so that neither names nor bytes tell. Two
signs are compared: the bytes, and the correlation of small gray thumbnails (16 x 16, without mean),
which is above 0.98 for the same picture at another size or quality and below for others.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE = 16
SAME = 0.98


@dataclass(frozen=True)
class Leakage:
    """images, training: how many were compared. same_bytes, same_picture: how many were found.

    most_alike: the largest correlation found, and pair: the two names it belongs to.
    """

    images: int
    training: int
    same_names: int
    same_bytes: int
    same_picture: int
    most_alike: float
    pair: tuple[str, str]


def find_leaks(evaluated: Iterable[Path], trained_on: Iterable[Path]) -> Leakage:
    """Compare every evaluated picture with every picture of the training."""
    evaluated, trained_on = sorted(evaluated), sorted(trained_on)
    likeness = _thumbnails(evaluated) @ _thumbnails(trained_on).T
    row, column = np.unravel_index(likeness.argmax(), likeness.shape)
    known = {_digest(path) for path in trained_on}
    names = {path.stem for path in trained_on}
    return Leakage(
        images=len(evaluated),
        training=len(trained_on),
        same_names=sum(path.stem in names for path in evaluated),
        same_bytes=sum(_digest(path) in known for path in evaluated),
        same_picture=int((likeness.max(axis=1) > SAME).sum()),
        most_alike=float(likeness[row, column]),
        pair=(evaluated[row].name, trained_on[column].name),
    )


def _thumbnails(paths: list[Path]) -> NDArray[np.float64]:
    """(n, SIDE * SIDE) of unit length; mirrored and turned pictures are other pictures."""
    rows = []
    for path in paths:
        small = Image.open(path).convert("L").resize((SIDE, SIDE), Image.Resampling.BOX)
        centered = np.asarray(small, dtype=float).ravel()
        centered = centered - centered.mean()
        rows.append(centered / max(np.linalg.norm(centered), 1e-9))
    return np.array(rows)


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()
