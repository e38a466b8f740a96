"""Carrying a prompt on one slice through a volume."""

from .collecting import PropagatedMask, collect
from .prompting import Carrying
from .stopping import SliceShape, StoppingRules, refusal
from .walk import (
    PropagationCancelled,
    PropagationOptions,
    SliceResult,
    propagate,
    visited_slices,
)

__all__ = [
    "Carrying",
    "PropagatedMask",
    "PropagationCancelled",
    "PropagationOptions",
    "SliceResult",
    "SliceShape",
    "StoppingRules",
    "collect",
    "propagate",
    "refusal",
    "visited_slices",
]
