"""The stopping rules under which recorded walks come out best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from MedSAMLib.propagation import StoppingRules
from training.propagation.traces import Trace, outcome

CANDIDATES: dict[str, tuple[float, ...]] = {
    "least_score": (0.0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7),
    "largest_score_fall": (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 1.0),
    "largest_area_ratio": (1.3, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0, 10.0),
    "largest_growth": (1.1, 1.25, 1.5, 2.0, 3.0, 10.0),
    "largest_move": (0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 1.5, 3.0),
}
ROUNDS = 3


def mean_dice(traces: Sequence[Trace], rules: StoppingRules) -> float:
    """Mean Dice (K, J, I) over objects."""
    return float(np.mean([outcome(each, rules).dice for each in traces]))


def best_rules(traces: Sequence[Trace], start: StoppingRules | None = None) -> StoppingRules:
    """Coordinate search: each limit in turn takes its best candidate, a few rounds long."""
    best = start or StoppingRules()
    for _ in range(ROUNDS):
        before = best
        for name, values in CANDIDATES.items():
            tried = [replace(best, **{name: value}) for value in (*values, getattr(best, name))]
            best = max(tried, key=lambda rules: mean_dice(traces, rules))
        if best == before:
            break
    return best
