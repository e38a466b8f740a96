"""What of a result goes into the JSON beside its page."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import pytest

from training.evaluation.report import for_json, write_report


@dataclass(frozen=True)
class Walk:
    """A result with a flag and a number as NumPy gives them."""

    kept: np.bool_
    dice: float


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.123456789, 0.123457),
        (1234567.89, 1234570.0),
        (float("nan"), None),
        (np.float32(0.5), 0.5),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (("a", None, True, 7), ["a", None, True, 7]),
        (Walk(np.bool_(False), float("inf")), {"kept": False, "dice": None}),
        ({"walks": [Walk(np.bool_(True), 0.25)]}, {"walks": [{"kept": True, "dice": 0.25}]}),
    ],
)
def test_results_become_what_json_knows(value, expected):
    found = for_json(value)
    assert found == expected
    assert json.loads(json.dumps(found, allow_nan=False)) == expected


def test_page_and_numbers_are_written_side_by_side(tmp_path):
    paths = write_report(tmp_path / "out", "walks", "# Walks\n", {"all": [Walk(np.bool_(True), 1)]})
    assert [path.name for path in paths] == ["walks.md", "walks.json"]
    assert json.loads(paths[1].read_text()) == {"all": [{"kept": True, "dice": 1}]}
