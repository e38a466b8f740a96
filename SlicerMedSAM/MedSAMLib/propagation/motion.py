"""How an object moves from one slice to the next, told by the images alone.

A network that was trained on boxes stays close to the box that it is given, so a box must go
where the object goes. Neighboring slices resemble each other; registering them tells where.
"""

from __future__ import annotations

import numpy as np

from ..prompts import tight_box

# Around the object: its own size again on every side, so that its surroundings steer too.
MARGIN = 1.0
LEAST_MARGIN = 8
# Demons (Thirion 1998, symmetric forces as in Vercauteren 2009); the field is smoothed by a
# Gaussian of this standard deviation in pixels in each iteration.
ITERATIONS = 30
SMOOTHING = 1.5


def moved_mask(mask: np.ndarray, image: np.ndarray, neighbor: np.ndarray) -> np.ndarray:
    """Where the object of `mask` (H, W) in `image` lies in `neighbor`, as a mask (H, W).

    The images are (H, W) in gray values. `mask` is not empty; where the object would vanish it
    is returned as it was, because a registration is no evidence of an object's end.
    """
    import SimpleITK as sitk

    around = _surroundings(mask)
    fixed, moving = (_as_float_image(each[around]) for each in (neighbor, image))
    demons = sitk.FastSymmetricForcesDemonsRegistrationFilter()
    demons.SetNumberOfIterations(ITERATIONS)
    demons.SetSmoothDisplacementField(True)
    demons.SetStandardDeviations(SMOOTHING)
    field = sitk.Cast(demons.Execute(fixed, moving), sitk.sitkVectorFloat64)
    transform = sitk.DisplacementFieldTransform(field)
    share = sitk.Resample(_as_float_image(mask[around]), fixed, transform, sitk.sitkLinear, 0.0)
    moved = np.zeros_like(mask)
    moved[around] = sitk.GetArrayFromImage(share) >= 0.5
    return moved if moved.any() else mask


def _surroundings(mask: np.ndarray) -> tuple[slice, slice]:
    """Rows and columns around the object."""
    x0, y0, x1, y1 = (int(side) for side in tight_box(mask))
    x_margin = max(LEAST_MARGIN, round(MARGIN * (x1 - x0)))
    y_margin = max(LEAST_MARGIN, round(MARGIN * (y1 - y0)))
    rows = slice(max(0, y0 - y_margin), y1 + y_margin)
    columns = slice(max(0, x0 - x_margin), x1 + x_margin)
    return rows, columns


def _as_float_image(array: np.ndarray):
    import SimpleITK as sitk

    return sitk.GetImageFromArray(array.astype(np.float32))
