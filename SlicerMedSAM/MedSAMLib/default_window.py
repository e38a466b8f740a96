"""The window that an image is looked at with when nobody has chosen one."""

from __future__ import annotations

from .images import Volume, auto_window

# Percentiles of more voxels take seconds and come out the same.
MOST_VOXELS = 4_000_000


def default_window(volume: Volume) -> tuple[float, float] | str:
    """The header's (center, width), or else one that shows all slices of a volume alike.

    It spans the robust range of the whole volume: the same tissue has the same gray in every
    slice, as in Slicer, and the starter was trained so. "auto" for pictures, whose 8 bits are
    what the network wants, and for single slices, of which "auto" takes the robust range.
    """
    if volume.window is not None:
        return volume.window
    if volume.is_color or volume.shape[0] == 1:
        return "auto"
    step = 1
    while volume.array.size > MOST_VOXELS * step**3:
        step += 1
    return auto_window(volume.array[::step, ::step, ::step])
