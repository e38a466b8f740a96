"""The page's section about the mask on a grid finer than the pixels."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from html import escape

import numpy as np

from MedSAMLib.geometry import array_axis
from MedSAMLib.images import Volume
from MedSAMLib.implicit import Comparison, UpsampledObject, compare, fine_grid, upsample_object

from .drawing import MASK, draw_outline
from .journey import Journey
from .pictures import LARGE, Figure, close_on_prompts
from .sections import Section, area_unit, code, grid, paragraph, seconds
from .view import View

FACTOR = 4
# What the ways of upsampling are called on the page.
METHODS = {
    "nearest": "the pixels themselves",
    "linear": "linear interpolation",
    "smoothed": "smoothed outline",
    "interpolated": "smoothed outline and mask decoder",
    "implicit": "smoothed outline and implicit decoder",
}


@dataclass(frozen=True)
class Finer:
    """The prompted slice's mask (H, W), upsampled, and compared with other ways."""

    given: np.ndarray
    found: UpsampledObject
    rows: list[Comparison]
    seconds: float

    @property
    def mask(self) -> np.ndarray:
        """(FACTOR H, FACTOR W) bool."""
        return self.found.everywhere().reshape(np.array(self.given.shape) * FACTOR)


def can_be_finer(journey: Journey) -> bool:
    """Whether the prompts gave a mask that has a shape."""
    return int(np.count_nonzero(journey.steps[-1].found.mask)) >= 9


def finer_section(journey: Journey) -> Section:
    """The outline before and after, and what became of area and boundary."""
    finer = _finer(journey)
    figures = [_figure(journey, finer, number) for number in (0, 1)]
    unit = "mm" if journey.subject.is_volume else "pixels"
    html = paragraph(
        f"A mask is a staircase of pixels. {code('medsam upsample')} draws it on a finer grid over "
        f"the same place, here {FACTOR} times as fine, in {seconds(finer.seconds)}. The given mask "
        "decides: its area and the center of every pixel are kept; the network, which looks at the "
        "object in a close view, only shapes the outline between these centers. So nothing is "
        "added or lost, and a wrong mask stays as wrong as it was."
    )
    html += grid("pair", figures) + _table(journey, finer, unit)
    html += paragraph(
        "The shift is the distance between an outline and that of the pixels. It tells how much "
        "was changed, not whether it is better. Where the truth is known, because segments were "
        "made coarser on purpose, the smoothed outline is nearer to it than the pixels and linear "
        "interpolation; what the network adds is little. In Slicer, the finer segment gets a grid "
        "of its own, and a smoother surface in 3-D."
    )
    return Section("The mask on a finer grid", html, figures)


def _finer(journey: Journey) -> Finer:
    given = journey.steps[-1].found.mask
    volume, mask = _single_slice(journey, given)
    axis = journey.subject.axis
    fine = fine_grid(volume, axis, scale=FACTOR)
    began = time.perf_counter()
    found = upsample_object(journey.model, volume, mask, fine, axis, journey.window)
    taken = time.perf_counter() - began
    return Finer(given, found, compare(mask, found), taken)


def _single_slice(journey: Journey, given: np.ndarray) -> tuple[Volume, np.ndarray]:
    """The prompted slice as a volume of one slice, in its place, and the mask on it."""
    volume, index = journey.subject.volume, journey.subject.index
    along = array_axis(volume, journey.subject.axis)
    affine = volume.affine.copy()
    affine[:3, 3] += index * affine[:3, 2 - along]
    array = np.take(volume.array, [index], axis=along)
    return replace(volume, array=array, affine=affine), np.expand_dims(given, along)


def _figure(journey: Journey, finer: Finer, number: int) -> Figure:
    view = close_on_prompts(journey, LARGE)
    picture = view.image(journey.image)
    if number == 0:
        draw_outline(picture, view, finer.given, MASK)
        return Figure("pixels.png", picture, "Outline of the pixels", "The mask's own pixels.")
    draw_outline(picture, _finer_view(view), finer.mask, MASK)
    return Figure(
        "finer.png",
        picture,
        "Outline of the mask on the finer grid",
        f"The same mask with {FACTOR * FACTOR} finer pixels for each.",
    )


def _finer_view(view: View) -> View:
    """The same part of the plane in finer pixels."""
    return replace(
        view,
        x0=view.x0 * FACTOR,
        y0=view.y0 * FACTOR,
        x1=view.x1 * FACTOR,
        y1=view.y1 * FACTOR,
        scale_x=view.scale_x / FACTOR,
        scale_y=view.scale_y / FACTOR,
    )


def _table(journey: Journey, finer: Finer, unit: str) -> str:
    """Areas and shifts of all ways; a slice's volume is its area times its thickness."""
    thickness = journey.plane.thickness
    head = ("", f"area, {area_unit(journey)}", f"mean shift, {unit}", f"95 % shift, {unit}")
    rows = [
        (
            METHODS[each.method],
            f"{each.volume_mm3 / thickness:,.1f}",
            f"{each.mean_shift_mm:.2f}",
            f"{each.shift95_mm:.2f}",
        )
        for each in finer.rows
    ]
    header = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    body = "".join(
        f'<tr><th scope="row">{escape(first)}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in rest)
        + "</tr>"
        for first, *rest in rows
    )
    return f"<table><thead><tr>{header}</tr></thead><tbody>{body}</tbody></table>"
