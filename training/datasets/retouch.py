"""RETOUCH: OCT volumes of the retina with three kinds of fluid (spec section 3c).

Not at hand here: it is given on request. A case is a folder with oct.mhd and, in the training
part, reference.mhd with 1 intraretinal fluid, 2 subretinal fluid, 3 pigment epithelial
detachment. The paper took all fluid as one class.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from MedSAMLib.errors import UsageError
from training.datasets.sample import Sample
from training.datasets.volumes import read_array

FLUIDS = {1: "IRF", 2: "SRF", 3: "PED"}
IMAGE, REFERENCE = "oct.mhd", "reference.mhd"
# The values of the Spectralis device are 16-bit, those of the others 8-bit.
EIGHT_BIT = 255


def read_retouch(
    folder: Path, device: str | None = None, fluids: bool = False, empty: bool = False
) -> Iterator[Sample]:
    """Yield the B-scans of all cases under `folder` that have a reference.

    device: only cases with this word in their path ("Spectralis", "Cirrus", "Topcon"), whatever
    the case of its letters. fluids: a mask a kind of fluid instead of one for all. empty: also
    the B-scans without fluid, with an all-false mask. A case (one eye) is a group. UsageError for
    a volume whose reference has another shape, and where there is no case.
    """
    references = sorted(folder.rglob(REFERENCE))
    wanted = [r for r in references if device is None or device.lower() in str(r.parent).lower()]
    if not wanted:
        raise UsageError(f"{folder} has no case with {IMAGE} and {REFERENCE}.")
    for reference in wanted:
        yield from _scans(reference, fluids, empty)


def _scans(reference: Path, fluids: bool, empty: bool) -> Iterator[Sample]:
    volume, (_, row, column) = read_array(reference.with_name(IMAGE))
    labels, _ = read_array(reference)
    if labels.shape != volume.shape:
        raise UsageError(f"{reference} has another shape than its {IMAGE}.")
    case = reference.parent.name
    window = (volume.max() / 2, float(volume.max())) if volume.max() > EIGHT_BIT else "auto"
    for index, (image, truth) in enumerate(zip(volume, labels, strict=True)):
        masks = _masks(truth, fluids)
        if not empty:
            masks = {name: mask for name, mask in masks.items() if mask.any()}
        if masks:
            ids = tuple(f"{case}/scan{index}/{name}" for name in masks)
            stacked = np.stack(list(masks.values()))
            yield Sample(image, stacked, ids, case, spacing=(row, column), window=window)


def _masks(truth: NDArray, fluids: bool) -> dict[str, NDArray[np.bool_]]:
    if not fluids:
        return {"fluid": truth > 0}
    return {name: truth == label for label, name in FLUIDS.items()}
