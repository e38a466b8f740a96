"""All targets by name; each family is imported only when one of it is asked for."""

from __future__ import annotations

import importlib

from .target import Target

# Family -> its targets and their shares of all cases.
FAMILIES = {
    "image_targets": {
        "nifti": 4,
        "nrrd": 4,
        "metaimage": 3,
        "png-jpeg": 3,
        "seg.nrrd": 3,
        "probabilities": 1,
    },
    "dicom_targets": {"dicom-folder": 3, "dicom-seg": 2},
    "checkpoint_targets": {
        "checkpoint": 4,
        "starter-file": 1,
        "hypotheses-head": 1,
        "implicit-head": 1,
        "judge": 1,
        "kept-embedding": 1,
    },
    "text_targets": {
        "case-csv": 3,
        "review-csv": 2,
        "report-json": 1,
        "case-result-json": 1,
        "calibration-json": 1,
        "scene-prompts": 2,
        "scene-alternatives": 2,
        "scene-review": 2,
        "run-lengths": 1,
    },
}
WEIGHTS = {name: weight for family in FAMILIES.values() for name, weight in family.items()}


def find_target(name: str) -> Target:
    """The target; KeyError for a name that is none."""
    for family, targets in FAMILIES.items():
        if name in targets:
            module = importlib.import_module(f".{family}", __package__)
            return next(each for each in module.TARGETS if each.name == name)
    raise KeyError(name)
