"""Choices that the browser exports are read as preference data, as they were made."""

from __future__ import annotations

import numpy as np

from MedSAMLib.geometry import Plane
from MedSAMLib.hypotheses import Hypotheses
from MedSAMLib.prompts import Prompts
from MedSAMSlicerLib.hypotheses.candidates import SliceSet
from MedSAMSlicerLib.hypotheses.choices import Circumstances, row, to_csv
from MedSAMSlicerLib.hypotheses.request import Request
from MedSAMSlicerLib.session.prompts import SliceKey
from training.datasets.preferences import read_choices

AFFINE = np.array([[0, -0.7, 0, 3], [-0.7, 0, 0, 9], [0, 0, 2.5, -41.123456], [0, 0, 0, 1.0]])


def alternatives() -> SliceSet:
    """Three masks on a slice of 6 x 8 pixels."""
    masks = np.zeros((3, 6, 8), bool)
    masks[0, 1:5, 2:6] = masks[1, 2:4, 2:6] = masks[2, 1:5, 3:8] = True
    logits = np.where(masks, 1, -1).astype(np.float32)
    found = Hypotheses(masks, logits, np.full(3, 0.5, np.float32), "seqsam")
    key = SliceKey.of("volume", Plane((6, 8), AFFINE))
    points, labels = np.array([[3.5, 2.25]]), np.array([1])
    prompts = Prompts(np.array([2.0, 1, 7, 5]), points, labels)
    return SliceSet.of(key, prompts, Request(3), "starter", found)


def test_what_is_written_is_what_is_read(tmp_path):
    found = alternatives()
    anna = Circumstances("2026-01-01T10:00:00+00:00", 'Anna, "A"', "CT, first", "axial", 7)
    bob = Circumstances("2026-01-01T11:00:00+00:00", "Bob", "CT, first", "axial", 7)
    merged = found.combine([0, 2], "union")
    rows = [row(found, found.alternatives[1], anna), row(found, merged, bob)]
    table = tmp_path / "choices.csv"
    table.write_text(to_csv(rows), encoding="utf-8", newline="")
    first, second = read_choices(table)
    assert (first.reader, first.volume) == ('Anna, "A"', "CT, first")
    assert first.place == second.place
    np.testing.assert_allclose(first.affine, AFFINE, atol=1e-6)
    np.testing.assert_array_equal(first.masks, found.hypotheses.masks[1:2])
    np.testing.assert_array_equal(
        second.masks, (found.hypotheses.masks[0] | found.hypotheses.masks[2])[None]
    )
