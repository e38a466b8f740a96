"""Many segmentations assessed in one run, and what a single case needs for it: files in, page out.

`medsam assess` goes through this package, with one case or with a list of them.
"""

from __future__ import annotations

from ...lazy import lazy_names

_HOMES = {
    "Case": "cases",
    "CaseResult": "case_result",
    "CohortRun": "running",
    "Job": "job",
    "assess_case": "assess_case",
    "read_cases": "cases",
    "read_segmentation": "segmentation_file",
    "run_cohort": "running",
}
__all__ = list(_HOMES)
__getattr__ = lazy_names(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted(__all__)
