"""The current mask before it is accepted, and what the last click changed in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from .slices import SlicePlane

MASK_COLOR = (240 / 255, 228 / 255, 66 / 255)
ADDED_COLOR = (86 / 255, 180 / 255, 233 / 255)
REMOVED_COLOR = (213 / 255, 94 / 255, 0.0)


class MaskPreview:
    """A segmentation that the views show but that is not saved, not undone, and not selectable.

    The mask has a yellow outline; what the last change added is blue, what it removed orange.
    """

    def __init__(self, scene: Any) -> None:
        raise NotImplementedError

    @property
    def node(self) -> Any:
        """The vtkMRMLSegmentationNode, None while nothing was shown or after the scene closed."""
        raise NotImplementedError

    def show(
        self,
        mask: np.ndarray,
        plane: SlicePlane,
        volumeNode: Any,
        previous: np.ndarray | None = None,
    ) -> None:
        """Show a mask (H, W) of a slice; `previous` (H, W) is what it was before the last click."""
        raise NotImplementedError

    def showVoxels(
        self,
        extent: tuple[slice, slice, slice],
        voxels: np.ndarray,
        volumeNode: Any,
    ) -> None:
        """Show a box of voxels (bool) at `extent` (k, j, i), as propagation gives it."""
        raise NotImplementedError

    def clear(self) -> None:
        """Show nothing; the node stays for the next mask."""
        raise NotImplementedError

    def remove(self) -> None:
        """Take the node out of the scene."""
        raise NotImplementedError
