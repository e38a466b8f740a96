"""The page that shows why an implicit decoder on a frozen backbone gains little."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from training.evaluation.bootstrap import Interval, grouped_mean
from training.evaluation.report import markdown_table, number, provenance_lines, with_interval
from training.imedsam.evaluation.measuring import Fit

BACKBONE, HEAD = "backbone", "head"
LEARNT, NEW = "learnt", "new"
MEASURES = ("dice", "hd95", "surface_dice")
TITLES = {"sessile": "Kvasir-Sessile", "hippocampus": "hippocampus", "lidc": "LIDC"}


@dataclass(frozen=True)
class Fitted:
    """Fits of the backbone and of the head on the same images, and the images' groups."""

    groups: tuple[str, ...]
    fits: dict[str, tuple[Fit, ...]]


@dataclass(frozen=True)
class RefinerRow:
    """One refiner: what it learnt from, and how it changed the fits on its own training images
    and on new ones."""

    source: str
    pictures: int
    steps: int
    changes: dict[str, dict[str, Interval]]


def change(before: Sequence[Fit], after: Sequence[Fit], groups, seed: int) -> dict[str, Interval]:
    """The mean difference of every measure on the same images."""
    return {
        name: grouped_mean(
            [getattr(b, name) - getattr(a, name) for a, b in zip(before, after, strict=True)],
            list(groups),
            seed,
        )
        for name in MEASURES
    }


def causes_page(
    provenance: dict,
    fitted: Mapping[str, Mapping[str, Fitted]],
    ceilings: Mapping[str, Sequence[Mapping[str, Fit]]],
    refiners: Sequence[RefinerRow],
    seed: int,
) -> str:
    """The whole page as Markdown."""
    return "\n".join(
        (
            "# Where finer masks would have to come from\n",
            provenance_lines(provenance) + "\n",
            INTRODUCTION,
            "## Images that the backbone has learnt, and new ones\n",
            SEEN,
            seen_table(fitted, seed),
            "## What refinement would give if it knew the truth\n",
            CEILING,
            ceiling_table(ceilings),
            "## A fine stage with everything that the network sees\n",
            REFINER,
            refiner_table(refiners),
        )
    )


INTRODUCTION = """\
Training and validation splits, tight boxes, masks at the truth's own resolution; distances in its
pixels, surface Dice within 1 pixel; in brackets the 95 % bootstrap interval over groups. Nothing of
the test splits is looked at.
"""
SEEN = """\
"Learnt" are training images of the starter and of the head, "new" those of the validation splits.
The head's change is the difference from the backbone on the same images.
"""
CEILING = """\
On the new images: the head's coarse mask with the truth in its place at some pixels. With the truth
within some pixels of the mask's boundary, what is still missing lies farther off, where a stage
that only sharpens the boundary does not reach.
"""
REFINER = """\
A convolutional refiner (`training/imedsam/refiner.py`) on polyps. It sees the field and the logits,
the image, and the pretrained trunk's features at the strides 2 and 4, of which the mask decoder
gets nothing, and sees them in a neighborhood. "Learnt fields" are what the backbone says of its
own training images; "new fields" are of 49 polyps of `polyp_quality`, which it has never seen.
Changes are from the backbone's mask. Each threshold is the one with the best Dice on the very
images of its column, which flatters the refiner; the first row is what that choice alone gives.
"""


def seen_table(fitted: Mapping[str, Mapping[str, Fitted]], seed: int) -> str:
    """A row a set and kind of images."""
    rows = []
    for name, kinds in fitted.items():
        for kind, each in kinds.items():
            dice, hd95, surface = (
                grouped_mean([getattr(f, m) for f in each.fits[BACKBONE]], each.groups, seed)
                for m in MEASURES
            )
            by_head = change(each.fits[BACKBONE], each.fits[HEAD], each.groups, seed)
            rows.append(
                (
                    f"{TITLES.get(name, name)}, {kind}",
                    str(len(each.groups)),
                    with_interval(dice),
                    number(hd95.value, 2),
                    with_interval(surface),
                    with_interval(by_head["dice"], 4),
                    with_interval(by_head["surface_dice"], 4),
                )
            )
    header = ("images", "count", "Dice", "HD95", "surface Dice", "head: Dice", "head: surface Dice")
    return markdown_table(header, rows)


def ceiling_table(ceilings: Mapping[str, Sequence[Mapping[str, Fit]]]) -> str:
    """A row a set and place."""
    rows = [
        (
            TITLES.get(name, name),
            way,
            *(
                number(value, digits)
                for value, digits in zip(
                    mean_of([case[way] for case in cases]).values(), (3, 2, 3), strict=True
                )
            ),
        )
        for name, cases in ceilings.items()
        for way in cases[0]
    ]
    return markdown_table(("set", "the truth is put", "Dice", "HD95", "surface Dice"), rows)


def refiner_table(refiners: Sequence[RefinerRow]) -> str:
    """A row a refiner; changes against the backbone's own mask."""
    header = (
        "learnt from",
        "pictures",
        "steps",
        *(f"{measure}, {on} images" for on in ("own", "new") for measure in ("Dice", "surface")),
    )
    rows = [
        (
            row.source,
            str(row.pictures),
            str(row.steps),
            *(
                with_interval(row.changes[on][measure], 4) if on in row.changes else ""
                for on in (LEARNT, NEW)
                for measure in ("dice", "surface_dice")
            ),
        )
        for row in refiners
    ]
    return markdown_table(header, rows)


def as_json(fitted: Mapping[str, Mapping[str, Fitted]], seed: int) -> dict:
    """The means and changes of `seen_table` for programs."""
    return {
        name: {
            kind: {
                "images": len(each.groups),
                "means": {who: mean_of(fits) for who, fits in each.fits.items()},
                "change": change(each.fits[BACKBONE], each.fits[HEAD], each.groups, seed),
            }
            for kind, each in kinds.items()
        }
        for name, kinds in fitted.items()
    }


def mean_of(fits: Sequence[Fit]) -> dict[str, float]:
    """The mean of every measure."""
    return {name: float(np.mean([getattr(each, name) for each in fits])) for name in MEASURES}
