"""The table by which the cut of a mask in its box was chosen."""

from __future__ import annotations

import numpy as np

from MedSAMLib.sam.box_fit import CHOSEN, UNMOVED
from Testing.tiny_starter import tiny_starter
from training.datasets import Sample
from training.starter.box_fit import CANDIDATES, LOOSENED, best_candidate, dice_of_candidates, table


def test_what_ships_and_the_unmoved_cut_are_among_the_candidates():
    assert {CHOSEN, UNMOVED} <= set(CANDIDATES)


def test_the_best_mean_comes_first_and_what_ships_is_bold():
    dice = {"lidc": np.full((len(LOOSENED), len(CANDIDATES)), 0.5)}
    dice["lidc"][:, CANDIDATES.index(CHOSEN)] = 0.75
    rows = table(dice).splitlines()
    assert rows[0].split(" | ")[3:6] == ["lidc, tight", "lidc, + 10%", "lidc, + 20%"]
    assert rows[2] == "| **0.8** | 0.6 | 1.5 | 0.7500 | 0.7500 | 0.7500 | 0.7500 |"
    assert sum("not moved" in row for row in rows) == 1


def test_a_better_mean_that_loses_somewhere_is_not_chosen():
    dice = {"lidc": np.full((len(LOOSENED), len(CANDIDATES)), 0.5)}
    dice["lidc"][:, 5] = (0.49, 0.7, 0.7)
    dice["lidc"][:, 6] = (0.499, 0.6, 0.6)
    assert best_candidate(dice) == CANDIDATES[6]


def test_every_candidate_cuts_the_mask_that_the_model_gives():
    model = tiny_starter()
    image = np.random.default_rng(0).integers(0, 255, (60, 80)).astype(np.uint8)
    truth = np.zeros((1, 60, 80), bool)
    truth[0, 10:40, 20:60] = True
    found = dice_of_candidates(model, Sample(image, truth, ("object",), "patient"))
    mask = model.segment(model.embed(image), box=np.array([20, 10, 60, 40])).masks[0]
    expected = 2 * (mask & truth[0]).sum() / (mask.sum() + truth.sum())
    assert found.shape == (len(LOOSENED), len(CANDIDATES))
    assert found[0, CANDIDATES.index(CHOSEN)] == expected
