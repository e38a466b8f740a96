"""How a slice of the array is turned so that a reader finds it as radiologists show it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# What points down in a picture, as a component of RAS: the back in axial slices, else the feet.
_DOWN = {"axial": 1, "coronal": 2, "sagittal": 2}


@dataclass(frozen=True)
class Display:
    """Turns slices: transposed first, then mirrored.

    spacing: (x, y) of the pixels in mm, as they are displayed.
    """

    turned: bool = False
    mirror_x: bool = False
    mirror_y: bool = False
    spacing: tuple[float, float] = (1.0, 1.0)

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """A view of an image or mask (H, W[, 3]) as it is displayed."""
        image = image.swapaxes(0, 1) if self.turned else image
        image = image[:, ::-1] if self.mirror_x else image
        return image[::-1] if self.mirror_y else image


def display_of(affine: np.ndarray, axis: str, array_axis: int) -> Display:
    """The display of slices along an axis of the array (0 = k, 1 = j, 2 = i).

    affine: 4x4, voxel (i, j, k) -> RAS in mm. The patient's left, or back, is on the right.
    """
    steps = np.asarray(affine)[:3, 2::-1]
    rows, columns = (each for each in range(3) if each != array_axis)
    right, down = steps[:, columns], steps[:, rows]
    turned = int(np.argmax(np.abs(right))) == _DOWN[axis]
    if turned:
        right, down = down, right
    return Display(
        turned=turned,
        mirror_x=bool(right[np.argmax(np.abs(right))] > 0),
        mirror_y=bool(down[np.argmax(np.abs(down))] > 0),
        spacing=(float(np.linalg.norm(right)), float(np.linalg.norm(down))),
    )
