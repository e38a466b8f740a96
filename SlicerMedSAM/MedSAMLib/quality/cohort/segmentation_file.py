"""Reading a segmentation: label maps, Slicer's segments in layers, DICOM segmentations."""

from __future__ import annotations

import itertools
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ...errors import MedSAMError
from ...images import read_labels
from ...images.reading import affine_of, read_image, voxels
from .dicom_segmentation import is_dicom, read_dicom_segmentation

# These files carry no positions in the patient.
PICTURES = (".png", ".jpg", ".jpeg", ".bmp")


@dataclass(frozen=True)
class Entry:
    """A segment: the voxels of `layer` that have the number `value`; `label` numbers it.

    color: red, green, blue in 0..1, None where the file tells none.
    """

    label: int
    name: str
    layer: int
    value: int
    color: tuple[float, float, float] | None = None


@dataclass(frozen=True, eq=False)
class Segmentation:
    """Segments in layers.

    Attributes:
        layers: (L, K, J, I) integers; segments of one layer do not overlap.
        affine: 4x4, voxel (i, j, k, 1) -> RAS mm.
        entries: the segments; None: every number in the one layer is a segment without a name.
        source: the file.
    """

    layers: np.ndarray
    affine: np.ndarray
    entries: tuple[Entry, ...] | None
    source: Path

    @property
    def is_picture(self) -> bool:
        """Whether it is a single 2-D image."""
        return self.source.suffix.lower() in PICTURES

    def masks(self) -> list[tuple[Entry, np.ndarray]]:
        """Every segment with its voxels (K, J, I) bool; of a label map by ascending number.

        MedSAMError for negative numbers.
        """
        if self.entries is not None:
            return [(each, self.layers[each.layer] == each.value) for each in self.entries]
        numbers = [int(n) for n in np.unique(self.layers[0]) if n]
        if numbers and numbers[0] < 0:
            raise MedSAMError(
                f"Labels must be 0 (background) or positive; {self.source} has {numbers[0]}."
            )
        entries = [Entry(n, f"Segment_{n}", 0, n) for n in numbers]
        return [(each, self.layers[0] == each.value) for each in entries]

    @property
    def names(self) -> dict[int, str]:
        """Label -> name, of segments that have one."""
        return {each.label: each.name for each in self.entries or ()}

    def labels(self) -> np.ndarray:
        """(K, J, I) integers, or where segments overlap (C, K, J, I) bool with label 1 first."""
        if self.entries is None:
            return self.layers[0]
        masks = [self.layers[each.layer] == each.value for each in self.entries]
        taken = np.zeros(self.layers.shape[1:], dtype=np.uint8)
        for mask in masks if len(self.layers) > 1 else []:
            if taken[mask].any():
                return np.stack(masks)
            taken[mask] = 1
        merged = np.zeros(self.layers.shape[1:], dtype=np.int32)
        for each, mask in zip(self.entries, masks, strict=True):
            merged[mask] = each.label
        return merged

    def on_grid(self, layers: np.ndarray, affine: np.ndarray) -> Segmentation:
        """The same segments, resampled by somebody else."""
        return replace(self, layers=layers, affine=affine)


def read_segmentation(path: str | os.PathLike[str]) -> Segmentation:
    """Read what people segment into.

    NIfTI, NRRD, MetaImage, PNG label maps (a JPEG is cut at 127); `.seg.nrrd` with all its layers
    and names; DICOM SEG, which needs pydicom. MedSAMError, in one sentence, for everything else.
    """
    path = Path(path)
    if is_dicom(path):
        layers, affine, names = read_dicom_segmentation(path)
        entries = [Entry(n + 1, name, n, 1) for n, name in enumerate(names)]
        return Segmentation(layers, affine, tuple(entries), path)
    if path.suffix.lower() == ".nrrd":
        found = _read_slicer_layers(path)
        if found is not None:
            return found
    volume = read_labels(path)
    return Segmentation(volume.array[None], volume.affine, None, path)


def _read_slicer_layers(path: Path) -> Segmentation | None:
    """Slicer's form, whatever the file is called; None where the header names no segments."""
    image, header = read_image(path)
    if "Segment0_ID" not in header:
        return None
    array = voxels(image)
    if array.dtype.kind not in "iu":
        raise MedSAMError(f"{path} is not a binary segmentation: export it as a label map.")
    layers = array[None] if array.ndim == 3 else np.moveaxis(array, -1, 0)
    entries = tuple(_entries(header, len(layers), path))
    return Segmentation(layers, affine_of(image), entries, path)


def _entries(header: Mapping[str, str], layers: int, path: Path) -> list[Entry]:
    numbers = itertools.takewhile(lambda n: f"Segment{n}_ID" in header, itertools.count())
    try:
        found = [
            (
                header.get(f"Segment{n}_Name") or header[f"Segment{n}_ID"],
                int(header.get(f"Segment{n}_Layer", 0)),
                int(header.get(f"Segment{n}_LabelValue", 1)),
                _color(header.get(f"Segment{n}_Color", "")),
            )
            for n in numbers
        ]
    except ValueError as error:
        raise MedSAMError(f"{path} has a damaged list of segments: save it again.") from error
    if any(not 0 <= layer < layers for _, layer, _, _ in found):
        raise MedSAMError(f"{path} names a layer that it does not have: save it again.")
    values = [value for _, _, value, _ in found]
    keep = layers == 1 and len(set(values)) == len(values) and min(values, default=1) > 0
    return [
        Entry(value if keep else n, name, layer, value, color)
        for n, (name, layer, value, color) in enumerate(found, start=1)
    ]


def _color(text: str) -> tuple[float, float, float] | None:
    """Of a header; a damaged color is no reason to refuse a segmentation."""
    try:
        red, green, blue = (float(part) for part in text.split())
    except ValueError:
        return None
    color = (red, green, blue)
    return color if all(0 <= part <= 1 for part in color) else None
