"""The finer grid of a request, and the slices that the network looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .ports import Request

if TYPE_CHECKING:
    from MedSAMLib.images import Volume
    from MedSAMLib.implicit import FineGrid

AXES = ("axial", "coronal", "sagittal")


def grid_for(volume: Volume, request: Request) -> tuple[FineGrid, str]:
    """The finer grid, and the name of the slices' axis; UsageError for a useless wish."""
    from MedSAMLib.implicit import fine_grid

    axis = slicing_axis(volume, request.axis)
    wish = {"scale": request.scale, "spacing_mm": request.spacing_mm}
    return fine_grid(volume, axis, through_plane=request.through_plane, **wish), axis


def slicing_axis(volume: Volume, axis: str) -> str:
    """The name of the slices across the largest spacing for "auto"; others as they are."""
    return axis_across(volume, int(np.argmax(volume.spacing[::-1]))) if axis == "auto" else axis


def axis_across(volume: Volume, along: int) -> str:
    """The name of the slices across an axis of the array (0 = k)."""
    from MedSAMLib.geometry import array_axis

    return next(name for name in AXES if array_axis(volume, name) == along)
