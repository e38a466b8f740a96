"""How a score depends on its judge: the same judge, shown less and less of the image.

Other judges (SAM's ViT-B, MedSAM) are not at hand without a download. A judge that sees the image
at a half, a quarter, an eighth of its sharpness is a weaker one of the same kind; the trend tells
whether a stronger judge may be expected to rank better.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from MedSAMLib.metrics import dice
from MedSAMLib.prompts import tight_box
from MedSAMLib.quality.objects import find_objects
from training.datasets import Triple
from training.sqasam.ranking import ranking
from training.sqasam.readings import MIN_PIXELS

SIDES = (256, 64, 32)
MOST_IMAGES = 20
MOST_OBJECTS = 2  # the largest


def measure(model, triples: Sequence[Triple], bench) -> dict:
    """Side in pixels -> the judge's own Dice with true boxes, and the box score's ranking."""
    groups = list(dict.fromkeys(t.group for t in triples))[: bench.limit or MOST_IMAGES]
    triples = [t for t in triples if t.group in groups]
    dices = [dice(t.mask, t.truth) for t in triples]
    result = {}
    for side in SIDES:
        scores, own = [], {}
        for triple in triples:
            embedding = model.embed(blurred(triple.image, side))
            if triple.group not in own:
                own[triple.group] = _own_dice(model, embedding, triple.truth)
            scores.append(_box_score(model, embedding, triple.mask))
        measured = ranking(scores, dices, [t.group for t in triples], bench.seed)
        result[str(side)] = {
            "judge_dice": float(np.mean(list(own.values()))),
            "ranking": {name: asdict(interval) for name, interval in measured.items()},
        }
    return result


def blurred(image: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """The image with the detail of `side` x `side` pixels, at its own size."""
    small = Image.fromarray(image).resize((side, side), Image.Resampling.BOX)
    return np.asarray(small.resize(image.shape[1::-1], Image.Resampling.BICUBIC))


def _own_dice(model, embedding, truth: NDArray[np.bool_]) -> float:
    return dice(model.segment(embedding, box=tight_box(truth)).masks[0], truth)


def _box_score(model, embedding, mask: NDArray[np.bool_]) -> float:
    large = sorted((o for o in find_objects(mask) if o.area >= MIN_PIXELS), key=lambda o: -o.area)
    large = large[:MOST_OBJECTS]
    if not large:
        return float("nan")
    answers = model.segment(embedding, box=np.array([each.box for each in large], float)).masks
    agreements = [dice(each.mask, answer) for each, answer in zip(large, answers, strict=True)]
    return float(np.average(agreements, weights=[each.area for each in large]))
