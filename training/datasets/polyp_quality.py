"""Segmentations of real networks on 49 polyp images, for assessing quality without ground truth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from training.datasets.polyps import MASK_THRESHOLD


@dataclass(frozen=True, eq=False)
class Triple:
    """An image, what a network segmented on it, and the truth.

    image: (H, W) or (H, W, 3) uint8. mask, truth: (H, W) bool.
    probability: (H, W) float32 in 0..1, the network's own gray output, None where it gave none.
    name: of the image and the network; group: of the image, whose outputs are not independent.
    """

    image: NDArray
    mask: NDArray[np.bool_]
    truth: NDArray[np.bool_]
    probability: NDArray[np.float32] | None
    name: str
    network: str
    group: str

    def __post_init__(self) -> None:
        if not self.mask.shape == self.truth.shape == self.image.shape[:2]:
            raise ValueError(
                f"{self.name}: image {self.image.shape}, mask {self.mask.shape} and truth "
                f"{self.truth.shape} do not fit"
            )


def read_polyp_quality(data: Path) -> Iterator[Triple]:
    """Yield the triples of each image, networks by name.

    The outputs are gray JPEG files, nearly probabilities; above 127 is polyp, as in the masks.
    """
    folder = data / "polyp_quality"
    networks = sorted(path for path in (folder / "predictions").glob("*") if path.is_dir())
    for path in sorted((folder / "images").glob("*.jpg")):
        image = np.asarray(Image.open(path).convert("RGB"))
        truth = read_gray(folder / "masks" / path.name) > MASK_THRESHOLD
        for network in networks:
            yield triple_of(image, network / path.name, truth, network.name, path.stem)


def triple_of(
    image: NDArray, prediction: Path, truth: NDArray[np.bool_], network: str, group: str
) -> Triple:
    """Read one network's output; a file of two values is a mask without probabilities."""
    gray = read_gray(prediction)
    is_soft = len(np.unique(gray)) > 2
    return Triple(
        image=image,
        mask=gray > MASK_THRESHOLD,
        truth=truth,
        probability=gray.astype(np.float32) / 255 if is_soft else None,
        name=f"{group}/{network}",
        network=network,
        group=group,
    )


def read_gray(path: Path) -> NDArray[np.uint8]:
    """The gray values (H, W) of a picture file."""
    return np.asarray(Image.open(path).convert("L"))
