"""Several plausible masks for one prompt: making them, comparing them, choosing among them."""

from __future__ import annotations

from ..lazy import lazy_names

_HOMES = {
    "Hypotheses": "hypotheses",
    "CONSENSUS_RULES": "consensus",
    "multimask_hypotheses": "training_free",
    "perturbed_hypotheses": "training_free",
    "hypotheses_of_head": "generators",
    "load_head": "heads",
    "find_head": "heads",
    "run_length": "run_length",
    "selection": "selection",
}
__all__ = list(_HOMES)
__getattr__ = lazy_names(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted(__all__)
