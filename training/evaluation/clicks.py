"""Simulated corrective clicks, and the number of clicks that a mask takes (NoC).

The protocol is that of interactive segmentation (Sofiiuk et al., "Reviving iterative
training with mask guidance", arXiv 2102.06583, section 4), made deterministic: the first
click is the object's most interior point; each further click is the most interior point
of the largest connected region that is wrong, positive where it was missed and negative
where it is too much. Each call gets all clicks so far and the last logits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from MedSAMLib import metrics
from MedSAMLib.prompts import most_interior_point

MAX_CLICKS = 10
# What is always simulated, even where the goal is reached earlier.
MIN_CLICKS = 5
GOAL_DICE = 0.9


class PromptedModel(Protocol):
    """What the evaluation needs of a model; `MedSAMLib.SamModel` has it."""

    def embed(self, image: NDArray, window: Any = "auto") -> Any: ...

    def segment(self, embedding: Any, **prompts: Any) -> Any: ...


@dataclass(frozen=True)
class Click:
    """A point (x, y) in pixels, 1 foreground or 0 background."""

    x: float
    y: float
    label: int


@dataclass(frozen=True, eq=False)
class ClickCurves:
    """What N objects reached after each click, (N, MAX_CLICKS); NaN where none was made.

    A mask that is perfect takes no further click, and keeps its values.
    """

    dice: NDArray[np.float64]
    iou: NDArray[np.float64]
    score: NDArray[np.float64]


def next_click(mask: NDArray[np.bool_], truth: NDArray[np.bool_]) -> Click | None:
    """The click that corrects `mask` (H, W) most, or None where nothing is wrong.

    Regions are connected by edges (4-neighbors); missed and superfluous ones are apart.
    Of regions of one size, the first missed one is taken.
    """
    candidates = [_largest_region(truth & ~mask), _largest_region(mask & ~truth)]
    sizes = [np.count_nonzero(region) for region in candidates]
    if not any(sizes):
        return None
    label = 1 if sizes[0] >= sizes[1] else 0
    x, y = most_interior_point(candidates[1 - label])
    return Click(float(x), float(y), label)


def number_of_clicks(dice: NDArray[np.float64], goal: float = GOAL_DICE) -> NDArray[np.int64]:
    """Clicks until `goal` for each row of a curve (N, C); C + 1 where it was never reached."""
    reached = np.nan_to_num(dice, nan=-np.inf) >= goal
    return np.where(reached.any(axis=1), reached.argmax(axis=1) + 1, dice.shape[1] + 1)


def click_curves(model: PromptedModel, embedding: Any, truths: NDArray[np.bool_]) -> ClickCurves:
    """Click on each of N objects (N, H, W) of one image until it is good, in one batch."""
    curves = np.full((3, len(truths), MAX_CLICKS), np.nan)
    masks, logits = np.zeros_like(truths), None
    clicks: list[list[Click]] = [[] for _ in truths]
    active = np.arange(len(truths))
    for step in range(MAX_CLICKS):
        active = _add_clicks(clicks, active, masks, truths, curves, step)
        if not active.size:
            break
        answer = model.segment(embedding, **_prompts([clicks[n] for n in active], logits, active))
        masks[active] = answer.masks
        logits = _placed(answer.logits, active, len(truths))
        for n, score in zip(active, answer.scores, strict=True):
            values = metrics.dice(masks[n], truths[n]), metrics.iou(masks[n], truths[n]), score
            curves[:, n, step] = values
    return ClickCurves(*curves)


def _add_clicks(
    clicks: list[list[Click]],
    active: NDArray[np.intp],
    masks: NDArray[np.bool_],
    truths: NDArray[np.bool_],
    curves: NDArray[np.float64],
    step: int,
) -> NDArray[np.intp]:
    """Add a click to each object that still needs one, and return which those are."""
    clicked = []
    for n in active:
        if step >= MIN_CLICKS and np.nanmax(curves[0, n]) >= GOAL_DICE:
            continue
        click = next_click(masks[n], truths[n])
        if click is None:
            curves[:, n, step:] = curves[:, n, step - 1, None]
            continue
        clicks[n].append(click)
        clicked.append(n)
    return np.array(clicked, dtype=np.intp)


def _prompts(
    clicks: list[list[Click]], logits: NDArray[np.float32] | None, active: NDArray[np.intp]
) -> dict[str, NDArray]:
    prompts = {
        "points": np.array([[(click.x, click.y) for click in row] for row in clicks]),
        "labels": np.array([[click.label for click in row] for row in clicks]),
    }
    return prompts if logits is None else {**prompts, "mask": logits[active]}


def _placed(logits: NDArray, active: NDArray[np.intp], count: int) -> NDArray[np.float32]:
    placed = np.zeros((count, *logits.shape[1:]), dtype=np.float32)
    placed[active] = logits
    return placed


def _largest_region(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    regions, count = ndimage.label(mask)
    if not count:
        return mask
    return regions == np.argmax(np.bincount(regions.ravel())[1:]) + 1
