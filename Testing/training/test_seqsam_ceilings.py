"""What one mask can be worth to several readers, ways of voting, and the trials that tell."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from MedSAMLib import metrics
from MedSAMLib.hypotheses.heads import new_head
from Testing.training.test_seqsam_run import SIDE, SMALL, sample
from Testing.unit.sam_factory import tiny_model
from training.evaluation.bootstrap import Interval
from training.seqsam.cache import cached_set
from training.seqsam.evaluation import trials
from training.seqsam.evaluation.ceilings_table import ceilings_markdown
from training.seqsam.evaluation.single_mask import READERS, best_dice, reader_values
from training.seqsam.evaluation.trial_list import BOXES_OF_VOTES, SHIPPED_COUNTS, TRIALS
from training.seqsam.evaluation.trials import (
    Trial,
    boxes_of,
    case_scores,
    head_of_trial,
    looser,
    read_scores,
    write_scores,
)
from training.seqsam.evaluation.votes import RULES, VOTE, voted


def drawn(*masks: str) -> np.ndarray:
    """Masks (K, 1, n) written as their pixels."""
    return np.array([[[pixel == "1" for pixel in mask]] for mask in masks])


# --- one mask for all readers --------------------------------------------------------------------


def test_readers_who_agree_can_all_be_met():
    assert best_dice(drawn("0110", "0110")) == 1


def test_the_best_mask_of_two_readers_by_hand():
    """Both pixels of the wide one: 1 and 2/3. The narrow one's: 2/3 and 1. The same mean."""
    assert best_dice(drawn("11", "10")) == pytest.approx((1 + 2 / 3) / 2)


@pytest.mark.parametrize(
    "readers",
    [("11000", "01110", "00111"), ("11111", "10000", "01000"), ("10010", "01100", "11111")],
)
def test_no_mask_is_better_than_the_best_one(readers):
    masks = drawn(*readers)
    every = np.array(list(itertools.product((False, True), repeat=5)))[:, None]
    best = metrics.pairwise_dice(every, masks).mean(axis=1).max()
    assert best_dice(masks) == pytest.approx(best)


def test_what_readers_are_worth_to_one_another_by_hand():
    """Two of 1100 and one of 1110: the odd one has Dice 0.8 with the others."""
    found = reader_values(drawn("1100", "1100", "1110"))
    assert tuple(found) == tuple(READERS)
    assert found["majority"] == found["best"] == pytest.approx((1 + 1 + 0.8) / 3)
    assert found["one"] == pytest.approx((1 + 0.8 + 0.8) / 3)
    # A tie of the two others is foreground: it is 1110 for the first two, 1100 for the third.
    assert found["others"] == pytest.approx(0.8)


# --- votes ---------------------------------------------------------------------------------------


def test_the_rules_differ_by_ties_and_by_how_sure_the_masks_are():
    """Pixels: both masks are for it, one is (little), one is (very), neither is."""
    logits = torch.tensor([[[5.0, -5, -1, -5]], [[5.0, 1, 9, -5]]])
    found = dict(zip(RULES, voted(logits)[:, 0].int().tolist(), strict=True))
    assert found == {
        "first mask": [1, 0, 0, 0],
        VOTE: [1, 1, 1, 0],
        "vote, ties are background": [1, 0, 0, 0],
        "mean probability above one half": [1, 0, 1, 0],
    }


# --- trials --------------------------------------------------------------------------------------


def test_a_looser_box_grows_by_a_tenth_on_each_side_inside_the_frame():
    boxes = torch.tensor([[10.0, 20, 30, 60], [0, 0, 100, 50]])
    assert looser(boxes, 100).tolist() == [[8, 16, 32, 64], [0, 0, 100, 55]]


@pytest.fixture(scope="module")
def model():
    return tiny_model()


@pytest.fixture(scope="module")
def images(model, tmp_path_factory):
    samples = [sample(n, (8, 12, 16, 0 if n % 2 else 20)) for n in range(4)]
    return cached_set(model, samples, tmp_path_factory.mktemp("cache") / "discs")


def test_the_boxes_are_the_same_at_every_call(images):
    union = boxes_of(images, "union", seed=0, side=SIDE)
    own = boxes_of(images, "reader", seed=0, side=SIDE)
    assert torch.equal(own, boxes_of(images, "reader", seed=0, side=SIDE))
    assert (own[:, 2:] <= union[:, 2:]).all()
    assert torch.equal(looser(own, SIDE), boxes_of(images, "looser", seed=0, side=SIDE))


def test_a_trial_is_trained_once(model, images, tmp_path, monkeypatch):
    trial = Trial("short", "short", {"method": "deterministic"})
    head = head_of_trial(trial, SMALL, model, lambda: images, images, tmp_path)
    assert head.config.kind == "deterministic"
    monkeypatch.setattr(trials, "SeqSamTraining", None)  # is not asked again
    again = head_of_trial(trial, SMALL, model, lambda: images, images, tmp_path)
    kept = zip(head.parameters(), again.parameters(), strict=True)
    assert all(torch.equal(one, other) for one, other in kept)


def test_scores_are_those_of_the_metrics(model, images):
    head = new_head(model, "mcl")
    boxes = boxes_of(images, "union", seed=0, side=model.image_size)
    found = case_scores(head, images, boxes, counts=(1, 3))
    assert set(found) == {(m, name) for m in (1, 3) for name in (*RULES, "ged")}
    assert all(values.shape == (4,) for values in found.values())
    assert np.array_equal(found[1, VOTE], found[1, "first mask"])
    assert np.array_equal(found[1, VOTE], found[3, "first mask"])


def test_scores_are_read_as_they_were_written(tmp_path):
    scores = {(3, VOTE): np.array([0.25, 1]), (16, "ged"): np.array([0.5, 0])}
    write_scores(tmp_path / "scores.npz", scores)
    found = read_scores(tmp_path / "scores.npz")
    assert found.keys() == scores.keys()
    assert all(np.array_equal(found[key], scores[key]) for key in scores)


def test_the_page_has_a_row_for_every_trial_and_rule():
    value = Interval(0.5, 0.4, 0.6)
    names = [*RULES, "ged"]
    by_box = {
        box: {f"{name}@{m}": value for name in names for m in (1, *SHIPPED_COUNTS)}
        | {"gain": value}
        for box in trials.BOXES
    }
    origin = {"date": "today", "seed": 0, "command": "python", "model": None}
    page = ceilings_markdown(
        {
            "provenance": {**origin, "machine": {"cores": 2}},
            "cases": "4 slices",
            "readers": dict.fromkeys(READERS, value),
            "trials": {t.name: {box: by_box[box] for box in t.boxes} for t in TRIALS},
            "shipped": by_box,
        }
    )
    rows = [line for line in page.splitlines() if line.startswith("| ")]
    headers = 4
    assert len(rows) == 2 * headers + len(READERS) + len(TRIALS) + len(RULES) * len(BOXES_OF_VOTES)
    assert "| one mask, one reader a step | 480 | 1 | 0.500 | 0.500 [0.400, 0.600] |" in page
