"""Everything that can be read off one segmentation without its truth, object by object.

The prompts of an object: its box, its middle by two definitions with one or three answers each,
jittered boxes, and alternatives. What follows from the answers (which reduction, which weights)
is decided later, in `scores.py`, so that the network is asked once for all scores.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from MedSAMLib.metrics import dice
from MedSAMLib.prompts import center_of_mass, most_interior_point, tight_box
from MedSAMLib.quality.baselines import model_confidence, soft_dice_confidence
from MedSAMLib.quality.jitter import jitter_agreements
from MedSAMLib.quality.learned_judge import LearnedJudge
from MedSAMLib.quality.objects import SliceObject, find_objects
from MedSAMLib.quality.spread import object_spread

# Changed whenever the readings' meaning changes, so that no stale cache is read.
VERSION = 1
MIN_PIXELS = 50
JITTERS = 3
HYPOTHESES = 4
POINTS = {"centroid": center_of_mass, "interior": most_interior_point}
NAN = float("nan")


@dataclass(frozen=True)
class Readings:
    """What was read off one segmentation.

    objects: a dictionary an object of at least MIN_PIXELS, largest first: `area`, `box`,
    `confidence`, `jitter`, `spread`, `learned`, and `centroid_single`, `centroid_best`,
    `interior_single`, `interior_best` for the points.
    whole: of the segmentation as one: baselines of its shape and probabilities, `learned`.
    """

    objects: list[dict[str, float]] = field(default_factory=list)
    whole: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Reader:
    """Asks a judge everything (`full`), or box, centroid and the learned judge alone."""

    model: object
    learned: LearnedJudge | None
    full: bool = True
    min_pixels: int = MIN_PIXELS

    @property
    def key(self) -> str:
        """What the readings depend on besides the image and the mask."""
        learned = None if self.learned is None else _fingerprint(self.learned)
        parts = [VERSION, self.model.model_id, learned, self.full, self.min_pixels]
        return sha256(json.dumps(parts).encode()).hexdigest()[:16]

    def read(
        self,
        embedding,
        mask: NDArray[np.bool_],
        probability: NDArray[np.float32] | None = None,
    ) -> Readings:
        """The readings of a mask (H, W) on an embedded image."""
        found = find_objects(mask)
        large = sorted((o for o in found if o.area >= self.min_pixels), key=lambda o: -o.area)
        wholes = [each.mask for each in large]
        rows = self._of_objects(embedding, wholes) if large else []
        whole = shape_baselines(mask, found) | probability_baselines(mask, probability)
        if self.learned is not None:
            verdict = self.learned.verdict(embedding, mask, wholes)
            whole["learned"] = verdict.dice
            whole["learned_map_only"] = verdict.expected
            for row, value in zip(rows, verdict.objects, strict=True):
                row["learned"] = value
        return Readings(rows, whole)

    def _of_objects(self, embedding, masks: Sequence[NDArray]) -> list[dict[str, float]]:
        boxes = np.array([tight_box(mask) for mask in masks])
        answers = self.model.segment(embedding, box=boxes)
        rows = [
            {"area": float(mask.sum()), "box": dice(mask, answer), "confidence": float(score)}
            for mask, answer, score in zip(masks, answers.masks, answers.scores, strict=True)
        ]
        self._add_points(embedding, masks, rows)
        if self.full:
            jitters = jitter_agreements(self.model, embedding, masks, boxes, JITTERS, 0, dice)
            for row, value in zip(rows, jitters, strict=True):
                row["jitter"] = value
            # Alternatives cost the most prompts: of the largest object alone.
            found = object_spread(self.model, embedding, masks[0], boxes[0], HYPOTHESES, 0, dice)
            rows[0] |= {"spread": found.score, "alternatives": found.agreement}
        return rows

    def _add_points(self, embedding, masks: Sequence[NDArray], rows: list[dict]) -> None:
        names = list(POINTS) if self.full else ["centroid"]
        points = np.array([[POINTS[name](mask)] for name in names for mask in masks])
        ones = np.ones((len(points), 1), dtype=int)
        single = self.model.segment(embedding, points=points, labels=ones).masks
        chosen = {"single": single}
        if self.full:
            three = self.model.segment(embedding, points=points, labels=ones, multimask=True)
            chosen["best"] = three.masks[np.arange(len(points)), three.scores.argmax(axis=1)]
        for policy, answers in chosen.items():
            for place, answer in enumerate(answers):
                name, number = names[place // len(masks)], place % len(masks)
                rows[number][f"{name}_{policy}"] = dice(masks[number], answer)


def shape_baselines(mask: NDArray[np.bool_], found: Sequence[SliceObject]) -> dict[str, float]:
    """What costs nothing: size, number of pieces, raggedness. Higher is meant to be better."""
    area = np.count_nonzero(mask)
    if not area:
        return {"area": 0.0, "few_pieces": NAN, "largest_share": NAN, "compactness": NAN}
    steps = np.count_nonzero(np.diff(np.pad(mask, 1), axis=0))
    steps += np.count_nonzero(np.diff(np.pad(mask, 1), axis=1))
    return {
        "area": area / mask.size,
        "few_pieces": -float(len(found)),
        "largest_share": max(each.area for each in found) / area,
        "compactness": 4 * np.sqrt(area) / steps,
    }


def probability_baselines(
    mask: NDArray[np.bool_], probability: NDArray[np.float32] | None
) -> dict[str, float]:
    """Of the segmenting network's own output, which a reviewer seldom has."""
    if probability is None:
        return {}
    return {
        "model_confidence": model_confidence(probability),
        "soft_dice_confidence": soft_dice_confidence(probability, mask),
    }


def cached(path: Path, make: Callable[[], Readings]) -> Readings:
    """The readings in a JSON file, made and written where there is none."""
    if path.is_file():
        return Readings(**json.loads(path.read_text(encoding="utf-8")))
    readings = make()
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".part")
    temporary.write_text(json.dumps(vars(readings)), encoding="utf-8")
    temporary.replace(path)
    return readings


def _fingerprint(judge: LearnedJudge) -> str:
    digest = sha256()
    for value in judge.network.state_dict().values():
        digest.update(value.cpu().numpy().tobytes())
    return digest.hexdigest()[:16]
