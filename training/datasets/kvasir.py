"""Kvasir-SEG, Kvasir-Sessile and CVC-ClinicDB in the folders in which they are released."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from training.datasets.abdominal_slices import split_of
from training.datasets.polyps import MASK_THRESHOLD
from training.datasets.sample import Sample

# Images and masks: Kvasir-SEG and Sessile, then CVC-ClinicDB's PNG and TIF folders.
FOLDERS = (("images", "masks"), ("Original", "Ground Truth"))
ENDINGS = (".jpg", ".png", ".tif")


def read_released_polyps(folder: Path, split: str | None = None) -> Iterator[Sample]:
    """Yield the images of a released set, all of them or those of a split (train, val, test).

    The split is 60:20:20 by image, drawn by a fixed seed: the papers' list is not public. All
    polyps of an image are one mask. ValueError if the folder is none of these sets.
    """
    pairs = [(folder / a, folder / b) for a, b in FOLDERS if (folder / a).is_dir()]
    if not pairs:
        raise ValueError(f"{folder} has neither images and masks nor Original and Ground Truth.")
    images, masks = pairs[0]
    names = [p.name for p in images.iterdir() if p.suffix.lower() in ENDINGS]
    for name in sorted(names) if split is None else split_of(names, split):
        image = np.asarray(Image.open(images / name).convert("RGB"))
        mask = np.asarray(Image.open(masks / name).convert("L")) > MASK_THRESHOLD
        stem = Path(name).stem
        yield Sample(image, mask[None], (stem,), group=stem)
