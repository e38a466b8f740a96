"""The pictures of the page, made from a journey."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage

from MedSAMLib.geometry import array_axis, axis_plane, extract, slice_count
from MedSAMLib.images import to_uint8
from MedSAMLib.prompts import Prompts, tight_box

from .drawing import draw_box, draw_change, draw_mask, draw_points
from .journey import Journey, Step
from .view import View, close_view, whole_view

LARGE, SMALL = 760, 300
SLICES_SHOWN = 8


@dataclass(frozen=True)
class Figure:
    """A picture, its file name, what it shows in words, and its caption."""

    name: str
    picture: Image.Image
    description: str
    caption: str


def overview(journey: Journey) -> Figure:
    """The whole slice with the first prompt on it."""
    subject = journey.subject
    view = whole_view(journey.plane, subject.axis, LARGE)
    picture = view.image(journey.image)
    _draw_prompts(picture, view, journey.steps[0].prompts)
    where = f"{subject.axis} slice {subject.index}" if subject.is_volume else "the image"
    return Figure(
        "overview.png",
        picture,
        f"The whole of {where} with the prompt drawn on it",
        f"What the network is shown: {where}, with the {first_prompt_name(journey)} in blue.",
    )


def step_figure(journey: Journey, number: int) -> Figure:
    """A close look at one step's prompts and mask."""
    step = journey.steps[number]
    view = close_on_prompts(journey)
    picture = view.image(journey.image)
    draw_mask(picture, view, step.found.mask)
    _draw_prompts(picture, view, step.prompts)
    return Figure(
        f"step-{number + 1}.png",
        picture,
        f"Close view of the mask after step {number + 1}",
        "The mask in orange, the prompts in blue.",
    )


def change_figure(journey: Journey) -> Figure:
    """What the corrective clicks changed."""
    before, after = journey.steps[0].found.mask, journey.steps[1].found.mask
    view = close_on_prompts(journey)
    picture = view.image(journey.image)
    draw_change(picture, view, before, after)
    _draw_clicks(picture, view, journey.steps[1])
    return Figure(
        "change.png",
        picture,
        "What the corrective clicks added and took away",
        "What changed: taken away hatched in pink, added in yellow.",
    )


def slice_figures(journey: Journey) -> list[Figure]:
    """The segment in slices spread evenly over those that were kept."""
    subject, whole = journey.subject, journey.propagated.whole
    view = close_view(journey.plane, subject.axis, _extent(journey), SMALL)
    first, last = whole.slices
    chosen = np.unique(np.linspace(first, last, SLICES_SHOWN).round().astype(int))
    return [_slice_figure(journey, int(index), view) for index in chosen]


def plane_figures(journey: Journey) -> list[Figure]:
    """The segment in the three planes through the middle of it."""
    middle = np.array(ndimage.center_of_mass(journey.mask))
    axes = ("axial", "coronal", "sagittal")
    return [
        _plane_figure(journey, axis, middle)
        for axis in axes
        if slice_count(journey.subject.volume, axis) > 1
    ]


def first_prompt_name(journey: Journey) -> str:
    """ "box" or "click"."""
    return "click" if journey.steps[0].prompts.box is None else "box"


def _slice_figure(journey: Journey, index: int, view: View) -> Figure:
    subject = journey.subject
    picture = _overlaid(journey, subject.axis, index, view)
    here = ", the prompted one" if index == subject.index else ""
    return Figure(
        f"slice-{index:04d}.png",
        picture,
        f"The mask on slice {index}",
        f"Slice {index}{here}, predicted quality {journey.propagated.whole.scores[index]:.2f}",
    )


def _plane_figure(journey: Journey, axis: str, middle: np.ndarray) -> Figure:
    volume = journey.subject.volume
    index = round(middle[array_axis(volume, axis)])
    view = whole_view(axis_plane(volume, axis, index), axis, LARGE)
    picture = _overlaid(journey, axis, index, view)
    return Figure(
        f"plane-{axis}.png",
        picture,
        f"The segment on {axis} slice {index}",
        f"{axis.capitalize()}, slice {index}",
    )


def _overlaid(journey: Journey, axis: str, index: int, view: View) -> Image.Image:
    volume = journey.subject.volume
    plane = axis_plane(volume, axis, index)
    picture = view.image(to_uint8(extract(volume, plane), journey.window))
    mask = np.take(journey.mask, index, axis=array_axis(volume, axis))
    draw_mask(picture, view, mask, outline=2)
    return picture


def close_on_prompts(journey: Journey, longest_side: int = LARGE) -> View:
    """The part of the prompted slice that the prompts and the masks lie in."""
    return close_view(journey.plane, journey.subject.axis, _extent(journey), longest_side)


def _extent(journey: Journey) -> np.ndarray:
    """The box around the prompts and all masks of the prompted slice, (x0, y0, x1, y1)."""
    boxes = [tight_box(s.found.mask) for s in journey.steps if s.found.mask.any()]
    prompts = journey.steps[-1].prompts
    if prompts.box is not None:
        boxes = [prompts.box]
    if prompts.points is not None:
        boxes.append(np.concatenate([prompts.points.min(axis=0), prompts.points.max(axis=0) + 1]))
    corners = np.array(boxes)
    return np.concatenate([corners[:, :2].min(axis=0), corners[:, 2:].max(axis=0)])


def _draw_prompts(picture: Image.Image, view: View, prompts: Prompts) -> None:
    if prompts.box is not None:
        draw_box(picture, view, prompts.box)
    if prompts.points is not None:
        draw_points(picture, view, prompts.points, prompts.labels)


def _draw_clicks(picture: Image.Image, view: View, step: Step) -> None:
    draw_points(picture, view, step.prompts.points, step.prompts.labels)
