"""The boxes that every method is given: the same ones, whatever the order of evaluation.

SeqSAM's evaluation drew a reader anew at every call (spec of SeqSAM, section 1e.9). Here the draw
depends on the case alone.
"""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray

from MedSAMLib.prompts import jittered_box, tight_box
from training.datasets import Sample
from training.seqsam.boxes import JITTER

BOXES = ("union", "reader", "jittered")

TITLES = {
    "union": "box of the readers' union",
    "reader": "box of a random reader",
    "jittered": f"box of a random reader, sides moved by up to {JITTER:.0%}",
}


def case_box(sample: Sample, kind: str, seed: int = 0) -> NDArray[np.float64]:
    """The box (4,) of a case: tight around the union of all readers' masks, or around the mask of
    one reader who marked something, drawn by `seed` and the case's name; "jittered" moves each
    side of the latter by a random share of its extent.
    """
    marked = sample.masks[sample.masks.any(axis=(1, 2))]
    if kind == "union":
        return tight_box(marked.any(axis=0))
    rng = np.random.default_rng((seed, zlib.crc32(sample.ids[0].encode())))
    box = tight_box(marked[rng.integers(len(marked))])
    if kind == "reader":
        return box
    return jittered_box(box, JITTER, rng, sample.image.shape[:2])
