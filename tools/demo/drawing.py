"""Masks and prompts drawn over pictures, in colors that color-blind people tell apart on gray."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

from .view import View

# Okabe and Ito's palette: orange for the mask, sky blue for what the user did; what a click
# changed differs in pattern as well as in color.
MASK = (230, 159, 0)
PROMPT = (86, 180, 233)
ADDED = (240, 228, 66)
REMOVED = (204, 121, 167)
DARK = (0, 0, 0)
WHITE = (255, 255, 255)

# Five steps of the sequential scale "cividis" (Nunez 2018), made for color-blind eyes.
SHARES = (0.0, 0.25, 0.5, 0.75, 0.999, 1.0)
SHARE_COLORS = ((0, 34, 78), (66, 78, 108), (124, 123, 120), (187, 175, 113), (254, 232, 56))

FILL = 0.22  # opacity: what is below must stay readable
OUTLINE = 3
HALO = 1  # a dark rim, so that the outline shows on bright tissue too
HATCH_PERIOD, HATCH_WIDTH = 12, 5
CLICK_RADIUS = 13


def draw_mask(picture: Image.Image, view: View, mask: np.ndarray, outline: int = OUTLINE) -> None:
    """Fill and outline a mask (H, W) of the plane, in place."""
    shown = view.mask(mask)
    if not shown.any():
        return
    _blend(picture, shown, MASK, FILL)
    inside = shown & ~ndimage.binary_erosion(shown, iterations=outline, border_value=1)
    rim = ndimage.binary_dilation(shown, iterations=HALO) & ~shown
    _blend(picture, rim, DARK, 0.7)
    _blend(picture, inside, MASK, 1.0)


def draw_change(picture: Image.Image, view: View, before: np.ndarray, after: np.ndarray) -> None:
    """Show what a click added (solid) and what it took away (hatched), in place."""
    old, new = view.mask(before), view.mask(after)
    _blend(picture, new & ~old, ADDED, 0.75)
    down, across = np.indices(old.shape)
    hatch = (down + across) % HATCH_PERIOD < HATCH_WIDTH
    _blend(picture, old & ~new, REMOVED, 0.35)
    _blend(picture, old & ~new & hatch, REMOVED, 0.95)


def draw_agreement(picture: Image.Image, view: View, share: np.ndarray) -> None:
    """Color the pixels of the plane by a share (H, W) in 0..1, nothing where it is 0; in place."""
    for low, high, color in zip(SHARES[:-1], SHARES[1:], SHARE_COLORS, strict=True):
        _blend(picture, view.mask((share > low) & (share <= high)), color, 0.6)


def draw_outline(picture: Image.Image, view: View, mask: np.ndarray, color: tuple) -> None:
    """The border of a mask (H, W) of the plane without its filling, in place."""
    shown = view.mask(mask)
    inner = ndimage.binary_erosion(shown, iterations=OUTLINE - 1, border_value=1)
    _blend(picture, shown & ~inner, color, 1.0)


def draw_box(picture: Image.Image, view: View, box: np.ndarray) -> None:
    """Outline a box (x0, y0, x1, y1) of the plane, in place."""
    left, top, right, bottom = view.box(box)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((left - 2, top - 2, right + 1, bottom + 1), outline=DARK, width=5)
    draw.rectangle((left - 1, top - 1, right, bottom), outline=PROMPT, width=3)


def draw_points(picture: Image.Image, view: View, points: np.ndarray, labels: np.ndarray) -> None:
    """Mark points: a disk with a plus for the object, with a minus for what is beside it."""
    draw = ImageDraw.Draw(picture)
    for (x, y), label in zip(points, labels, strict=True):
        across, down = view.point(x, y)
        _disk(draw, across, down, CLICK_RADIUS + 3, DARK)
        _disk(draw, across, down, CLICK_RADIUS + 1, WHITE)
        _disk(draw, across, down, CLICK_RADIUS - 1, PROMPT if label else DARK)
        arm = CLICK_RADIUS * 0.55
        ink = DARK if label else WHITE
        draw.line((across - arm, down, across + arm, down), fill=ink, width=4)
        if label:
            draw.line((across, down - arm, across, down + arm), fill=ink, width=4)


def _disk(draw: ImageDraw.ImageDraw, x: float, y: float, radius: float, color: tuple) -> None:
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=color)


def _blend(picture: Image.Image, where: np.ndarray, color: tuple, opacity: float) -> None:
    """Lay a color over the true pixels of `where`, which has the picture's size."""
    stencil = Image.fromarray((where * round(255 * opacity)).astype(np.uint8))
    picture.paste(color, (0, 0), stencil)
