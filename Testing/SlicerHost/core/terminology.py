"""The default terminology files that the application has on disk and the wheel has not.

Only a few entries are needed: those that Slicer falls back to, and common ones for tests.
"""

from __future__ import annotations

import json
from pathlib import Path

_SCHEMAS = "https://raw.githubusercontent.com/qiicr/dcmqi/master/doc/schemas/"
_COLORS = {"Tissue": [128, 174, 128], "Mass": [144, 238, 144], "Liver": [221, 130, 101]}


def _code(meaning: str, value: str) -> dict:
    return {"CodingSchemeDesignator": "SCT", "CodeValue": value, "CodeMeaning": meaning}


def _type(meaning: str, value: str) -> dict:
    return {"recommendedDisplayRGBValue": _COLORS[meaning], **_code(meaning, value)}


def _category(meaning: str, value: str, anatomy: bool, types: list[dict]) -> dict:
    return {**_code(meaning, value), "showAnatomy": anatomy, "Type": types}


_CATEGORIES = [
    _category("Tissue", "85756007", True, [_type("Tissue", "85756007")]),
    _category("Anatomical Structure", "123037004", False, [_type("Liver", "10200004")]),
    _category("Morphologically Altered Structure", "49755003", True, [_type("Mass", "4147007")]),
]


def _segment_context(name: str) -> dict:
    return {
        "SegmentationCategoryTypeContextName": name,
        "@schema": _SCHEMAS + "segment-context-schema.json#",
        "SegmentationCodes": {"Category": _CATEGORIES},
    }


def _region_context(name: str) -> dict:
    return {
        "AnatomicContextName": name,
        "@schema": _SCHEMAS + "anatomic-context-schema.json#",
        "AnatomicCodes": {"AnatomicRegion": [_code("Liver", "10200004")]},
    }


_FILES = {
    "SegmentationCategoryTypeModifier-SlicerGeneralAnatomy.term.json": _segment_context(
        "Segmentation category and type - 3D Slicer General Anatomy list"
    ),
    "SegmentationCategoryTypeModifier-DICOM-Master.term.json": _segment_context(
        "Segmentation category and type - DICOM master list"
    ),
    "AnatomicRegionAndModifier-DICOM-Master.term.json": _region_context(
        "Anatomic codes - DICOM master list"
    ),
}


def write_terminologies(folder: Path) -> None:
    """Write the files that the terminologies logic reads when it is given the scene."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in _FILES.items():
        (folder / name).write_text(json.dumps(content, indent=1))
