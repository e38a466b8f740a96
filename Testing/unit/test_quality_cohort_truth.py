"""Real Dice beside the score, and the segmenter's own probabilities."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from MedSAMLib.errors import MedSAMError, UsageError
from MedSAMLib.metrics import dice
from MedSAMLib.quality.cohort.assess_case import chosen_labels
from MedSAMLib.quality.cohort.own_confidence import CONFIDENCE, SOFT_DICE, own_confidence
from MedSAMLib.quality.cohort.probabilities import read_probabilities
from MedSAMLib.quality.cohort.segmentation_file import Entry, Segmentation
from MedSAMLib.quality.cohort.truth import TrueDice, true_dice

GRID = (3, 6, 8)
LEFT, RIGHT = np.zeros(GRID, bool), np.zeros(GRID, bool)
LEFT[:, 1:5, :4] = True
RIGHT[1:, 1:5, 4:] = True


def numbered(labels: np.ndarray) -> Segmentation:
    return Segmentation(labels.astype(np.uint8)[None], np.eye(4), None, Path("s.nrrd"))


def named(**masks: np.ndarray) -> Segmentation:
    entries = [Entry(n + 1, name, n, 1) for n, name in enumerate(masks)]
    layers = np.stack(list(masks.values())).astype(np.uint8)
    return Segmentation(layers, np.eye(4), tuple(entries), Path("s.seg.nrrd"))


def test_labels_of_the_same_number_are_compared():
    given = numbered(1 * LEFT + 2 * RIGHT)
    moved = np.roll(LEFT, 1, axis=1)
    found = true_dice(given, numbered(1 * moved + 2 * RIGHT), array_axis=0)
    assert found.segments == {1: dice(LEFT, moved), 2: 1.0}
    assert found.slices[1, 0] == dice(LEFT[0], moved[0])
    assert {index for label, index in found.slices if label == 2} == {1, 2}
    assert found.mean == pytest.approx((dice(LEFT, moved) + 1) / 2)
    assert found.missed == ()


def test_segments_of_the_same_name_are_compared_whatever_their_number():
    found = true_dice(named(Liver=LEFT, spleen=RIGHT), named(spleen=RIGHT, liver=LEFT), 0)
    assert found.segments == {1: 1.0, 2: 1.0}


def test_names_against_numbers_go_by_number():
    assert true_dice(named(liver=LEFT), numbered(LEFT), 0).segments == {1: 1.0}


def test_slices_are_counted_along_the_reports_axis():
    found = true_dice(numbered(LEFT), numbered(LEFT), array_axis=2)
    assert {index for _, index in found.slices} == {0, 1, 2, 3}


def test_a_true_segment_that_was_missed_counts_as_nothing_found():
    found = true_dice(numbered(LEFT), numbered(1 * LEFT + 2 * RIGHT), 0)
    assert found.segments == {1: 1.0, 2: 0.0}
    assert found.missed == ("Label 2",)
    found = true_dice(named(liver=LEFT), named(spleen=RIGHT, liver=LEFT), 0)
    assert sorted(found.segments.values()) == [0.0, 1.0]
    assert found.missed == ("spleen",)


def test_a_segment_that_is_not_true_at_all():
    assert true_dice(numbered(1 * LEFT + 2 * RIGHT), numbered(LEFT), 0).segments[2] == 0


@pytest.mark.parametrize(
    ("given", "truth"),
    [(numbered(LEFT), numbered(5 * RIGHT)), (named(liver=LEFT), named(spleen=LEFT))],
    ids=["numbers", "names"],
)
def test_a_truth_of_other_segments_is_refused(given, truth):
    with pytest.raises(MedSAMError, match="neither names nor numbers agree"):
        true_dice(given, truth, 0)


def test_an_empty_segmentation_has_missed_all():
    found = true_dice(numbered(0 * LEFT), numbered(LEFT), 0)
    assert (found.segments, found.missed) == ({1: 0.0}, ("Label 1",))


def test_only_the_labels_looked_at_are_compared():
    given = numbered(1 * LEFT + 2 * RIGHT)
    found = true_dice(given, numbered(1 * LEFT), 0, only=(1,))
    assert found.segments == {1: 1.0}


def test_true_dice_survive_their_file():
    found = TrueDice({1: 0.5, 2: 0.25}, {(1, 0): 0.4}, ("spleen",))
    assert TrueDice.from_dict(found.to_dict()) == found


@pytest.mark.parametrize("words", [("1",), ("LIVER",), ("liver",)])
def test_segments_are_chosen_by_number_or_name(words):
    assert chosen_labels(named(liver=LEFT, spleen=RIGHT), words) == (1,)


@pytest.mark.parametrize("word", ["3", "0", "-1", "kidney", ""])
def test_a_segment_that_is_not_there_is_told_with_those_that_are(word):
    with pytest.raises(UsageError, match="it has: liver, spleen"):
        chosen_labels(named(liver=LEFT, spleen=RIGHT), (word,))


# --- probabilities -----------------------------------------------------------------------------


def test_an_image_of_the_foregrounds_probability(tmp_path):
    sitk.WriteImage(sitk.GetImageFromArray(LEFT * np.float32(0.8)), str(tmp_path / "p.nii.gz"))
    found = read_probabilities(tmp_path / "p.nii.gz", GRID)
    np.testing.assert_allclose(found, LEFT * 0.8, rtol=1e-6)


def test_whole_numbers_are_shares_of_255(tmp_path):
    sitk.WriteImage(
        sitk.GetImageFromArray((LEFT[1] * 204).astype(np.uint8)), str(tmp_path / "p.png")
    )
    found = read_probabilities(tmp_path / "p.png", (1, *GRID[1:]))
    np.testing.assert_allclose(found, LEFT[1:2] * 0.8, rtol=1e-6)


@pytest.mark.parametrize("name", ["p.npz", "p.npy"])
def test_a_channel_for_each_label_as_nnunet_writes_it(tmp_path, name):
    softmax = np.stack([~LEFT, LEFT]).astype(np.float16)
    if name == "p.npz":
        np.savez(tmp_path / name, probabilities=softmax)
    else:
        np.save(tmp_path / name, softmax)
    np.testing.assert_array_equal(read_probabilities(tmp_path / name, GRID), softmax)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.full(GRID, 1.5), "between 0 and 1"),
        (np.full(GRID, -1.0), "between 0 and 1"),
        (np.full(GRID, np.nan), "between 0 and 1"),
        (np.zeros((2, 2, 2)), "does not fit"),
        (np.zeros(GRID[1:]), "does not fit"),
        (np.array([{"code": 1}], dtype=object), "not a NumPy file"),
    ],
)
def test_what_are_no_probabilities_of_this_image(tmp_path, array, message):
    np.save(tmp_path / "p.npy", array)
    with pytest.raises(MedSAMError, match=message):
        read_probabilities(tmp_path / "p.npy", GRID)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no archive", b"text"])
def test_a_file_that_is_none_of_numpy(tmp_path, content):
    (tmp_path / "p.npz").write_bytes(content)
    with pytest.raises(MedSAMError, match=r"p\.npz is not a NumPy file"):
        read_probabilities(tmp_path / "p.npz", GRID)


def test_sure_and_right_is_full_confidence():
    found = own_confidence(LEFT.astype(np.float32), LEFT.astype(np.uint8))
    assert found == {CONFIDENCE: 1.0, SOFT_DICE: 1.0}


def test_every_label_has_its_channel():
    softmax = np.stack([~(LEFT | RIGHT), LEFT, RIGHT]).astype(np.float32)
    labels = 1 * LEFT + 2 * np.roll(RIGHT, 1, axis=1)
    found = own_confidence(softmax, labels.astype(np.uint8))
    assert found[CONFIDENCE] == 1.0
    assert found[SOFT_DICE] == pytest.approx((1 + dice(RIGHT, np.roll(RIGHT, 1, axis=1))) / 2)
