"""Images to try the modules with, offered in Slicer's Sample Data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import slicer
from slicer.i18n import tr as _

CATEGORY = "SlicerMedSAM"
_DATA = "https://github.com/Slicer/SlicerTestingData/releases/download/SHA256/"
# Name -> file and sha256; the same files as in Slicer's own list.
_DOWNLOADS = {
    "MRHead": (
        "MR-head.nrrd",
        "cc211f0dfd9a05ca3841ce1141b292898b2dd2d3f08286affadf823a7e58df93",
    ),
    "CTChest": (
        "CT-chest.nrrd",
        "4507b664690840abb6cb9af2d919377ffc4ef75b167cb6fd0f747befdb12e38e",
    ),
}
PHANTOM = "MedSAMPhantom"
_SHAPE = (40, 96, 96)
_SPACING = (2.0, 2.0, 3.0)  # i, j, k in mm
# Brightness, center and half axes (r, a, s) in mm of ellipsoids, later ones over earlier ones.
_ELLIPSOIDS = (
    (300, (0, 0, 0), (85, 70, 57)),
    (700, (32, 18, 4), (24, 30, 32)),
    (520, (-36, 12, -6), (26, 22, 28)),
    (820, (-6, -38, 10), (14, 12, 16)),
    (880, (12, -34, -18), (9, 9, 9)),
)
_NOISE = 25


def register(icons: Path) -> None:
    """Add the category to the Sample Data module."""
    from SampleData import SampleDataLogic

    thumbnail = str(icons / "MedSAMSegment.png")
    for name, (file, digest) in _DOWNLOADS.items():
        SampleDataLogic.registerCustomSampleDataSource(
            category=CATEGORY,
            sampleName=name,
            thumbnailFileName=thumbnail,
            uris=_DATA + digest,
            fileNames=file,
            checksums=f"SHA256:{digest}",
            nodeNames=name,
        )
    SampleDataLogic.registerCustomSampleDataSource(
        category=CATEGORY,
        sampleName=PHANTOM,
        sampleDescription=_("Phantom (needs no network)"),
        thumbnailFileName=thumbnail,
        customDownloader=loadPhantom,
    )


def loadPhantom(_source: Any = None) -> list[Any]:
    """Add the phantom to the scene and show it."""
    matrix = np.diag([-_SPACING[0], -_SPACING[1], _SPACING[2], 1.0])
    center = (np.array(_SHAPE[::-1]) - 1) / 2
    matrix[:3, 3] = -matrix[:3, :3] @ center
    node = slicer.util.addVolumeFromArray(
        phantom(matrix), slicer.util.vtkMatrixFromArray(matrix), name=PHANTOM
    )
    slicer.util.setSliceViewerLayers(background=node, fit=True)
    return [node]


def phantom(ijkToRas: np.ndarray) -> np.ndarray:
    """(40, 96, 96) int16: a body with four organs and a little noise, the same every time."""
    k, j, i = np.indices(_SHAPE)
    ras = np.einsum("ab,b...->a...", ijkToRas, np.stack([i, j, k, np.ones(_SHAPE)]))[:3]
    image = np.zeros(_SHAPE)
    for brightness, center, axes in _ELLIPSOIDS:
        place, size = (np.reshape(values, (3, 1, 1, 1)) for values in (center, axes))
        image[(((ras - place) / size) ** 2).sum(axis=0) < 1] = brightness
    noise = np.random.default_rng(0).normal(0, _NOISE, _SHAPE)
    return np.rint(image + noise).astype(np.int16)
