"""Slices, axes, windows and forms of segmentations, and what of them is refused."""

from __future__ import annotations

import numpy as np
import pytest

from MedSAMLib import UsageError, assess
from MedSAMLib.quality import Settings
from MedSAMLib.quality.aggregation import weighted_mean
from MedSAMLib.quality.results import SliceScore
from Testing.unit.quality_judges import KnowingJudge, disc
from Testing.unit.sam_factory import tiny_model


def phantom() -> np.ndarray:
    """(5, 24, 32) with a barrel in the slices 1 to 3."""
    volume = np.zeros((5, 24, 32), np.int16)
    volume[1:4] = disc((15, 12), 7, (24, 32))
    return volume


def test_only_slices_with_objects_are_embedded():
    model, told, asked = KnowingJudge(), [], []
    report = assess(
        model,
        phantom(),
        phantom(),
        progress=lambda done, total: told.append((done, total)),
        checkpoint=lambda: asked.append(len(model.embedded)),
    )
    assert len(model.embedded) == 3
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert asked == [0, 1, 2]
    assert [each.slice for each in report.slices] == [1, 2, 3]
    assert report.score == 1


def test_a_checkpoint_that_raises_ends_the_work():
    class Stopped(Exception):
        pass

    def stop() -> None:
        raise Stopped

    with pytest.raises(Stopped):
        assess(KnowingJudge(), phantom(), phantom(), checkpoint=stop)


def test_chosen_slices_and_labels():
    labels = phantom() * np.array([1, 1, 1, 2, 2])[:, None, None]
    report = assess(KnowingJudge(), phantom(), labels, only_slices=[2, 3], only_labels=[1])
    assert [(each.label, each.slice) for each in report.slices] == [(1, 2)]
    assert [each.label for each in report.segments] == [1]


def test_the_window_is_one_for_the_whole_volume():
    model = KnowingJudge()
    image = phantom() * np.array([1, 10, 100, 1000, 1])[:, None, None]
    assess(model, image, phantom())
    assert len(set(model.windows)) == 1
    assert model.windows[0] != "auto"
    chosen = KnowingJudge()
    assess(chosen, image, phantom(), window=(40.0, 400.0))
    assert set(chosen.windows) == {(40.0, 400.0)}


@pytest.mark.parametrize(
    ("spacing", "axis", "array_axis", "slices"),
    [
        ((1, 1, 3), "axial", 0, 3),
        ((1, 1, 1), "axial", 0, 3),
        ((1, 3, 1), "coronal", 1, 15),
        ((3, 1, 1), "sagittal", 2, 15),
    ],
)
def test_slices_lie_across_the_largest_spacing(spacing, axis, array_axis, slices):
    report = assess(KnowingJudge(), phantom(), phantom(), np.diag([*spacing, 1.0]))
    assert (report.axis, report.array_axis, len(report.slices)) == (axis, array_axis, slices)


def test_an_axis_can_be_chosen_and_follows_the_patient():
    turned = np.eye(4)[[2, 1, 0, 3]]  # k runs along the patient's left-right axis
    report = assess(KnowingJudge(), phantom(), phantom(), turned, settings=Settings(axis="axial"))
    assert (report.axis, report.array_axis) == ("axial", 2)


def test_forms_of_the_same_segmentation_have_the_same_score():
    truth = phantom()
    labels = truth.astype(int)
    labels[2, 10:14, 28:31] = 2
    forms = [labels, labels.astype(float), labels.astype(np.uint8)]
    forms.append(np.stack([labels == 1, labels == 2]))
    forms.append(np.stack([labels == 1, labels == 2]).astype(np.float32))
    reports = [assess(KnowingJudge(), truth, form) for form in forms]
    assert len({report.score for report in reports}) == 1
    assert len({report.segments for report in reports}) == 1


def test_overlapping_segments_are_judged_by_themselves():
    truth = phantom()
    report = assess(KnowingJudge(), truth, np.stack([truth, truth]))
    assert [(each.label, each.score) for each in report.segments] == [(1, 1), (2, 1)]


@pytest.mark.parametrize("shape", [(24, 32), (24, 32, 3), (5, 24, 32), (5, 24, 32, 3)])
def test_pictures_and_volumes_gray_and_in_color(shape):
    image = np.random.default_rng(0).integers(0, 255, shape, dtype=np.uint8)
    grid = shape[:-1] if shape[-1] == 3 else shape
    labels = np.zeros(grid, int)
    labels[..., 4:20, 5:20] = 1
    for form in (labels, labels[None] == 1):
        report = assess(tiny_model(), image, form, only_slices=[0])
        assert report.shape == grid
        assert len(report.objects) == 1
        assert 0 <= report.score <= 1


def test_a_volume_with_three_columns_is_no_color_image():
    image = np.zeros((6, 20, 3), np.int16)
    labels = np.ones((6, 20, 3), int)
    assert assess(KnowingJudge(), image, labels).shape == (6, 20, 3)


def test_slices_of_a_volume_count_by_area():
    slices = [
        SliceScore(label=1, name="", slice=n, score=score, objects=1, area=area, status="ok")
        for n, (score, area) in enumerate([(1.0, 30), (0.5, 10), (float("nan"), 99)])
    ]
    assert weighted_mean(slices, "area") == pytest.approx(0.875)
    assert weighted_mean(slices, "mean") == 0.75


def test_weighting_of_a_volume():
    labels = phantom()
    labels[2, 9:14, 27:31] = 1  # 20 pixels beside the 149 of the barrel, in one slice of three
    image = phantom()
    by_area = assess(KnowingJudge(), image, labels)
    mixed = assess(KnowingJudge(), image, labels, settings=Settings(weighting="auto"))
    as_in_the_paper = assess(KnowingJudge(), image, labels, settings=Settings.compat())
    whole = int(image[2].sum())
    assert as_in_the_paper.score == pytest.approx(3 / 4)
    assert by_area.score == pytest.approx(3 * whole / (3 * whole + 20))
    assert mixed.score == pytest.approx((2 * whole + 0.5 * (whole + 20)) / (3 * whole + 20))


@pytest.mark.parametrize(
    ("image", "labels", "told"),
    [
        (np.zeros((5, 6)), np.zeros((6, 5), int), "does not fit the image's"),
        (np.zeros((4, 5, 6)), np.zeros((5, 6), int), "does not fit the image's"),
        (np.zeros((2, 4, 5, 6)), np.zeros((2, 4, 5, 6), int), "must be .H, W."),
        (np.zeros((4, 5)), np.full((4, 5), -1), "positive"),
        (np.zeros((4, 5)), np.full((4, 5), 0.5), "whole numbers"),
        (np.zeros((4, 5)), np.full((4, 5), np.nan), "whole numbers"),
        (np.zeros((4, 5)), np.full((4, 5), "a"), "whole numbers"),
        (np.zeros((4, 5)), np.full((2, 4, 5), 0.3), "masks of 0 and 1"),
        (np.zeros((0, 5)), np.zeros((0, 5), int), "no pixels"),
    ],
    ids=["turned", "one slice", "4-D", "negative", "probabilities", "nan", "text", "soft", "empty"],
)
def test_what_is_no_segmentation_is_refused_in_a_sentence(image, labels, told):
    with pytest.raises(UsageError, match=told):
        assess(KnowingJudge(), image, labels)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"only_slices": [5]}, "there are slices 0 to 4"),
        ({"only_labels": [0]}, "0 is the background"),
    ],
)
def test_what_is_not_there_cannot_be_chosen(options, told):
    with pytest.raises(UsageError, match=told):
        assess(KnowingJudge(), phantom(), phantom(), **options)
