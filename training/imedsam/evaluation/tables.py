"""The page of an evaluation: protocol, fits, refinement, certainty, ablations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from training.evaluation.bootstrap import RESAMPLES, Interval
from training.evaluation.report import markdown_table, number, provenance_lines, with_interval
from training.imedsam.evaluation.ablated import Ablation, ablation_table
from training.imedsam.evaluation.budgets import Budget, budget_table
from training.imedsam.evaluation.cases import CASE_SETS, JITTER, PROMPTS
from training.imedsam.evaluation.certainty import (
    BINS,
    NEARBY,
    SHARES,
    Certainty,
    expected_calibration_error,
)
from training.imedsam.evaluation.measuring import TOLERANCE, Fit, Result, intervals
from training.imedsam.evaluation.published import published_section
from training.imedsam.evaluation.verdicts import verdict_table

PROTOCOL = f"""\
- **Oracle boxes**: the tight box of the reference mask. "Jittered" moves each side inward or
  outward by up to {JITTER:.0%} of the box's extent, drawn by the seed. Networks without a box see
  the whole image; that comparison favors those with one.
- **Resolution**: masks are compared at the truth's own resolution, in its pixels. "Mask resized"
  interpolates the logits of the network's own resolution; "image resized first" gives the network
  the image at the truth's resolution.
- **HD95** and **ASSD** in pixels of the truth, **surface Dice** within {TOLERANCE:g} pixel. An
  empty mask has Dice 0 and the image's diagonal as distance.
- **Kept**: "yes" or "no" where the whole interval says so; otherwise only the mean does.
- In brackets the 95 % percentile bootstrap interval, {RESAMPLES:,} resamples of groups (patients,
  video sequences, images).
- **Errors captured**: the share of the wrong pixels among the most uncertain ones, mean over the
  images that have any. **ECE**: expected calibration error in {BINS} bins over the pixels of the
  box, loosened by {NEARBY:.0%}.
"""
TRAINED = """\
Small budgets. Networks with a box begin with the starter's weights; those without begin from
nothing, and would need far more views than these.
"""
ABLATED = """\
Oracle boxes, one seed, equal budgets; every run ends at its last step, so that no checkpoint is
chosen. "Minus full" is the difference of Dice on the same images. "Full, refined" is the full
network asked at other shares: they are a setting of the inference.
"""


def evaluation_page(
    provenance: dict,
    results: Mapping[str, Sequence[Result]],
    refinement: Mapping[str, Sequence[dict[str, Fit]]],
    certainties: Mapping[str, Sequence[Certainty]],
    ablations: Mapping[str, Ablation],
    trained: Mapping[str, Budget],
    seed: int,
    limit: int | None,
) -> str:
    """The whole page as Markdown; parts that were not measured are left out."""
    drawn = "" if limit is None else f"- at most {limit} images a set, drawn by the seed\n"
    parts = [
        f"# Implicit decoder: {provenance['model']['name']}\n",
        provenance_lines(provenance) + "\n" + drawn,
        "## Protocol\n",
        PROTOCOL,
    ]
    if told := verdict_table(results, refinement, seed):
        parts += ["## What was expected\n", told]
    if trained:
        parts += ["## Trained for comparison\n", TRAINED, budget_table(trained)]
    parts += [_set_section(name, each, seed) for name, each in results.items()]
    if refinement:
        parts += ["## What is refined\n", refinement_table(refinement)]
    if certainties:
        parts += ["## What the uncertainty tells\n", certainty_table(certainties)]
    if ablations:
        parts += ["## Ablations, Kvasir-Sessile validation\n", ABLATED, ablation_table(ablations)]
    return "\n".join((*parts, published_section()))


def _set_section(name: str, results: Sequence[Result], seed: int) -> str:
    header = ("method", "box", "Dice [95 % CI]", "HD95", "ASSD", "surface Dice")
    rows = []
    for method in dict.fromkeys(key[0] for key in results[0].fits):
        for prompt in PROMPTS:
            values = intervals(results, (method, prompt), seed)
            rows.append((method, prompt, *fit_cells(values)))
    title = f"## {CASE_SETS[name].title}: {len(results)} images\n"
    return f"{title}\n{markdown_table(header, rows)}"


def fit_cells(values: Mapping[str, Interval]) -> tuple[str, ...]:
    """The cells of a row: Dice with its interval, distances, surface Dice."""
    return (
        with_interval(values["dice"]),
        with_interval(values["hd95"], 2),
        number(values["assd"].value, 2),
        with_interval(values["surface_dice"]),
    )


def refinement_table(refinement: Mapping[str, Sequence[dict[str, Fit]]]) -> str:
    """Means of every way to refine, with the oracle box."""
    rows = [
        (
            CASE_SETS[name].title,
            way,
            *(
                number(float(np.mean([getattr(case[way], measure) for case in cases])), digits)
                for measure, digits in (("dice", 4), ("hd95", 3), ("surface_dice", 4))
            ),
        )
        for name, cases in refinement.items()
        for way in cases[0]
    ]
    return markdown_table(("set", "refined", "Dice", "HD95", "surface Dice"), rows)


def certainty_table(certainties: Mapping[str, Sequence[Certainty]]) -> str:
    """Share of the errors against share of the pixels, and the calibration error."""
    header = ("errors in the most uncertain", *(f"{s:.3g} %" for s in np.multiply(SHARES, 100)))
    rows = [
        (
            CASE_SETS[name].title,
            *(f"{value:.1%}" for value in np.nanmean([c.captured for c in cases], axis=0)),
            f"{np.nanmean([c.in_refined for c in cases]):.1%}",
            number(expected_calibration_error([c.bins for c in cases])),
        )
        for name, cases in certainties.items()
    ]
    return markdown_table((*header, "in the refined", "ECE"), rows)
