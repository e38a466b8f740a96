"""Why refinement gains little: ceilings with the truth, and a refiner that sees everything."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from MedSAMLib.implicit import ImplicitConfig
from MedSAMLib.implicit.network import ImplicitNetwork
from MedSAMLib.sam.starter import build_starter
from Testing.training.test_imedsam_evaluation import TINY_STARTER, network, sample
from training.imedsam import causes
from training.imedsam.evaluation import causes_page as page
from training.imedsam.evaluation.cases import as_it_is
from training.imedsam.evaluation.ceiling import REACHES, boundary_distance, ceiling
from training.imedsam.evaluation.measuring import Fit
from training.imedsam.refiner import logits_of, sight_of, trained_refiner
from training.imedsam.views import seen_view, shares_of

PLAIN = ImplicitConfig(lora_rank=0, frequency="none", inr=False, detail=0)


@pytest.fixture(scope="module")
def sights() -> list:
    torch.manual_seed(0)
    sam = build_starter(TINY_STARTER | {"stem": "pyramid"})
    plain = ImplicitNetwork(sam, PLAIN).eval()
    one = sample()
    box = shares_of(np.array([10, 8, 51, 33]), one.masks[0].shape)
    return [sight_of(plain, seen_view(plain, one.image, one.masks[0], box))]


def test_the_boundary_is_a_pixel_away_on_either_side():
    mask = np.array([[0, 0, 1, 1, 1]], bool)
    assert boundary_distance(mask).tolist() == [[2, 1, 1, 2, 3]]
    assert np.isinf(boundary_distance(np.zeros((2, 2), bool))).all()


def test_the_truth_mends_more_the_farther_it_is_put():
    fits = ceiling(network(), as_it_is(sample()), seed=0)
    reached = [fits[f"within {reach} px of the mask's boundary"].dice for reach in REACHES]
    assert reached == sorted(reached)
    assert min(each.dice for each in fits.values()) == fits["nowhere"].dice


def test_an_untrained_refiner_answers_as_the_field_does(sights):
    refiner = trained_refiner(sights, 0, 64, seed=0)
    np.testing.assert_allclose(logits_of(refiner, sights[0]), logits_of(None, sights[0]), atol=1e-5)


def test_a_refiner_learns_what_it_is_shown(sights):
    refiner = trained_refiner(sights, 25, 64, seed=0)
    (before,), (after,) = causes.best_fits(None, sights), causes.best_fits(refiner, sights)
    assert after.dice > before.dice


def test_the_threshold_is_the_one_with_the_best_dice(monkeypatch):
    mask = np.zeros((8, 8), bool)
    mask[2:6, 2:6] = True
    found = SimpleNamespace(view=SimpleNamespace(mask=mask))
    monkeypatch.setattr(causes, "logits_of", lambda *_: np.where(mask, -0.3, -0.9))
    (best,) = causes.best_fits(None, [found])
    assert best.dice == 1


def test_the_page_tells_what_the_head_changed_and_what_the_refiners_did():
    worse, better = Fit(0.8, 2.0, 1.0, 0.5), Fit(0.9, 1.0, 0.5, 0.7)
    fitted = page.Fitted(("a", "b"), {page.BACKBONE: (worse,) * 2, page.HEAD: (better,) * 2})
    told = page.seen_table({"sessile": {page.NEW: fitted}}, 0)
    assert "| Kvasir-Sessile, new | 2 | 0.800 [0.800, 0.800] | 2.00 |" in told
    assert "0.1000 [0.1000, 0.1000]" in told
    row = page.RefinerRow("new fields", 3, 7, {page.NEW: page.change([worse], [better], "a", 0)})
    assert "| new fields | 3 | 7 |  |  | 0.1000" in page.refiner_table([row])
    assert "| LIDC | nowhere | 0.900 |" in page.ceiling_table({"lidc": [{"nowhere": better}]})
