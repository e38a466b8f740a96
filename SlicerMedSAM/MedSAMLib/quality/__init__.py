"""Scores of a segmentation's quality without ground truth, and what to look at next."""

from __future__ import annotations

from ..lazy import lazy_names

_HOMES = {
    "STATUSES": "results",
    "Judged": "judging",
    "ObjectScore": "results",
    "Report": "results",
    "SegmentScore": "results",
    "Settings": "settings",
    "SliceScore": "results",
    "VolumeScorer": "assessing",
    "assess": "assessing",
    "assess_slice": "assessing",
    "judge_object": "judging",
    "judge_objects": "judging",
}
__all__ = list(_HOMES)
__getattr__ = lazy_names(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted(__all__)
