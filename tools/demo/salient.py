"""A first guess at what a user would box: the object near the center that stands out most."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import SimpleITK
from scipy import ndimage

CLASSES = 4
LEAST_AREA, LARGEST_AREA = 0.003, 0.2  # of the image
RING = 3  # pixels around an object that it is compared with
MARGIN = 2  # pixels between an object and its box


def salient_box(image: np.ndarray) -> tuple[float, float, float, float]:
    """The box (x0, y0, x1, y1) around the most salient object of a uint8 image (H, W[, 3]).

    Candidates are the connected parts of Otsu's gray classes; their contrast to what surrounds
    them, nearness to the center and compactness are multiplied. Without any candidate it is the
    middle third of the image.
    """
    gray = image.mean(axis=2) if image.ndim == 3 else image.astype(float)
    gray = ndimage.gaussian_filter(gray, max(gray.shape) / 200)
    best = max(_candidates(gray), key=lambda found: _salience(gray, *found), default=None)
    height, width = gray.shape
    if best is None:
        return width / 3, height / 3, width * 2 / 3, height * 2 / 3
    rows, columns = best[0]
    return (
        float(max(columns.start - MARGIN, 0)),
        float(max(rows.start - MARGIN, 0)),
        float(min(columns.stop + MARGIN, width)),
        float(min(rows.stop + MARGIN, height)),
    )


def _candidates(gray: np.ndarray) -> Iterator[tuple[tuple[slice, slice], np.ndarray]]:
    """Bounding slices and filled mask (H, W) of every part of fitting size off the border."""
    for threshold in _thresholds(gray):
        for side in (gray > threshold, gray <= threshold):
            parts, _ = ndimage.label(side)
            for label, extent in enumerate(ndimage.find_objects(parts), start=1):
                if not _is_off_border(extent, gray.shape):
                    continue
                mask = ndimage.binary_fill_holes(parts == label)
                if LEAST_AREA <= mask.mean() <= LARGEST_AREA:
                    yield extent, mask


def _thresholds(gray: np.ndarray) -> tuple[float, ...]:
    if np.ptp(gray) == 0:
        return ()
    image = SimpleITK.GetImageFromArray(gray.astype(np.float32))
    thresholds = SimpleITK.OtsuMultipleThresholdsImageFilter()
    thresholds.SetNumberOfThresholds(CLASSES - 1)
    thresholds.Execute(image)
    return thresholds.GetThresholds()


def _is_off_border(extent: tuple[slice, slice], shape: tuple[int, int]) -> bool:
    return all(s.start > 0 and s.stop < size for s, size in zip(extent, shape, strict=True))


def _salience(gray: np.ndarray, extent: tuple[slice, slice], mask: np.ndarray) -> float:
    ring = ndimage.binary_dilation(mask, iterations=RING) & ~mask
    contrast = abs(gray[mask].mean() - gray[ring].mean())
    center = np.array([(s.start + s.stop) / 2 for s in extent])
    offset = (center - np.array(gray.shape) / 2) / np.array(gray.shape)
    nearness = np.exp(-((np.linalg.norm(offset) / 0.25) ** 2))
    compactness = mask[extent].mean()
    return float(contrast * nearness * compactness)
