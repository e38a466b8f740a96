"""The page on what D_avg can be, as Markdown."""

from __future__ import annotations

from collections.abc import Mapping

from training.evaluation.report import markdown_table, number, provenance_lines, with_interval
from training.seqsam.config import SeqSamConfig
from training.seqsam.evaluation.single_mask import READERS
from training.seqsam.evaluation.trial_list import (
    BOXES_OF_SETS,
    BOXES_OF_VOTES,
    MASKS_OF_SETS,
    SETS,
    SHIPPED_COUNTS,
    SINGLE,
    STEPS_OF_SETS,
)
from training.seqsam.evaluation.trials import BOXES
from training.seqsam.evaluation.votes import RULES, VOTE

HEAD = """\
# What D_avg can be: the vote of several masks, and one mask

D_avg is the mean Dice of one mask, the majority vote, with the readers who marked something. A vote
is a function of image and box, as the answer of a network for one mask is, and that network is
trained for the mean Dice itself: of what image and box tell both can reach the same, and no more.
How far a run stays below that is a matter of its budget, equal within a table here, of what a
step tells it, and of chance. Figures are taken at the resolution of the logits, so that they differ
a little from those of [the table](hypotheses.md). In brackets 95 % intervals by patient.
"""
READERS_NOTE = """\
## What the readers reach

No network is asked; a network has the box, which these have not.
"""
SINGLE_NOTE = """\
## Chance, and what a step tells

Runs of `training.seqsam.train` with the settings of `training/configs/seqsam.json` but for what the
row tells. "gain" is the paired difference from the first row, the baseline of the table. Rows that
differ by the seed alone tell what chance is worth: the interval of a paired difference knows the
cases, not the run.
"""
VOTE_NOTE = """\
## Ways of counting votes

The shipped head, D_avg; an even M can have ties.
"""
SETS_NOTE = f"""\
## The vote in the loss

SeqSAM for {STEPS_OF_SETS} steps with {MASKS_OF_SETS} masks, by the weight of the vote's error
beside the set's energy distance: GED against the readers who marked something (lower is better),
and D_avg.
"""


def ceilings_markdown(content: Mapping) -> str:
    """The whole page."""
    return "\n".join(
        (
            HEAD,
            f"{provenance_lines(content['provenance'])}\n- cases: {content['cases']}\n",
            READERS_NOTE,
            _readers(content["readers"]),
            SINGLE_NOTE,
            _single(content["trials"]),
            VOTE_NOTE,
            _votes(content["shipped"]),
            SETS_NOTE,
            _sets(content["trials"]),
        )
    )


def _readers(found: Mapping) -> str:
    rows = [(title, with_interval(found[name])) for name, title in READERS.items()]
    return markdown_table(("one mask", "mean Dice with the readers"), rows)


def _single(trials: Mapping) -> str:
    """One row a run: what it learnt from, and by box D_avg and its gain."""
    rows = []
    for trial in SINGLE:
        found = trials[trial.name]
        seed = trial.settings.get("seed", SeqSamConfig.seed)
        key = f"{VOTE}@{trial.count}"
        values = [(number(each[key].value), with_interval(each["gain"])) for each in found.values()]
        told = (f"{trial.settings['steps']}", f"{seed}")
        rows.append((trial.title, *told, *(cell for pair in values for cell in pair)))
    by_box = [name for title in BOXES.values() for name in (title, "gain")]
    return markdown_table(("run", "steps", "seed", *by_box), rows)


def _votes(shipped: Mapping) -> str:
    rows = [
        (BOXES[box], rule, *(number(shipped[box][f"{rule}@{m}"].value) for m in SHIPPED_COUNTS))
        for box in BOXES_OF_VOTES
        for rule in RULES
    ]
    return markdown_table(("box", "rule", *(f"M = {m}" for m in SHIPPED_COUNTS)), rows)


def _sets(trials: Mapping) -> str:
    rows = []
    for trial in SETS:
        found = trials[trial.name].values()
        keys = (f"ged@{trial.count}", f"{VOTE}@{trial.count}")
        rows.append((trial.title, *(with_interval(each[key]) for each in found for key in keys)))
    titles = [BOXES[box] for box in BOXES_OF_SETS]
    header = [f"{measure}, {title}" for title in titles for measure in ("GED", "D_avg")]
    return markdown_table(("weight", *header), rows)
