"""Scores of a segmentation's quality without ground truth, and what to look at next."""

from __future__ import annotations

from ..lazy import lazy_names

_HOMES = {
    "STATUSES": "results",
    "Calibration": "calibration",
    "Judged": "judging",
    "ObjectScore": "results",
    "Report": "results",
    "SegmentScore": "results",
    "Settings": "settings",
    "SliceScore": "results",
    "Suggestion": "missed",
    "VolumeScorer": "assessing",
    "assess": "assessing",
    "assess_slice": "assessing",
    "consistency_steps": "consistency",
    "find_wrong_labels": "wrong_labels",
    "fit_calibration": "calibration",
    "judge_object": "judging",
    "judge_objects": "judging",
    "model_confidence": "baselines",
    "soft_dice_confidence": "baselines",
    "suggest_missed": "missed",
    "suggest_missed_in_volume": "missed",
}
__all__ = list(_HOMES)
__getattr__ = lazy_names(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted(__all__)
