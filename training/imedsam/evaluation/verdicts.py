"""What is expected of an implicit head, and what was measured of it, in one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from training.evaluation.bootstrap import Interval, grouped_mean
from training.evaluation.report import markdown_table, with_interval
from training.imedsam.evaluation.measuring import Fit, Result, gain
from training.imedsam.evaluation.methods import ADAPTED, IMPLICIT, LORA

RESIZED = "mask resized"
# Dice that may get lost where the truth has another resolution than in training.
CROSS_RESOLUTION_LOSS = 0.005
ABOVE = 1e-9  # more than equal


def verdict_table(
    results: Mapping[str, Sequence[Result]],
    refinement: Mapping[str, Sequence[dict[str, Fit]]],
    seed: int,
) -> str:
    """Expectation, measured difference with its interval, and whether it is kept; "" where there
    is nothing to compare."""
    rows = [*_against_discrete(results, seed), *_across_resolutions(results, seed)]
    rows += _against_random(refinement, seed)
    header = ("expected, oracle boxes", "measured difference [95 % CI]", "kept")
    return markdown_table(header, rows) if rows else ""


def verdict(difference: Interval, sign: int, least: float) -> str:
    """Yes where the whole interval of `sign` times the difference is at least `least`, no
    where all of it is less; otherwise chance may have decided, and the mean is told."""
    bounds = sorted((sign * difference.low, sign * difference.high))
    if bounds[0] >= least:
        return "yes"
    if bounds[1] < least:
        return "no"
    return "mean yes" if sign * difference.value >= least else "mean no"


def _against_discrete(results: Mapping[str, Sequence[Result]], seed: int) -> list[tuple]:
    """Dice at the training's resolution; boundaries at the native one."""
    wanted = (
        ("sessile", "dice", 1, 0.0, "Dice at least the discrete decoder's at 256"),
        ("native", "hd95", -1, ABOVE, "HD95 below the discrete decoder's at native resolution"),
        ("native", "surface_dice", 1, ABOVE, "surface Dice above it"),
    )
    rows = []
    for name, measure, sign, least, text in wanted:
        for ours, rival in _pairs(results.get(name, ())):
            difference = gain(results[name], (ours, "oracle"), (rival, "oracle"), measure, seed)
            told = f"{text} ({rival})" if ours == IMPLICIT else f"{text} ({ours}; {rival})"
            rows.append(_row(told, difference, verdict(difference, sign, least)))
    return rows


def _pairs(results: Sequence[Result]) -> list[tuple[str, str]]:
    """The implicit decoder and each discrete one that gets the same box; one with adapters and
    the discrete one that was trained like it; none where there is no implicit one."""
    methods = dict.fromkeys(key[0] for key in results[0].fits) if results else {}
    rivals = [m for m in methods if m.endswith(RESIZED) and "no box" not in m]
    pairs = [(IMPLICIT, rival) for rival in rivals if IMPLICIT in methods]
    return pairs + [(ADAPTED, r) for r in rivals if ADAPTED in methods and r.startswith(LORA)]


def _across_resolutions(results: Mapping[str, Sequence[Result]], seed: int) -> list[tuple]:
    """The same images asked for at 256 and at 128."""
    if not {"sessile", "sessile_low"} <= set(results):
        return []
    rows = []
    for ours in dict.fromkeys(ours for ours, _ in _pairs(results["sessile"])):
        values = [
            high.fits[ours, "oracle"].dice - low.fits[ours, "oracle"].dice
            for high, low in zip(results["sessile"], results["sessile_low"], strict=True)
        ]
        loss = grouped_mean(values, [result.group for result in results["sessile"]], seed)
        text = f"Dice lost from 256 to 128 at most {CROSS_RESOLUTION_LOSS}"
        told = text if ours == IMPLICIT else f"{text} ({ours})"
        rows.append(_row(told, loss, verdict(loss, -1, -CROSS_RESOLUTION_LOSS)))
    return rows


def _against_random(refinement: Mapping[str, Sequence[dict[str, Fit]]], seed: int) -> list[tuple]:
    rows = []
    for name, cases in refinement.items():
        uncertain, random = (
            next(way for way in cases[0] if word in way) for word in ("uncertain 12.5", "random")
        )
        values = [case[uncertain].surface_dice - case[random].surface_dice for case in cases]
        groups = [str(number) for number in range(len(cases))]
        difference = grouped_mean(values, groups, seed)
        text = f"surface Dice: uncertain points refined above random ones, {name}"
        rows.append(_row(text, difference, verdict(difference, 1, ABOVE)))
    return rows


def _row(text: str, difference: Interval, kept: str) -> tuple[str, str, str]:
    told = with_interval(difference, 4) if np.isfinite(difference.value) else "–"
    return text, told, kept
