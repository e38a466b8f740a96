"""What is expected of an implicit head, and what was measured of it, in one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from training.evaluation.bootstrap import Interval, grouped_mean
from training.evaluation.report import markdown_table, with_interval
from training.imedsam.evaluation.measuring import Fit, Result, gain

IMPLICIT = "**implicit decoder**"
RESIZED = "mask resized"
# Dice that may get lost where the truth has another resolution than in training.
CROSS_RESOLUTION_LOSS = 0.005


def verdict_table(
    results: Mapping[str, Sequence[Result]],
    refinement: Mapping[str, Sequence[dict[str, Fit]]],
    seed: int,
) -> str:
    """Expectation, measured difference with its interval, and whether the mean keeps it; "" where
    there is nothing to compare."""
    rows = [*_against_discrete(results, seed), *_across_resolutions(results, seed)]
    rows += _against_random(refinement, seed)
    header = ("expected, oracle boxes", "measured difference [95 % CI]", "kept")
    return markdown_table(header, rows) if rows else ""


def _against_discrete(results: Mapping[str, Sequence[Result]], seed: int) -> list[tuple]:
    """Dice at the training's resolution; boundaries at the native one."""
    wanted = (
        ("sessile", "dice", 1, "Dice at least the discrete decoder's at 256"),
        ("native", "hd95", -1, "HD95 below the discrete decoder's at native resolution"),
        ("native", "surface_dice", 1, "surface Dice above it"),
    )
    rows = []
    for name, measure, sign, text in wanted:
        for rival in _rivals(results.get(name, ())):
            keys = (IMPLICIT, "oracle"), (rival, "oracle")
            difference = gain(results[name], *keys, measure, seed)
            rows.append(_row(f"{text} ({rival})", difference, sign * difference.value >= 0))
    return rows


def _rivals(results: Sequence[Result]) -> list[str]:
    """The discrete decoders that get the same box; none where there is no implicit one."""
    methods = dict.fromkeys(key[0] for key in results[0].fits) if results else {}
    if IMPLICIT not in methods:
        return []
    return [m for m in methods if m.endswith(RESIZED) and "no box" not in m]


def _across_resolutions(results: Mapping[str, Sequence[Result]], seed: int) -> list[tuple]:
    """The same images asked for at 256 and at 128."""
    if not {"sessile", "sessile_low"} <= set(results) or not _rivals(results["sessile"]):
        return []
    key = (IMPLICIT, "oracle")
    values = [
        high.fits[key].dice - low.fits[key].dice
        for high, low in zip(results["sessile"], results["sessile_low"], strict=True)
    ]
    loss = grouped_mean(values, [result.group for result in results["sessile"]], seed)
    text = f"Dice lost from 256 to 128 at most {CROSS_RESOLUTION_LOSS}"
    return [_row(text, loss, loss.value <= CROSS_RESOLUTION_LOSS)]


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
        rows.append(_row(text, difference, difference.value > 0))
    return rows


def _row(text: str, difference: Interval, kept: bool) -> tuple[str, str, str]:
    told = with_interval(difference, 4) if np.isfinite(difference.value) else "–"
    return text, told, "yes" if kept else "no"
