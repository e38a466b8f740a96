"""Alternatives as a text that a scene can keep, and back."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict

import numpy as np

from MedSAMLib.errors import MedSAMError
from MedSAMLib.geometry import Plane
from MedSAMLib.hypotheses import Hypotheses
from MedSAMLib.hypotheses.run_length import decode
from MedSAMLib.json_text import parsed
from MedSAMLib.prompts import Prompts

from ..session.prompts import SliceKey
from .candidates import SliceSet
from .request import Request

# Logits are not kept: what is shown needs their signs at most, which the masks have.
_SURE = 10.0


def to_json(sets: Iterable[SliceSet]) -> str:
    """Everything that is needed to show the alternatives again."""
    return json.dumps([_as_dict(each) for each in sets], separators=(",", ":"))


def from_json(text: str, volume_id: str) -> list[SliceSet]:
    """The alternatives of a saved scene; of a text that is none of ours there are none.

    `volume_id` is the node they are for: a loaded scene may have renamed it.
    """
    try:
        return [_set(entry, volume_id) for entry in parsed(text or "[]")]
    except (LookupError, ValueError, TypeError, AttributeError, OverflowError, MedSAMError):
        return []


def _as_dict(each: SliceSet) -> dict:
    return {
        "shape": each.slice.shape,
        "affine": each.slice.affine,
        "box": _list(each.prompts.box),
        "points": _list(each.prompts.points),
        "labels": _list(each.prompts.labels),
        "request": asdict(each.request),
        "model": each.model,
        "method": each.hypotheses.method,
        "scores": each.hypotheses.scores.tolist(),
        "masks": each.encoded,
        "combined": [[each_one.sources, each_one.rule] for each_one in each.combined],
        "chosen": each.chosen,
        "marked": sorted(each.marked),
        "accepted": each.accepted,
    }


def _set(entry: dict, volume_id: str) -> SliceSet:
    height, width = (int(number) for number in entry["shape"])
    affine = np.array(entry["affine"], float).reshape(4, 4)
    if not np.isfinite(affine).all():
        raise ValueError("a slice is nowhere")
    plane = Plane((height, width), affine)
    masks = np.stack([decode(text, (height, width)) for text in entry["masks"]])
    found = SliceSet(
        SliceKey.of(volume_id, plane),
        Prompts(*(_array(entry[name]) for name in ("box", "points", "labels"))),
        Request(**entry["request"]),
        str(entry["model"]),
        _hypotheses(masks, entry),
        marked=set(entry["marked"]),
        accepted=list(entry["accepted"]),
    )
    for sources, rule in entry["combined"]:
        found.combine(sources, rule)
    found.chosen = min(max(int(entry["chosen"]), 0), len(found.candidates) - 1)
    return found


def _hypotheses(masks: np.ndarray, entry: dict) -> Hypotheses:
    logits = np.where(masks, _SURE, -_SURE).astype(np.float32)
    return Hypotheses(masks, logits, np.array(entry["scores"], np.float32), str(entry["method"]))


def _list(array: np.ndarray | None) -> list | None:
    return None if array is None else np.asarray(array).tolist()


def _array(numbers: list | None) -> np.ndarray | None:
    return None if numbers is None else np.array(numbers)
