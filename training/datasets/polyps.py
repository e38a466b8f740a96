"""Colonoscopy images with polyp masks: Kvasir-SEG, its Sessile subset and CVC-ClinicDB."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from training.datasets.sample import Sample

# The masks are JPEG files, hence not exactly 0 or 255.
MASK_THRESHOLD = 127

# First frames of the 29 video sequences of CVC-ClinicDB. The files do not tell them; the
# jumps of the colour histogram between consecutive frames agree with this list.
CVC_SEQUENCE_STARTS = (
    *(1, 26, 51, 68, 79, 104, 127, 152, 178, 200, 206, 228, 253, 278, 298),
    *(318, 343, 364, 384, 409, 429, 448, 467, 479, 504, 529, 547, 572, 592),
)


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


def read_cvc(data: Path) -> Iterator[Sample]:
    """Yield the CVC-ClinicDB test images; a video sequence (one polyp) is a group."""
    for sample in read_polyps(data / "cvc_clinicdb" / "test"):
        sequence = bisect_right(CVC_SEQUENCE_STARTS, int(sample.ids[0]))
        yield replace(sample, group=f"sequence{sequence}")
