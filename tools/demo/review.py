"""The page's section about the review list: some slices are spoilt on purpose, and looked for."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from MedSAMLib.geometry import array_axis, axis_plane, extract
from MedSAMLib.images import to_uint8
from MedSAMLib.quality import Report, Settings, SliceScore, assess

from .drawing import MASK, draw_outline
from .journey import Journey
from .pictures import SMALL, Figure, close_on_prompts
from .sections import Section, grid, paragraph, seconds

WORST_SHOWN = 8
FEWEST_SLICES = 8  # of the segment: a list of fewer says little


@dataclass(frozen=True)
class Review:
    """A segment (K, J, I) with spoilt slices, {slice: what was done}, and what the judge says."""

    mask: np.ndarray
    spoilt: dict[int, str]
    report: Report


def can_be_reviewed(journey: Journey) -> bool:
    """Whether there is a segment of several slices."""
    if journey.propagated is None:
        return False
    first, last = journey.propagated.whole.slices
    return last - first + 1 >= FEWEST_SLICES


def review_section(journey: Journey) -> Section:
    """The worst slices of the spoilt segment, and whether the spoilt ones are among them."""
    review = _review(journey)
    worst = _worst_first(review.report.slices)
    figures = [_figure(journey, review, scored) for scored in worst[:WORST_SHOWN]]
    html = paragraph(
        "A reviewer wants to know which slices of somebody's segmentation deserve a second look. "
        f"To try it, three slices were spoilt on purpose: {_list(review.spoilt)}. The judge is not "
        "told. It prompts the network with the center and the box of what is outlined on each "
        "slice, and scores how far the answers agree with it; no reference is needed. The worst "
        "slices by this score, worst first:"
    )
    html += grid("strip", figures) + paragraph(_outcome(review, worst))
    html += paragraph(
        "Agreement is not accuracy. Here the judge is the network that made the segment, which "
        "flatters what was not spoilt; it is meant for the work of other programs and of people. "
        "Wrong names, and objects that nobody outlined, do not show in this score. In Slicer, the "
        "module MedSAM Quality leads through the list; nothing is ever replaced by itself."
    )
    return Section("Which slices deserve a second look?", html, figures)


def spoil(mask: np.ndarray, how: str) -> np.ndarray:
    """A mask (H, W) with a fault as people make them: "moved", "partly lost" or "leaked"."""
    rows, columns = np.nonzero(mask)
    width = int(np.ptp(columns)) + 1
    if how == "moved":
        return ndimage.shift(mask.astype(np.uint8), (0, 0.6 * width), order=0) > 0
    if how == "partly lost":
        return mask & (np.arange(len(mask))[:, None] > np.median(rows))
    reach = max(2, round(0.4 * width))
    below = np.arange(len(mask))[:, None] > np.median(rows)
    return mask | (ndimage.binary_dilation(mask, iterations=reach) & below)


FAULTS = ("moved", "partly lost", "leaked")


def _review(journey: Journey) -> Review:
    subject = journey.subject
    axis = array_axis(subject.volume, subject.axis)
    mask = journey.mask.copy()
    slices = np.moveaxis(mask, axis, 0)
    occupied = np.flatnonzero(slices.any(axis=(1, 2)))
    places = np.linspace(0, len(occupied) - 1, len(FAULTS) + 2)[1:-1].round().astype(int)
    spoilt = {int(occupied[place]): how for place, how in zip(places, FAULTS, strict=True)}
    for index, how in spoilt.items():
        slices[index] = spoil(slices[index], how)
    volume = subject.volume
    report = assess(
        journey.model,
        volume.array,
        mask.astype(np.uint8),
        volume.affine,
        settings=Settings(axis=subject.axis),
        window=journey.window,
        names={1: subject.segment_name},
    )
    return Review(mask, spoilt, report)


def _figure(journey: Journey, review: Review, scored: SliceScore) -> Figure:
    volume, axis = journey.subject.volume, journey.subject.axis
    view = close_on_prompts(journey, SMALL)
    picture = view.image(
        to_uint8(extract(volume, axis_plane(volume, axis, scored.slice)), journey.window)
    )
    given = np.take(review.mask, scored.slice, axis=array_axis(volume, axis))
    draw_outline(picture, view, given, MASK)
    fault = review.spoilt.get(scored.slice)
    told = f"; spoilt: {fault}" if fault else ""
    return Figure(
        f"spoilt-{scored.slice:04d}.png",
        picture,
        f"The outline on slice {scored.slice}{told}",
        f"Slice {scored.slice}, score {scored.score:.2f}{told}",
    )


def _worst_first(slices: Iterable[SliceScore]) -> list[SliceScore]:
    """By score; slices whose objects are too small for one are left out."""
    return sorted((each for each in slices if math.isfinite(each.score)), key=_score)


def _score(scored: SliceScore) -> float:
    return scored.score


def _list(spoilt: dict[int, str]) -> str:
    return ", ".join(f"slice {index} ({how})" for index, how in spoilt.items())


def _outcome(review: Review, worst: list[SliceScore]) -> str:
    order = [scored.slice for scored in worst]
    places = sorted(order.index(index) + 1 for index in review.spoilt if index in order)
    places = ", ".join(str(place) for place in places)
    return (
        f"Of {len(order)} slices, the three spoilt ones came at places {places} of the list; it "
        f"took {seconds(review.report.seconds)}."
    )
