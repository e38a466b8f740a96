"""Severity, coverage, leakage, removed objects and exchanged labels, each on made cases."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from training.datasets import Sample
from training.evaluation.bootstrap import Interval
from training.sqasam import severity
from training.sqasam.conformal import repeated_coverage
from training.sqasam.degradations import KINDS, SEVERITIES
from training.sqasam.leakage import find_leaks
from training.sqasam.missed_objects import Case, removals, summary, trial
from training.sqasam.readings import Readings
from training.sqasam.wrong_names import exchanged


def disc(y, x, radius, size=64) -> np.ndarray:
    rows, columns = np.ogrid[:size, :size]
    return (rows - y) ** 2 + (columns - x) ** 2 <= radius**2


def sample(*masks, name="case/label") -> Sample:
    ids = tuple(f"{name}{n}" for n in range(len(masks)))
    return Sample(np.zeros(masks[0].shape, np.uint8), np.stack(masks), ids, "patient")


class AreaJudge:
    """Its score is the share of the disc that the mask covers, as box agreement."""

    key = "area"

    def __init__(self, truth):
        self.truth = truth

    def read(self, embedding, mask) -> Readings:
        overlap = 2 * (mask & self.truth).sum() / (mask.sum() + self.truth.sum())
        row = {"area": float(mask.sum()), "box": float(overlap), "centroid_single": 0.0}
        return Readings([row | {"confidence": 0.5}])


class NoModel:
    def embed(self, image, window=None):
        return image


def test_severity_curves_fall_with_a_judge_that_knows(tmp_path):
    truth = disc(30, 30, 11)
    spoilt = list(
        severity.spoilt_objects(NoModel(), [AreaJudge(truth)], [sample(truth)], 0, tmp_path)
    )
    assert len(spoilt) == len(KINDS) * len(SEVERITIES)
    curves = severity.curves(spoilt, ("box",), seed=0)
    for kind in KINDS:
        assert severity.falls_with_every_step(curves[kind]["box"])
        np.testing.assert_allclose(
            [m.value for m in curves[kind]["box"]], [m.value for m in curves[kind]["dice"]]
        )


def test_a_curve_that_stands_still_does_not_fall():
    steps = [Interval(value, 0, 1) for value in (0.9, 0.8, 0.8, 0.5)]
    assert not severity.falls_with_every_step(steps)


def test_severity_takes_objects_that_are_neither_tiny_nor_everything():
    assert severity.first_object(sample(disc(9, 9, 2), np.ones((64, 64), bool))) is None
    assert severity.first_object(sample(disc(9, 9, 2), disc(30, 30, 9))) == 1


def test_intervals_hold_what_they_promise_for_exchangeable_cases():
    rng = np.random.default_rng(0)
    score = rng.random(240)
    dice = np.clip(0.2 + 0.7 * score + rng.normal(0, 0.08, 240), 0, 1)
    groups = [str(n // 4) for n in range(240)]
    found = repeated_coverage(score, dice, groups, calibrating=40, level=0.9, splits=60)
    assert found.coverage == pytest.approx(0.9, abs=0.03)
    assert found.calibrating, found.tested == (40, 20)
    assert found.error < 0.1
    narrow = repeated_coverage(score, dice, groups, calibrating=40, level=0.6, splits=20)
    assert narrow.width < found.width


def test_what_has_no_score_has_no_interval():
    score = np.linspace(0, 1, 60)
    score[::6] = np.nan
    found = repeated_coverage(score, np.nan_to_num(score), [str(n) for n in range(60)], 40,
                              splits=5)  # fmt: skip
    assert np.isfinite(found.coverage)


def test_a_picture_at_another_size_is_known_again(tmp_path):
    rng = np.random.default_rng(0)
    for folder in ("new", "old"):
        (tmp_path / folder).mkdir()
    for n in range(6):
        coarse = rng.integers(0, 255, (6, 6, 3), dtype=np.uint8)
        picture = Image.fromarray(coarse).resize((96, 80), Image.Resampling.BICUBIC)
        picture.save(tmp_path / "old" / f"{n}.jpg", quality=90)
        if n < 2:
            picture.resize((60, 50)).save(tmp_path / "new" / f"other{n}.jpg", quality=70)
    found = find_leaks((tmp_path / "new").iterdir(), (tmp_path / "old").iterdir())
    assert (found.same_names, found.same_bytes, found.same_picture) == (0, 0, 2)
    (tmp_path / "new" / "other0.jpg").unlink()
    (tmp_path / "new" / "other1.jpg").unlink()
    fresh = rng.integers(0, 255, (6, 6, 3), dtype=np.uint8)
    Image.fromarray(fresh).resize((96, 80)).save(tmp_path / "new" / "fresh.jpg")
    found = find_leaks((tmp_path / "new").iterdir(), (tmp_path / "old").iterdir())
    assert found.same_picture == 0


class Suggestion:
    def __init__(self, mask):
        self.mask = mask


def volume_case() -> Case:
    labels = np.zeros((3, 64, 64), np.uint8)
    labels[:, disc(20, 20, 8)] = 1
    labels[1, disc(45, 45, 8)] = 2
    labels[2, 60:62, 60:62] = 3  # too small to be removed
    return Case(labels * 10, labels, "patient")


def test_every_large_object_of_a_slice_can_be_removed():
    assert [(index, label) for index, label, _ in removals(volume_case())] == [
        (0, 1),
        (1, 1),
        (1, 2),
        (2, 1),
    ]


def test_a_removed_object_is_found_or_not_and_the_rest_is_false():
    case, seen = volume_case(), []
    removal = removals(case)[1]

    def suggest(model, image, labels, only_slices, window):
        seen.append((labels, only_slices))
        return [Suggestion(disc(20, 21, 8)), Suggestion(disc(50, 10, 5))]

    found = trial(None, case, removal, suggest)
    assert (found.found, found.false) == (1, 1)
    assert found.best > 0.9
    labels, slices = seen[0]
    assert slices == [1]
    assert not (labels[1] == 1).any()
    np.testing.assert_array_equal(labels[[0, 2]], case.labels[[0, 2]])
    np.testing.assert_array_equal(labels[1] == 2, case.labels[1] == 2)
    missed = trial(None, case, removal, lambda *a, **k: [Suggestion(disc(50, 10, 5))])
    assert (missed.found, missed.false) == (0, 1)
    totals = summary([found, missed], seed=0)
    assert totals["found"]["value"] == 0.5
    assert totals["slices"] == 2


def test_labels_are_exchanged_in_every_third_slice():
    labels = np.zeros((7, 4, 4), np.uint8)
    labels[1:7, 0], labels[1:7, 2] = 1, 2
    spoilt, chosen = exchanged(labels, 1, 2)
    assert np.flatnonzero(chosen).tolist() == [1, 4]
    assert (spoilt[1, 0] == 2).all()
    assert (spoilt[1, 2] == 1).all()
    np.testing.assert_array_equal(spoilt[2], labels[2])
