"""Small pictures of an object with its outline and the judge's two."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from .display import Display
from .outlines import outline_path

LONGEST_SIDE = 208  # of the embedded picture, in pixels
# How much is shown: the object's longest side times this, but at least so many pixels.
_AROUND, _FEWEST_PIXELS = 1.9, 36
# Pixels by which outlines go on outside the picture.
_BEYOND = 2
# The order is the order of drawing, and the names are classes of the style sheet.
OUTLINES = {
    "given": "given segmentation",
    "judge-box": "judge, shown the box",
    "judge-point": "judge, shown the middle",
}


@dataclass(frozen=True)
class Thumbnail:
    """A part of a slice and outlines on it.

    Attributes:
        png: the picture, (height, width) pixels. size: (width, height) in mm.
        outlines: a key of OUTLINES -> the `d` of an SVG path, in pixels of the picture.
    """

    png: bytes
    width: int
    height: int
    size: tuple[float, float]
    outlines: Mapping[str, str]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "png": base64.b64encode(self.png).decode(),
            "width": self.width,
            "height": self.height,
            "size": list(self.size),
            "outlines": dict(self.outlines),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Thumbnail:
        """The inverse of `to_dict`."""
        return cls(
            png=base64.b64decode(values["png"]),
            width=int(values["width"]),
            height=int(values["height"]),
            size=(float(values["size"][0]), float(values["size"][1])),
            outlines={name: str(path) for name, path in values["outlines"].items()},
        )

    def svg(self, description: str) -> str:
        """The drawing; outlines keep their width on the screen whatever its size."""
        width, height = self.size
        given = escape(self.outlines.get("given", ""))
        paths = [f'<path class="halo" d="{given}"/>'] + [
            f'<path class="{name}" d="{escape(self.outlines[name])}"/>'
            for name in OUTLINES
            if self.outlines.get(name)
        ]
        return (
            f'<svg class="picture" viewBox="0 0 {width:.6g} {height:.6g}" role="img" '
            f'aria-label="{escape(description)}"><image width="{width:.6g}" '
            f'height="{height:.6g}" preserveAspectRatio="none" '
            f'href="data:image/png;base64,{base64.b64encode(self.png).decode()}"/>'
            # A drawing of its own, so that what lies outside the picture is cut off.
            f'<svg width="{width:.6g}" height="{height:.6g}" preserveAspectRatio="none" '
            f'viewBox="0 0 {self.width} {self.height}">{"".join(paths)}</svg></svg>'
        )


def thumbnail(image: np.ndarray, masks: Mapping[str, np.ndarray], display: Display) -> Thumbnail:
    """Cut out the surroundings of the mask "given".

    image: (H, W) or (H, W, 3) uint8. masks: a key of OUTLINES -> (H, W) bool.
    """
    image = display(image)
    masks = {name: display(mask) for name, mask in masks.items()}
    part = _surroundings(masks["given"], display.spacing)
    image = image[part]
    height, width = image.shape[:2]
    scale = min(1.0, LONGEST_SIDE / max(height, width))
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    outlines = {name: _cut_outline(_resized_mask(m[part], size)) for name, m in masks.items()}
    return Thumbnail(
        png=_png(image, size),
        width=size[0],
        height=size[1],
        size=(width * display.spacing[0], height * display.spacing[1]),
        outlines={name: path for name, path in outlines.items() if path},
    )


def _cut_outline(mask: np.ndarray) -> str:
    """The outline of a part of a mask, without lines where only the picture ends."""
    return outline_path(np.pad(mask, _BEYOND, mode="edge"), offset=-_BEYOND)


def _surroundings(mask: np.ndarray, spacing: tuple[float, float]) -> tuple[slice, slice]:
    """Rows and columns of a part around the object, square in mm where the image has room."""
    ys, xs = np.nonzero(mask)
    extents = [(xs.min(), xs.max() + 1), (ys.min(), ys.max() + 1)]
    side = max(_FEWEST_PIXELS * min(spacing), *(
        (end - start) * step * _AROUND for (start, end), step in zip(extents, spacing, strict=True)
    ))  # fmt: skip
    columns, rows = (
        _span((start + end) / 2, side / step, count)
        for (start, end), step, count in zip(extents, spacing, mask.shape[::-1], strict=True)
    )
    return rows, columns


def _span(center: float, length: float, end: int) -> slice:
    """`length` pixels around `center`, moved rather than cut at the borders 0 and `end`."""
    whole = min(max(round(length), 1), end)
    start = min(max(round(center - whole / 2), 0), end - whole)
    return slice(start, start + whole)


def _resized_mask(mask: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    from PIL import Image

    if mask.shape == size[::-1]:
        return mask
    picture = Image.fromarray(np.ascontiguousarray(mask).astype(np.uint8) * 255)
    return np.asarray(picture.resize(size, Image.Resampling.BOX)) > 127


def _png(image: np.ndarray, size: tuple[int, int]) -> bytes:
    from PIL import Image

    picture = Image.fromarray(np.ascontiguousarray(image))
    if picture.size != size:
        picture = picture.resize(size, Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    picture.save(stream, "PNG", optimize=True)
    return stream.getvalue()
