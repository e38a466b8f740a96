"""A CT and an MR of the abdomen with machine-made organ labels (TotalSegmentator)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from MedSAMLib.images import auto_window
from training.datasets.sample import Sample
from training.datasets.volumes import read_array, volume_slices

FILES = {
    "ct": ("example_ct_sm.nii.gz", "example_seg.nii.gz"),
    "mr": ("example_mr_sm.nii.gz", "example_seg_mr.nii.gz"),
}

# Spleen, kidneys, gallbladder, aorta and inferior vena cava are never trained on, so
# that the evaluation can say what the model does with organs that it has not seen.
HELD_OUT_LABELS = {"ct": (1, 2, 3, 4, 52, 63), "mr": (1, 2, 3, 4, 23, 24)}

# Soft tissue, in HU.
CT_WINDOW = (40.0, 400.0)


def read_organs(data: Path, modality: str, split: str) -> Iterator[Sample]:
    """Yield the slices of one modality (ct, mr) in three orientations, a mask a label.

    split: "train" or "held_out", which share the images but no label. There is one
    patient a modality, so that a slice is the group of the bootstrap: the interval
    covers other slices of this patient, not other patients.
    """
    image_file, labels_file = (data / "ct_mr_organs" / name for name in FILES[modality])
    volume, spacing = read_array(image_file)
    labels, _ = read_array(labels_file)
    window = CT_WINDOW if modality == "ct" else auto_window(volume)
    name = f"organs_{modality}"
    wanted = _labels_of(labels, modality, split)
    for sample in volume_slices(volume, labels, spacing, wanted, name, name, window):
        yield replace(sample, group=sample.ids[0].rsplit("/", 1)[0])


def _labels_of(labels: NDArray, modality: str, split: str) -> list[int]:
    held_out = HELD_OUT_LABELS[modality]
    if split == "held_out":
        return list(held_out)
    return [label for label in np.unique(labels).tolist() if label and label not in held_out]
