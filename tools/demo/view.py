"""A part of a plane as a picture: turned as radiologists expect it, enlarged, pixels square."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from MedSAMLib.geometry import Plane

# Along R, A, S: a picture's columns run to the patient's left or back, its rows to the back or
# the feet. A plane's step that points the other way is mirrored.
RIGHT, ANTERIOR, SUPERIOR = 0, 1, 2


@dataclass(frozen=True)
class View:
    """Maps pixels of a plane to pixels of a picture.

    Attributes:
        x0, y0, x1, y1: the part of the plane that is shown, whole pixels, ends exclusive.
        scale_x, scale_y: picture pixels per plane pixel.
        turned: columns become rows; `flip_x`, `flip_y`: the picture is then mirrored.
    """

    x0: int
    y0: int
    x1: int
    y1: int
    scale_x: float
    scale_y: float
    turned: bool = False
    flip_x: bool = False
    flip_y: bool = False

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the picture."""
        width = round((self.x1 - self.x0) * self.scale_x)
        height = round((self.y1 - self.y0) * self.scale_y)
        return (height, width) if self.turned else (width, height)

    def image(self, image: np.ndarray) -> Image.Image:
        """The picture of an image (H, W[, 3]) uint8."""
        part = Image.fromarray(np.ascontiguousarray(self._part(image)))
        return part.convert("RGB").resize(self.size, Image.Resampling.BICUBIC)

    def mask(self, mask: np.ndarray) -> np.ndarray:
        """A mask (H, W) at the picture's size, its pixels left as the squares that they are."""
        part = Image.fromarray(self._part(mask).astype(np.uint8) * 255)
        return np.asarray(part.resize(self.size, Image.Resampling.NEAREST)) > 0

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Where a point lies in the picture; pixel centers are at integers in the plane."""
        across = (x + 0.5 - self.x0) * self.scale_x
        down = (y + 0.5 - self.y0) * self.scale_y
        if self.turned:
            across, down = down, across
        width, height = self.size
        return (width - across if self.flip_x else across, height - down if self.flip_y else down)

    def box(self, box: np.ndarray) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of a box (x0, y0, x1, y1) whose ends are exclusive."""
        xa, ya = self.point(box[0] - 0.5, box[1] - 0.5)
        xb, yb = self.point(box[2] - 0.5, box[3] - 0.5)
        return min(xa, xb), min(ya, yb), max(xa, xb), max(ya, yb)

    def _part(self, array: np.ndarray) -> np.ndarray:
        part = array[self.y0 : self.y1, self.x0 : self.x1]
        if self.turned:
            part = part.swapaxes(0, 1)
        part = part[:, ::-1] if self.flip_x else part
        return part[::-1] if self.flip_y else part


def whole_view(plane: Plane, axis: str, longest_side: int) -> View:
    """The whole plane, its longer side `longest_side` picture pixels."""
    height, width = plane.shape
    return _view(plane, axis, (0, 0, width, height), longest_side)


def close_view(plane: Plane, axis: str, box: np.ndarray, longest_side: int) -> View:
    """A square around `box` (x0, y0, x1, y1) with as much again around it, within the plane."""
    sx, sy = plane.pixel_spacing
    side = max((box[2] - box[0]) * sx, (box[3] - box[1]) * sy) * 1.7
    x0, x1 = _span((box[0] + box[2]) / 2, side / sx, plane.shape[1])
    y0, y1 = _span((box[1] + box[3]) / 2, side / sy, plane.shape[0])
    return _view(plane, axis, (x0, y0, x1, y1), longest_side)


def _span(center: float, length: float, end: int) -> tuple[int, int]:
    """`length` pixels around `center`, moved rather than cut at the borders 0 and `end`."""
    whole = min(max(round(length), 1), end)
    start = min(max(round(center - whole / 2), 0), end - whole)
    return start, start + whole


def _view(plane: Plane, axis: str, part: tuple[int, int, int, int], longest_side: int) -> View:
    x0, y0, x1, y1 = part
    sx, sy = plane.pixel_spacing
    scale = longest_side / max((x1 - x0) * sx, (y1 - y0) * sy)
    steps = plane.affine[:3, :2]
    direction_x, direction_y = (int(np.argmax(np.abs(steps[:, c]))) for c in range(2))
    turned = direction_x == SUPERIOR or (axis == "axial" and direction_x == ANTERIOR)
    points_up_x, points_up_y = steps[direction_x, 0] > 0, steps[direction_y, 1] > 0
    return View(
        x0, y0, x1, y1, scale * sx, scale * sy,
        turned=turned,
        flip_x=bool(points_up_y if turned else points_up_x),
        flip_y=bool(points_up_x if turned else points_up_y),
    )  # fmt: skip
