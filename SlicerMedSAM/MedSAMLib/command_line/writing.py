"""The file a command writes: refused early when it cannot be written, described afterwards."""

from __future__ import annotations

import argparse
import logging
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..errors import MedSAMError, UsageError
from ..images import Volume
from ..segmentation_io import Segment, default_color, write_segmentation

ENDINGS = (".seg.nrrd", ".nii.gz", ".nii", ".nrrd", ".mha", ".png")
CUBIC_MM_PER_ML = 1000

logger = logging.getLogger(__name__)


def check_output(path: Path, force: bool, volume: Volume) -> None:
    """Tell what is wrong with OUT before minutes are spent on what goes into it."""
    if not path.name.lower().endswith(ENDINGS):
        raise UsageError(f"{path} has an ending that cannot be written: use {', '.join(ENDINGS)}.")
    if path.suffix.lower() == ".png" and volume.shape[0] > 1:
        raise UsageError(
            f"A volume's mask does not fit into {path.name}: use .seg.nrrd or .nii.gz."
        )
    if path.is_dir():
        raise UsageError(f"{path} is a folder, not a file.")
    if path.exists() and not force:
        raise UsageError(f"{path} is already there: add --force to replace it.")
    _check_folder(path)


def _check_folder(path: Path) -> None:
    folder = path.parent
    if not folder.exists():
        raise MedSAMError(f"{path} cannot be written: there is no folder {folder}.")
    if not folder.is_dir():
        raise MedSAMError(f"{path} cannot be written: {folder} is not a folder.")
    if not os.access(folder, os.W_OK):
        raise MedSAMError(f"{path} cannot be written: you may not write into {folder}.")


def write_masks(
    args: argparse.Namespace, volume: Volume, names: Sequence[str], masks: Sequence[np.ndarray]
) -> None:
    """One segment a mask (K, J, I), into OUT; an empty one is written too, with a warning."""
    segments = [
        Segment(name, mask, default_color(number))
        for number, (name, mask) in enumerate(zip(names, masks, strict=True))
    ]
    for segment in segments:
        if not segment.mask.any():
            logger.warning("nothing was found for %s", segment.name)
    write_segmentation(args.output, segments, volume, overwrite=args.force)


def extent_text(mask: np.ndarray, volume: Volume) -> str:
    """How large a mask (K, J, I) is: pixels of a 2-D image, voxels and mL of a volume."""
    count = int(np.count_nonzero(mask))
    if volume.shape[0] == 1:
        return f"{count} pixels"
    milliliters = count * float(np.prod(volume.spacing)) / CUBIC_MM_PER_ML
    told = f"{milliliters:.3g}" if milliliters < 999.5 else f"{milliliters:.0f}"
    return f"{count} voxels ({told} mL)"
