"""What `medsam hypotheses` writes and says."""

from __future__ import annotations

import argparse
import json
import logging
from dataclasses import dataclass

import numpy as np

from .. import __version__
from ..files import atomic_path
from ..geometry import Plane, place
from ..hypotheses import Hypotheses
from ..hypotheses.colors import hypothesis_color
from ..images import Volume
from ..metrics import pairwise_dice
from ..segmentation_io import Segment, write_segmentation
from .reporting import table

OVERLAPPING = ".seg.nrrd"
CONSENSUS_COLOR = (1.0, 1.0, 1.0)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Named:
    """Hypotheses with what their segments are called. rule: of the consensus, None if not asked."""

    found: Hypotheses
    base: str
    rule: str | None

    @property
    def names(self) -> list[str]:
        """Of the segments."""
        return [f"{self.base} {number}" for number in range(1, len(self.found) + 1)]


def write_masks(args: argparse.Namespace, named: Named, plane: Plane, volume: Volume) -> None:
    """All masks into a .seg.nrrd, the consensus into a label map; a warning where all are empty."""
    if not named.found.masks.any():
        logger.warning("nothing was found for %s", named.base)
    overlapping = args.output.name.lower().endswith(OVERLAPPING)
    segments = _hypotheses(named, plane, volume) if overlapping else []
    if named.rule is not None or not overlapping:
        segments.append(_consensus(named, plane, volume))
    write_segmentation(args.output, segments, volume, overwrite=args.force)


def _hypotheses(named: Named, plane: Plane, volume: Volume) -> list[Segment]:
    return [
        Segment(name, place(mask, plane, volume), hypothesis_color(index))
        for index, (name, mask) in enumerate(zip(named.names, named.found.masks, strict=True))
    ]


def _consensus(named: Named, plane: Plane, volume: Volume) -> Segment:
    rule = named.rule or "majority"
    mask = place(named.found.consensus(rule), plane, volume)
    return Segment(f"{named.base} consensus ({rule})", mask, CONSENSUS_COLOR)


def text(named: Named) -> str:
    """A line a mask, best first, and how much they disagree."""
    rows = [
        (
            f"{each['rank']}.",
            each["name"],
            f"{each['area_pixels']} pixels",
            f"{each['difference_from_medoid']:.0%}",
            f"{each['score']:.2f}",
            "" if each["duplicate_of"] is None else f"repeats {each['duplicate_of']}",
        )
        for each in sorted(entries(named), key=lambda each: each["rank"])
    ]
    listed = table(("RANK", "NAME", "AREA", "DIFFERENCE", "SCORE", ""), rows)
    return f"{listed}\nmade by {named.found.method}, disagreement {named.found.disagreement:.2f}"


def entries(named: Named) -> list[dict]:
    """What is told of each mask, in the order of generation; numbers and ranks start at 1."""
    found = named.found
    ranks = np.empty(len(found), dtype=int)
    ranks[found.ranking] = np.arange(1, len(found) + 1)
    with_medoid = pairwise_dice(found.masks, found.masks[found.medoid][None])[:, 0]
    return [
        {
            "number": index + 1,
            "name": name,
            "rank": int(ranks[index]),
            "area_pixels": int(found.areas[index]),
            "difference_from_medoid": round(float(1 - with_medoid[index]), 6),
            "score": round(float(found.scores[index]), 6),
            "duplicate_of": _duplicate_of(found, index),
        }
        for index, name in enumerate(named.names)
    ]


def _duplicate_of(found: Hypotheses, index: int) -> int | None:
    first = int(found.duplicates[index])
    return None if first == index else first + 1


def write_json(args: argparse.Namespace, named: Named, plane: Plane, facts: dict) -> None:
    """Write `facts` and what is known of the masks, whole or not at all."""
    pixel_area = float(np.prod(plane.pixel_spacing))
    masks = [
        {**each, "area_mm2": round(each["area_pixels"] * pixel_area, 6)} for each in entries(named)
    ]
    content = {
        **facts,
        "version": __version__,
        "method": named.found.method,
        "count": len(named.found),
        "disagreement": round(named.found.disagreement, 6),
        "medoid": named.found.medoid + 1,
        "consensus": named.rule,
        "hypotheses": masks,
    }
    with atomic_path(args.json, overwrite=args.force) as temporary:
        temporary.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n", "utf-8")
