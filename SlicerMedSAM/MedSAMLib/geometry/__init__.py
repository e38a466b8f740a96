"""Planes through volumes: taking an image out, and putting a mask back exactly."""

from .axes import array_axis, axis_plane, slice_count
from .extracting import extract
from .oblique import oblique_plane
from .placing import place, place_extent, shown_voxels
from .plane import Plane

__all__ = [
    "Plane",
    "array_axis",
    "axis_plane",
    "extract",
    "oblique_plane",
    "place",
    "place_extent",
    "shown_voxels",
    "slice_count",
]
