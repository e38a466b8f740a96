"""Scores without ground truth (spec section 5.6), on judges that know the truth."""

from __future__ import annotations

import dataclasses
import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from MedSAMLib import MedSAMError, UsageError, assess
from MedSAMLib.quality import Report, Settings, judge_object
from MedSAMLib.quality.agreement import reduced
from Testing.unit.quality_judges import KnowingJudge, disc

SHAPE = (40, 48)


def judged(truth, labels, *arguments, **options) -> Report:
    """The report of a judge who knows the truth."""
    return assess(KnowingJudge(), np.asarray(truth, np.int16), labels, *arguments, **options)


def test_a_right_mask_has_the_score_1():
    truth = disc((20, 15), 9, SHAPE)
    report = judged(truth, truth.astype(int))
    (found,) = report.objects
    assert (report.score, found.score, found.dice_point, found.dice_box) == (1, 1, 1, 1)
    assert found.status == "ok"
    assert found.area == truth.sum()
    assert found.box == (11, 6, 30, 25)


@pytest.mark.parametrize("reduction", ["max", "mean", "min", "box", "point"])
@pytest.mark.parametrize("metric", ["dice", "iou"])
def test_the_farther_a_mask_is_shifted_the_lower_its_score(metric, reduction):
    chosen = Settings(metric=metric, reduction=reduction)
    truth = disc((20, 18), 10, SHAPE)
    scores = [
        judged(truth, np.roll(truth, shift, axis=1).astype(int), settings=chosen).score
        for shift in range(8)
    ]
    assert scores[0] == 1
    assert all(later < earlier for earlier, later in pairwise(scores))


def test_the_surface_dice_forgives_what_is_within_its_tolerance():
    truth = disc((20, 18), 10, SHAPE)
    chosen = Settings(metric="surface_dice", tolerance=2.0)
    scores = [
        judged(truth, np.roll(truth, shift, axis=1).astype(int), settings=chosen).score
        for shift in (0, 2, 5, 9)
    ]
    assert scores[:2] == [1, 1]
    assert 1 > scores[2] > scores[3]


def test_the_surface_dice_is_measured_in_mm():
    truth = np.stack([disc((20, 18), 10, SHAPE)] * 2)
    chosen = Settings(metric="surface_dice", tolerance=2.0, axis="axial")
    shifted = np.roll(truth, 2, axis=2).astype(int)
    wide = judged(truth, shifted, np.diag([2.0, 1, 5, 1]), settings=chosen).score
    narrow = judged(truth, shifted, np.diag([1.0, 1, 5, 1]), settings=chosen).score
    assert wide < narrow == 1


def test_without_an_object_there_is_no_score():
    report = judged(disc((20, 15), 9, SHAPE), np.zeros(SHAPE, int))
    assert math.isnan(report.score)
    assert (report.objects, report.slices, report.segments) == ((), (), ())


def test_a_segment_that_is_asked_for_and_absent_is_told():
    report = judged(np.ones(SHAPE), np.eye(*SHAPE, dtype=int), only_labels=[2])
    (segment,) = report.segments
    assert (segment.label, segment.status, segment.worst_slice) == (2, "no object", -1)
    assert math.isnan(segment.score)


def test_an_empty_channel_is_told():
    masks = np.stack([disc((20, 15), 9, SHAPE), np.zeros(SHAPE, bool)])
    report = judged(masks[0], masks, names=["Liver", "Spleen"])
    assert [(s.name, s.status) for s in report.segments] == [
        ("Liver", "ok"),
        ("Spleen", "no object"),
    ]


def test_where_the_judge_finds_nothing_the_score_is_0():
    labels = disc((20, 15), 9, SHAPE).astype(int)
    (found,) = judged(np.zeros(SHAPE), labels).objects
    assert (found.score, found.status) == (0, "empty judge mask")


def test_tiny_objects_are_counted_and_have_no_score():
    truth = disc((20, 15), 9, SHAPE)
    labels = truth.astype(int)
    labels[38, 2] = 1
    report = judged(truth, labels)
    assert [each.status for each in report.objects] == ["ok", "tiny"]
    assert math.isnan(report.objects[1].score)
    assert report.score == 1
    assert report.slices[0].objects == 2


def test_only_tiny_objects_give_no_score():
    labels = np.zeros(SHAPE, int)
    labels[5, 5:8] = 1
    report = judged(np.ones(SHAPE), labels)
    assert math.isnan(report.score)
    assert {report.slices[0].status, report.segments[0].status} == {"no score"}


@pytest.mark.parametrize(
    ("mask", "status"),
    [
        (disc((20, 3), 9, SHAPE), "touches border"),
        (np.ones(SHAPE, bool), "whole slice"),
    ],
    ids=["cut by the edge", "everything"],
)
def test_what_leaves_the_judge_little_to_see_is_told(mask, status):
    (found,) = judged(mask, mask.astype(int)).objects
    assert (found.score, found.status) == (1, status)


def test_two_halves_of_a_label_are_two_objects():
    left, right = disc((10, 15), 6, SHAPE), disc((36, 15), 6, SHAPE)
    report = judged(left, (left | right).astype(int))
    assert [each.score for each in report.objects] == [1, 0]
    assert report.score == 0.5  # in a picture objects count the same


@pytest.mark.parametrize(("connectivity", "count"), [(4, 2), (8, 1)])
def test_pixels_that_touch_at_a_corner(connectivity, count):
    labels = np.zeros(SHAPE, int)
    labels[5:10, 5:10] = labels[10:15, 10:15] = 1
    chosen = Settings(connectivity=connectivity)
    assert len(judged(labels, labels, settings=chosen).objects) == count


def test_the_reductions_of_two_agreements():
    values = [reduced(0.8, 0.4, name) for name in ("max", "mean", "box", "point", "min")]
    assert values == pytest.approx([0.8, 0.6, 0.4, 0.8, 0.4])


def test_the_centroid_of_a_bent_object_lies_beside_it_and_the_interior_point_does_not():
    ring = disc((20, 20), 15, SHAPE) & ~disc((20, 20), 10, SHAPE)
    model = KnowingJudge()
    embedding = model.embed(ring)
    beside, inside = (
        judge_object(model, embedding, ring, Settings(point=point, reduction="max"))
        for point in ("centroid", "interior")
    )
    assert beside.point == (20, 20)
    assert (beside.dice_point, inside.dice_point) == (0, 1)
    assert beside.score == inside.score == 1  # by the box


def test_of_three_masks_the_judge_chooses_not_the_truth():
    truth = disc((20, 15), 9, SHAPE)
    model = KnowingJudge()
    answer = judge_object(model, model.embed(truth), truth, Settings(multimask="best"))
    np.testing.assert_array_equal(answer.point_mask, truth)


def test_an_empty_mask_cannot_be_judged():
    with pytest.raises(UsageError, match="empty"):
        judge_object(KnowingJudge(), np.ones(SHAPE), np.zeros(SHAPE, bool))


def test_the_papers_form():
    compat = Settings.compat()
    truth = disc((20, 15), 9, SHAPE)
    labels = truth.astype(int)
    labels[38, 2:4] = 2  # two pixels where there is nothing
    report = judged(truth, labels, settings=compat)
    assert (compat.metric, compat.point, compat.reduction) == ("dice", "centroid", "mean")
    assert report.score == 0.5  # the mean over all objects, however small


def test_jittered_boxes_are_the_same_every_time_and_agree_less():
    truth = disc((20, 18), 10, SHAPE)
    reports = [judged(truth, truth.astype(int), settings=Settings(jitters=6)) for _ in range(2)]
    (first,), (second,) = (report.objects for report in reports)
    assert first == dataclasses.replace(second, spread=first.spread)
    assert 0.8 < first.jitter < 1
    assert first.combined == pytest.approx((1 + 1 + first.jitter) / 3)
    assert math.isnan(first.spread)  # this judge has no hypotheses


def test_one_batch_of_boxes_and_one_of_points_for_a_slice():
    labels = np.zeros((60, 60), int)
    for number in range(20):
        y, x = divmod(number, 5)
        labels[y * 14 + 2 : y * 14 + 10, x * 12 + 1 : x * 12 + 9] = 1 + number % 3
    model = KnowingJudge()
    report = assess(model, labels, labels)
    assert len(report.objects) == 20
    assert model.batches == [20, 20]
    assert len(model.embedded) == 1


@st.composite
def segmentations(draw):
    """A truth and labels of up to three rectangles each, on 24 x 20 pixels."""
    truth, labels = np.zeros((24, 20), int), np.zeros((24, 20), int)
    for number in range(1, draw(st.integers(1, 3)) + 1):
        y, x = draw(st.integers(0, 18)), draw(st.integers(0, 14))
        height, width = draw(st.integers(3, 6)), draw(st.integers(3, 6))
        truth[y : y + height, x : x + width] = 1
        dy, dx = draw(st.integers(-1, 1)), draw(st.integers(-1, 1))
        labels[max(0, y + dy) : y + dy + height, max(0, x + dx) : x + dx + width] = number
    return truth, labels


def scores_by_area(report: Report) -> list[tuple]:
    return sorted((o.label, o.area, round(o.score, 9), o.status) for o in report.objects)


@settings(max_examples=40)
@given(segmentations(), st.sampled_from(["flip x", "flip y", "transpose"]))
def test_turning_the_image_does_not_change_the_box_scores(case, how):
    turn = {"flip x": np.fliplr, "flip y": np.flipud, "transpose": np.transpose}[how]
    truth, labels = case
    # (A centroid between two pixels is rounded, which no turning keeps.)
    chosen = Settings(reduction="box", min_pixels=4)
    before = judged(truth, labels, settings=chosen)
    after = judged(turn(truth), turn(labels), settings=chosen)
    assert scores_by_area(before) == scores_by_area(after)


def test_settings_know_what_they_may_be():
    with pytest.raises(UsageError, match="metric must be one of"):
        Settings(metric="accuracy")
    with pytest.raises(UsageError, match="min_pixels must be 0 or more"):
        Settings(min_pixels=-1)
    with pytest.raises(UsageError, match="no such setting"):
        Settings.from_dict({"colour": "red"})
    chosen = Settings(metric="iou", jitters=3, tolerance=1.5)
    assert Settings.from_dict(chosen.to_dict()) == chosen


def test_reports_survive_json_with_missing_numbers():
    labels = disc((20, 15), 9, SHAPE).astype(int)
    labels[38, 2] = 2
    report = judged(labels == 1, labels, names={1: "Liver, left", 2: "Spot"})
    text = report.to_json()
    again = Report.from_json(text)
    assert "NaN" not in text
    assert again.to_json() == text
    assert again.settings == report.settings
    assert again.worst()[0] == dataclasses.replace(
        report.worst()[0], jitter=again.worst()[0].jitter,
        spread=again.worst()[0].spread, combined=again.worst()[0].combined,
    )  # fmt: skip
    assert [math.isnan(each.score) for each in again.worst()] == [False, True]


def test_the_table_is_worst_first_and_leaves_missing_numbers_out():
    left, right = disc((10, 15), 6, SHAPE), disc((36, 15), 6, SHAPE)
    report = judged(left, left + 2 * right, names={1: "Liver, left"})
    lines = report.to_csv().splitlines()
    assert lines[0].startswith("label,name,slice,index,x0,y0,x1,y1,area,score,")
    assert lines[1].startswith("2,Label 2,0,0,30,9,43,22,113,0,0,0,,,,")
    assert lines[2].startswith('1,"Liver, left",0,0,4,9,17,22,113,1,1,1,,,,')


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"kind": "SlicerMedSAM quality report"}'])
def test_text_that_is_no_report_is_refused(text):
    with pytest.raises(MedSAMError, match="quality report"):
        Report.from_json(text)


def test_the_learned_judge_is_asked_for_each_label_and_combined(monkeypatch):
    from MedSAMLib.quality import learned_judge as module

    asked = []

    class Expecting:
        def verdict(self, embedding, mask, objects):
            asked.append((int(mask.sum()), len(objects)))
            return module.Verdict(0.5, 0.5, tuple(each.sum() / 1000 for each in objects), mask)

    monkeypatch.setattr(module, "learned_judge", lambda model: Expecting())
    monkeypatch.setattr(KnowingJudge, "sam", object(), raising=False)  # as if it were a network
    left, right = disc((10, 15), 6, SHAPE), disc((36, 15), 6, SHAPE)
    report = judged(left | right, (left | right).astype(int))
    assert asked == [(226, 2)]
    assert [each.learned for each in report.objects] == [0.113, 0.113]
    assert report.objects[0].combined == pytest.approx((1 + 1 + 2 * 0.113) / 4)
    assert report.objects[0].score == report.objects[0].combined
    own = judged(left, left.astype(int), settings=Settings(reduction="max"))
    assert own.score == 1  # SQA-SAM's
    unasked = judged(left, left.astype(int), settings=Settings(learned=False))
    assert math.isnan(unasked.objects[0].combined)
