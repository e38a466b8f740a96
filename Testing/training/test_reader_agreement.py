"""What one reader's outline is worth in another one's box."""

from __future__ import annotations

import json

import numpy as np
import pytest

from training.datasets import Sample
from training.reader_agreement import agreement, main, measured, stretched


def masked(rows: slice, columns: slice) -> np.ndarray:
    mask = np.zeros((12, 12), bool)
    mask[rows, columns] = True
    return mask


def test_a_mask_is_stretched_from_its_box_into_another():
    small = masked(slice(1, 3), slice(1, 3))
    assert np.array_equal(stretched(small, (4, 5, 10, 9)) >= 0.5, masked(slice(5, 9), slice(4, 10)))


def test_readers_who_draw_one_shape_at_two_sizes_foresee_each_other():
    found = agreement([masked(slice(1, 5), slice(1, 5)), masked(slice(3, 11), slice(2, 10))])
    assert found["one"] == found["majority"] == 1
    assert found["ellipse"] < 1


def test_the_majority_of_the_others_forgets_what_only_one_of_them_drew():
    square = masked(slice(2, 8), slice(2, 8))
    notched = square.copy()
    notched[2:4, 2:4] = False
    found = agreement([square, square, square, notched])
    assert found["one"] < found["majority"] < 1


def test_images_that_one_reader_marked_are_left_out():
    square = masked(slice(2, 8), slice(2, 8))
    alone = Sample(
        np.zeros((12, 12), np.uint8), np.stack([square, square & False]), ("a", "b"), "1"
    )
    pair = Sample(np.zeros((12, 12), np.uint8), np.stack([square, square]), ("a", "b"), "2")
    assert measured([alone, pair], seed=0)["one"].value == 1


def test_the_command_writes_a_table_of_the_real_readers(request, tmp_path):
    data = request.config.rootpath.parent / "shared" / "data"
    if not (data / "lidc").is_dir():
        pytest.skip("LIDC is not there")
    assert main(["--data", str(data), "--out", str(tmp_path), "--split", "val"]) == 0
    content = json.loads((tmp_path / "reader_agreement.json").read_text(encoding="utf-8"))
    assert content["slices"] == 418
    page = (tmp_path / "reader_agreement.md").read_text(encoding="utf-8")
    assert "the majority of the other readers" in page
    assert "python -m training.reader_agreement --data" in page
    assert "- model:" not in page  # no network was asked
