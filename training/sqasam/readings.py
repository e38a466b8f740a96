"""Everything that can be read off one segmentation without its truth, object by object.

The prompts of an object: its box, its middle by two definitions with one or three answers each,
jittered boxes, and alternatives. What follows from the answers (which reduction, which weights)
is decided later, in `scores.py`, so that the network is asked once for all scores.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from MedSAMLib.hypotheses import Hypotheses
from MedSAMLib.metrics import dice
from MedSAMLib.prompts import center_of_mass, most_interior_point, tight_box
from MedSAMLib.quality.baselines import model_confidence, soft_dice_confidence
from MedSAMLib.quality.jitter import jitter_agreements
from MedSAMLib.quality.learned_judge import LearnedJudge
from MedSAMLib.quality.objects import find_objects
from MedSAMLib.quality.spread import spread_of

# Changed whenever the readings' meaning changes, so that no stale cache is read.
VERSION = 1
MIN_PIXELS = 50
JITTERS = 3
# Whether the alternatives are SeqSAM's (HYPOTHESES of them) instead of SAM's three.
SEQSAM = False
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
    """Asks the promptable judge everything (`full`), or box and centroid alone."""

    model: object
    full: bool = True
    min_pixels: int = MIN_PIXELS

    @property
    def key(self) -> str:
        """What the readings depend on besides the image and the mask."""
        parts = [VERSION, self.model.model_id, self.full, self.min_pixels, SEQSAM]
        return sha256(json.dumps(parts).encode()).hexdigest()[:16]

    def read(
        self,
        embedding,
        mask: NDArray[np.bool_],
        probability: NDArray[np.float32] | None = None,
    ) -> Readings:
        """The readings of a mask (H, W) on an embedded image."""
        wholes = large_objects(mask, self.min_pixels)
        rows = self._of_objects(embedding, wholes) if wholes else []
        return Readings(rows, shape_baselines(mask) | probability_baselines(mask, probability))

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
            # Alternatives cost the most: of the largest object alone.
            found = spread_of(masks[0], self._alternatives(embedding, boxes[0]), dice)
            rows[0] |= {"spread": found.score, "alternatives": found.agreement}
        return rows

    def _alternatives(self, embedding, box: NDArray) -> Hypotheses:
        """SAM's three masks, or SeqSAM's."""
        if SEQSAM:
            return self.model.hypotheses(embedding, box=box, count=HYPOTHESES, method="seqsam")
        return self.model.hypotheses(embedding, box=box, count=3, method="multimask")

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


@dataclass(frozen=True)
class LearnedReader:
    """Asks the learned judge, whose readings are kept apart: its weights change more often."""

    judge: LearnedJudge
    min_pixels: int = MIN_PIXELS

    @property
    def key(self) -> str:
        return sha256(
            f"{VERSION} {_fingerprint(self.judge)} {self.min_pixels}".encode()
        ).hexdigest()[:16]

    def read(self, embedding, mask: NDArray[np.bool_]) -> Readings:
        """`learned` of the objects; `learned` and `learned_map_only` of the whole."""
        verdict = self.judge.verdict(embedding, mask, large_objects(mask, self.min_pixels))
        whole = {"learned": verdict.dice, "learned_map_only": verdict.expected}
        return Readings([{"learned": value} for value in verdict.objects], whole)


def joined(first: Readings, second: Readings) -> Readings:
    """Two readers' readings of the same segmentation."""
    rows = [a | b for a, b in zip(first.objects, second.objects, strict=True)]
    return Readings(rows, first.whole | second.whole)


def large_objects(mask: NDArray[np.bool_], min_pixels: int) -> list[NDArray[np.bool_]]:
    """The masks of the objects that are judged, largest first."""
    large = [each for each in find_objects(mask) if each.area >= min_pixels]
    return [each.mask for each in sorted(large, key=lambda each: -each.area)]


def shape_baselines(mask: NDArray[np.bool_]) -> dict[str, float]:
    """What costs nothing: size, number of pieces, raggedness. Higher is meant to be better."""
    found = find_objects(mask)
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


def read_kept(
    readers: Sequence,
    embed: Callable,
    mask: NDArray[np.bool_],
    place: Path,
    probability: NDArray[np.float32] | None = None,
) -> Readings:
    """What all readers read, each in a file of its own beginning with `place`; made once.

    `embed` gives the embedded image; it is called only where a file is missing.
    """
    found = Readings()
    for reader in readers:
        given = (mask, probability) if isinstance(reader, Reader) else (mask,)
        file = place.with_name(f"{place.name}_{reader.key}.json")
        parts = _kept(file, lambda reader=reader, given=given: reader.read(embed(), *given))
        found = parts if reader is readers[0] else joined(found, parts)
    return found


def _kept(file: Path, make: Callable[[], Readings]) -> Readings:
    """The readings in a JSON file, made and written where there is none."""
    if file.is_file():
        return Readings(**json.loads(file.read_text(encoding="utf-8")))
    readings = make()
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_suffix(f".{os.getpid()}")
    temporary.write_text(json.dumps(vars(readings)), encoding="utf-8")
    temporary.replace(file)
    return readings


def _fingerprint(judge: LearnedJudge) -> str:
    digest = sha256()
    for value in judge.network.state_dict().values():
        digest.update(value.cpu().numpy().tobytes())
    return digest.hexdigest()[:16]
