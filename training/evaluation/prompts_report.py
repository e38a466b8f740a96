"""The box and point tables of a model, as Markdown, with the protocol in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from training.evaluation.baselines import GRABCUT_CORE, GRABCUT_ITERATIONS, GRABCUT_SIZE
from training.evaluation.bootstrap import RESAMPLES
from training.evaluation.clicks import GOAL_DICE, MAX_CLICKS
from training.evaluation.prompts_table import LOOSE_FRACTION, METHODS
from training.evaluation.report import (
    markdown_table,
    number,
    provenance_lines,
    with_interval,
)
from training.evaluation.sets import SETS
from training.evaluation.summary import GAINS, SetSummary

METHOD_TITLES = {
    "ellipse": "inscribed ellipse",
    "grabcut": "GrabCut",
    "tight_box": "**model, tight box**",
    "loose_box": f"model, box + {LOOSE_FRACTION:.0%}",
}

PROTOCOL = f"""\
- **Oracle prompts**: boxes and clicks are derived from the reference mask, every object is
  prompted alone. The tight box is the smallest around the mask; "+ {LOOSE_FRACTION:.0%}" moves each
  of its sides outward by {LOOSE_FRACTION:.0%} of its extent (cut at the image's edge).
- **Objects**: LIDC, each reader's non-empty mask on each slice; polyp sets, all polyps of an image
  as one mask; hippocampus and organs, each label with at least 10 pixels on a slice, in the
  array's three orientations; DeepLesion, the lesion on each axial slice.
- **Means**: over an image's objects, then over images. In brackets the 95 % percentile bootstrap
  interval, {RESAMPLES:,} resamples of groups: patients (LIDC, hippocampus, DeepLesion), video
  sequences (CVC), images (Sessile), slices of the one patient (organs: other patients are not
  covered).
- **HD95** is the 95th percentile Hausdorff distance, **surface Dice** has a tolerance of one
  pixel; boundaries are the mask's elements with a 4-neighbor outside. An empty mask counts as
  Dice 0 and HD95 the image's diagonal.
- **Baselines** get the tight box. GrabCut: {GRABCUT_ITERATIONS} iterations in a crop scaled to
  {GRABCUT_SIZE} pixels, the box's ellipse at {GRABCUT_CORE:.0%} certain foreground, at 100 %
  probable foreground, outside the box certain background (from the bare box it collapses).
- **Clicks**: the first at the object's most interior point, each further one at the most interior
  point of the largest wrong region, positive or negative; all clicks so far and the last logits
  are given, one mask is asked for. **NoC90**: clicks until Dice {GOAL_DICE}, {MAX_CLICKS} where it
  is not reached in {MAX_CLICKS}; their share stands beside it.
- **Predicted IoU**: Spearman's correlation of the model's own estimate with the true IoU over
  objects, of tight boxes, and of all prompts (both boxes, 1 and 5 clicks).
"""

Summaries = Mapping[str, SetSummary]


def prompts_markdown(summaries: Summaries, provenance: dict, limit: int | None) -> str:
    """The whole page: provenance, protocol, sets and tables."""
    drawn = "" if limit is None else f"- at most {limit} images a set, drawn by the seed\n"
    parts = [
        f"# Box and point prompts: {provenance['model']['name']}\n",
        provenance_lines(provenance) + "\n" + drawn,
        "## Protocol\n",
        PROTOCOL,
        "## Sets\n",
        _sets_table(summaries),
        "## Boxes\n",
        _box_table(summaries),
        "Differences of Dice on the same images:\n",
        _gain_table(summaries),
        "## Points\n",
        _click_table(summaries),
        "## Predicted IoU\n",
        _iou_table(summaries),
    ]
    return "\n".join(parts)


def _table(
    header: tuple[str, ...], summaries: Summaries, row: Callable[[SetSummary], tuple]
) -> str:
    rows = [(SETS[name].title, *row(summary)) for name, summary in summaries.items()]
    return markdown_table(("set", *header), rows)


def _sets_table(summaries: Summaries) -> str:
    rows = [
        (SETS[name].title, str(s.images), str(s.objects), str(s.groups), SETS[name].relation)
        for name, s in summaries.items()
    ]
    return markdown_table(("set", "images", "objects", "groups", "to the starter's training"), rows)


def _box_table(summaries: Summaries) -> str:
    header = ("set", "method", "Dice [95 % CI]", "IoU", "HD95", "surface Dice")
    rows = [
        (SETS[name].title, METHOD_TITLES[method], *_box_values(summary, method, SETS[name].unit))
        for name, summary in summaries.items()
        for method in METHODS
    ]
    return markdown_table(header, rows)


def _box_values(summary: SetSummary, method: str, unit: str) -> tuple[str, ...]:
    values = summary.methods[method]
    return (
        with_interval(values["dice"]),
        number(values["iou"].value),
        f"{number(values['hd95'].value, 2)} {unit}",
        number(values["surface_dice"].value),
    )


def _gain_table(summaries: Summaries) -> str:
    names = [f"{first} - {second}" for first, second in GAINS]
    header = tuple(name.replace("_", " ").replace("-", "−") for name in names)
    return _table(header, summaries, lambda s: tuple(with_interval(s.gains[n]) for n in names))


def _click_table(summaries: Summaries) -> str:
    header = ("1 click, Dice", "5 clicks, Dice", "5 clicks / tight box", "NoC90", "never reached")
    return _table(header, summaries, _click_values)


def _click_values(summary: SetSummary) -> tuple[str, ...]:
    one, five = summary.click_dice["1"], summary.click_dice["5"]
    of_box = five.value / max(summary.methods["tight_box"]["dice"].value, 1e-9)
    return (
        with_interval(one),
        with_interval(five),
        number(of_box),
        with_interval(summary.noc90, 2),
        f"{summary.never_reached.value:.1%}",
    )


def _iou_table(summaries: Summaries) -> str:
    header = ("Spearman, tight box", "Spearman, all prompts", "embedding, median s")
    return _table(
        header,
        summaries,
        lambda s: (
            with_interval(s.spearman_tight_box),
            with_interval(s.spearman_all_prompts),
            number(s.embedding_seconds_median),
        ),
    )
