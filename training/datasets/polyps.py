"""Colonoscopy images with polyp masks: Kvasir-SEG, its Sessile subset and CVC-ClinicDB."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from training.datasets.sample import Sample

# The masks are JPEG files, hence not exactly 0 or 255.
MASK_THRESHOLD = 127


def read_polyps(folder: Path) -> Iterator[Sample]:
    """Yield each image under `folder`/images with its mask under `folder`/masks.

    Folders: kvasir_sessile/{train,val,test}, kvasir_seg/train, cvc_clinicdb/test,
    kvasir_native and polyp_quality. All polyps of an image are one mask, as in the
    published evaluations of these sets. Each image is a group of its own.
    """
    for path in sorted((folder / "images").glob("*.jpg")):
        image = np.asarray(Image.open(path).convert("RGB"))
        mask = np.asarray(Image.open(folder / "masks" / path.name).convert("L")) > MASK_THRESHOLD
        yield Sample(image, mask[None], (path.stem,), group=path.stem)
