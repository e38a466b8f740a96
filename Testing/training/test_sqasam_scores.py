"""Readings become scores, and scores become a ranking: by hand, on stand-ins for the networks."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass

import numpy as np
import pytest

from MedSAMLib import metrics
from training.sqasam import readings as readings_module
from training.sqasam.ranking import difference, ranking
from training.sqasam.readings import Reader, Readings, joined, read_kept, shape_baselines
from training.sqasam.scores import BY_NAME, SCORES, by_area, by_count, reading, reduction

TWO = Readings(
    [
        {"area": 300, "box": 0.8, "centroid_single": 0.4, "confidence": 0.9, "learned": 0.7},
        {"area": 100, "box": 0.2, "centroid_single": 0.6, "confidence": 0.5, "learned": 0.1},
    ],
    {"learned": 0.55, "area": 0.1},
)


@pytest.mark.parametrize(
    ("name", "first", "second"),
    [
        ("max", 0.8, 0.6),
        ("mean", 0.6, 0.4),
        ("box", 0.8, 0.2),
        ("point", 0.4, 0.6),
        ("min", 0.4, 0.2),
    ],
)
def test_reductions_by_hand_weighted_by_area_and_alike(name, first, second):
    assert by_area(reduction(name))(TWO) == pytest.approx((3 * first + second) / 4)
    assert by_count(reduction(name))(TWO) == pytest.approx((first + second) / 2)


def test_what_was_not_read_has_no_weight():
    one = Readings([{**TWO.objects[0], "jitter": 0.3}, TWO.objects[1]])
    assert by_area(reading("jitter"))(one) == pytest.approx(0.3)
    assert math.isnan(by_area(reading("jitter"))(TWO))


def test_learned_and_box_are_joined_half_and_half():
    box = BY_NAME["box"].of(TWO)
    assert BY_NAME["combined_whole"].of(TWO) == pytest.approx((0.55 + box) / 2)


@pytest.mark.parametrize("score", SCORES, ids=lambda score: score.name)
def test_a_segmentation_without_objects_has_no_score(score):
    if score.kind in ("judge", "combined"):
        assert math.isnan(score.of(Readings()))


def test_a_score_missing_for_an_empty_mask_ranks_it_lowest():
    found = ranking([0.9, math.nan, 0.4, 0.6], [0.9, 0.0, 0.5, 0.7], list("abcd"), resamples=20)
    assert found["spearman"].value == pytest.approx(1)
    assert found["bottom25"].value == 1


def test_rankings_resample_whole_images():
    rng = np.random.default_rng(0)
    quality = rng.random(40)
    score = quality + rng.normal(0, 0.2, 40)
    alone = ranking(score, quality, [str(n) for n in range(40)], resamples=300)
    copies = ranking(
        np.tile(score, 4), np.tile(quality, 4), [str(n) for n in range(40)] * 4, resamples=300
    )
    widths = [each["spearman"].high - each["spearman"].low for each in (alone, copies)]
    assert widths[1] == pytest.approx(widths[0], abs=0.08)
    assert all(each.low <= each.value <= each.high for each in alone.values())


def test_a_difference_of_a_score_with_itself_is_nothing():
    found = difference([1, 2, 3, 4], [1, 2, 3, 4], [0.1, 0.3, 0.2, 0.4], list("abcd"))
    assert (found.value, found.low, found.high) == (0, 0, 0)


@dataclass(frozen=True)
class Answer:
    masks: np.ndarray
    scores: np.ndarray


class BoxPainter:
    """A judge that fills boxes, and answers every point with the whole image, or its half."""

    model_id = "painter"
    name = "painter"

    def __init__(self):
        self.calls = 0

    def segment(self, embedding, box=None, points=None, labels=None, multimask=False, closer=True):
        self.calls += 1
        if points is not None:
            whole = np.ones((len(points), *embedding), bool)
            if not multimask:
                return Answer(whole, np.ones(len(points)))
            half = whole.copy()
            half[:, :, embedding[1] // 2 :] = False
            three = np.stack([whole, half, whole], axis=1)
            return Answer(three, np.tile([0.1, 0.8, 0.2], (len(points), 1)))
        masks = np.zeros((len(box), *embedding), bool)
        for mask, (x0, y0, x1, y1) in zip(masks, np.asarray(box).astype(int), strict=True):
            mask[y0:y1, x0:x1] = True
        return Answer(masks, np.full(len(box), 0.9))

    def hypotheses(self, embedding, box, count, method):
        assert method == "multimask"
        masks = self.segment(embedding, box=np.tile(box, (count, 1))).masks
        return type("H", (), {"masks": masks, "disagreement": 0.0})()


def two_squares() -> np.ndarray:
    mask = np.zeros((40, 40), bool)
    mask[5:15, 5:15] = True
    mask[20:28, 20:28] = True
    mask[35, 35] = True  # too small to be judged
    return mask


def test_a_reader_asks_for_every_large_object_largest_first():
    found = Reader(BoxPainter(), full=False).read((40, 40), two_squares())
    assert [row["area"] for row in found.objects] == [100, 64]
    assert [row["box"] for row in found.objects] == [1, 1]
    assert found.objects[0]["centroid_single"] == pytest.approx(200 / 1700)
    assert "jitter" not in found.objects[0]


def test_a_full_reader_takes_the_point_mask_that_the_judge_believes_in():
    found = Reader(BoxPainter(), full=True).read((40, 40), two_squares())
    first = found.objects[0]
    assert first["interior_best"] == pytest.approx(200 / 900)
    assert first["spread"] == 1
    assert 0 < first["jitter"] < 1
    assert "spread" not in found.objects[1]


def test_shape_baselines_by_hand():
    found = shape_baselines(two_squares())
    assert found["few_pieces"] == -3
    assert found["largest_share"] == pytest.approx(100 / 165)
    assert found["compactness"] == pytest.approx(4 * 165**0.5 / (40 + 32 + 4))
    assert shape_baselines(np.zeros((4, 4), bool))["area"] == 0


def test_readings_are_made_once_and_kept_without_an_embedding(tmp_path):
    judge = BoxPainter()
    reader = Reader(judge, full=False)
    place = tmp_path / "kept" / "case"
    first = read_kept([reader], lambda: (40, 40), two_squares(), place)
    calls = judge.calls

    def refuse():
        raise AssertionError("the image was embedded again")

    again = read_kept([reader], refuse, two_squares(), place)
    assert again == first
    assert judge.calls == calls
    (file,) = place.parent.iterdir()
    assert json.loads(file.read_text(encoding="utf-8"))["whole"]["few_pieces"] == -3


def test_the_key_tells_other_judges_and_settings_apart(monkeypatch):
    other = BoxPainter()
    other.model_id = "another"
    keys = [Reader(BoxPainter()).key, Reader(other).key, Reader(BoxPainter(), full=False).key]
    monkeypatch.setattr(readings_module, "VERSION", -1)
    keys.append(Reader(BoxPainter()).key)
    assert len(set(keys)) == 4


def test_two_readers_are_joined_object_by_object():
    found = joined(Readings([{"box": 1}], {"area": 2}), Readings([{"learned": 3}], {"learned": 4}))
    assert found == Readings([{"box": 1, "learned": 3}], {"area": 2, "learned": 4})
    with pytest.raises(ValueError, match="shorter"):
        joined(Readings([{"box": 1}]), Readings())


def test_the_best_possible_score_reaches_every_target():
    quality = np.random.default_rng(1).random(40)
    found = ranking(quality, quality, [str(n) for n in range(40)], resamples=5)
    assert found["pearson"].value == pytest.approx(1)
    assert found["bottom50"].value == 1
    assert found["auroc"].value == 1
    assert found["aurc"].value == pytest.approx(metrics.risk_coverage(quality, quality).area)
